"""HTML → blocks, each with its line: what a visitor of a company's policy page reads. Called by formats.

Scripts, styles and the page's own navigation are dropped, links and emphasis are kept as their words. The library does
no more than tell tags from text, so nothing is mended silently: what is left open is named.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import groupby
from typing import NamedTuple

from knowledge.blocks import Block, Item, defined, listed, mark_of, nest, tabled

_DROPPED = {"script", "style", "nav", "noscript", "template", "head", "svg", "iframe", "object", "select", "button",
            "form", "audio", "video", "canvas", "math"}  # fmt: skip
_BLOCKS = {"p", "div", "section", "article", "main", "header", "footer", "aside", "address", "blockquote", "figure",
           "figcaption", "details", "summary", "body", "html", "center", "fieldset", "hgroup", "pre", "hr"}  # fmt: skip
_HEADING = re.compile(r"h[1-6]\Z")
_BOLD = {"b", "strong"}
_PARTS = {"ul", "ol", "menu", "li", "dl", "dt", "dd", "table", "caption", "tr", "td", "th"}
_WORD_MARK = re.compile(r"mso-list:\s*ignore", re.IGNORECASE)
_WORD_LEVEL = re.compile(r"mso-list:[^;]*?level(\d)", re.IGNORECASE)
_WORD_HEADING = re.compile(r"mso(?:heading|title)(\d?)\Z", re.IGNORECASE)
_SYMBOL_BULLETS = {"o", "§", "·", "ü", "Ø", "v", "q", "\uf0b7", "\uf0a7"}  # as Word writes bullets of symbol fonts
_SPACES = re.compile(r"[ \t\r\n\f]+")
_MOST_HEADING_WORDS = 14
_ROMAN = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


class Page(NamedTuple):
    """What a page says: its blocks, the title of its tab, and what was left open, as (line, what)."""

    blocks: list[Block]
    title: str
    left_open: list[tuple[int, str]]


def read_html(text: str) -> Page:
    """Read a whole page or a part of one; any text is read."""
    survey = _Survey()
    if "<table" in text.lower():
        survey.feed(text)
        survey.close()
    reader = _Reader(survey.layout)
    reader.feed(text)
    reader.close()
    return reader.page()


class _Survey(HTMLParser):
    """Finds the tables that only lay a page out: with headings or tables within them, in one column, or one row."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.layout: set[int] = set()  # tables in the order in which they begin
        self._count = 0
        self._open: list[list[int]] = []  # for each open table: its place, its rows, cells of this row, most cells

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the library's
        """A table, a row, a cell, or what no table of facts has."""
        if tag == "table":
            self.layout.update(table[0] for table in self._open)
            self._open.append([self._count, 0, 0, 0])
            self._count += 1
        elif not self._open:
            return
        elif tag == "tr":
            self._open[-1][1] += 1
            self._open[-1][2] = 0
        elif tag in ("td", "th"):
            self._open[-1][2] += 1
            self._open[-1][3] = max(self._open[-1][2:])
        elif _HEADING.match(tag):
            self.layout.update(table[0] for table in self._open)

    def handle_endtag(self, tag: str) -> None:
        """A table's end."""
        if tag == "table" and self._open:
            place, rows, _cells, most = self._open.pop()
            if rows < 2 or most < 2:  # noqa: PLR2004 - a header with a row beneath it, two columns
                self.layout.add(place)


class _List:
    """An open list: how its entries are marked, and how many it had."""

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.ordered = tag == "ol"
        self.type = attributes.get("type", "1") if self.ordered else ""
        self.next = _number(attributes.get("start", ""), 1)

    def mark(self, value: str) -> str:
        if not self.ordered:
            return "•"
        number = _number(value, self.next)
        self.next = number + 1
        return f"{_counted(number, self.type)}."


class _Table:
    """An open table: its rows of cells, and the line of each."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.rows: list[list[str]] = []
        self.lines: list[int] = []
        self.in_cell = False

    def add(self, text: str) -> None:
        """Put text into the open cell; text outside of cells makes one of its own."""
        if not self.rows:
            self.begin(self.line)
        if not self.in_cell or not self.rows[-1]:
            self.rows[-1].append("")
            self.in_cell = True
        self.rows[-1][-1] = f"{self.rows[-1][-1]} {text}".strip()

    def open(self, tag: str, line: int) -> None:
        """A row or a cell begins."""
        if tag == "tr" or not self.rows:
            self.begin(line)
        if tag != "tr":
            self.rows[-1].append("")
            self.in_cell = True

    def begin(self, line: int) -> None:
        """A row begins."""
        self.rows.append([])
        self.lines.append(line)
        self.in_cell = False


class _Reader(HTMLParser):
    """Gathers the words of one block at a time; `_end` closes it as what it is."""

    def __init__(self, layout: set[int]) -> None:
        super().__init__(convert_charrefs=True)
        self._layout = layout
        self._count = 0
        self._within: list[bool] = []  # for each open table whether it only lays out
        self._blocks: list[Block] = []
        self._items: list[tuple[int, str, str, int]] = []  # depth, mark, text, line
        self._pairs: list[tuple[str, str, int]] = []
        self._lists: list[_List] = []
        self._tables: list[_Table] = []
        self._dropped: list[tuple[str, int]] = []
        self._words: list[str] = []
        self._line = 0
        self._heading = 0
        self._level = 1
        self._bold = 0
        self._all_bold = True
        self._mark: str | None = None  # of the entry whose first words are awaited
        self._depth = 0
        self._entry = False  # within an entry: further words belong to it
        self._caption = False
        self._term: str | None = None
        self._word_mark: int | None = None  # depth of open spans since Word's own mark began
        self._title = ""
        self._in_title = False
        self._open: list[tuple[int, str]] = []

    def page(self) -> Page:
        """What was read."""
        self._end()
        while self._tables:
            table = self._tables[-1]
            self._open.append((table.line, "the table is never closed: add </table>"))
            self._close_table()
        self._flush()
        if self._dropped:
            tag, line = self._dropped[0]
            self._open.append((line, f"<{tag}> is never closed, and nothing after it was read: add </{tag}>"))
        return Page(self._blocks, _SPACES.sub(" ", self._title).strip(), self._open)

    # -- what the parser tells

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag begins."""
        attributes = {name: value or "" for name, value in attrs}
        if tag == "title":
            self._in_title = True
        if tag == "body":
            self._dropped = [each for each in self._dropped if each[0] != "head"]
        if self._dropped:
            if tag == self._dropped[0][0]:
                self._dropped.append((tag, self.getpos()[0]))
            return
        if tag in _DROPPED:
            self._dropped.append((tag, self.getpos()[0]))
        elif tag == "br":
            self._words.append("\n")
        elif tag in _BOLD:
            self._bold += 1
        elif tag == "span":
            self._span(attributes)
        elif tag in _BLOCKS or _HEADING.match(tag):
            self._begin(tag, attributes)
        else:
            self._begin_part(tag, attributes)

    def handle_endtag(self, tag: str) -> None:
        """A tag ends."""
        if tag == "title":
            self._in_title = False
        if self._dropped:
            if tag == self._dropped[-1][0]:
                self._dropped.pop()
            return
        if tag in _BOLD:
            self._bold = max(self._bold - 1, 0)
        elif tag == "span" and self._word_mark is not None:
            self._word_mark -= 1
            if self._word_mark == 0:
                self._end_word_mark()
        elif tag in _BLOCKS or _HEADING.match(tag):
            self._end()
            self._heading = 0
        else:
            self._end_part(tag)

    def handle_data(self, data: str) -> None:
        """Words."""
        if self._in_title:
            self._title += data
        if self._dropped:
            return
        text = _SPACES.sub(" ", data.replace("\u00ad", ""))
        if not self._words and not text.strip(" \xa0"):
            return
        if not self._words:
            self._line = self.getpos()[0] + data[: len(data) - len(data.lstrip())].count("\n")
        if text.strip() and not self._bold and self._word_mark is None:
            self._all_bold = False
        self._words.append(text)

    def unknown_decl(self, data: str) -> None:
        """Word's conditional sections; their words are read like any others."""

    # -- tags

    def _begin(self, tag: str, attributes: dict[str, str]) -> None:
        self._end()
        level = _WORD_HEADING.match(attributes.get("class", ""))
        if _HEADING.match(tag):
            self._heading = int(tag[1])
        elif level and tag == "p":
            self._heading = int(level[1] or 1)
        if tag == "p":
            found = _WORD_LEVEL.search(attributes.get("style", ""))
            if found and not self._lists:
                self._depth = int(found[1]) - 1

    def _begin_part(self, tag: str, attributes: dict[str, str]) -> None:
        """Lists, definitions and tables; other tags are within a line."""
        if tag in _PARTS:
            self._end()
        if tag in ("ul", "ol", "menu"):
            self._lists.append(_List(tag, attributes))
        elif tag == "li":
            held = self._lists[-1] if self._lists else _List("ul", {})
            self._mark, self._entry = held.mark(attributes.get("value", "")), False
            self._depth = max(len(self._lists) - 1, 0)
        elif tag == "dt":
            self._term = ""
        elif tag == "caption":
            self._caption = bool(self._tables) and not self._tables[-1].rows
        elif tag == "table":
            self._within.append(self._count in self._layout)
            self._count += 1
            if not self._within[-1]:
                self._tables.append(_Table(self.getpos()[0]))
        elif self._tables and tag in ("tr", "td", "th"):
            self._caption = False
            self._tables[-1].open(tag, self.getpos()[0])

    def _end_part(self, tag: str) -> None:
        if tag in _PARTS:
            self._end()
        if tag in ("ul", "ol", "menu") and self._lists:
            self._lists.pop()
            self._entry, self._mark = bool(self._lists), None
            self._depth = max(len(self._lists) - 1, 0)
        elif tag == "li":
            self._entry, self._mark = False, None
        elif tag == "dl":
            self._term = None
        elif tag == "caption":
            self._caption = False
        elif tag == "table" and self._within:
            if not self._within.pop():
                self._close_table()
        elif self._tables and tag in ("td", "th", "tr"):
            self._tables[-1].in_cell = False

    def _span(self, attributes: dict[str, str]) -> None:
        if self._word_mark is not None:
            self._word_mark += 1
        elif _WORD_MARK.search(attributes.get("style", "")):
            self._word_mark = 1
            self._words.append("\x01")

    def _end_word_mark(self) -> None:
        """What Word printed before an entry becomes its mark."""
        self._word_mark = None
        text = "".join(self._words)
        before, _begun, mark = text.rpartition("\x01")
        mark = mark.replace("\xa0", " ").strip()
        self._words = [before] if before.strip() else []
        if mark in _SYMBOL_BULLETS or not mark:
            mark = "•"
        self._words.append(f"{mark} ")

    # -- blocks

    def _end(self) -> None:
        """Close the block whose words were gathered, as what it is."""
        text = _lines("".join(self._words).replace("\x01", ""))
        self._words, bold, self._all_bold = [], self._all_bold, True
        if not text:
            return
        if self._tables and self._caption:
            self._flush()
            self._blocks.append(Block("paragraph", text, self._line))
        elif self._tables:
            self._tables[-1].add(" ".join(text.split()))
        elif self._term is not None:
            self._add_to_term(text)
        elif self._mark is not None or self._entry:
            self._add_to_list(text)
        elif self._heading:
            self._flush()
            self._level = self._heading
            self._blocks.append(Block("heading", " ".join(text.split()), self._line, level=self._heading))
        else:
            self._add_paragraph(text, bold=bold)

    def _add_paragraph(self, text: str, *, bold: bool) -> None:
        mark = mark_of(text)
        if mark:
            rest = text.lstrip(" \xa0")[len(mark.printed) :].strip(" \xa0")
            if not (bold and _is_title(text)):
                self._items.append((self._depth, mark.printed, rest, self._line))
                return
        self._flush()
        if bold and _is_title(text):
            self._blocks.append(Block("heading", " ".join(text.split()), self._line, level=min(self._level + 1, 6)))
        else:
            self._blocks.append(Block("paragraph", text, self._line))

    def _add_to_list(self, text: str) -> None:
        """The first words of an entry, or further ones."""
        if self._mark is None and self._items:
            depth, mark, before, line = self._items[-1]
            if depth == self._depth:
                self._items[-1] = (depth, mark, f"{before}\n{text}".strip(), line)
                return
        if self._pairs:
            self._flush()
        mark = self._mark or "•"
        printed = mark_of(text)
        if printed and printed.printed != "-":
            mark, text = printed.printed, text.lstrip(" \xa0")[len(printed.printed) :].strip(" \xa0")
        self._items.append((self._depth, mark, text, self._line))
        self._mark, self._entry = None, True

    def _add_to_term(self, text: str) -> None:
        if self._items:
            self._flush()
        if not self._term:
            self._term = " ".join(text.split())
            self._pairs.append((self._term, "", self._line))
        else:
            term, meaning, line = self._pairs[-1]
            self._pairs[-1] = (term, f"{meaning}\n{text}".strip(), line)

    def _close_table(self) -> None:
        table, self._caption = self._tables.pop(), False
        rows = [(row, line) for row, line in zip(table.rows, table.lines, strict=True) if any(row)]
        self._flush()
        if rows:
            self._blocks.append(tabled([row for row, _line in rows], [line for _row, line in rows]))

    def _flush(self) -> None:
        """Put what was gathered of lists and definitions among the blocks."""
        if self._items:
            depths = nest([(depth * 4, mark) for depth, mark, _text, _line in self._items])
            self._blocks.append(
                listed(
                    [
                        Item(text, mark, deep, line)
                        for (_d, mark, text, line), deep in zip(self._items, depths, strict=True)
                    ],
                    self._items[0][3],
                )
            )
            self._items = []
        pairs, self._pairs = self._pairs, []
        for has_meaning, run in groupby(pairs, lambda pair: bool(pair[1])):
            if has_meaning:
                self._blocks.append(defined(list(run)))
            else:
                self._blocks += [Block("paragraph", term, line) for term, _none, line in run]


def _is_title(text: str) -> bool:
    return len(text.split()) <= _MOST_HEADING_WORDS and "\n" not in text and text[-1] not in ".;,:"


def _lines(text: str) -> str:
    """Each line without the spaces around it; only <br> parts lines, and a no-break space is a space."""
    lines = [_SPACES.sub(" ", line.replace("\xa0", " ")).strip() for line in text.split("\n")]
    return "\n".join(line for line in lines if line)


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else otherwise  # noqa: PLR2004 - five digits number no clause


def _counted(number: int, make: str) -> str:
    """A number as a list of this type prints it."""
    if make.lower() == "a" and 1 <= number <= 26:  # noqa: PLR2004 - letters of the alphabet
        letter = chr(ord("a") + number - 1)
        return letter if make == "a" else letter.upper()
    if make.lower() == "i" and 1 <= number < 40:  # noqa: PLR2004 - beyond XXXIX the plain number is clearer
        roman, rest = "", number
        for value, letters in _ROMAN:
            roman, rest = roman + letters * (rest // value), rest % value
        return roman if make == "i" else roman.upper()
    return str(number)
