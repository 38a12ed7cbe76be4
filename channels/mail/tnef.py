"""Outlook's winmail.dat (TNEF): the words and files inside it, with bounds. Pure; by MS-OXTNEF and MS-OXCDATA.

An own reader: the one that is kept may not be shipped with the desk (LGPL). It goes once over the bytes, copies no more
than it was given, and stops at the first thing that can't be right with what it has until then.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from compressed_rtf import decompress

from channels.mail.charsets import decode_bytes

SIGNATURE = 0x223E9F78
ATTRIBUTES_LIMIT, PROPERTIES_LIMIT, FILES_LIMIT, DEPTH_LIMIT = 2_000, 2_000, 100, 3
RTF_LIMIT = 1_000_000
"""Bytes of packed RTF that are unpacked: the library goes byte by byte."""

# Attributes, by the lower half of their id.
BODY, MESSAGE_PROPERTIES, CODE_PAGE = 0x800C, 0x9003, 0x9007
FILE_BEGINS, FILE_TITLE, FILE_DATA, FILE_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
# Properties.
P_BODY, P_HTML, P_RTF = 0x1000, 0x1013, 0x1009
P_DATA, P_SHORT_NAME, P_LONG_NAME, P_TYPE = 0x3701, 0x3704, 0x3707, 0x370E

_SIZES = {0x2: 4, 0x3: 4, 0x4: 4, 0x5: 8, 0x6: 8, 0x7: 8, 0xA: 4, 0xB: 4, 0x14: 8, 0x40: 8, 0x48: 16}
"""Bytes of each type of fixed size, as it is padded here."""
_SIZED = frozenset({0xD, 0x1E, 0x1F, 0x102})
_OBJECT, _UNICODE, _MANY, _NAMED = 0xD, 0x1F, 0x1000, 0x8000
_MARK = 16
"""Bytes before an object's content that say what kind of object it is."""


class File(NamedTuple):
    """A file as it is named inside; `content_type` is empty where nothing says it."""

    name: str
    content_type: str
    content: bytes


@dataclass
class Opened:
    """What was inside. `rtf` is the unpacked rich text where that is the only form that is there."""

    text: str = ""
    html: str = ""
    rtf: bytes = b""
    files: list[File] = field(default_factory=list)


@dataclass
class _Half:
    """A file that is being read."""

    title: str = ""
    data: bytes = b""
    properties: dict[int, bytes] = field(default_factory=dict)
    embedded: bool = False


def opened(data: bytes, depth: int = 0) -> Opened | None:
    """What a winmail.dat holds; None where it is none, or nothing in it can be read."""
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != SIGNATURE:  # noqa: PLR2004 - signature and key
        return None
    found, halves, page = Opened(), list[_Half](), ""
    for number, value in _attributes(data):
        if number == CODE_PAGE and len(value) >= 4:  # noqa: PLR2004 - one number of 32 bits
            page = f"cp{struct.unpack_from('<I', value)[0]}"
        elif number == BODY:
            found.text = decode_bytes(value.rstrip(b"\0"), page)
        elif number == MESSAGE_PROPERTIES:
            _words(found, dict(_properties(value)), page)
        elif number == FILE_BEGINS and len(halves) < FILES_LIMIT:
            halves.append(_Half())
        elif halves:
            _file_part(halves[-1], number, value, page)
    for half in halves:
        _finish(found, half, depth)
    return found if found.text or found.html or found.rtf or found.files else None


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each attribute's number and value, until the bytes end or make no sense. Checksums are not held against it."""
    at = 6
    for _ in range(ATTRIBUTES_LIMIT):
        if at + 11 > len(data):
            return
        level, number, _kind, size = struct.unpack_from("<BHHI", data, at)
        if level not in (1, 2) or at + 9 + size > len(data):
            return
        yield number, data[at + 9 : at + 9 + size]
        at += 9 + size + 2


def _properties(data: bytes) -> Iterator[tuple[int, tuple[int, bytes]]]:
    """Each MAPI property's id, type and first value."""
    if len(data) < 4:  # noqa: PLR2004 - their number, in 32 bits
        return
    at = 4
    for _ in range(min(struct.unpack_from("<I", data)[0], PROPERTIES_LIMIT)):
        try:
            kind, number = struct.unpack_from("<HH", data, at)
            at = _after_name(data, at + 4) if number >= _NAMED else at + 4
            value, at = _value(data, at, kind)
        except (struct.error, ValueError):
            return
        yield number, (kind, value)


def _after_name(data: bytes, at: int) -> int:
    """Behind a named property's GUID and its number or name."""
    by_name, size = struct.unpack_from("<II", data, at + 16)
    return at + 24 + (_padded(size) if by_name else 0)


def _value(data: bytes, at: int, kind: int) -> tuple[bytes, int]:
    """The first value of a property, and where the next property begins. Raises ValueError on what is no type."""
    base = kind & ~_MANY
    size = _SIZES.get(base)
    if size is None and base not in _SIZED:
        raise ValueError(base)
    count = 1
    if base in _SIZED or kind & _MANY:
        (count,) = struct.unpack_from("<I", data, at)
        at += 4
    first = b""
    for index in range(min(count, PROPERTIES_LIMIT)):
        length = size
        if length is None:
            (length,) = struct.unpack_from("<I", data, at)
            at += 4
        if at + length > len(data):
            raise ValueError(length)
        first = data[at : at + length] if index == 0 else first
        at += _padded(length)
    return first, at


def _padded(size: int) -> int:
    return size + -size % 4


def _words(found: Opened, properties: dict[int, tuple[int, bytes]], page: str) -> None:
    if P_BODY in properties:
        found.text = _string(*properties[P_BODY], page) or found.text
    if P_HTML in properties:
        found.html = _string(*properties[P_HTML], page)
    packed = properties.get(P_RTF, (0, b""))[1]
    if packed and len(packed) <= RTF_LIMIT and not (found.text or found.html):
        try:
            found.rtf = bytes(decompress(packed))
        except Exception:  # noqa: BLE001 - the library raises a bare Exception, and IndexError on what is cut short
            found.rtf = b""


def _string(kind: int, value: bytes, page: str) -> str:
    text = value.decode("utf-16-le", "replace") if kind & ~_MANY == _UNICODE else decode_bytes(value, page)
    return text.rstrip("\0")


def _file_part(half: _Half, number: int, value: bytes, page: str) -> None:
    if number == FILE_TITLE:
        half.title = decode_bytes(value.rstrip(b"\0"), page)
    elif number == FILE_DATA:
        half.data = value
    elif number == FILE_PROPERTIES:
        for name, (kind, content) in _properties(value):
            if name == P_DATA:
                half.embedded = kind == _OBJECT
                half.data = content[_MARK:] if half.embedded else content
            elif name in (P_SHORT_NAME, P_LONG_NAME, P_TYPE):
                half.properties[name] = _string(kind, content, page).encode()


def _finish(found: Opened, half: _Half, depth: int) -> None:
    """A file, or a message that was attached: its words become a file, and its files stand beside it."""
    names = (half.properties.get(P_LONG_NAME, b""), half.title.encode(), half.properties.get(P_SHORT_NAME, b""))
    name = next((each for each in names if each), b"").decode()
    inner = opened(half.data, depth + 1) if half.embedded and depth < DEPTH_LIMIT else None
    if inner is None:
        found.files.append(File(name, half.properties.get(P_TYPE, b"").decode(), half.data))
        return
    for text, kind, ending in ((inner.text, "text/plain", "txt"), (inner.html, "text/html", "html")):
        if text:
            found.files.append(File(f"{name or 'message'}.{ending}", kind, text.encode("utf-8", "replace")))
            break
    found.files += inner.files[: FILES_LIMIT - len(found.files)]
