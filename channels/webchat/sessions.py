"""Who is speaking: sessions that only the desk can make, and the address that stands for one inside the desk. Pure.

A session is a random part with its keyed hash, so that a guessed, chosen or altered one is never accepted. The
desk stores only the address, a second keyed hash: what lies in the database opens no conversation.

Who is signed in on the host site (identity.py) has an address that is the same on all of their devices. Their session
names it, with a keyed hash and an end, so that a lost connection needs no new word of the host's.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

Sign = Callable[[str, str], str]
"""`Context.sign`: (purpose, text) → keyed hash in hex."""

RANDOM_BYTES = 32
SIGNED_IN_FOR = timedelta(hours=8)
"""How long the session of somebody who is signed in is good without a new word of the host's: a working day."""
SIGNED_IN = "~"
"""How such a session begins; no random part does."""


def new(sign: Sign, site: str) -> str:
    """Make a session for a site: 43 random characters, a dot, the keyed hash."""
    random = secrets.token_urlsafe(RANDOM_BYTES)
    return f"{random}.{_proof(sign, site, random)}"


def signed_in(sign: Sign, site: str, user: str, now: datetime) -> str:
    """Make a session for somebody whom the host site signed in."""
    what = f"{SIGNED_IN}{sign('chat-user', f'{site} {user}')}:{int((now + SIGNED_IN_FOR).timestamp())}"
    return f"{what}.{_proof(sign, site, what)}"


def of_user(sign: Sign, site: str, session: str, user: str) -> bool:
    """Whether a genuine session may go on for this user: it is theirs, or nobody's yet."""
    return not session.startswith(SIGNED_IN) or address(sign, session) == sign("chat-user", f"{site} {user}")


def genuine(sign: Sign, site: str, session: str, now: datetime) -> bool:
    """Whether the desk made this session for this site and it has not ended; compared in constant time."""
    if not session.isascii():
        return False
    what, _, proof = session.partition(".")
    if not hmac.compare_digest(_proof(sign, site, what), proof):
        return False
    return not what.startswith(SIGNED_IN) or now.timestamp() < int(what.rpartition(":")[2])


def address(sign: Sign, session: str) -> str:
    """The visitor's address inside the desk. It can't be turned back into the session of somebody without a name."""
    if session.startswith(SIGNED_IN):
        return session.removeprefix(SIGNED_IN).partition(":")[0]
    return sign("chat-address", session)


def _proof(sign: Sign, site: str, what: str) -> str:
    return sign("chat-session", f"{site} {what}")
