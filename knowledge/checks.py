"""What looks wrong in a policy that can be read all the same, each with its line. Pure; called by policy.

A policy is imported as its company wrote it, mistakes included; a person should know of them before it is published.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from knowledge.blocks import Block, Item, follows, label_of
from knowledge.labels import is_next, parts_of
from knowledge.outline import Heading, Warned

_BROKEN = re.compile(
    "\ufffd|\u00c3[\u0080-\u00bf\u0192\u201a\u0161\u0152\u017d]|\u00e2\u20ac|\u00e2\u0080|\u00c2[\u00a0-\u00bf]|ï¿½"
)
"""UTF-8 that was read as Latin-1 or Windows-1252 ("â€™" for an apostrophe), or lost altogether ("\ufffd")."""
_MOST_OF_A_KIND = 20


def check(headings: Sequence[Heading], found: Sequence[Block]) -> Iterator[Warned]:
    """All mistakes of structure."""
    yield from _numbers(headings)
    yield from _lettered(headings)
    yield from _marks(headings)
    yield from _levels(headings)
    yield from _empty(headings)
    yield from _tables(found)


def check_characters(lines: Sequence[str], first_line: int = 1) -> Iterator[Warned]:
    """Lines whose characters were spoilt before they came here."""
    broken = [(at, found[0]) for at, line in enumerate(lines, first_line) if (found := _BROKEN.search(line))]
    for line, sample in broken[:_MOST_OF_A_KIND]:
        yield Warned(line, f"{sample!r} looks like a spoilt character: mend the file and save it as UTF-8")
    if len(broken) > _MOST_OF_A_KIND:
        yield Warned(broken[_MOST_OF_A_KIND][0], f"{len(broken) - _MOST_OF_A_KIND} more lines with spoilt characters")


def _numbers(headings: Sequence[Heading]) -> Iterator[Warned]:
    """Numbers that come twice, go backwards or leave one out; each part may begin again."""
    last: tuple[int, ...] = ()
    part: object = None
    for heading in headings:
        scope = next((each for each in reversed((*heading.above, heading)) if _is_part(each)), None)
        if scope is not part:
            part, last = scope, ()
        if heading.number:
            yield from _after(heading.number, heading.line, last)
            last = parts_of(heading.number)
        for group in heading.groups:
            if not group.number or group.item:
                continue
            yield from _after(group.number, group.line, last)
            last = parts_of(group.number)
            if heading.number and not _within(group.number, heading.number):
                yield Warned(group.line, f"clause {group.number} stands in section {heading.number}")
            for item in _dotted(group.blocks):
                yield from _after(label_of(item.mark), item.line, last)
                last = parts_of(item.mark)


def _lettered(headings: Sequence[Heading]) -> Iterator[Warned]:
    """Letters and Roman numbers of headings, and of parts, that leave one out."""
    last: dict[tuple[Heading | None, str], str] = {}
    for heading in headings:
        if heading.label is None or heading.label.kind == "number":
            continue
        word, _hyphen, letter = heading.label.key.rpartition("-")
        scope = (heading.above[-1] if heading.above else None, word)
        before = last.get(scope)
        if before and letter.lower() not in {"a", "i", "1"} and not follows(f"{before}.", f"{letter}."):
            yield Warned(heading.line, f"{word} {letter} comes after {before}".lstrip())
        last[scope] = letter


def _is_part(heading: Heading) -> bool:
    return heading.label is not None and heading.label.kind != "number"


def _within(number: str, section: str) -> bool:
    return number == section or number.startswith(section + ".")


def _dotted(found: Sequence[Block]) -> Iterator[Item]:
    for block in found:
        yield from (item for item in block.entries if "." in label_of(item.mark) and block.kind == "list")


def _after(number: str, line: int, last: tuple[int, ...]) -> Iterator[Warned]:
    parts = parts_of(number)
    before = ".".join(map(str, last))
    if parts <= last and not number[-1:].isalpha():
        yield Warned(line, f"number {number} comes after {before}")
    elif not is_next(last, parts):
        yield Warned(line, f"number {number} comes after {before}: one between them is missing")


def _marks(headings: Sequence[Heading]) -> Iterator[Warned]:
    """Letters and numbers of entries that leave one out or come twice."""
    running: str | None = None
    for heading in headings:
        for group in heading.groups:
            if group.item:
                begins = group.number.lower() in {"1", "a", "i"}
                if running and not begins and not follows(running, group.label):
                    yield Warned(group.line, f"{group.label} comes after {running}")
                running = group.label
            for block in group.blocks:
                if block.kind == "list":
                    yield from _entry_marks(block.entries)


def _entry_marks(items: Sequence[Item]) -> Iterator[Warned]:
    last: dict[int, str] = {}
    for item in items:
        last = {depth: mark for depth, mark in last.items() if depth <= item.depth}
        label, before = label_of(item.mark), last.get(item.depth, "")
        if label and "." not in label and label_of(before) and not follows(before, item.mark):
            yield Warned(item.line, f"{item.mark} comes after {before}")
        last[item.depth] = item.mark


def _levels(headings: Sequence[Heading]) -> Iterator[Warned]:
    """A level that is passed over, but for a title directly above the headings of any level."""
    for before, heading in pairwise(headings):
        if 1 < before.level < heading.level - 1:
            yield Warned(heading.line, f"a heading of level {heading.level} stands beneath one of level {before.level}")


def _empty(headings: Sequence[Heading]) -> Iterator[Warned]:
    """Headings and numbers with nothing beneath them."""
    for heading, after in zip(headings, [*headings[1:], None], strict=True):
        if heading is headings[0] and after and after.label and not heading.label:
            continue  # the title of it all, at the level of its sections
        above = after is not None and (heading in after.above or heading.preamble or heading.level < after.level)
        if not heading.groups and not above:
            name = heading.title or (heading.label.printed.strip() if heading.label else "")
            yield Warned(heading.line, f"the heading {name[:60]!r} has nothing beneath it")
        for group in heading.groups:
            if group.size == 0:
                yield Warned(group.line, f"clause {group.label.strip()} is empty")


def _tables(found: Sequence[Block]) -> Iterator[Warned]:
    for block in found:
        if block.kind == "table":
            cells = block.entries[0].text.count(" | ") + 1
            if len(block.entries) == 1:
                yield Warned(block.line, "a table has no rows beneath its header")
            for row in block.entries[1:]:
                count = row.text.count(" | ") + 1
                if count > cells:
                    yield Warned(row.line, f"a row of the table has {count} cells, its header {cells}")
        elif block.kind == "paragraph":
            lines = block.text.split("\n")
            if len(lines) > 1 and all(line.count("|") > 1 for line in lines):
                yield Warned(block.line, "this looks like a table without a line of hyphens beneath its header")
