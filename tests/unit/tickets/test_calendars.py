"""Working days, months, and the names of days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from bot.tickets.calendars import UnknownCalendar, add_months, calendar_for, in_words
from tests.unit.tickets.bank_holidays import BANK_HOLIDAYS, YEARS


@pytest.mark.parametrize("code", BANK_HOLIDAYS)
def test_the_days_off_are_the_ones_that_the_government_lists(code: str) -> None:
    """Every weekday of four years is a day off exactly when gov.uk lists it for that part of the kingdom."""
    calendar, day = calendar_for(code), date(YEARS[0], 1, 1)
    while day.year in YEARS:
        if day.weekday() < 5:
            assert bool(calendar.day_off(day)) == (day in BANK_HOLIDAYS[code]), day
        else:
            assert calendar.day_off(day)
        day += timedelta(days=1)


def test_one_off_holidays_of_the_past_count() -> None:
    """A jubilee, a funeral and a coronation were days off; the moved May bank holiday of 2020 was moved."""
    england = calendar_for("GB-ENG")
    for day in (date(2012, 6, 5), date(2022, 6, 3), date(2022, 9, 19), date(2023, 5, 8), date(2020, 5, 8)):
        assert england.day_off(day)
    assert not england.day_off(date(2020, 5, 4))


def test_a_day_off_says_why() -> None:
    """The reason is the holiday's name, or the day of the week."""
    england = calendar_for("GB-ENG")
    assert england.day_off(date(2026, 4, 6)) == "Easter Monday"
    assert england.day_off(date(2026, 4, 4)) == "a Saturday"
    assert england.day_off(date(2026, 4, 5)) == "a Sunday"
    assert england.day_off(date(2026, 4, 7)) == ""


def test_the_next_working_day_is_never_the_day_itself() -> None:
    """From the Thursday before Easter the next working day is the Tuesday after it."""
    assert calendar_for("GB-ENG").next_working_day(date(2026, 4, 2)) == date(2026, 4, 7)
    assert calendar_for("GB-SCT").next_working_day(date(2026, 4, 2)) == date(2026, 4, 6)


def test_working_days_are_counted_after_the_day_itself() -> None:
    """Ten working days from a Monday in a plain fortnight end on the Monday two weeks later."""
    assert calendar_for("US-CA").after_working_days(date(2026, 3, 2), 10) == date(2026, 3, 16)


@pytest.mark.parametrize("code", ["", "XX", "GB", "GB-ZZZ", "gb-eng", "US", "GB-ENG-X", "../etc/passwd", "A" * 5000])
def test_an_unknown_calendar_is_refused_with_the_known_ones(code: str) -> None:
    """A wrong code, and a country that needs a division, are errors that name what to write, and stay short."""
    with pytest.raises(UnknownCalendar, match="use") as caught:
        calendar_for(code)
    assert len(str(caught.value)) < 700


@given(st.dates(date(1998, 1, 1), date(2090, 12, 31)), st.integers(0, 40))
def test_months_are_added_as_another_library_adds_them(day: date, months: int) -> None:
    """add_months agrees with dateutil on every day, the ends of months and leap years included."""
    assert add_months(day, months) == day + relativedelta(months=months)


def test_dates_read_as_people_write_them() -> None:
    """No leading zero, the month's name, the year."""
    assert in_words(date(2026, 3, 2)) == "2 March 2026"
