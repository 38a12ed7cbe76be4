"""Plots as SVG, drawn on the server: columns, bars and steps. Pure; colours come from classes of report.css.

Each plot is drawn at the width that it is shown at, so that its writing has the page's size on a phone too. It carries
a title and a description for who listens; its table stands beneath it and holds every value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal, NamedTuple

Form = Literal["columns", "bars", "steps"]
NARROW, WIDE = 300, 640
"""Pixels across, on phones and elsewhere."""

HEIGHT = 240
LETTER = 7.0
"""Pixels that a letter of a label takes at the most, at 12 px."""
TOP, BOTTOM = 14, 40
ROW, GAP = 22, 12
LONGEST_LABEL = 48
STEPS_OF_AXIS = (1, 2, 5, 10)


class Series(NamedTuple):
    """One row of values under a name; None where there is none to show."""

    name: str
    values: Sequence[float | None]


class Limit(NamedTuple):
    """A line across the plot that the values are held against."""

    value: float
    label: str


@dataclass(frozen=True, slots=True)
class Plot:
    """What is drawn. Several series are stacked; "steps" shows one alone.

    `across` and `up` name what the labels and the values are; `unit` is set behind each value ("%", " days"). `top` is
    the end of the axis where it has a natural one; bars that go beyond it end there, with their value behind them.
    """

    key: str
    title: str
    form: Form
    labels: Sequence[str]
    series: Sequence[Series]
    across: str
    up: str
    unit: str = ""
    top: float | None = None
    limit: Limit | None = None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(value for each in self.series for value in each.values)


def draw(plot: Plot, width: int = WIDE) -> str:
    """The plot as an SVG element; "" where there is nothing to draw."""
    if plot.empty:
        return ""
    body = "".join(_FORMS[plot.form](plot, width))
    height = _height(plot)
    ident = f"plot-{plot.key}-{width}"
    return (
        f'<svg class="plot" role="img" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'aria-labelledby="{ident}-title {ident}-desc"><title id="{ident}-title">{escape(plot.title)}</title>'
        f'<desc id="{ident}-desc">{escape(described(plot))}</desc>{body}</svg>'
    )


def described(plot: Plot) -> str:
    """The plot in a sentence, for who listens: its form, its axes, its least and greatest value."""
    totals = [(total, label) for total, label in zip(_totals(plot), plot.labels, strict=True) if total is not None]
    least, most = min(totals), max(totals)
    named = f", stacked by {' and '.join(each.name for each in plot.series)}" if len(plot.series) > 1 else ""
    return (
        f"{plot.up} by {plot.across}{named}. Least {number(least[0])}{plot.unit} ({least[1]}), "
        f"most {number(most[0])}{plot.unit} ({most[1]}). The table beneath has every value."
    )


def number(value: float) -> str:
    """A value as it is written: whole numbers without a point, others with one digit; thousands apart."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def ticks(greatest: float, at_most: int = 5) -> list[float]:
    """Round values from 0 to at least `greatest` for an axis: 0, 5, 10, …"""
    if greatest <= 1:
        return [0.0, 1.0]
    rough = greatest / at_most
    power = 10.0 ** math.floor(math.log10(rough))
    # Counts have no halves, so no step is below one. The last comparison would miss only by a rounding.
    step = max(1.0, next((each * power for each in STEPS_OF_AXIS if each * power >= rough), 10 * power))
    return [step * each for each in range(math.ceil(greatest / step) + 1)]


def _height(plot: Plot) -> int:
    return HEIGHT if plot.form != "bars" else _top(plot) + BOTTOM + len(plot.labels) * (ROW + GAP)


def _top(plot: Plot) -> int:
    """Where lying bars begin: lower where the words of a limit stand above them."""
    return TOP + 10 if plot.limit else TOP - 8


def _totals(plot: Plot) -> list[float | None]:
    columns = zip(*(each.values for each in plot.series), strict=True)
    return [None if all(v is None for v in column) else sum(v or 0 for v in column) for column in columns]


def _axis(plot: Plot, room: float) -> list[float]:
    found = [total for total in _totals(plot) if total is not None]
    greatest = max(plot.top or max(found), plot.limit.value if plot.limit else 0)
    widest = len(number(greatest)) + len(plot.unit)
    return ticks(greatest, max(2, min(5, int(room / (widest * LETTER + 14)))))


def _columns(plot: Plot, width: int) -> Iterator[str]:
    """Upright bars, stacked."""
    axis = _axis(plot, HEIGHT)
    left, right = _left(plot, axis), width - 8
    yield from _grid_up(plot, axis, left, right)
    step = (right - left) / len(plot.labels)
    thick = min(step * 0.68, 56)
    for place, label in enumerate(plot.labels):
        x, base = left + step * (place + 0.5), 0.0
        for kind, each in enumerate(plot.series):
            value = each.values[place] or 0
            if value:
                y, low = _y(base + value, axis), _y(base, axis)
                yield _box(x - thick / 2, y, thick, low - y, kind, _told(plot, label, each.name, value))
            base += value
    yield from _labels_across(plot, left, step)
    yield from _limit_up(plot, axis, left, right)


def _steps(plot: Plot, width: int) -> Iterator[str]:
    """One value for each label, as a line that steps from one to the next and breaks where there is none."""
    axis = _axis(plot, HEIGHT)
    left, right = _left(plot, axis), width - 8
    yield from _grid_up(plot, axis, left, right)
    step = (right - left) / len(plot.labels)
    each = plot.series[0]
    path, joined = [], False
    for place, value in enumerate(each.values):
        if value is None:
            joined = False
            continue
        begin, y = left + step * place, _y(value, axis)
        path.append(f"{'L' if joined else 'M'}{begin:.1f} {y:.1f}H{begin + step:.1f}")
        joined = True
    yield f'<path class="step" d="{"".join(path)}"/>'
    for place, value in enumerate(each.values):
        if value is not None:
            told = escape(_told(plot, plot.labels[place], "", value))
            x = left + step * (place + 0.5)
            yield f'<circle class="dot" cx="{x:.1f}" cy="{_y(value, axis):.1f}" r="4"><title>{told}</title></circle>'
    yield from _labels_across(plot, left, step)
    yield from _limit_up(plot, axis, left, right)


def _bars(plot: Plot, width: int) -> Iterator[str]:
    """Lying bars, stacked, with the label above each and its total behind it."""
    totals = _totals(plot)
    room = max(len(number(total or 0)) + len(plot.unit) for total in totals) * LETTER + 10
    left, right = 4.0, width - room
    axis = _axis(plot, right - left)
    top = _top(plot)
    end, scale = top + len(plot.labels) * (ROW + GAP), (right - left) / axis[-1]
    for tick in axis:
        x = left + tick * scale
        yield f'<path class="grid" d="M{x:.1f} {top}V{end}"/>'
        yield _text(x, end + 16, f"{number(tick)}{plot.unit}", "middle" if tick else "start")
    yield _text(width - 4, end + 34, plot.up, "end", "axis")
    for place, label in enumerate(plot.labels):
        y, x = top + place * (ROW + GAP) + 12, left
        yield _text(left, y, label[:LONGEST_LABEL], "start", "label")
        for kind, each in enumerate(plot.series):
            value = each.values[place] or 0
            if value:
                long = min(value * scale, right - x)
                yield _box(x, y + 5, long, ROW - 9, kind, _told(plot, label, each.name, value))
                x += long
        if totals[place] is not None:
            yield _text(x + 5, y + 16, f"{number(totals[place] or 0)}{plot.unit}", "start", "value")
    if plot.limit:
        x = left + plot.limit.value * scale
        yield f'<path class="limit" d="M{x:.1f} {top}V{end}"/>'
        yield _text(max(x, 60.0), top - 5, plot.limit.label, "middle", "limit-label")


def _left(plot: Plot, axis: Sequence[float]) -> float:
    return max(len(number(tick)) for tick in axis) * LETTER + len(plot.unit) * LETTER + 8


def _y(value: float, axis: Sequence[float]) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / axis[-1]


def _grid_up(plot: Plot, axis: Sequence[float], left: float, right: float) -> Iterator[str]:
    for tick in axis:
        y = _y(tick, axis)
        yield f'<path class="grid" d="M{left:.1f} {y:.1f}H{right:.1f}"/>'
        yield _text(left - 6, y + 4, f"{number(tick)}{plot.unit}", "end")


def _labels_across(plot: Plot, left: float, step: float) -> Iterator[str]:
    """As many labels as there is room for, the last one always among them."""
    widest = max(len(label) for label in plot.labels) * LETTER + 6
    every = max(1, math.ceil(widest / step))
    right = left + step * len(plot.labels)
    for place, label in enumerate(plot.labels):
        x = left + step * (place + 0.5)
        if (len(plot.labels) - 1 - place) % every == 0:
            fits = x + len(label) * LETTER / 2 <= right
            yield _text(x if fits else right, HEIGHT - BOTTOM + 17, label, "middle" if fits else "end")
    yield _text(left + step * len(plot.labels), HEIGHT - 5, plot.across, "end", "axis")


def _limit_up(plot: Plot, axis: Sequence[float], left: float, right: float) -> Iterator[str]:
    if plot.limit:
        y = _y(plot.limit.value, axis)
        yield f'<path class="limit" d="M{left:.1f} {y:.1f}H{right:.1f}"/>'
        yield _text(right, y - 4, plot.limit.label, "end", "limit-label")


def _box(x: float, y: float, width: float, height: float, kind: int, told: str) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" height="{max(height, 1):.1f}"'
    return f'<rect class="part part-{kind % 6}" {place}><title>{escape(told)}</title></rect>'


def _told(plot: Plot, label: str, name: str, value: float) -> str:
    what = f"{label}, {name}" if name and len(plot.series) > 1 else label
    return f"{what}: {number(value)}{plot.unit}"


def _text(x: float, y: float, text: str, anchor: str, kind: str = "tick") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


_FORMS: Mapping[Form, Callable[[Plot, int], Iterator[str]]] = {"columns": _columns, "bars": _bars, "steps": _steps}
