"""How values spread that are given as counts: value → how often it occurs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Counts = Mapping[float, int]


def counted(values: Iterable[float]) -> dict[float, int]:
    """Each value with how often it occurs."""
    found: dict[float, int] = {}
    for value in values:
        found[value] = found.get(value, 0) + 1
    return found


def median(counts: Counts) -> float | None:
    """The middle of the values; the mean of the two middle ones where their number is even; None of none."""
    total = sum(counts.values())
    if not total:
        return None
    return (_at(counts, (total - 1) // 2) + _at(counts, total // 2)) / 2


def percentile(counts: Counts, share: int) -> float | None:
    """The least value within which `share` % of them lie (nearest rank); None where there are none."""
    total = sum(counts.values())
    return _at(counts, -(-total * share // 100) - 1) if total else None


def _at(counts: Counts, place: int) -> float:
    """The value at that place (from 0) of all in order."""
    for value in sorted(counts):
        place -= counts[value]
        if place < 0:
            return value
    raise IndexError("a place beyond the last value")
