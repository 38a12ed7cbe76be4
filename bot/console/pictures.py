"""A colleague's picture, as customers of the chat see it: small, a PNG or JPEG, without what a camera wrote into it.

A photograph tells where and when it was taken (EXIF) and may carry words, thumbnails, or another file behind its end.
Only what makes the picture is kept. Pure.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from bot.errors import PermanentError

LARGEST = 200_000
WIDEST = 1_024
"""Pixels of a side."""
_PNG = b"\x89PNG\r\n\x1a\n"
_SHOWN = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"sRGB"})
"""Chunks that make the picture (PNG, 3rd edition, 11); the others tell of it."""
MOST_SEGMENTS, MOST_SCANS = 200, 64
"""Of a JPEG: a camera's has some dozen segments, and a progressive one ten scans. Many more make one small picture cost
every visitor's browser seconds, for each scan goes over all of it.
"""
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
"""Markers of the heads of pictures that browsers show: baseline, extended, progressive (ITU T.81, table B.1)."""
_KEPT = frozenset({0xC0, 0xC1, 0xC2, 0xC4, 0xDB, 0xDD, 0xEE})
"""Segments that a decoder needs; 0xEE says how the colours are coded. Other APPn, and comments, go."""
MEND = "choose a PNG or JPEG of at most 200 kB and 1024 pixels a side"


class Picture(NamedTuple):
    """A picture as it is served."""

    content: bytes
    content_type: str


class NoPicture(PermanentError):
    """It can't be a colleague's picture; the text says what to choose."""


def cleaned(content: bytes) -> Picture:
    """The picture alone. Raises NoPicture."""
    if len(content) > LARGEST:
        raise NoPicture(f"the picture is too large: {MEND}")
    try:
        if content.startswith(_PNG):
            return Picture(_png(content), "image/png")
        if content.startswith(b"\xff\xd8"):
            return Picture(_jpeg(content), "image/jpeg")
    except (struct.error, IndexError):
        raise NoPicture(f"the picture is not whole: {MEND}") from None
    raise NoPicture(f"that is no picture that the chat can show: {MEND}")


def _sides(width: int, height: int) -> None:
    if not 0 < width <= WIDEST or not 0 < height <= WIDEST:
        raise NoPicture(f"the picture has too many pixels: {MEND}")


def _png(content: bytes) -> bytes:
    kept, at, kind = [_PNG], len(_PNG), b""
    while kind != b"IEND":
        size, kind = struct.unpack_from(">I4s", content, at)
        end = at + 12 + size
        if end > len(content) or (at == len(_PNG)) != (kind == b"IHDR"):
            raise NoPicture(f"the picture is not whole: {MEND}")
        if kind == b"IHDR":
            _sides(*struct.unpack_from(">II", content, at + 8))
        if kind in _SHOWN:
            kept.append(content[at:end])
        at = end
    return b"".join(kept)


def _jpeg(content: bytes) -> bytes:
    kept, at, framed = [b"\xff\xd8"], 2, False
    for _ in range(MOST_SEGMENTS):
        mark, kind, size = struct.unpack_from(">BBH", content, at)
        end = at + 2 + size
        if mark != 0xFF or size < 2 or end > len(content):  # noqa: PLR2004  a segment counts its own length
            raise NoPicture(f"the picture is not whole: {MEND}")
        if kind == 0xDA:  # noqa: PLR2004  the scans, which go on to the end of the picture
            last = content.rfind(b"\xff\xd9")
            if not framed or last < end:
                raise NoPicture(f"the picture is not whole: {MEND}")
            return b"".join([*kept, _scans(content[at : last + 2])])
        if kind in _FRAMES:
            height, width = struct.unpack_from(">HH", content, at + 5)
            _sides(width, height)
            framed = True
        if kind in _KEPT:
            kept.append(content[at:end])
        at = end
    raise NoPicture(f"the picture has more parts than one needs: {MEND}")


def _scans(rest: bytes) -> bytes:
    """The scans up to the first end of the picture: in them 0xFF 0xD9 stands for nothing else (T.81, B.1.1.5)."""
    found = rest[: rest.index(b"\xff\xd9") + 2]
    if found.count(b"\xff\xda") > MOST_SCANS:
        raise NoPicture(f"the picture comes in more layers than one needs: {MEND}")
    return found
