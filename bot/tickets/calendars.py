"""Calendars: which days are working days where, and how months and days are counted.

The public holidays are data of the `holidays` library; `EDITION` names its version, so that a due date can say
which edition of the calendar it was counted by. A calendar's code is a country of ISO 3166, with a division where
holidays differ within it: "GB-SCT", "US-CA", "IE".
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib.metadata import version

import holidays

EDITION = f"holidays {version('holidays')}"

SATURDAY = 5
ONE_DAY = timedelta(days=1)

PLACES = {
    "GB-ENG": "England",
    "GB-WLS": "Wales",
    "GB-SCT": "Scotland",
    "GB-NIR": "Northern Ireland",
    "IE": "Ireland",
    "US-CA": "California",
}


class UnknownCalendar(ValueError):
    """There is no such calendar; the text names those there are."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of one place. Build it with `calendar_for(code)`."""

    code: str

    @property
    def place(self) -> str:
        """The place in plain words, or the code where no word is known."""
        return PLACES.get(self.code, self.code)

    @property
    def country(self) -> str:
        """The country's two letters."""
        return self.code.partition("-")[0]

    def day_off(self, day: date) -> str:
        """Why `day` is no working day: a holiday's name, "a Saturday", "a Sunday"; "" when it is one."""
        name = _holidays(self.code, day.year).get(day)
        if name:
            return name.split("; ")[0]
        if day.weekday() >= SATURDAY:
            return "a Saturday" if day.weekday() == SATURDAY else "a Sunday"
        return ""

    def working_day_from(self, day: date) -> date:
        """`day` itself when it is a working day, else the next one."""
        while self.day_off(day):
            day += ONE_DAY
        return day

    def next_working_day(self, day: date) -> date:
        """The first working day after `day`."""
        return self.working_day_from(day + ONE_DAY)

    def after_working_days(self, day: date, count: int) -> date:
        """The `count`th working day after `day`, which is not counted itself."""
        for _ in range(count):
            day = self.next_working_day(day)
        return day

    def before_working_days(self, day: date, count: int) -> date:
        """The `count`th working day before `day`, which is not counted itself."""
        while count:
            day -= ONE_DAY
            count -= not self.day_off(day)
        return day


@lru_cache(maxsize=64)
def calendar_for(code: str) -> Calendar:
    """The calendar of that code.

    Raises:
        UnknownCalendar: no such country or division, or a division is needed and missing.
    """
    country, _, division = code.partition("-")
    divisions = _divisions().get(country)
    if divisions is None:
        raise UnknownCalendar(f"unknown calendar {code[:20]!r}: use a country code, like IE, or GB-ENG, GB-SCT, US-CA")
    if (division or country in {"GB", "US"}) and division not in divisions:
        known = ", ".join(f"{country}-{name}" for name in divisions) or country
        raise UnknownCalendar(f"unknown calendar {code[:20]!r}: holidays differ by division there; use one of {known}")
    return Calendar(code)


def add_months(day: date, months: int) -> date:
    """The same day `months` later; a day that the month lacks is its last (31 January + 1 is 28 or 29 February)."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def in_words(day: date) -> str:
    """A date as people write it: 2 March 2026."""
    return f"{day.day} {day:%B %Y}"


@lru_cache(maxsize=1)
def _divisions() -> Mapping[str, list[str]]:
    """The library's countries, each with its divisions."""
    known: dict[str, list[str]] = holidays.list_supported_countries(include_aliases=False)
    return known


@lru_cache(maxsize=256)
def _holidays(code: str, year: int) -> Mapping[date, str]:
    """One year's holidays. A year at a time and then never changed, so that threads can share it."""
    country, _, division = code.partition("-")
    # English names, so that the trace reads in one language; a country without them gives its own.
    languages = holidays.list_localized_countries().get(country, [])
    language = next((name for name in ("en_GB", "en_US") if name in languages), None)
    found = holidays.country_holidays(
        country, subdiv=division or None, years=year, expand=False, observed=True, language=language
    )
    return dict(found)
