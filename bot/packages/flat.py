"""An item's fields as one text, in which spans are counted, and back again. Pure.

    {"from": "Tom", "lines": [{"text": "hi"}]}   ⇄   from: Tom
                                                     lines / 1 / text: hi

Only the values can be left out: the names of fields come from the source, not from people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bot.packages.detection import Span
from bot.packages.redacting import Part, apply, parts_of

DEEPEST = 24
"""Levels of nesting that are told apart; what is deeper stands as it is written in one value."""
BETWEEN = " / "

Content = Mapping[str, Any] | str


class Leaf(NamedTuple):
    """One value: the names of the fields that lead to it, and where it stands in the text, half open."""

    path: tuple[str, ...]
    start: int
    end: int

    @property
    def label(self) -> str:
        """The names as one, for people."""
        return BETWEEN.join(self.path)


class Flat(NamedTuple):
    """A content as text; one leaf for each value, in order. `plain` where it is words with no fields."""

    text: str
    leaves: tuple[Leaf, ...]
    plain: bool = False


def flatten(content: Content) -> Flat:
    """The content as a text with a line for each value; plain words stand as they are."""
    if isinstance(content, str):
        return Flat(content, (Leaf((), 0, len(content)),), plain=True)
    lines, leaves, place = [], [], 0
    for path, value in _values(content, (), 0):
        before = f"{BETWEEN.join(path)}: " if path else ""
        lines.append(before + value)
        leaves.append(Leaf(path, place + len(before), place + len(before) + len(value)))
        place += len(lines[-1]) + 1
    return Flat("\n".join(lines), tuple(leaves))


def within(flat: Flat, spans: Iterable[Span]) -> tuple[Span, ...]:
    """The spans without what they cover of the names of fields; one that covers two values becomes two. In order."""
    if flat.plain:
        return tuple(sorted(spans))
    result, first = [], 0
    for span in sorted(spans):
        while first < len(flat.leaves) and flat.leaves[first].end <= span.start:
            first += 1
        for leaf in flat.leaves[first:]:
            if leaf.start >= span.end:
                break
            start, end = max(span.start, leaf.start), min(span.end, leaf.end)
            if flat.text[start:end].strip():
                result.append(span._replace(start=start, end=end))
    return tuple(result)


def left(flat: Flat, spans: Iterable[Span]) -> list[tuple[Leaf, tuple[Part, ...]]]:
    """Each value as it will be, in parts. What is left out of one is left out of all."""
    taken = [part.span for part in apply(flat.text, spans) if part.span]
    result, first = [], 0
    clipped = within(flat, taken)
    for leaf in flat.leaves:
        mine = []
        while first < len(clipped) and clipped[first].start < leaf.end:
            span = clipped[first]
            mine.append(span._replace(start=span.start - leaf.start, end=span.end - leaf.start))
            first += 1
        result.append((leaf, parts_of(flat.text[leaf.start : leaf.end], mine)))
    return result


def rebuilt(content: Content, values: Sequence[str | None]) -> Any:
    """The content with each value in order replaced; None leaves one as it was, with its type."""
    remaining = iter(values)
    if isinstance(content, str):
        value = next(remaining)
        return content if value is None else value
    return _rebuilt(content, remaining, 0)


def _values(content: Any, path: tuple[str, ...], depth: int) -> Iterator[tuple[tuple[str, ...], str]]:
    if depth < DEEPEST and isinstance(content, Mapping) and content:
        for name, value in content.items():
            yield from _values(value, (*path, str(name)), depth + 1)
    elif depth < DEEPEST and isinstance(content, list | tuple) and content:
        for number, value in enumerate(content, 1):
            yield from _values(value, (*path, str(number)), depth + 1)
    else:
        yield path, written(content)


def _rebuilt(content: Any, remaining: Iterator[str | None], depth: int) -> Any:
    if depth < DEEPEST and isinstance(content, Mapping) and content:
        return {name: _rebuilt(value, remaining, depth + 1) for name, value in content.items()}
    if depth < DEEPEST and isinstance(content, list | tuple) and content:
        return [_rebuilt(value, remaining, depth + 1) for value in content]
    value = next(remaining)
    return content if value is None else value


def written(value: Any) -> str:
    """A value as people read it: yes and no, and nothing for what is empty."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None or value in ({}, []) else str(value)
