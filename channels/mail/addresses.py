"""Mail addresses: reading them defensively, and the signed reply address that finds a conversation again.

A reply address is ``local+KEY-MAC@domain``: KEY names the conversation, MAC is a keyed hash of it, so that nobody
can guess his way into somebody else's conversation.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import idna

from channels.mail.charsets import header_text, unescape

Sign = Callable[[str, str], str]

ADDRESS_LIMIT = 254
"""RFC 5321 section 4.5.3.1.3, with the correction of erratum 1690."""
LOCAL_LIMIT = 64
"""RFC 5321 section 4.5.3.1.1."""
MAC_DIGITS, MAC_LEAST = 20, 16
NAME_LIMIT = 200
HEADER_READ = 4000
"""Characters of a From-like header that are read."""

_KEY = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}\Z")
# Whole words only: "a@b@c" is not a@b, and the end of an overlong local part is no local part.
_WORD = r"[^\s<>()\[\],;:\\\"@\x00-\x1f\x7f-\x9f]"
_ADDRESS = re.compile(rf"(?<![^\s<>()\[\],;:\\\"\x00-\x1f\x7f-\x9f]){_WORD}{{1,64}}+@{_WORD}{{1,253}}+(?!@)")
_ANGLE = re.compile(r"<\s*([^<>\s]{1,320})\s*>")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_IN_QUOTES = re.compile(r"[<>@,;:()\[\]\\\s]")
MASK = "\ufffd"
"""Stands where a quoted string held something that would read as an address."""
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
    """An address for comparing and keeping: bare, lower case, its domain as A-labels where it is international,
    without a quoted local part's quotes.
    """
    found = _ADDRESS.search(unescape(address.replace('"', "")).strip()[:1000])
    if not found or MASK in found[0]:
        return ""
    local, _, domain = found[0].strip(".'").lower().partition("@")
    whole = f"{local}@{a_labels(domain)}"
    return whole if local and domain and len(whole) <= ADDRESS_LIMIT else ""


def a_labels(domain: str) -> str:
    """An international domain by IDNA 2008 (RFC 5891), under which stra\u00dfe.example is not strasse.example; as it
    came where it is ASCII already, or no domain by that rule.
    """
    if domain.isascii():
        return domain
    try:
        return idna.encode(unicodedata.normalize("NFC", domain), uts46=False).decode()
    except (UnicodeError, ValueError, IndexError):
        return domain


def person(raw: str | None) -> Person:
    """The first address of a From-like header, with its name; tolerant of everything seen in broken mail."""
    if not raw:
        return Person("", "")
    text = unescape(raw[:HEADER_READ])
    bare = _bare(text)
    for angle in _ANGLE.finditer(bare):
        address = normal(angle[1])
        if address:
            return Person(address, _name(text[: angle.start()]))
    address = normal(bare)
    comment = re.search(r"\(([^()]{0,200})\)", text)
    return Person(address, _name(comment[1]) if comment and address else "")


def authors(raws: Iterable[str]) -> tuple[str, ...]:
    """Every different address that From headers name, in order. An honest mail names one; of a forged one, who
    checks it and who reads it may each have seen another.
    """
    found = (normal(match[0]) for raw in raws for match in _ADDRESS.finditer(_bare(unescape(raw[:HEADER_READ]))))
    return tuple(dict.fromkeys(address for address in found if address))


def _bare(text: str) -> str:
    """The header with comments blanked and quoted strings masked (RFC 5322 section 3.2), each character in its place:
    an address inside either is only words. What is never closed is no comment and no quotation.
    """
    out = list(text)
    for start, end in _aside(text):
        if text[start] == "(":
            out[start:end] = " " * (end - start)
        else:
            out[start:end] = _IN_QUOTES.sub(MASK, text[start:end])
    return "".join(out)


def _aside(text: str) -> Iterator[tuple[int, int]]:
    """Where the comments and quoted strings are. The first of a kind that has no end ends the search for that kind,
    which keeps this linear.
    """
    at, openings = 0, '"('
    while at < len(text):
        character = text[at]
        end = 0
        if character in openings:
            quoted = _QUOTED.match(text, at) if character == '"' else None
            end = _comment_end(text, at) if character == "(" else quoted.end() if quoted else 0
            if end:
                yield at, end
            else:
                openings = openings.replace(character, "")
        at = end or at + 1


def _comment_end(text: str, start: int) -> int:
    """Behind the bracket that closes the comment, which may nest; 0 where none does."""
    depth, at = 0, start
    while at < len(text):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if not depth:
            return at + 1
        at += 2 if text[at] == "\\" else 1
    return 0


def uncommented(text: str) -> str:
    """A structured header's text without its comments, and with quoted strings masked."""
    return _bare(text)


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
