"""The package as one HTML file to read: it needs nothing from anywhere, and everything in it is escaped. Pure."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.conversations.quotes import full
from bot.packages.document import Document

NAME = "report.html"
CONTENT_TYPE = "text/html; charset=utf-8"
_CONTROLS = {code: "\ufffd" for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n\r"}
"""Signs that browsers drop or take for others; they are seen to be there."""


@cache
def _environment() -> Environment:
    loader = FileSystemLoader(Path(__file__).parent / "templates")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters["day"] = full
    return made


def html(document: Document) -> bytes:
    """The file's bytes, UTF-8; the same for the same document."""
    text = _environment().get_template("report.html").render(document=document)
    return text.translate(_CONTROLS).encode("utf-8", "replace")
