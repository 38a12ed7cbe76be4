"""The time that a report is about: read from what was typed, and cut into months. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

LONGEST_MONTHS = 60
EARLIEST = date(2000, 1, 1)
DEFAULT_MONTHS = 12


class PeriodError(ValueError):
    """A period that can't be reported on; the text says what to type instead."""


class Period(NamedTuple):
    """From `first` to `last`, both counted, as local days."""

    first: date
    last: date

    @property
    def months(self) -> Sequence[date]:
        """The first day of each month that the period touches, in order."""
        found = [self.first.replace(day=1)]
        while (after := _next_month(found[-1])) <= self.last:
            found.append(after)
        return found

    @property
    def parts(self) -> Sequence[tuple[date, date]]:
        """The first and last day of the period within each of its months, in order."""
        ends = [*(month - timedelta(days=1) for month in self.months[1:]), self.last]
        return list(zip([self.first, *self.months[1:]], ends, strict=True))


def usual(today: date) -> Period:
    """The last twelve months, the present one included, up to today."""
    month = today.replace(day=1)
    for _ in range(DEFAULT_MONTHS - 1):
        month = (month - timedelta(days=1)).replace(day=1)
    return Period(month, today)


def read(first: str, last: str, today: date) -> Period:
    """The period from two typed days (YYYY-MM-DD); what is left empty is as usual.

    Raises:
        PeriodError: no day, a day that does not exist, the wrong way round, in the future, or too long.
    """
    end = _day(last, "end") if last else today
    if end > today:
        raise PeriodError(f"the end of the period is in the future: choose a day up to {today.isoformat()}")
    start = _day(first, "beginning") if first else usual(end).first
    if start > end:
        raise PeriodError("the period ends before it begins: change the two days round")
    if start < EARLIEST:
        raise PeriodError(f"the period begins too early: choose a day from {EARLIEST.isoformat()} on")
    found = Period(start, end)
    if len(found.months) > LONGEST_MONTHS:
        raise PeriodError(f"the period has more than {LONGEST_MONTHS} months: choose a shorter one")
    return found


def month_name(month: date, *, short: bool = False) -> str:
    """A month as people say it: "November 2026", or "Nov 26" below a plot."""
    return f"{month:%b %y}" if short else f"{month:%B %Y}"


def _day(text: str, which: str) -> date:
    # Stricter than fromisoformat, which also takes weeks.
    if len(text) != len("2026-11-24") or text[4] != "-" or text[7] != "-":
        raise PeriodError(f"the {which} of the period is no day: write it like 2026-11-24")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise PeriodError(f"the {which} of the period is a day that does not exist: write it like 2026-11-24") from None


def _next_month(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)
