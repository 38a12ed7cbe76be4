"""From the words and figures of a date to its days: "June 2009", "last summer", "two years ago". Pure; called by dates,
whose pattern finds them.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "winter": 12}  # by the month in which each begins
_PARTS = {"early": 0, "start": 0, "beginning": 0, "mid": 1, "middle": 1, "late": 2, "end": 2}
NUMBERS = {word: number for number, word in enumerate(
    ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), start=1
)} | {"a": 1, "an": 1, "a couple of": 2}  # fmt: skip


class Period(NamedTuple):
    """Days in the past or today, both ends included; the same day twice for a single one."""

    first: date
    last: date


def period(match: re.Match[str], today: date) -> Period | None:
    """The days that a match of the pattern in dates names, by its groups; None where there is no such day."""
    try:
        return _calendar(match, today) or _relative(match, today)
    except (ValueError, OverflowError):
        return None


def _calendar(match: re.Match[str], today: date) -> Period | None:
    """What is named by its year."""
    for which in "1234":
        if match[f"d{which}"]:
            month = match[f"m{which}"]
            number = int(month) if month.isdigit() else _month(month)
            day = date(_year(match[f"y{which}"], today), number, int(re.sub(r"\D", "", match[f"d{which}"])))
            return Period(day, day)
    if match["part"]:
        return _span(_year(match["y5"], today), 1 + 4 * _PARTS[match["part"]], 4)
    if match["season"]:
        return _span(_year(match["y6"], today), SEASONS[match["season"]], 3)
    if match["m7"]:
        return _span(_year(match["y7"], today), _month(match["m7"]), 1)
    if match["decade"]:
        digits = re.sub(r"\D", "", match["decade"])
        return _span(_year(digits, today), 1, 120)
    if match["year"]:
        return _span(_year(match["year"], today), 1, 12)
    return None


def _relative(match: re.Match[str], today: date) -> Period | None:
    """What is counted back from today."""
    if match["yesterday"]:
        return Period(*[today - timedelta(days=1)] * 2)
    if match["unit"]:
        count = NUMBERS.get(match["count"]) or int(match["count"])
        unit = match["unit"]
        day = today - relativedelta(
            years=count * (unit in ("year", "yr")), months=count * (unit == "month"),
            weeks=count * (unit == "week"), days=count * (unit == "day"),
        )  # fmt: skip
        return Period(day, day)
    if match["last"] == "week":
        monday = today - timedelta(days=today.weekday() + 7)
        return Period(monday, monday + timedelta(days=6))
    if match["last"] == "month":
        first = today.replace(day=1) - relativedelta(months=1)
        return _span(first.year, first.month, 1)
    if match["last"] == "year":
        return _span(today.year - 1, 1, 12)
    if match["d8"]:
        month, day_number = _month(match["m8"]), int(re.sub(r"\D", "", match["d8"]))
        past = [date(year, month, day_number) for year in (today.year, today.year - 1)]
        return next(Period(day, day) for day in past if day <= today)
    named = match["last"] or match["m8"]
    month, length = (SEASONS[named], 3) if named in SEASONS else (_month(named), 1)
    year = today.year if date(today.year, month, 1) <= today else today.year - 1
    return _span(year, month, length)


def _span(year: int, month: int, months: int) -> Period:
    first = date(year, month, 1)
    return Period(first, first + relativedelta(months=months) - timedelta(days=1))


def _month(word: str) -> int:
    return _MONTHS.index(word[:3]) + 1


def _year(text: str, today: date) -> int:
    """A year of four digits, or of two: the last such year that is not in the future."""
    digits = int(text.strip("'"))
    if digits >= 100:  # noqa: PLR2004
        return digits
    century = today.year // 100 * 100
    return century + digits if century + digits <= today.year else century - 100 + digits
