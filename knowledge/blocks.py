"""What every format of a policy is read into: headings, paragraphs, lists and tables, each with its line. Called by
markdown and formats, which make blocks, and by structure, which makes clauses of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

BULLETS = "•‣◦·▪●○*+\u2013-"
_MARK = re.compile(
    rf"(?P<bullet>[{re.escape(BULLETS)}])(?=[ \t\xa0])"
    r"|(?P<mark>\((?P<bracket>[a-z]{1,4}|[A-Z]|\d{1,3})\)|(?P<open>[a-z]|[A-Z]|[ivx]{2,5}|[IVX]{2,5}|\d{1,3})[.)])"
    r"(?=[ \t\xa0])"
)
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_CELL = " | "
_BAR = re.compile(r" ?\| ?")
_MOST_DEPTH = 20
_MOST_SKIPPED = 2


class Item(NamedTuple):
    """One entry of a list, or one row of a table. `mark` is printed before it ("•", "(a)", "1."); `depth` counts from
    0; `line` counts from 1 in the file.
    """

    text: str
    mark: str = ""
    depth: int = 0
    line: int = 0


class Block(NamedTuple):
    """A heading, a paragraph, a list, a table, or a list of definitions. `text` is what a reader sees, line breaks and
    a list's marks kept; `line` counts from 1 in the file; `level` is a heading's, 1 to 6; the first of a table's
    entries is its header.
    """

    kind: Literal["heading", "paragraph", "list", "table", "definitions"]
    text: str
    line: int
    entries: tuple[Item, ...] = ()
    level: int = 0


class Mark(NamedTuple):
    """What stands before an entry: as printed, and its label ("a", "12"), empty for a bullet."""

    printed: str
    label: str


def mark_of(line: str) -> Mark | None:
    """The mark that a line begins with, if it begins with one and something follows."""
    text = line.lstrip(" \t\xa0")
    found = _MARK.match(text)
    if found is None or not text[found.end() :].strip():
        return None
    return Mark(found[0], label_of(found[0]))


def label_of(mark: str) -> str:
    """The letter or number in a mark; "" for a bullet."""
    return "" if mark in BULLETS else mark.strip("().")


def listed(items: Iterable[Item], line: int) -> Block:
    """A list of entries as one block."""
    entries = tuple(items)
    return Block("list", "\n".join(_written(item) for item in entries), line, entries)


def tabled(rows: Sequence[Sequence[str]], lines: Sequence[int]) -> Block:
    """A table as one block: a line for each row, cells parted by bars; empty cells at a row's end are left out."""
    entries = tuple(Item(_row(row), line=line) for row, line in zip(rows, lines, strict=True))
    return Block("table", "\n".join(entry.text for entry in entries), lines[0], entries)


def _row(cells: Sequence[str]) -> str:
    words = [_BAR.sub("|", " ".join(cell.split())) for cell in cells]  # a bar with spaces parts cells
    while words and not words[-1]:
        words.pop()
    return _CELL.join(words)


def defined(pairs: Sequence[tuple[str, str, int]]) -> Block:
    """Terms, each with what it means and its line, as one block."""
    entries = tuple(Item(f"{term}\n{meaning}".strip(), "", 0, line) for term, meaning, line in pairs)
    return Block("definitions", "\n".join(entry.text for entry in entries), entries[0].line, entries)


def _written(item: Item) -> str:
    indent = "  " * item.depth
    lines = item.text.split("\n")
    return f"\n{indent}  ".join([f"{indent}{item.mark} {lines[0]}", *lines[1:]])


def nest(found: Sequence[tuple[int, str]]) -> list[int]:
    """How deep entries lie, from (indent, mark) of each: by their indents, and where these are the same by their
    marks; (i) after (b) is a part of (b), (c) after (ii) comes back. Indented
    by their depths, entries have these depths.
    """
    if len(found) == 1:
        return [0]
    depths = _nest(found)
    for _ in range(_MOST_DEPTH):
        again = _nest([(4 * depth, mark) for depth, (_indent, mark) in zip(depths, found, strict=True)])
        if again == depths:
            break
        depths = again
    return depths


def _nest(found: Sequence[tuple[int, str]]) -> list[int]:
    depths: list[int] = []
    open_: list[tuple[int, str]] = []  # for each depth: the indent, and the last mark there
    for indent, mark in found:
        while len(open_) > 1 and indent < open_[-1][0] - 1:
            open_.pop()
        if not open_ or indent > open_[-1][0] + 1:
            open_.append((indent, mark))
        else:
            _place(open_, indent, mark)
        depths.append(len(open_) - 1)
    return depths


def _place(open_: list[tuple[int, str]], indent: int, mark: str) -> None:
    """Put an entry at the same indent: beside one that it follows, else beneath one of another make."""
    level = [depth for depth, (held, _last) in enumerate(open_) if abs(held - indent) <= 1]
    for depth in reversed(level):
        if follows(open_[depth][1], mark):
            del open_[depth + 1 :]
            open_[depth] = (indent, mark)
            return
    if _begins(mark) and label_of(open_[-1][1]):
        open_.append((indent, mark))
    else:
        open_[-1] = (indent, mark)


@lru_cache(maxsize=8192)
def follows(last: str, mark: str) -> bool:
    """Whether a mark is the next after another: (b) after (a), 10. after 9., a bullet after a bullet."""
    if mark in BULLETS or last in BULLETS:
        return mark in BULLETS and last in BULLETS
    if _frame(last) != _frame(mark):
        return False
    before, after = label_of(last), label_of(mark)
    if before.isdigit() or after.isdigit():
        return before.isdigit() and after.isdigit() and int(after) == int(before) + 1
    if before.isupper() != after.isupper():
        return False
    letters = len(before) == len(after) == 1 and ord(after) == ord(before) + 1
    return letters or (_roman(before) > 0 and _roman(after) == _roman(before) + 1)


def skips(last: str, mark: str) -> bool:
    """Whether a mark seems to come after another that it should not directly follow: 5. after 3., or 3. again."""
    before, after = label_of(last), label_of(mark)
    if _frame(last) != _frame(mark) or not (before and after):
        return False
    if before.isdigit() and after.isdigit():
        return 0 <= int(after) - int(before) <= _MOST_SKIPPED + 1
    return len(before) == len(after) == 1 and 0 <= ord(after) - ord(before) <= _MOST_SKIPPED + 1


def _begins(mark: str) -> bool:
    return mark in BULLETS or label_of(mark).lower() in {"a", "i", "1"}


def _frame(mark: str) -> str:
    return re.sub(r"[A-Za-z0-9]+", "", mark)


def _roman(label: str) -> int:
    """The value of a Roman number; 0 for none."""
    values = [_ROMAN.get(letter, 0) for letter in label.lower()]
    if not all(values):
        return 0
    return sum(-one if one < two else one for one, two in zip(values, [*values[1:], 0], strict=True))
