"""The words of files: a PDF's and a text's are read, within bounds; what can't be read is said and breaks nothing."""

from __future__ import annotations

import io
import zipfile

import pytest
from fpdf import FPDF
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Text
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

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


def edited(*, note: str = "", file: bytes = b"", script: str = "") -> bytes:
    """A PDF by Tom Ash with an outline; with a comment, another file and a script where they are given."""
    made = FPDF()
    made.set_font("helvetica", size=12)
    made.add_page()
    made.cell(text="hello")
    made.set_title("On Tom Ash")
    made.set_author("Tom Ashley")
    made.start_section("Priya Patel")
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(bytes(made.output()))))
    if note:
        writer.add_annotation(0, Text(rect=(50, 50, 100, 100), text=note))
    if file:
        writer.add_attachment("other.txt", file)
    if script:
        act = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject(script)}
        writer._root_object[NameObject("/OpenAction")] = DictionaryObject(act)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_what_stands_beside_the_pages_of_a_pdf_is_read_too() -> None:
    """Who wrote it, its title, its outline and a comment on it: a leak there is a leak."""
    found = words_in(edited(note="Bob Low rang"), "application/pdf")
    assert all(words in found.text for words in ("On Tom Ash", "Tom Ashley", "Priya Patel", "Bob Low rang", "hello"))
    assert (found.problem, found.hidden) == ("", "")


def test_what_no_page_shows_is_told() -> None:
    """A script and another file within it are no part of what a person read."""
    assert words_in(edited(script="app.alert(1)"), "application/pdf").hidden == "a script"
    assert words_in(edited(file=b"secret"), "application/pdf").hidden == "another file"


def test_the_words_of_a_mail_and_of_an_office_document_are_read() -> None:
    """A name that is left out elsewhere is found in them, though it is cut by marks; a broken one breaks nothing."""
    head = b"From: Tom Ash <t@x.org>\r\nSubject: =?utf-8?q?Jos=C3=A9?=\r\nContent-Type: text/html\r\n"
    eml = head + b"\r\n<b>Pri</b>ya Patel"
    mail = words_in(eml, "message/rfc822")
    assert all(words in mail.text for words in ("Tom Ash", "José", "Priya Patel"))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(
            "word/document.xml", "<w:p><w:r><w:t>To</w:t></w:r><w:r><w:t>m Ash</w:t></w:r></w:p><w:p>Bob</w:p>"
        )
        archive.writestr("docProps/core.xml", "<dc:creator>Priya Patel</dc:creator>")
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    document = words_in(packed.getvalue(), kind)
    assert "Tom Ash\nBob" in document.text
    assert "Priya Patel" in document.text
    assert "open it and look" in document.problem
    assert "damaged" in words_in(b"PK\x03\x04 nothing", kind).problem
