"""Staff's pictures: what makes the picture stays, what tells of it goes, and none costs a visitor's browser dear."""

from __future__ import annotations

import struct

import pytest

from bot.console import pictures
from bot.console.pictures import NoPicture, cleaned


def segment(kind: int, content: bytes) -> bytes:
    """One segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, kind, len(content) + 2) + content


FRAME = segment(0xC2, struct.pack(">BHHB", 8, 64, 64, 1) + b"\x01\x11\x00")
SCAN = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x12\x34"
END = b"\xff\xd9"


def jpeg(*segments: bytes, scans: int = 1) -> bytes:
    """A progressive JPEG of these segments before its scans."""
    return b"\xff\xd8" + b"".join(segments) + FRAME + SCAN * scans + END


def test_a_jpeg_keeps_what_makes_it() -> None:
    """Where and when it was taken, and what stands behind its end, are gone."""
    found = cleaned(jpeg(segment(0xE1, b"Exif\0\0 51.5 N"), segment(0xFE, b"a comment"), scans=10) + b"PK hidden")
    assert found == (jpeg(scans=10), "image/jpeg")


def test_a_jpeg_of_many_small_parts_is_no_picture() -> None:
    """As many as a picture needs, and not one more: each costs, and there is room for fifty thousand."""
    fine = [segment(0xFE, b"")] * (pictures.MOST_SEGMENTS - 2)
    assert cleaned(jpeg(*fine)).content == jpeg()
    with pytest.raises(NoPicture, match="more parts"):
        cleaned(jpeg(*fine, segment(0xFE, b"")))
    with pytest.raises(NoPicture, match="more parts"):
        cleaned(jpeg(*[segment(0xFE, b"")] * 40_000))


def test_a_jpeg_of_many_layers_is_no_picture() -> None:
    """Each scan of a progressive picture goes over all of it, in every visitor's browser."""
    assert cleaned(jpeg(scans=pictures.MOST_SCANS)).content_type == "image/jpeg"
    with pytest.raises(NoPicture, match="more layers"):
        cleaned(jpeg(scans=pictures.MOST_SCANS + 1))
