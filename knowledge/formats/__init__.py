"""A policy as a company publishes it (Markdown, HTML, plain text) → the Markdown that the desk keeps. Called by
`privacydesk policy import`.

Markdown is kept as it is. Of the others every word is kept: what they say by tags or looks is written as Markdown, from
which the same blocks are read; the mistakes that are found are named with the lines of the file itself.
"""

from __future__ import annotations

import codecs
import re
from pathlib import PurePath
from typing import Literal, NamedTuple

from knowledge.formats.html import read_html
from knowledge.formats.plain import read_plain
from knowledge.formats.writing import to_markdown
from knowledge.front_matter import PolicyError, read_front_matter
from knowledge.markdown import plain
from knowledge.policy import MAX_CHARACTERS, warnings_of

Format = Literal["markdown", "html", "text"]
FORMATS: tuple[Format, ...] = ("markdown", "html", "text")
SUFFIXES: dict[Format, str] = {"markdown": "md", "html": "html", "text": "txt"}

_BY_SUFFIX: dict[str, Format] = {
    ".md": "markdown", ".markdown": "markdown", ".html": "html", ".htm": "html", ".xhtml": "html"
}  # fmt: skip
_HTML = re.compile(r"<(?:!doctype\s+html|html|body|head|h[1-6]|p|div|table|ul|ol)\b[^<]*>", re.IGNORECASE)
_MARKDOWN = re.compile(r"^ {0,3}#{1,6} \S", re.MULTILINE)
_TITLE = re.compile(r"^ {0,3}#[ \t]+(.*?)[ \t#]*$|^(\S.*)\n=+[ \t]*$", re.MULTILINE)
_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([A-Za-z0-9_-]{1,30})""", re.IGNORECASE)
_LATIN = {"iso-8859-1", "latin-1", "latin1", "windows-1252", "cp1252", "us-ascii", "iso8859-1"}
_BINARY = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "an Office document or an archive",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"{\\rtf": "a rich-text document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x1f\x8b": "a compressed file",
}
_MOST_CONTROLS = 0.01
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
"""Soft hyphens and spaces of no width: no reader sees them, and they would part words for every search."""
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


class Read(NamedTuple):
    """A policy's file as it was understood: Markdown without its front matter, the front matter's fields, the title
    that it gives itself ("" for none), the warnings, each naming its line, its format, and the text as it was given.
    Markdown's own warnings come with parsing it: `first_line` is the line of the file that it begins on, else 0.
    """

    markdown: str
    front: dict[str, str]
    title: str
    warnings: tuple[str, ...]
    format: Format
    given: str
    first_line: int = 0


def read(content: bytes, name: str = "", form: Format | None = None) -> Read:
    """Read a file, whose `name` tells its format unless `form` does. Raises PolicyError naming the mend."""
    text = _decoded(content)
    given = form or format_of(text, name)
    nul = [number for number, line in enumerate(text.split("\n"), start=1) if "\0" in line]
    warnings = [f"line {number}: a NUL was left out" for number in nul]
    text = _CONTROLS.sub("", _INVISIBLE.sub("", text))
    front, body, first_line = read_front_matter(text)
    if given == "markdown":
        kept = body.lstrip("\n")
        return Read(kept, front, _title(kept), tuple(warnings), given, text, first_line + len(body) - len(kept))
    page = read_html("\n" * (first_line - 1) + body) if given == "html" else None
    found = page.blocks if page else read_plain("\n" * (first_line - 1) + body)
    if page:
        warnings += [f"line {line}: {what}" for line, what in page.left_open]
    warnings += warnings_of(found, text.split("\n"))
    title = next((block.text for block in found if block.kind == "heading" and block.level == 1), "")
    title = title or (page.title if page else "")
    return Read(to_markdown(found), front, title, tuple(warnings), given, text)


def _title(markdown: str) -> str:
    """The first heading of the first level."""
    found = _TITLE.search(markdown)
    return plain(found[1] or found[2]).strip() if found else ""


def format_of(text: str, name: str = "") -> Format:
    """The format by the name's ending; a text file and others by what they hold."""
    suffix = PurePath(name).suffix.lower()
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    if len(_HTML.findall(text[:200_000])) > 1:
        return "html"
    return "markdown" if text.startswith("---\n") or _MARKDOWN.search(text) else "text"


def _decoded(content: bytes) -> str:
    if len(content) > MAX_CHARACTERS:
        raise PolicyError("The file is larger than 2 MB, which no policy is: split it, or leave out what is no policy.")
    for magic, what in _BINARY.items():
        if content.startswith(magic):
            raise PolicyError(f"This is {what}: save it as HTML, Markdown or plain text, and import that.")
    text = _characters(content).replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    if not text.strip("\0 \t\n"):
        raise PolicyError("The file has no clauses, it is empty: name the policy's own file.")
    if len(_CONTROLS.findall(text)) > max(_MOST_CONTROLS * len(text), 3):
        raise PolicyError("This is no text, it has control characters throughout: save it as HTML, Markdown or text.")
    return text


def _characters(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        named = _CHARSET.search(content[:4096])
        if named and named[1].decode().lower() in _LATIN:
            return content.decode("cp1252", "replace")
        line = content[: error.start].count(b"\n") + 1
        raise PolicyError(f"line {line} is not UTF-8: save the file as UTF-8.") from None
