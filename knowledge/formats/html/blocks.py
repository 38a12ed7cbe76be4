"""The words of a page, a block's at a time → blocks: each becomes what the tags around it say. Called by reader."""

from __future__ import annotations

from itertools import groupby

from knowledge.blocks import Block, Item, defined, listed, mark_of, nest, tabled
from knowledge.formats.html.marks import List
from knowledge.formats.html.tables import Table

PARTS = {"ul", "ol", "menu", "li", "dl", "dt", "dd", "table", "caption", "tr", "td", "th"}
"""Tags of lists, definitions and tables, which `Gathered` follows."""
_MOST_HEADING_WORDS = 14


class Gathered:
    """The blocks so far, and what is open: `heading` is the level of the heading that is being read, 0 for none."""

    def __init__(self, layout: set[int]) -> None:
        self.blocks: list[Block] = []
        self.heading = 0
        self._layout = layout
        self._count = 0
        self._within: list[bool] = []  # for each open table whether it only lays out
        self._items: list[tuple[int, str, str, int]] = []  # depth, mark, text, line
        self._pairs: list[tuple[str, str, int]] = []
        self._lists: list[List] = []
        self._tables: list[Table] = []
        self._level = 1
        self._mark: str | None = None  # of the entry whose first words are awaited
        self._depth = 0
        self._entry = False  # within an entry: further words belong to it
        self._caption = False
        self._term: str | None = None

    def finish(self) -> list[int]:
        """Close what is still open; the lines of tables that never ended, the innermost first."""
        lines = []
        while self._tables:
            lines.append(self._tables[-1].line)
            self._close_table()
        self._flush()
        return lines

    def begin(self, tag: str, attributes: dict[str, str], line: int) -> None:
        """One of PARTS begins."""
        if tag in ("ul", "ol", "menu"):
            self._lists.append(List(tag, attributes))
        elif tag == "li":
            held = self._lists[-1] if self._lists else List("ul", {})
            self._mark, self._entry = held.mark(attributes.get("value", "")), False
            self._depth = self._list_depth()
        elif tag == "dt":
            self._term = ""
        elif tag == "caption":
            self._caption = bool(self._tables) and not self._tables[-1].rows
        elif tag == "table":
            self._within.append(self._count in self._layout)
            self._count += 1
            if not self._within[-1]:
                self._tables.append(Table(line))
        elif self._tables and tag in ("tr", "td", "th"):
            self._caption = False
            self._tables[-1].open(tag, line)

    def end(self, tag: str) -> None:
        """One of PARTS ends."""
        if tag in ("ul", "ol", "menu") and self._lists:
            self._lists.pop()
            self._entry, self._mark = bool(self._lists), None
            self._depth = self._list_depth()
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

    def _list_depth(self) -> int:
        return max(len(self._lists) - 1, 0) + (self._lists[-1].deeper if self._lists else 0)

    def indent(self, depth: int) -> None:
        """A paragraph is an entry of Word's, at this depth; within a list the list tells it."""
        if not self._lists:
            self._depth = depth

    def add(self, text: str, line: int, *, bold: bool) -> None:
        """Put the words of one block, which begin on this line, where they belong."""
        if self._tables and self._caption:
            self._flush()
            self.blocks.append(Block("paragraph", text, line))
        elif self._tables:
            self._tables[-1].add(" ".join(text.split()))
        elif self._term is not None:
            self._add_to_term(text, line)
        elif self._mark is not None or self._entry:
            self._add_to_list(text, line)
        elif self.heading:
            self._flush()
            self._level = self.heading
            self.blocks.append(Block("heading", " ".join(text.split()), line, level=self.heading))
        else:
            self._add_paragraph(text, line, bold=bold)

    def _add_paragraph(self, text: str, line: int, *, bold: bool) -> None:
        mark = mark_of(text)
        if mark:
            rest = text.lstrip(" \xa0")[len(mark.printed) :].strip(" \xa0")
            if not (bold and _is_title(text)):
                self._items.append((self._depth, mark.printed, rest, line))
                return
        self._flush()
        if bold and _is_title(text):
            self.blocks.append(Block("heading", " ".join(text.split()), line, level=min(self._level + 1, 6)))
        else:
            self.blocks.append(Block("paragraph", text, line))

    def _add_to_list(self, text: str, line: int) -> None:
        """The first words of an entry, or further ones."""
        if self._mark is None and self._items:
            depth, mark, before, first = self._items[-1]
            if depth == self._depth:
                self._items[-1] = (depth, mark, f"{before}\n{text}".strip(), first)
                return
        if self._pairs:
            self._flush()
        mark = self._mark or "•"
        printed = mark_of(text)
        if printed and printed.printed != "-":
            mark, text = printed.printed, text.lstrip(" \xa0")[len(printed.printed) :].strip(" \xa0")
        self._items.append((self._depth, mark, text, line))
        self._mark, self._entry = None, True

    def _add_to_term(self, text: str, line: int) -> None:
        if self._items:
            self._flush()
        if not self._term:
            self._term = " ".join(text.split())
            self._pairs.append((self._term, "", line))
        else:
            term, meaning, first = self._pairs[-1]
            self._pairs[-1] = (term, f"{meaning}\n{text}".strip(), first)

    def _close_table(self) -> None:
        table, self._caption = self._tables.pop(), False
        rows = [(row, line) for row, line in zip(table.rows, table.lines, strict=True) if any(row)]
        self._flush()
        if rows:
            self.blocks.append(tabled([row for row, _line in rows], [line for _row, line in rows]))

    def _flush(self) -> None:
        """Put what was gathered of lists and definitions among the blocks."""
        if self._items:
            depths = nest([(depth * 4, mark) for depth, mark, _text, _line in self._items])
            self.blocks.append(
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
                self.blocks.append(defined(list(run)))
            else:
                self.blocks += [Block("paragraph", term, line) for term, _none, line in run]


def _is_title(text: str) -> bool:
    return len(text.split()) <= _MOST_HEADING_WORDS and "\n" not in text and text[-1] not in ".;,:"
