"""Figures as the bench prints them: what was measured, the limit that the desk keeps, and whether it was kept."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. `limit` is the least or the most, by `better`; None where there is none."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    better: Literal["more", "less"] = "more"

    @property
    def kept(self) -> bool | None:
        """Whether the limit is kept; None where there is none."""
        if self.limit is None:
            return None
        return self.value >= self.limit if self.better == "more" else self.value <= self.limit

    def stored(self) -> dict[str, Any]:
        """For `--json`."""
        names = ("name", "value", "unit", "limit", "better", "kept")
        return {name: getattr(self, name) for name in names}


def table(figures: Sequence[Figure]) -> str:
    """The figures, one a line."""
    width = max(len(figure.name) for figure in figures)
    return "\n".join(_line(figure, width) for figure in figures)


def _line(figure: Figure, width: int) -> str:
    limit = ""
    if figure.limit is not None:
        sign = "≥" if figure.better == "more" else "≤"
        limit = f"{sign} {_number(figure.limit)}  {'kept' if figure.kept else 'MISSED'}"
    return f"  {figure.name:<{width}}  {_number(figure.value):>10} {figure.unit:<8} {limit}".rstrip()


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value >= 10 else f"{value:.2f}"


def middle(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
