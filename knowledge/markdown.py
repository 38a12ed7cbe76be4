"""Markdown → blocks of the text that a reader sees, each with its line. Called by policy.

A policy's Markdown is prose with headings, lists and emphasis, often converted from HTML, with "•" for bullets and
hard line breaks for addresses; the blocks keep its words and line breaks exactly, without the marks.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*\Z")
_NUMBERED = re.compile(r"[ \t]*(?:\*\*)?\d{1,3}(?:\\?\.\d{1,3})+\\?[.):]?(?:\*\*)?[ \t]+[^\W\d_a-z]")
_BULLET = re.compile(r"[ \t]*(?:[•‣◦·*+-]|\([a-z0-9]{1,4}\)|[a-z]\))[ \t]+(?=\S)")
_RULE = re.compile(r"[ \t]*(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})\Z")
_LINK = re.compile(r"!?\[((?:[^\[\]\\]|\\.)*)\]\((?:[^()\s]|\([^()\s]*\))*(?:\s+\"[^\"]*\")?\)")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)?[^<>\s]+[@:./][^<>\s]*)>")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_EMPHASIS = re.compile(r"(?<!\\)(\*\*\*|\*\*|\*|(?<!\w)__|(?<!\w)_)(?=\S)(.+?)(?<=\S)(?<!\\)\1(?!\w)", re.DOTALL)
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")


class Block(NamedTuple):
    """A heading, a paragraph, or a list. `text` is what a reader sees, line breaks kept, a list's bullets as written;
    `entries` are a list's entries without bullets; `line` counts from 1 in the file; `level` is a heading's, 1 to 6.
    """

    kind: Literal["heading", "paragraph", "list"]
    text: str
    line: int
    entries: tuple[str, ...] = ()
    level: int = 0


def plain(markdown: str) -> str:
    """The words that a reader sees: links by their text, emphasis and escapes without their marks."""
    text = _LINK.sub(r"\1", _BREAK.sub("\n", markdown))
    text = _AUTOLINK.sub(r"\1", text)
    for _ in range(3):  # emphasis within emphasis; deeper nesting keeps its marks
        text = _EMPHASIS.sub(r"\2", text)
    return html.unescape(_ESCAPE.sub(r"\1", text))


def blocks(markdown: str, first_line: int = 1) -> Iterator[Block]:
    """The blocks in order; blank lines, headings, rules, clause numbers, and a list's beginning part them."""
    gathered: list[str] = []
    start = first_line
    in_list = False
    for number, line in enumerate(markdown.split("\n"), start=first_line):
        heading = _HEADING.match(line)
        bullet = bool(_BULLET.match(line)) and not line.lstrip().startswith("**")
        parts = heading or not line.strip() or _RULE.match(line) or _NUMBERED.match(line) or (bullet and not in_list)
        if parts and gathered:
            yield _block(gathered, start, listed=in_list)
            gathered = []
        if heading:
            yield Block("heading", plain(heading.group(2)).strip(), number, level=len(heading.group(1)))
        elif line.strip() and not _RULE.match(line):
            if not gathered:
                start, in_list = number, bullet
            gathered.append(line)
    if gathered:
        yield _block(gathered, start, listed=in_list)


def _block(lines: list[str], start: int, *, listed: bool) -> Block:
    text = "\n".join(line.rstrip() for line in plain("\n".join(lines)).split("\n")).strip()
    if not listed:
        return Block("paragraph", text, start)
    entries: list[str] = []
    for line in lines:
        if _BULLET.match(line) or not entries:
            entries.append(_BULLET.sub("", line, count=1))
        else:
            entries[-1] += "\n" + line.strip()
    return Block("list", text, start, tuple(plain(entry).strip() for entry in entries))
