"""Mail addresses: reading them defensively, and the signed reply address that finds a conversation again.

A reply address is ``local+KEY-MAC@domain``: KEY names the conversation, MAC is a keyed hash of it, so that nobody
can guess his way into somebody else's conversation.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from channels.mail.charsets import header_text, unescape

Sign = Callable[[str, str], str]

ADDRESS_LIMIT = 254
"""RFC 5321 section 4.5.3.1.3, with the correction of erratum 1690."""
LOCAL_LIMIT = 64
"""RFC 5321 section 4.5.3.1.1."""
MAC_DIGITS, MAC_LEAST = 20, 16
NAME_LIMIT = 200

_KEY = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}\Z")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\\\"@\x00-\x1f\x7f]{1,64}@[^\s<>()\[\],;:\\\"@\x00-\x1f\x7f]{1,253}")
_ANGLE = re.compile(r"<\s*([^<>\s]{1,320})\s*>")
# Direction overrides hide what a name or a file really is.
_BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Person(NamedTuple):
    """An address in lower case and the name beside it; either may be empty."""

    address: str
    name: str


class Mailbox(NamedTuple):
    """A recipient that is ours: the site's own mailbox, and the proved key where it was a reply address."""

    address: str
    key: str


def normal(address: str) -> str:
    """An address for comparing and keeping: bare, lower case, without a quoted local part's quotes."""
    found = _ADDRESS.search(unescape(address.replace('"', "")).strip()[:1000])
    if not found or len(found[0]) > ADDRESS_LIMIT:
        return ""
    return found[0].strip(".'").lower()


def person(raw: str | None) -> Person:
    """The first address of a From-like header, with its name; tolerant of everything seen in broken mail."""
    if not raw:
        return Person("", "")
    text = unescape(raw[:4000])
    for angle in _ANGLE.finditer(text):
        address = normal(angle[1])
        if address:
            return Person(address, _name(text[: angle.start()]))
    address = normal(text)
    comment = re.search(r"\(([^()]{0,200})\)", text)
    return Person(address, _name(comment[1]) if comment and address else "")


def _name(raw: str) -> str:
    """A display name: of several persons in one header the nearest, unquoted, on one line, without overrides."""
    raw = raw.strip()
    # Several authors may stand in one header; a comma inside quotes is part of a name.
    raw = raw.rsplit(">,", 1)[-1].strip()
    name = header_text(raw)
    if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        name = name[1:-1].replace('\\"', '"')
    return _BIDI.sub("", name).strip(" \"',;")[:NAME_LIMIT]


def reply_address(mailbox: str, key: str, sign: Sign) -> str:
    """The signed address of a conversation's `key`; the plain mailbox where the key can't be carried in one.

    A key is 1 to 40 of ``a-z 0-9 . _ -`` (mail systems may change the case of a local part).
    """
    local, _, domain = mailbox.partition("@")
    key = key.lower()
    room = LOCAL_LIMIT - len(local) - len(key) - 2
    if not _KEY.match(key) or room < MAC_LEAST:
        return mailbox
    return f"{local}+{key}-{sign('reply', key)[: min(MAC_DIGITS, room)]}@{domain}"


def recipient(address: str, mailboxes: Iterable[str], sign: Sign) -> Mailbox | None:
    """Whose mailbox this is, with the key of its reply address when the hash proves it; None when not ours."""
    local, _, domain = address.strip().lower().rpartition("@")
    base, plus, token = local.partition("+")
    plain = f"{base}@{domain}"
    for mailbox in mailboxes:
        ours = mailbox.lower()
        if f"{local}@{domain}" == ours:
            return Mailbox(ours, "")
        if plus and plain == ours:
            key = _proved(token, sign)
            return Mailbox(ours, key) if key else None
    return None


def _proved(token: str, sign: Sign) -> str:
    key, _, mac = token.rpartition("-")
    if not _KEY.match(key) or not MAC_LEAST <= len(mac) <= MAC_DIGITS or not mac.isascii():
        return ""
    return key if hmac.compare_digest(sign("reply", key)[: len(mac)], mac) else ""
