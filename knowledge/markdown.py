"""Markdown → blocks of the text that a reader sees, each with its line. Called by policy and formats.

A policy's Markdown is prose with headings, lists, tables and emphasis, often converted from HTML, with "•" for bullets
and hard line breaks for addresses; the blocks keep its words and line breaks exactly, without the marks.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from knowledge.blocks import Block, Item, defined, follows, listed, mark_of, nest, skips, tabled
from knowledge.labels import heading_label

__all__ = ["Block", "blocks", "plain"]

_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:(?<![^ \t])#+)?[ \t]*\Z")
_BOLD_HEADING = re.compile(r"(\*\*|__)(?=\S)((?:(?!\1).)+?)(?<=\S)\1:?[ \t]*\Z")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*\Z")
_NUMBERED = re.compile(r"[ \t]*(?:\*\*)?\d{1,3}(?:\\?\.\d{1,3})+\\?[.):]?(?:\*\*)?[ \t]+[^\W\d_a-z]")
_RULE = re.compile(r"[ \t]*(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})\Z")
_QUOTED = re.compile(r" {0,3}(?:>[ \t]?)+")
_DELIMITER = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*\Z")
_DEFINITION = re.compile(r" {0,3}:[ \t]+(?=\S)")
_BAR = re.compile(r"(?<!\\)\|")
_LINK = re.compile(r"!?\[((?:[^\[\]\\]|\\.)*)\]\((?:[^()\s]|\([^()\s]*\))*(?:\s+\"[^\"]*\")?\)")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)?[^<>\s]+[@:./][^<>\s]*)>")
_CODE = re.compile(r"(?<![`\\])(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TAG = re.compile(
    r"</?(?:a|b|i|u|em|strong|span|sup|sub|small|mark|ins|font|p|div|center)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_EMPHASIS = re.compile(r"(?<!\\)(\*\*\*|\*\*|\*|(?<!\w)__|(?<!\w)_)(?=\S)(.+?)(?<=\S)(?<!\\)\1(?!\w)", re.DOTALL)
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_MOST_HEADING_WORDS = 14


def plain(markdown: str) -> str:
    """The words that a reader sees: links by their text, emphasis and escapes without their marks."""
    text = markdown
    if "<" in text:
        # Behind the last end no comment ends: each beginning there would be looked through to the text's end.
        end = text.rfind("-->")
        text = _COMMENT.sub("", text[: end + 3]) + text[end + 3 :] if end >= 0 else text
        text = _TAG.sub("", _BREAK.sub("\n", text))
    if "[" in text:
        text = _LINK.sub(r"\1", text)
    if "<" in text:
        text = _AUTOLINK.sub(r"\1", text)
    if "`" in text:
        text = _CODE.sub(r"\2", text)
    if "*" in text or "_" in text:
        for _ in range(3):  # emphasis within emphasis; deeper nesting keeps its marks
            text = _EMPHASIS.sub(r"\2", text)
    if "\\" in text:
        text = _ESCAPE.sub(r"\1", text)
    return html.unescape(text) if "&" in text else text


def blocks(markdown: str, first_line: int = 1) -> Iterator[Block]:
    """The blocks in order; blank lines, headings, rules, clause numbers, and a list's beginning part them."""
    return iter(_Reader(markdown.split("\n"), first_line).read())


class _Reader:
    """Reads line by line: a paragraph is gathered in `_text`, a list's entries in `_items`."""

    def __init__(self, lines: list[str], first_line: int) -> None:
        self._lines = [_QUOTED.sub("", line) if _QUOTED.match(line) else line for line in lines]
        self._first = first_line
        self._blocks: list[Block] = []
        self._text: list[str] = []
        self._items: list[tuple[int, str, list[str], int]] = []  # indent, mark, lines, line
        self._start = first_line
        self._level = 1
        self._blank = False

    def read(self) -> list[Block]:
        at = 0
        while at < len(self._lines):
            line = self._lines[at]
            rows = self._rows(at)
            if rows:
                self._flush()
                self._blocks.append(_table(self._lines[at : at + rows], self._first + at))
                at += rows
                continue
            self._line(line, self._first + at)
            self._blank = not line.strip()
            at += 1
        self._flush()
        return self._blocks

    def _line(self, line: str, number: int) -> None:
        if not line.strip():
            self._flush_text()
        elif not (self._heading(line, number) or self._definition(line) or self._item(line, number)):
            self._prose(line, number)

    def _heading(self, line: str, number: int) -> bool:
        """A heading by its mark, by the line beneath it, or by standing alone in bold; or a rule, which only parts."""
        found = _HEADING.match(line)
        underline = _UNDERLINE.match(line) if len(self._text) == 1 and not self._blank else None
        if found:
            self._flush()
            self._add_heading(found[2] or "", len(found[1]), number)
        elif underline:
            title, self._text = self._text[0], []
            self._flush()
            self._add_heading(title, 1 if underline[1][0] == "=" else 2, number - 1)
        elif _RULE.match(line):
            self._flush()
        else:
            return False
        return True

    def _add_heading(self, markdown: str, level: int, line: int, depth: int | None = None) -> None:
        self._level = level if depth is None else depth
        self._blocks.append(Block("heading", " ".join(plain(markdown).split()), line, level=level))

    def _definition(self, line: str) -> bool:
        """`: meaning` beneath a term of one line; further ones for the same term join the first."""
        found = _DEFINITION.match(line)
        if found is None or self._items:
            return False
        meaning = plain(line[found.end() :]).strip()
        if len(self._text) == 1:
            term, at = plain(self._text[0]).strip(), self._start
            self._text = []
        elif not self._text and self._blocks and self._blocks[-1].kind == "paragraph" and self._blank:
            block = self._blocks[-1]
            if "\n" in block.text:
                return False
            term, at = block.text, block.line
            self._blocks.pop()
        elif not self._text and self._blocks and self._blocks[-1].kind == "definitions":
            last = self._blocks.pop()
            pairs = [_pair(item) for item in last.entries]
            pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]}\n{meaning}", pairs[-1][2])
            self._blocks.append(defined(pairs))
            return True
        else:
            return False
        before = self._blocks.pop().entries if self._blocks and self._blocks[-1].kind == "definitions" else ()
        self._blocks.append(defined([*(_pair(item) for item in before), (term, meaning, at)]))
        return True

    def _item(self, line: str, number: int) -> bool:
        """An entry of a list. Within a paragraph only a mark that begins a list, and no lone capital, begins one."""
        mark = mark_of(line)
        if mark is None or line.lstrip().startswith("**"):
            return False
        indent = len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip())
        if self._text and mark.label and not (mark.printed[0] == "(" or mark.label in {"1", "a", "i"}):
            return False
        if self._items and not self._blank and mark.label and not self._continues(mark.printed):
            return False
        self._flush_text()
        text = line.lstrip(" \t\xa0")[len(mark.printed) :].strip()
        self._items.append((indent, mark.printed, [text], number))
        return True

    def _continues(self, mark: str) -> bool:
        """Whether a mark directly beneath an entry is an entry, and no line that happens to begin like one."""
        return (
            mark[0] == "("
            or mark[:-1] in {"1", "a", "i", "A", "I"}
            or any(follows(i[1], mark) or skips(i[1], mark) for i in reversed(self._items))
        )

    def _prose(self, line: str, number: int) -> None:
        indented = line[:1] in " \t" and len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip()) > 1
        if self._items and (not self._blank or indented) and not _NUMBERED.match(line):
            self._items[-1][2].append(line.strip())
            return
        if self._blocks and self._blocks[-1].kind == "definitions" and not (self._text or self._items or self._blank):
            *before, (term, meaning, at) = (_pair(item) for item in self._blocks.pop().entries)
            self._blocks.append(defined([*before, (term, f"{meaning}\n{plain(line).strip()}", at)]))
            return
        if _NUMBERED.match(line) or self._items:
            self._flush()
        if not self._text:
            self._start = number
        self._text.append(line)

    def _rows(self, at: int) -> int:
        """How many lines of a table begin here: a line with bars, one of hyphens, and rows; 0 for none."""
        lines = self._lines
        if at + 1 >= len(lines) or not _BAR.search(lines[at]) or not _DELIMITER.match(lines[at + 1]):
            return 0
        if "|" not in lines[at + 1] and len(_cells(lines[at])) > 1:
            return 0
        end = at + 2
        while end < len(lines) and _BAR.search(lines[end]):
            end += 1
        return end - at

    def _flush(self) -> None:
        self._flush_text()
        if self._items:
            depths = nest([(indent, mark) for indent, mark, _text, _line in self._items])
            items = [
                Item(_joined(text), mark, depth, line)
                for (_indent, mark, text, line), depth in zip(self._items, depths, strict=True)
            ]
            self._items = []
            self._blocks.append(listed(items, items[0].line))

    def _flush_text(self) -> None:
        if not self._text:
            return
        lines, self._text = self._text, []
        bold = _BOLD_HEADING.match(lines[0].strip())
        if len(lines) > 1 and not (bold and heading_label(bold[2])):
            bold = None  # the first of several lines is a title only where it has a number: an address has none
        if self._items:
            self._flush()
        if bold and len(lines[0].split()) <= _MOST_HEADING_WORDS and not bold[2].endswith((".", ";", ",")):
            self._add_heading(lines[0].strip(), min(self._level + 1, 6), self._start, depth=self._level)
            lines, self._start = lines[1:], self._start + 1
        text = _joined(lines)
        if text:
            self._blocks.append(Block("paragraph", text, self._start))


def _joined(lines: list[str]) -> str:
    return "\n".join(line.rstrip() for line in plain("\n".join(lines)).split("\n")).strip()


def _pair(item: Item) -> tuple[str, str, int]:
    term, _newline, meaning = item.text.partition("\n")
    return term, meaning, item.line


def _cells(line: str) -> list[str]:
    return [plain(cell.strip().replace("\\|", "|")) for cell in _BAR.split(line.strip().removeprefix("|"))]


def _table(lines: list[str], first: int) -> Block:
    """Rows without the delimiter; a closing bar makes no cell."""
    numbered = [(first + at, line) for at, line in enumerate(lines) if at != 1]
    rows = [_cells(line)[:-1] if _BAR.search(line.strip()[-1:]) else _cells(line) for _number, line in numbered]
    return tabled(rows, [number for number, _line in numbered])
