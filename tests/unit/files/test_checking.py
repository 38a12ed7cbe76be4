"""Uploads are looked at before they are kept: names, types, sizes, bombs, scripts."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.files.checking import LARGEST, LONGEST_NAME, Refused, checked, safe_name

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 60
PDF = b"%PDF-1.4\n%%EOF\n"


def office(*entries: tuple[str, bytes]) -> bytes:
    """A document as a ZIP."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (("[Content_Types].xml", b"<Types/>"), *entries):
            archive.writestr(name, content)
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.txt", "words of Zoë\n".encode(), "text/plain"),
        ("a.csv", b"a,b\r\n1,2\r\n", "text/csv"),
        ("a.json", b'{"a": [1]}', "application/json"),
        ("a.PDF", PDF, "application/pdf"),
        ("a.png", PNG, "image/png"),
        ("a.eml", b"From: a@example.com\r\nDate: x\r\n\r\nhello", "message/rfc822"),
        ("a.docx", office(("word/document.xml", b"<w/>" * 50_000)),
         "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("page.html", b"<html><p>words</p></html>", "text/plain"),
        ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "text/plain"),
    ],
)  # fmt: skip
def test_what_is_what_it_says_is_kept(name: str, content: bytes, kind: str) -> None:
    """Each kind that is taken, by its own bytes; a page is kept as plain text only."""
    kept = checked(name, content)
    assert (kept.name, kept.content_type, kept.content) == (name, kind, content)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.png", PDF, "something else"),
        ("a.pdf", b"MZ\x90\0" + b"\0" * 80, "something else"),
        ("a.txt", PNG, "image/png"),
        ("a.docx", PDF, "no whole"),
        ("a.exe", b"MZ\x90\0", "not taken"),
        ("noending", b"words", "not taken"),
        ("a.txt", b"a\0b", "control characters"),
        ("a.txt", b"\xff\xfe\xfa", "UTF-8"),
        ("a.json", b"{", "no JSON"),
        ("a.json", b"[" * 100_000, "no JSON"),
        ("a.csv", b'a,"b\n', "no CSV"),
        ("a.eml", b"just words", "no mail"),
        ("a.txt", b"", "empty"),
        ("a.txt", b"x" * (LARGEST + 1), "larger than 20 MB"),
    ],
)
def test_a_wrong_type_behind_a_right_name_is_refused(name: str, content: bytes, why: str) -> None:
    """What the name says and the bytes do not, with the reason."""
    with pytest.raises(Refused, match=why):
        checked(name, content)


@pytest.mark.parametrize(
    "page",
    [
        b"<html><script>alert(1)</script>", b"<svg onload=alert(1)>", b'<a href="javascript:x()">', b"<IFRAME src=x>",
        b"<!doctype html><body onclick = 'x()'>", b"<  script>", b'<meta http-equiv="refresh" content="0">',
    ],
)  # fmt: skip
def test_a_page_with_a_script_is_refused(page: bytes) -> None:
    """In any of the ways in which a page can do something; a text that tells of one is no page."""
    for name in ("a.html", "a.svg"):
        with pytest.raises(Refused, match="script"):
            checked(name, page)
    assert checked("a.txt", b"I wrote <script> in a mail").content_type == "text/plain"


def test_a_page_hidden_in_a_text_file_is_refused() -> None:
    """A name that ends in .txt does not make a page harmless."""
    with pytest.raises(Refused, match="script"):
        checked("a.txt", b"  <!DOCTYPE html><script>alert(1)</script>")


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    """Too much in one part, too much in all, too many parts; whatever their heads say."""
    with pytest.raises(Refused, match="ZIP bomb"):
        checked("a.docx", office(("word/document.xml", b"\0" * 30_000_000)))
    big = b"".join(bytes([number % 251]) * 97 for number in range(60_000))
    with pytest.raises(Refused, match="ZIP bomb"):
        checked("a.docx", office(*((f"word/{number}.xml", big) for number in range(20))))
    with pytest.raises(Refused, match="too many parts"):
        checked("a.docx", office(*((f"word/{number}", b"") for number in range(2_001))))


def test_archives_macros_and_passwords_within_are_refused() -> None:
    """Nothing hides in a document: by its name or by its bytes."""
    with pytest.raises(Refused, match="archive in it"):
        checked("a.docx", office(("word/document.xml", b"x"), ("word/more.zip", b"x")))
    with pytest.raises(Refused, match="archive in it"):
        checked("a.docx", office(("word/document.xml", b"x"), ("word/innocent.bin", office())))
    with pytest.raises(Refused, match="macros"):
        checked("a.docx", office(("word/document.xml", b"x"), ("word/vbaProject.bin", b"x")))
    with pytest.raises(Refused, match="another kind of archive"):
        checked("a.docx", office(("anything.xml", b"x")))
    locked = bytearray(office(("word/document.xml", b"x")))
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(Refused, match="password"):
        checked("a.docx", bytes(locked))


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("..\\..\\boot.txt", "boot.txt"),
        ("/absolute.txt", "absolute.txt"),
        ("..%2F..%5cletter.txt", "letter.txt"),
        ("%\u202e2Fletter.txt", "letter.txt"),
        ("C:\\a\\b.txt", "b.txt"),
        ("..", "file"),
        ("", "file"),
        ("a\u202etxt.exe", "atxt.exe"),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie_ x.txt"),
        ("x" * 300 + ".csv", "x" * (LONGEST_NAME - 4) + ".csv"),
    ],
)
def test_a_name_is_cut_to_its_last_safe_part(given_name: str, kept: str) -> None:
    """What climbs folders, breaks lines or turns the writing around is not in what is kept."""
    assert safe_name(given_name) == kept


@given(st.text(max_size=300))
def test_any_name_becomes_a_safe_one(name: str) -> None:
    """Never empty, never a path, never hidden, never too long, and the same when it is made safe again."""
    kept = safe_name(name)
    assert 0 < len(kept) <= LONGEST_NAME
    assert not set(kept) & set('/\\\r\n\0"')
    assert not kept.startswith(".")
    assert safe_name(kept) == kept


@given(st.binary(max_size=400), st.sampled_from(["txt", "csv", "json", "eml", "docx", "pdf", "png", "html", "odt"]))
def test_any_bytes_are_kept_whole_or_refused(content: bytes, ending: str) -> None:
    """No file makes the look at it fail in another way, and none is changed."""
    with suppress(Refused):
        assert checked(f"a.{ending}", content).content == content


@given(st.binary(max_size=300), st.integers(0, 400))
def test_a_damaged_document_is_kept_or_refused(damage: bytes, place: int) -> None:
    """A ZIP with anything written over it never breaks the reader."""
    whole = bytearray(office(("word/document.xml", b"<w>words</w>")))
    whole[place : place + len(damage)] = damage
    with suppress(Refused):
        assert checked("a.docx", bytes(whole)).content == whole
