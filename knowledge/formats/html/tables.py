"""Tables of a page: which of them only lay it out, and the rows of one that is being read. Called by html and by its
blocks.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

_HEADING = re.compile(r"h[1-6]\Z")


def layout_tables(text: str) -> set[int]:
    """The tables that only lay a page out: with headings or tables within them, in one column, or one row. Each is
    named by its place among all tables, from 0.
    """
    survey = _Survey()
    if "<table" in text.lower():
        survey.feed(text)
        survey.close()
    return survey.layout


class _Survey(HTMLParser):
    """Looks at what each table holds."""

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


class Table:
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
