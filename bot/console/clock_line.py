"""A request's time as a line, drawn as SVG on the server: when it came, what was waited for, when it is due. Pure.

The ledger's table stands beside it and says the same in words, so the picture carries only a title.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from html import escape
from typing import NamedTuple

NARROW, WIDE = 290, 640
"""Pixels across, on phones and elsewhere."""
EDGE = 6
LETTER = 7.4
"""Pixels that a letter takes at the most, at 12 px."""
ROW = 16
BAR = 20
LONGEST = timedelta(days=3_660)
"""A line of more than ten years would show nothing: what is older begins at its edge."""


class Mark(NamedTuple):
    """A day with a name. `kind` is its class: received, due, internal, limit, today."""

    day: date
    name: str
    kind: str


class Span(NamedTuple):
    """Days of waiting, both counted, for what `name` says; `open` where it still goes on."""

    first: date
    last: date
    name: str
    open: bool


def draw(key: str, title: str, marks: Sequence[Mark], spans: Sequence[Span], width: int) -> str:
    """The line as an SVG element; "" without marks."""
    if not marks:
        return ""
    scale = _Scale.over([*(mark.day for mark in marks), *(day for span in spans for day in span[:2])], width)
    labels, rows = _placed(marks, scale, width)
    axis = rows * ROW + 12
    height = axis + 14 + len(spans) * (BAR + ROW) + 2
    body = "".join([*_marks(labels, scale, axis, height), *_spans(spans, scale, axis, width)])
    ident = f"line-{key}-{width}"
    return (
        f'<svg class="time-line" role="img" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'aria-labelledby="{ident}"><title id="{ident}">{escape(title)}</title>'
        f'<path class="line" d="M{EDGE} {axis}H{width - EDGE}"/>{body}</svg>'
    )


class _Scale(NamedTuple):
    """From days to pixels."""

    first: date
    days: int
    width: int

    @classmethod
    def over(cls, days: Sequence[date], width: int) -> _Scale:
        last = max(days)
        first = max(min(days), last - LONGEST)
        return cls(first, max(1, (last - first).days), width)

    def x(self, day: date) -> float:
        """Where a day stands."""
        share = min(1.0, max(0.0, (day - self.first).days / self.days))
        return EDGE + (self.width - 2 * EDGE) * share


def _placed(marks: Sequence[Mark], scale: _Scale, width: int) -> tuple[list[tuple[Mark, float, int]], int]:
    """Each mark with the place of its label: as low as there is room, and never over another one."""
    ends: list[float] = []
    placed = []
    for mark in sorted(marks, key=lambda each: each.day):
        length = len(mark.name) * LETTER
        left = min(max(0.0, scale.x(mark.day) - length / 2), max(0.0, width - length))
        row = next((number for number, end in enumerate(ends) if left > end + 6), len(ends))
        ends[row : row + 1] = [left + length]
        placed.append((mark, left, row))
    return placed, len(ends)


def _marks(placed: Sequence[tuple[Mark, float, int]], scale: _Scale, axis: int, height: int) -> Iterator[str]:
    for mark, _, row in placed:
        x, y = scale.x(mark.day), axis - 10 - row * ROW
        end = height - 2 if mark.kind in ("due", "today") else axis + 5
        yield f'<path class="mark {mark.kind}" d="M{x:.1f} {y + 3}V{end}"/>'
    # Names lie over every line, with a seam of the ground around their letters.
    for mark, left, row in placed:
        yield f'<text class="{mark.kind}" x="{left:.1f}" y="{axis - 10 - row * ROW}">{escape(mark.name)}</text>'


def _spans(spans: Sequence[Span], scale: _Scale, axis: int, width: int) -> Iterator[str]:
    for number, span in enumerate(spans):
        y = axis + 14 + number * (BAR + ROW)
        x, end = scale.x(span.first), scale.x(span.last)
        open_ = " open" if span.open else ""
        size = f'width="{max(3.0, end - x):.1f}" height="{BAR - 8}"'
        yield f'<rect class="wait{open_}" x="{x:.1f}" y="{y}" {size} rx="2"/>'
        left = min(x, max(0.0, width - len(span.name) * LETTER))
        yield f'<text class="wait-name" x="{left:.1f}" y="{y + BAR + 5}">{escape(span.name)}</text>'
