"""What a customer's file really is, told by its own bytes, and whether it is kept. Pure.

Customers send what they have: an odd file is kept with a word on what is odd, since it may be what a complaint is
about. Only programs are refused. What staff add and send is held to more: see `checking`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import filetype

from bot.files.checking import BY_NAME, safe_name

LARGEST = 25_000_000
"""Bytes of one file."""
PLAIN = "application/octet-stream"
PROGRAM = "it is a program: programs are not kept"
_PROGRAMS = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xfe\xed\xfa",
             b"dex\n", b"\x00asm", b"L\x00\x00\x00\x01\x14\x02\x00", b"#!/")  # fmt: skip
"""How programs begin: Windows, Linux, Java and Apple, Android, the web's, a Windows shortcut, a Unix script."""
_RUNS = re.compile(
    r"\.(exe|scr|pif|bat|cmd|msi|msp|dll|cpl|jar|js|jse|vbs|vbe|wsf|wsh|hta|ps1|lnk|reg|apk|dmg|iso|img|vhdx?)$",
    re.IGNORECASE,
)
"""Endings that a double click runs or mounts."""
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,60}\Z")
_PACKED = frozenset({"application/zip", "application/x-ole-storage", "application/msword", "application/vnd.ms-excel"})
"""What `filetype` calls archives whose ending alone says which kind of document they are."""
_TOLD = ("image/", "audio/", "video/", "application/pdf", "application/zip")
"""Types that bytes always show: whoever claims one of them without these bytes is wrong."""


class Looked(NamedTuple):
    """A file as it may be kept. `refused` says why it may not, "" where it may; `odd` what staff should know of it."""

    name: str
    content_type: str
    refused: str = ""
    odd: str = ""


def looked(name: str, claimed: str, content: bytes) -> Looked:
    """What the file is; `claimed` is its sender's word for its type, which proves nothing."""
    name, said = safe_name(name), _tame(claimed)
    if not content:
        return Looked(name, said, "it came empty: ask for it again if it is needed")
    if len(content) > LARGEST:
        return Looked(name, said, f"it is larger than {LARGEST // 1_000_000} MB: ask for it in parts")
    if content.startswith(_PROGRAMS) or _RUNS.search(name):
        return Looked(name, said, PROGRAM)
    found = filetype.guess(content[:10_000])
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    real = _real(found.mime if found else "", said, BY_NAME.get(ending, ""))
    return Looked(name, real, odd=_odd(ending, real, found is not None))


def _real(found: str, said: str, by_name: str) -> str:
    """The type to keep it under: what its bytes show, then what its name and its sender say."""
    if found and found not in _PACKED:
        return found
    if found:
        documents = [each for each in (by_name, said) if each.startswith(("application/vnd.", "application/msword"))]
        return documents[0] if documents else found
    return PLAIN if said.startswith(_TOLD) and said != "image/svg+xml" else said


def _odd(ending: str, real: str, known: bool) -> str:
    """A sentence where the name says something else than the bytes."""
    expected = BY_NAME.get(ending, "")
    if not expected or expected == real or not expected.startswith((*_TOLD, "application/vnd.")):
        return ""
    return f"it is named .{ending}, but is {real}" if known else f"it is named .{ending}, but is something else"


def _tame(claimed: str) -> str:
    plain = claimed.split(";", maxsplit=1)[0].strip().lower()
    return plain if _TYPE.match(plain) else PLAIN


def named(name: str, claimed: str) -> Looked:
    """A file that is not here yet, by what its sender says of it."""
    return Looked(safe_name(name), _tame(claimed))
