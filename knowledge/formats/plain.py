"""Plain text → blocks, each with its line. Called by formats.

Plain text says by its looks what other formats say by marks: headings are underlined, in capitals, or short numbered
lines that stand alone; lines are wrapped by hand; lists are told by their marks and indents.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from knowledge.blocks import Block, Item, follows, listed, mark_of, nest, skips, tabled
from knowledge.labels import clause_label, heading_label, is_next, parts_of

_UNDERLINE = re.compile(r"\s*([=~*#^\u2500-]|_)\1{2,}\s*\Z")
_MOST_HEADING_WORDS = 14
_WRAPPED = 0.6
"""A line that is at least this share of the paragraph's longest was broken only because it was full."""
_SHORTEST_FULL = 45
_MOST_SKIPPED = 2


def read_plain(text: str) -> list[Block]:
    """Read a policy as it stands in a text file; any text is read."""
    return _Reader(text.split("\n")).read()


class _Reader:
    """Reads line by line: a paragraph is gathered in `_text`, a list's entries in `_items`."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = [line.expandtabs(4).rstrip() for line in lines]
        self._blocks: list[Block] = []
        self._text: list[str] = []
        self._items: list[tuple[int, str, list[str], int]] = []  # indent, mark, lines, line
        self._start = 1
        self._level = 1
        self._numbers: tuple[int, ...] = ()
        full = max((len(line) for line in self._lines), default=0)
        self._full = max(min(full, 100) * _WRAPPED, _SHORTEST_FULL)

    def read(self) -> list[Block]:
        at = 0
        while at < len(self._lines):
            at += self._rows(at) or self._line(at)
        self._flush()
        return self._blocks

    def _line(self, at: int) -> int:
        """Take a line, or with it the line drawn beneath it; how many were taken."""
        line = self._lines[at]
        if not line.strip():
            self._flush_text()
            return 1
        if _UNDERLINE.match(line):
            self._flush()
            return 1
        heading, taken = self._heading(at)
        if heading:
            self._flush()
            self._blocks.append(Block("heading", " ".join(line.split()), at + 1, level=heading))
            self._level = heading
        elif not self._item(at):
            self._prose(at)
        return taken

    def _blank(self, at: int) -> bool:
        return not (0 <= at < len(self._lines) and self._lines[at].strip())

    def _heading(self, at: int) -> tuple[int, int]:
        """The level of a heading that stands on this line, 0 for none, and how many lines it takes."""
        text = self._lines[at].strip()
        words = text.split()
        under = _UNDERLINE.match(self._lines[at + 1]) if at + 1 < len(self._lines) else None
        if under and not self._text and len(words) <= 2 * _MOST_HEADING_WORDS and len(text) > 1:
            return (1 if under[1] == "=" else 2), 2
        if self._text or len(words) > _MOST_HEADING_WORDS or (mark_of(text) and not text[0].isalnum()):
            return 0, 1
        label = heading_label(text)
        if label and label.kind == "part":
            return (1 if self._level == 1 and not self._blocks else 2), 1
        rest = text[len(label.printed) :] if label else text
        capitals = rest.isupper() and sum(letter.isalpha() for letter in rest) > 3  # noqa: PLR2004 - more than an acronym
        if capitals and (self._blank(at + 1) or self._blank(at - 1)) and not text.endswith((".", ";", ",")):
            return self._level_of(text, 1 if not self._blocks else 2), 1
        if label and label.kind == "number" and not rest and not label.printed[0].isdigit():
            return 2, 1
        alone = self._blank(at - 1) and (self._blank(at + 1) or bool(clause_label(self._lines[at + 1].strip())))
        titled = label is not None and rest[:1].isupper() and not rest.endswith((".", ";", ":", ","))
        if alone and titled and len(rest.split()) <= 10 and self._expected(text):  # noqa: PLR2004 - a title, no sentence
            return self._level_of(text, 2), 1
        return 0, 1

    def _level_of(self, text: str, otherwise: int) -> int:
        label = heading_label(text)
        if label and label.kind == "number":
            self._numbers = parts_of(label.key)
            return min(1 + len(self._numbers), 6)
        return 3 if label and otherwise != 1 else otherwise

    def _expected(self, text: str) -> bool:
        label = heading_label(text)
        if label is None or label.kind != "number" or not label.printed[0].isdigit():
            return label is not None  # "Article 7" says itself what it is
        number = parts_of(label.key)
        skipped = len(number) == 1 < number[0] and not self._items and number >= self._numbers[:1] != ()
        return is_next(self._numbers, number) or skipped

    def _item(self, at: int) -> bool:
        """An entry of a list, where its mark begins one or follows the last of its make."""
        line = self._lines[at]
        mark = mark_of(line)
        if mark is None:
            return False
        lone = self._blank(at - 1) or (bool(self._text) and self._text[-1].endswith(":"))
        begins = mark.label in {"1", "a", "i", "A", "I"} or mark.printed[0] in "(•·●▪◦*-"
        next_ = any(follows(item[1], mark.printed) or skips(item[1], mark.printed) for item in reversed(self._items))
        if not (lone or next_ or (begins and self._items)):
            return False
        self._flush_text()
        indent = len(line) - len(line.lstrip())
        self._items.append((indent, mark.printed, [line.strip()[len(mark.printed) :].strip()], at + 1))
        return True

    def _prose(self, at: int) -> None:
        line = self._lines[at]
        label = clause_label(line.strip())
        numbered = label is not None and "." in label.key and (self._blank(at - 1) or self._expected_clause(label.key))
        if label is not None and numbered:
            self._flush()
            self._numbers = parts_of(label.key)
        indent = len(line) - len(line.lstrip())
        if self._items and not numbered and (not self._blank(at - 1) or indent > self._items[-1][0] + 1):
            self._items[-1][2].append(line.strip())
            return
        if self._items:
            self._flush()
        if not self._text:
            self._start = at + 1
        self._text.append(line.strip())

    def _expected_clause(self, number: str) -> bool:
        last, parts = self._numbers, parts_of(number)
        if not last or parts == last:
            return False
        return is_next(last, parts) or (parts[:-1] == last[:-1] and 0 < parts[-1] - last[-1] <= _MOST_SKIPPED + 1)

    def _rows(self, at: int) -> int:
        """How many lines of a table of bars begin here; lines drawn between rows are no rows."""
        end = at
        while end < len(self._lines) and _is_row(self._lines[end]):
            end += 1
        rows = [line for line in range(at, end) if self._lines[line].count("|") > 0]
        if len(rows) < 2:  # noqa: PLR2004 - a header and a row
            return 0
        self._flush()
        cells = [[cell.strip() for cell in self._lines[line].strip().strip("|").split("|")] for line in rows]
        drawn = [(row, line + 1) for row, line in zip(cells, rows, strict=True) if not _drawn(row)]
        if drawn:
            self._blocks.append(tabled([row for row, _line in drawn], [line for _row, line in drawn]))
        return end - at

    def _flush(self) -> None:
        self._flush_text()
        if self._items:
            items, self._items = self._items, []
            depths = nest([(indent, mark) for indent, mark, _text, _line in items])
            made = [
                Item(self._unwrapped(text), mark, depth, line)
                for (_indent, mark, text, line), depth in zip(items, depths, strict=True)
            ]
            self._blocks.append(listed(made, made[0].line))

    def _flush_text(self) -> None:
        if self._text:
            lines, self._text = self._text, []
            if self._items:
                self._flush()
            self._blocks.append(Block("paragraph", self._unwrapped(lines), self._start))

    def _unwrapped(self, lines: Sequence[str]) -> str:
        """Lines that were broken because they were full run on; short ones, as of an address, stay."""
        text = lines[0]
        for before, line in pairwise(lines):
            text += (" " if len(before) >= self._full else "\n") + line
        return text


def _is_row(line: str) -> bool:
    text = line.strip()
    return text.count("|") > 1 or (text.startswith("+") and set(text) <= set("+-=")) or " | " in text


def _drawn(cells: Sequence[str]) -> bool:
    return all(not cell or set(cell) <= set("-=+:") for cell in cells)
