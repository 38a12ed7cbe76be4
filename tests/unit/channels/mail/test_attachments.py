"""Files that come with mail: names as people typed them, kind by content, pictures of the text told apart."""

from __future__ import annotations

import pytest

from channels.base import Attachment, InboundMessage
from channels.mail import typed
from channels.mail.decode import decode
from tests.unit.channels.mail import letters
from tests.unit.channels.mail.desk import received

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def files(raw: bytes | str) -> list[Attachment]:
    """The files of a mail."""
    found = decode(received(raw))
    assert isinstance(found, InboundMessage)
    return list(found.attachments)


@pytest.mark.parametrize(
    ("parameter", "name"),
    [
        ('filename="plain.pdf"', "plain.pdf"),
        ("filename=my report.pdf", "my report.pdf"),
        ("filename*=utf-8''%C3%9Cbersicht%20%E2%82%AC.pdf", "Übersicht €.pdf"),
        ("filename*0*=utf-8''%C3%9Cber; filename*1*=sicht; filename*2=.pdf", "Übersicht.pdf"),
        ("filename*=gb2312''%CE%D2%B5%C4.pdf", "我的.pdf"),
        ("filename*=x-none''%C3%BC.pdf", "ü.pdf"),
        ('filename="=?utf-8?B?w5xiZXJzaWNodC5wZGY=?="', "Übersicht.pdf"),
        ('filename="=?iso-8859-1?Q?=DCber?=\n =?iso-8859-1?Q?sicht.pdf?="', "Übersicht.pdf"),
        ('filename="Übersicht.pdf"', "Übersicht.pdf"),
        ('filename="a.pdf"; filename="b.pdf"', "a.pdf"),
        ("filename=", "part-2.bin"),
        ('filename="' + "x" * 400 + '.pdf"', "x" * 109 + ".pdf"),
        ('filename="C:\\\\Users\\\\ann\\\\report.pdf"', "report.pdf"),
    ],
)  # fmt: skip
def test_names_are_read_in_every_way_that_they_are_written(parameter: str, name: str) -> None:
    """RFC 2231, RFC 2047 where it does not belong, raw bytes, and what is broken."""
    raw = letters.multipart(
        "mixed",
        "Content-Type: text/plain\n\nhi",
        f"Content-Type: application/x-thing\nContent-Disposition: attachment; {parameter}\n\nwords\n",
    )
    (found,) = files(raw)
    assert found.name == name.replace(".bin", "")


@pytest.mark.parametrize(
    ("declared", "content", "kind"),
    [
        ("application/octet-stream", b"%PDF-1.7", "application/pdf"),
        ("image/jpeg", PNG, "image/png"),
        ("image/png", b"<script>", "application/octet-stream"),
        ("application/pdf", b"MZ\x90\0" + b"\0" * 80, "application/x-msdownload"),
        ("text/plain", b"MZ\x90\0" + b"\0" * 80, "application/x-msdownload"),
        ("text/plain", b"BM is how I begin", "text/plain"),
        ("application/epub+zip", b"PK\x03\x04" + b"\0" * 40, "application/epub+zip"),
        ("no type at all", b"words", "application/octet-stream"),
        ("text/csv", b"a,b", "text/csv"),
    ],
)  # fmt: skip
def test_a_file_is_what_its_content_shows(declared: str, content: bytes, kind: str) -> None:
    """What it is called is believed only where the content can't say."""
    assert typed.of(declared, content) == kind


def test_a_file_without_a_name_gets_the_ending_of_its_kind() -> None:
    """So that it opens where staff save it."""
    raw = letters.multipart("mixed", "\nhi", "Content-Type: application/octet-stream\n\n%PDF-1.7 words")
    assert [(file.name, file.content_type) for file in files(raw)] == [("part-2.pdf", "application/pdf")]


def test_pictures_that_the_text_shows_are_told_from_files() -> None:
    """By the id that the words name; a picture that was attached is a file, whatever id it has."""
    picture = (
        "Content-Type: image/png; name={name}.png\nContent-ID: <{name}@x>\n{more}Content-Transfer-Encoding: 8bit\n\n"
    )
    html = "Content-Type: text/html\n\n<p>Hello <img src=\"cid:logo@x\"> <img src='cid:photo@x'></p>"
    raw = letters.multipart(
        "related",
        html,
        picture.format(name="logo", more="Content-Disposition: inline\n"),
        picture.format(name="other", more="Content-Disposition: inline\n"),
        picture.format(name="photo", more="Content-Disposition: attachment\n"),
    )
    assert [(file.name, file.inline) for file in files(raw)] == [
        ("logo.png", True),
        ("other.png", False),
        ("photo.png", False),
    ]
    found = decode(received(raw))
    assert isinstance(found, InboundMessage)
    assert found.evidence["inline"] == "logo.png"
