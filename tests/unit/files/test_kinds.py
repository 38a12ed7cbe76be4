"""A customer's file is told by its bytes; only programs are refused, and what is odd is said."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.files.kinds import LARGEST, PROGRAM, looked

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
PDF = b"%PDF-1.7\n%more"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def zipped(*names: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return held.getvalue()


@pytest.mark.parametrize(
    ("name", "claimed", "content", "kept_as", "odd"),
    [
        ("a.png", "image/png", PNG, "image/png", ""),
        ("a.png", "text/html", PNG, "image/png", ""),
        ("a.pdf", "application/octet-stream", PDF, "application/pdf", ""),
        ("a.pdf", "application/pdf", PNG, "image/png", "it is named .pdf, but is image/png"),
        ("a.pdf", "application/pdf", b"hello", "application/octet-stream", "it is named .pdf, but is something else"),
        ("a.docx", "application/zip", zipped("[Content_Types].xml", "word/document.xml"), DOCX, ""),
        ("a.zip", "application/zip", zipped("b.txt"), "application/zip", ""),
        ("a.txt", "text/plain; charset=latin1", b"h\xe9", "text/plain", ""),
        ("page.html", "text/html", b"<script>", "text/html", ""),
        ("a.svg", "image/svg+xml", b"<svg/>", "image/svg+xml", ""),
        ("meeting.ics", "text/calendar", b"BEGIN:VCALENDAR", "text/calendar", ""),
        ("x", "no type\r\nX: y", b"x", "application/octet-stream", ""),
        ("x.png", "image/x-made-up", b"x", "application/octet-stream", "it is named .png, but is something else"),
    ],
)
def test_a_file_is_what_its_bytes_say(name: str, claimed: str, content: bytes, kept_as: str, odd: str) -> None:
    """The sender's word counts only where bytes tell nothing, and never for a picture, a sound or a document."""
    found = looked(name, claimed, content)
    assert (found.content_type, found.odd, found.refused) == (kept_as, odd, "")


@pytest.mark.parametrize(
    ("name", "content"),
    [("photo.jpg", b"MZ\x90\x00"), ("notes", b"\x7fELF\x02"), ("run.txt", b"#!/bin/sh\nrm"), ("invoice.pdf.js", b"x"),
     ("picture.SCR", b"x"), ("disk.iso", b"x"), ("link.txt", b"L\x00\x00\x00\x01\x14\x02\x00\x00")],
)  # fmt: skip
def test_a_program_is_refused_whatever_it_is_called(name: str, content: bytes) -> None:
    """By its bytes or by its ending."""
    assert looked(name, "image/jpeg", content).refused == PROGRAM


def test_nothing_and_too_much_are_refused_with_the_mend() -> None:
    """Both in words that staff can act on."""
    assert "ask for it again" in looked("a.txt", "text/plain", b"").refused
    assert "larger than 25 MB" in looked("a.txt", "text/plain", bytes(LARGEST + 1)).refused


@given(st.text(max_size=300), st.text(max_size=200), st.binary(max_size=400))
def test_any_file_has_a_safe_name_and_a_tame_type(name: str, claimed: str, content: bytes) -> None:
    """Nothing that anybody sends breaks a header, a page or a row."""
    found = looked(name, claimed, content)
    assert found.name.isprintable()
    assert "/" not in found.name
    assert len(found.name) <= 120
    assert len(found.content_type) <= 121
    assert all(" " < char < "\x7f" for char in found.content_type)
