r"""Visitors who are signed in on the host site, which says who they are, signed with a secret that it shares with us.

    hash = HMAC-SHA256(secret, user + "\n" + email + "\n" + at), in hex; `at` in seconds since 1970, when it was made

It shows control of an account there and nothing more: not whose account it is, nor that it is theirs to show. The name
is not signed, so it is only what the page says. A hash is good for a few minutes, so that one that leaks soon opens
nothing; within these a page may use it again, as it does when its connection was lost. Pure.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Mapping
from datetime import datetime

from channels.webchat.frames import Identity

GOOD_FOR = 5 * 60
"""Seconds for which a hash is good after it was made."""
AHEAD = 60
"""Seconds that the host's clock may be ahead of ours."""
SHORTEST = 32
"""Characters of a secret."""


def secrets(setting: str, sites: Collection[str]) -> Mapping[str, bytes]:
    """Each site's secret, of DESK_CHAT_IDENTITY_SECRET: one for all, or site:secret for each, with commas between.

    Raises:
        ValueError: no such site, a secret that is too short, or one given twice.
    """
    name = "DESK_CHAT_IDENTITY_SECRET"
    found: dict[str, bytes] = {}
    for word in filter(None, (part.strip() for part in setting.split(","))):
        site, colon, secret = word.rpartition(":")
        if colon and site not in sites:
            raise ValueError(f"{name} names a site that is not there: write site:secret, with a key of desk.toml")
        if len(secret) < SHORTEST:
            raise ValueError(f"{name}: a secret has at least {SHORTEST} characters; make one with openssl rand -hex 32")
        for key in [site] if colon else sites:
            if key in found:
                raise ValueError(f"{name} gives a site two secrets: leave one")
            found[key] = secret.encode()
    return found


def expected(secret: bytes, identity: Identity) -> str:
    """The hash that the host makes of this identity."""
    said = f"{identity.user}\n{identity.email}\n{identity.at}"
    return hmac.new(secret, said.encode(), hashlib.sha256).hexdigest()


def wrong(secret: bytes | None, identity: Identity, now: datetime) -> str:
    """Why an identity is not believed, for staff; "" where it is. The hash is compared in constant time."""
    if secret is None:
        return "no secret is shared with this site"
    if not identity.user:
        return "it could not be read"
    if not identity.hash.isascii() or not hmac.compare_digest(expected(secret, identity), identity.hash.lower()):
        return "its signature is wrong"
    age = now.timestamp() - identity.at
    return "" if -AHEAD <= age <= GOOD_FOR else "it was too old" if age > 0 else "it was made in the future"
