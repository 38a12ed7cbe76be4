"""What staff upload, looked at before it is kept: its name, its size, and what is really in it. Pure.

A type is told by the file's own bytes; its name must agree. Only these come in: text, CSV, JSON, PDF, PNG, JPEG, mails,
and the documents of offices. A page with a script in it is refused; one without is kept as plain text.
"""

from __future__ import annotations

import csv
import io
import json
import re
import struct
import unicodedata
import zipfile
import zlib
from email import policy
from email.parser import BytesParser

import filetype

from bot.errors import PermanentError
from bot.files.values import File

LARGEST = 20_000_000
MOST_ENTRIES = 2_000
MOST_UNPACKED = 100_000_000
MOST_RATIO = 200
"""How many times larger than packed an entry may be; documents of words are about ten times."""
SMALL = 1_000_000
"""Below this an entry may be packed as tightly as it likes: a page of blanks is no bomb."""
LONGEST_NAME = 120
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError, OSError, ValueError, EOFError,
    IndexError,
)  # fmt: skip
"""What reading a damaged ZIP may end in."""
MENDS = "upload text, CSV, JSON, PDF, PNG, JPEG, a mail (.eml), or a document of an office program"

BY_NAME = {
    "txt": "text/plain", "log": "text/plain", "md": "text/plain", "html": "text/plain", "htm": "text/plain",
    "svg": "text/plain", "xml": "text/plain", "csv": "text/csv", "json": "application/json", "pdf": "application/pdf",
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "eml": "message/rfc822",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text", "ods": "application/vnd.oasis.opendocument.spreadsheet",
}  # fmt: skip
_PARTS = {"docx": "word/", "xlsx": "xl/", "pptx": "ppt/", "odt": "content.xml", "ods": "content.xml"}
_ACTIVE = re.compile(
    r"<\s{0,9}(script|iframe|object|embed|meta[^>]{1,200}refresh)\b|\bon[a-z]{3,20}\s{0,9}=|javascript\s{0,9}:",
    re.IGNORECASE,
)
"""What makes a page do something; each repetition is bounded, so that no file keeps the search busy."""
_MARKUP = re.compile(r"\s*<(\?xml|!doctype|html|svg|!--|head|body|script)", re.IGNORECASE)
_HIDDEN = frozenset({"Cf", "Cs", "Co"})
_SEPARATOR = re.compile(r"[/\\]|%2f|%5c", re.IGNORECASE)
_PAGES = frozenset({"html", "htm", "svg", "xml"})
_ARCHIVE = re.compile(r"\.(zip|7z|rar|gz|tgz|bz2|xz|tar|jar)$", re.IGNORECASE)


class Refused(PermanentError):
    """The file is not kept; the text says why and what to do."""


def safe_name(name: str) -> str:
    """The last part of a name, without what climbs folders, hides, or turns the direction of writing."""
    plain = unicodedata.normalize("NFC", name)
    tame = "".join(
        char for char in plain if char.isprintable() and unicodedata.category(char) not in {"Cf", "Cs", "Co"}
    )
    tame = _SEPARATOR.split(tame)[-1]
    tame = re.sub(r'[:*?"<>|]', "_", tame).strip(". ")
    stem, dot, ending = tame.rpartition(".")
    if len(tame) > LONGEST_NAME and dot:
        tame = f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"
    return tame[:LONGEST_NAME] or "file"


def checked(name: str, content: bytes) -> File:
    """The file as it may be kept: a safe name, the type that it really is.

    Raises:
        Refused: empty, too large, of another type, or dangerous.
    """
    name = safe_name(name)
    if not content:
        raise Refused("the file is empty: choose it again")
    if len(content) > LARGEST:
        raise Refused(f"the file is larger than {LARGEST // 1_000_000} MB: split it")
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    expected = BY_NAME.get(ending)
    if expected is None:
        raise Refused(f"files that end in .{ending[:12] or '(nothing)'} are not taken: {MENDS}")
    found = filetype.guess(content)
    if expected.startswith(("application/vnd.",)):
        _office(ending, content)
    elif expected in {"application/pdf", "image/png", "image/jpeg"}:
        if found is None or found.mime != expected:
            raise Refused(
                f"it is named .{ending} but is something else: save it again as .{ending}, or name it rightly"
            )
    else:
        if found is not None and not (expected == "text/plain" and found.mime in {"text/xml", "application/xml"}):
            raise Refused(f"it is named .{ending} but is {found.mime}: name it rightly")
        _text(ending, expected, content)
    return File(name, expected, content)


def _text(ending: str, expected: str, content: bytes) -> None:
    if expected == "message/rfc822":
        _mail(content)
        return
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("its text is not in UTF-8: save it again as UTF-8") from None
    if any(char < " " and char not in "\t\n\r\f" for char in text):
        raise Refused("it is no text: there are control characters in it; name it rightly")
    if (ending in _PAGES or _MARKUP.match(text)) and _ACTIVE.search(text):
        raise Refused("it is a page with a script in it: save it as PDF, or copy its text")
    if expected == "application/json":
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            raise Refused("it is no JSON: export it again, or upload it as .txt") from None
    if expected == "text/csv":
        try:
            for _ in csv.reader(io.StringIO(text, newline=""), strict=True):
                pass
        except csv.Error:
            raise Refused("it is no CSV: export it again, or upload it as .txt") from None


def _mail(content: bytes) -> None:
    heads = BytesParser(policy=policy.default).parsebytes(content[:65_536], headersonly=True)
    try:
        named = {name.lower() for name in heads.keys()}  # noqa: SIM118  a message is no mapping
    except (ValueError, LookupError, IndexError, AttributeError):
        named = set()
    if not named & {"from", "sender"} or not named & {"date", "subject", "to", "message-id", "received"}:
        raise Refused("it is no mail: save it from the mail program again as .eml")


def _office(ending: str, content: bytes) -> None:
    """A document that is a ZIP: bounded in entries, size and ratio, with no archive and no macro in it."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_ENTRIES:
                raise Refused("it has too many parts to be a document: save it again as PDF")
            total = 0
            for entry in entries:
                total += _unpacked(archive, entry, MOST_UNPACKED - total)
    except _DAMAGED:
        raise Refused(f"it is no whole .{ending} document, or has a password: save it again without one") from None
    names = [entry.filename for entry in entries]
    if not any(name.startswith(_PARTS[ending]) for name in names):
        raise Refused(f"it is named .{ending} but is another kind of archive: unpack it, and upload what is in it")
    if any("vbaproject" in name.lower() or name.lower().startswith("basic/") for name in names):
        raise Refused("it has macros in it: save it without them, or as PDF")


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, room: int) -> int:
    """The real size of an entry, read through: what its head says may be a lie."""
    if _ARCHIVE.search(entry.filename):
        raise Refused("there is an archive in it: unpack it, and upload what is in it")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused("it is packed in a way that no office program uses: save it again as PDF")
    if entry.flag_bits & 1:
        raise Refused("it has a password: save it again without one")
    size = 0
    with archive.open(entry) as opened:
        while chunk := opened.read(65_536):
            if size == 0 and chunk.startswith((b"PK\x03\x04", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"\x1f\x8b")):
                raise Refused("there is an archive in it: unpack it, and upload what is in it")
            size += len(chunk)
            if size > room or size > max(SMALL, MOST_RATIO * max(1, entry.compress_size)):
                raise Refused("it unpacks to far more than it is (a ZIP bomb): save it again as PDF")
    return size
