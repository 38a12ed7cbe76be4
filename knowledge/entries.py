"""The parts of a clause that can be quoted by themselves: entries of its lists, rows of its tables, terms that it
explains. Pure; called by structure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from knowledge.blocks import Block, Item, label_of
from knowledge.labels import letters, slug

_WORDS_TO_STAND_ALONE = 4
_MOST_WORDS_OF_NAME = 5


class Entry(NamedTuple):
    """One part of a clause; `id` is empty where it is only quoted with its whole clause. `context` is the lead-in, and
    for a row the table's header.
    """

    id: str
    text: str
    context: str = ""


def entries_of(key: str, found: Sequence[Block], title: str, *, alone: bool) -> tuple[str, tuple[Entry, ...]]:
    """The lead-in of a clause, "" for none, and its parts in order. `alone`: its id can take letters by position."""
    first = found[0]
    lead = first.text if first.kind == "paragraph" and first.text.endswith(":") else ""
    context = lead or title or (first.text if first.kind == "paragraph" else "")
    items = [item for block in found if block.kind == "list" for item in block.entries]
    entries = list(_listed(key, items, context, by_position=alone and bool(lead)))
    for block in found:
        if block.kind in ("table", "definitions"):
            entries += _rows(key, block, context)
    return (lead if entries else ""), _distinct(entries)


def _listed(key: str, items: Sequence[Item], context: str, *, by_position: bool) -> Iterator[Entry]:
    """Entries with those beneath them. Where one of them is too short, none without a printed letter stands alone."""
    tops = [at for at, item in enumerate(items) if item.depth == 0] or [0]
    ends = [*tops[1:], len(items)]
    stand = by_position and all(len(items[at].text.split()) >= _WORDS_TO_STAND_ALONE for at in tops if at < len(items))
    printed = {label_of(items[at].mark) for at in tops if at < len(items)}
    free_letters = (letter for letter in letters() if letter not in printed)
    for start, end in zip(tops, ends, strict=True):
        if start >= len(items):
            return
        item, beneath = items[start], [each._replace(depth=each.depth - 1) for each in items[start + 1 : end]]
        label = label_of(item.mark)
        own = _own(key, label) if label else f"{key}({next(free_letters)})" if stand else ""
        if not context:
            own = ""
        yield Entry(own, "\n".join([item.text, *(_line(each) for each in beneath)]).strip(), context)
        if own and beneath:
            yield from _listed(own, beneath, f"{context}\n{item.text}", by_position=item.text.endswith(":"))


def _own(key: str, label: str) -> str:
    """3.1 with 3.1.2 beneath it is 3.1.2; with (a) it is 3.1(a)."""
    return label if label.startswith(key + ".") else f"{key}({label})"


def _line(item: Item) -> str:
    return "  " * item.depth + f"{item.mark} {item.text}"


def _rows(key: str, block: Block, context: str) -> Iterator[Entry]:
    """Rows beneath the header of their table; terms beneath the clause's lead-in."""
    rows = block.entries
    if block.kind == "table":
        led = (context if context.endswith(":") else "", rows[0].text)
        context = "\n".join(part for part in led if part.strip()) or context
        rows = rows[1:]
    for number, row in enumerate(rows, start=1):
        first = row.text.split("\n" if block.kind == "definitions" else " | ")[0]
        name = slug(" ".join(first.split()[:_MOST_WORDS_OF_NAME])) or f"row-{number}"
        yield Entry(f"{key}({name})" if context and row.text else "", row.text, context)


def _distinct(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """No two with the same id: a second is only quoted with its whole clause."""
    seen: set[str] = set()
    kept = []
    for entry in entries:
        kept.append(entry._replace(id="") if entry.id in seen else entry)
        seen.add(entry.id)
    return tuple(kept)
