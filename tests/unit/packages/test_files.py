"""The words of files: a PDF's and a text's are read, within bounds; what can't be read is said and breaks nothing."""

from __future__ import annotations

import io

import pytest
from fpdf import FPDF
from pypdf import PdfReader, PdfWriter

from bot.packages.files import MOST_CHARACTERS, words_in


def pdf(*pages: str) -> bytes:
    """A real PDF with these pages."""
    made = FPDF()
    made.set_font("helvetica", size=12)
    for text in pages:
        made.add_page()
        made.cell(text=text)
    return bytes(made.output())


def test_a_pdf_is_read_page_by_page() -> None:
    """The words of every page are there to be searched."""
    words = words_in(pdf("Call Tom Ash", "or 07911 123456"), "application/pdf")
    assert "Tom Ash" in words.text
    assert "07911 123456" in words.text
    assert words.problem == ""


def test_what_could_not_be_searched_is_said() -> None:
    """A locked PDF, a broken one, a picture and one that takes too long ask for a person's eyes."""
    locked = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("secret"))))
    locked.encrypt("key")
    written = io.BytesIO()
    locked.write(written)
    assert "locked" in words_in(written.getvalue(), "application/pdf").problem
    assert "damaged" in words_in(b"%PDF-1.4 nonsense", "application/pdf").problem
    assert "open it" in words_in(b"\x89PNG", "image/png").problem
    ticks = iter([0.0, 1.0, 99.0])
    slow = words_in(pdf("one", "two"), "application/pdf", lambda: next(ticks))
    assert (slow.text, "first 1 pages" in slow.problem) == ("one", True)


@pytest.mark.parametrize("kind", ["text/plain", "text/csv", "application/json"])
def test_a_text_is_read_within_its_bound(kind: str) -> None:
    """Texts are read whatever bytes they hold, and no further than the bound."""
    assert words_in("naïve \udcff".encode("utf-8", "surrogateescape"), kind).text == "naïve \ufffd"
    long = words_in(b"a" * (MOST_CHARACTERS + 1), kind)
    assert len(long.text) == MOST_CHARACTERS
    assert "too long" in long.problem
