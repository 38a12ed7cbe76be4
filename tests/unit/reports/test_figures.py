"""The figures, each against a plain second calculation over the same requests, one by one."""

from __future__ import annotations

import csv
import io
import statistics
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reports import figures, periods, sheets, spread
from bot.reports.figures import AGES, Report
from bot.reports.periods import Period, PeriodError
from bot.reports.rows import Breach, IdentityWait, Overdue, Received, Settled

MONTHS = [date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)]
LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

one_settled = st.builds(
    Settled, month=st.sampled_from(MONTHS), days=st.integers(0, 400), on_time=st.booleans(), many=st.integers(1, 9)
)


def agrees(report: Report) -> None:
    """Whatever the plot draws stands in the table, in the same order."""
    assert all(len(row) == len(report.head) for row in report.rows)
    if report.plot:
        drawn = {value for each in report.plot.series for value in each.values if value}
        assert drawn <= {cell for row in report.rows for cell in row} or report.key == "overdue"


@given(st.lists(one_settled, max_size=40))
def test_the_rate_is_the_share_of_those_settled_by_their_date(settled: list[Settled]) -> None:
    """Month by month and over all, as counting each request by itself gives; a month without any has no rate."""
    report = figures.on_time(settled, MONTHS)
    agrees(report)
    each = [(row.month, row.on_time) for row in settled for _ in range(row.many)]
    for month, line in zip(MONTHS, report.rows, strict=True):
        kept = [good for when, good in each if when == month]
        rate = round(100 * sum(kept) / len(kept), 1) if kept else None
        assert line[1:] == (len(kept), sum(kept), len(kept) - sum(kept), rate)
    if each:
        assert f"{round(100 * sum(good for _, good in each) / len(each), 1):.1f} %" in report.says


@given(st.lists(one_settled, max_size=40))
def test_the_median_is_the_middle_of_all_requests(settled: list[Settled]) -> None:
    """As the standard library finds it in the list of all days, with nine in ten by nearest rank."""
    report = figures.days_taken(settled, MONTHS)
    agrees(report)
    for month, line in zip(MONTHS, report.rows, strict=True):
        days = sorted(row.days for row in settled if row.month == month for _ in range(row.many))
        if not days:
            assert line[1:] == (0, None, None, None)
            continue
        ninth = next(value for value in days if sum(other <= value for other in days) >= 0.9 * len(days) - 1e-9)
        assert line[1:] == (len(days), statistics.median(days), ninth, max(days))


def test_open_requests_fall_into_ages_without_gap() -> None:
    """Every age in days has exactly one place, and rights are apart from the rest."""
    for days in range(400):
        assert sum(since <= days and (until is None or days <= until) for _, since, until in AGES) == 1
    report = figures.by_age([(0, True, 3), (0, False, 2), (4, True, 1), (6, False, 5)])
    agrees(report)
    assert report.rows[0] == ("Up to 7 days", 3, 2, 5)
    assert report.says == "11 requests are open; 6 came in more than 30 days ago."
    assert figures.by_age([]).says == "No request is open."


def test_what_came_in_is_counted_by_kind_and_channel() -> None:
    """The most frequent kind first; a channel and a kind without a name keep their own."""
    found = [Received("access", "sms", 2), Received("erasure", "mail", 7), Received("access", "pigeon", 1)]
    report = figures.by_kind(
        found, {"access": "Access request", "erasure": "Erasure"}, {"sms": "Text", "mail": "Email"}
    )
    agrees(report)
    assert report.head == ("Kind", "Email", "Text", "pigeon", "All")
    assert report.rows == (("Erasure", 7, 0, 0, 7), ("Access request", 0, 2, 1, 3))
    assert report.says == "10 requests came in; most often: Erasure, 7 times."
    assert figures.by_kind([Received("access", "sms", 1)], {}, {}).says.endswith(", 1 time.")
    assert figures.by_kind([], {}, {}).plot is None


def test_what_is_overdue_is_listed_with_its_days() -> None:
    """Days are counted to today; what is not listed is still counted."""
    late = [Overdue("DR-1", "access", date(2026, 11, 1), ""), Overdue("DR-2", "erasure", date(2026, 11, 19), "Sam")]
    report = figures.overdue(late, {"access": 4, "erasure": 1}, NOW.date(), {"access": "Access request"})
    assert report.rows[0] == ("DR-1", "Access request", "2026-11-01", 19, "Nobody")
    assert report.says == "5 requests are overdue, the longest by 19 days."
    assert report.note == "The 2 that are longest overdue of 5."
    assert figures.overdue([], {}, NOW.date(), {}).says == "Nothing is overdue."


def test_a_breach_is_held_against_72_hours() -> None:
    """To the minute: 72 hours are in time, more are not, and who is not told yet is counted up to now."""
    known = NOW - timedelta(hours=100)
    found = [
        Breach("DR-1", known, known + timedelta(hours=72)),
        Breach("DR-2", known, known + timedelta(hours=72, minutes=1)),
        Breach("DR-3", NOW - timedelta(hours=3), None),
        Breach("DR-4", known, None),
    ]
    report = figures.breaches(found, NOW, LONDON)
    agrees(report)
    assert [row[3:] for row in report.rows] == [
        (72.0, "Yes"), (72.0, "Too late"), (3.0, "Not told yet"), (100.0, "Not told yet, too late"),
    ]  # fmt: skip
    assert report.says == "4 breaches reported; 2 took, or have taken, more than 72 hours."


def test_waits_for_identity_are_counted_where_they_began() -> None:
    """By the month of asking; only what was proved has a wait."""
    found = [
        IdentityWait(date(2026, 9, 3), "proved", 2.0), IdentityWait(date(2026, 9, 30), "proved", 5.0),
        IdentityWait(date(2026, 9, 9), "given up", None), IdentityWait(date(2026, 11, 1), "waiting", None),
    ]  # fmt: skip
    report = figures.identity(found, MONTHS)
    agrees(report)
    assert report.rows == (
        ("September 2026", 3, 2, 1, 0, 3.5), ("October 2026", 0, 0, 0, 0, None), ("November 2026", 1, 0, 0, 1, None),
    )  # fmt: skip


@given(st.lists(st.floats(0, 1e6, allow_nan=False), min_size=1, max_size=50))
def test_the_middle_of_counts_is_the_middle_of_values(values: list[float]) -> None:
    """Counting first changes nothing."""
    assert spread.median(Counter(values)) == statistics.median(values)
    assert spread.counted(values) == dict(Counter(values))


@given(st.lists(st.lists(st.one_of(st.text(), st.integers(), st.none()), min_size=2, max_size=2)))
def test_no_cell_of_a_sheet_can_be_run(rows: list[list[object]]) -> None:
    """Whatever the cells hold, none that is read back begins like a formula, and no line is lost."""
    report = Report("x", "X", "", None, ("=Head", "B"), tuple(tuple(row) for row in rows))  # type: ignore[arg-type]
    back = list(csv.reader(io.StringIO(sheets.sheet(report), newline="")))
    assert len(back) == len(rows) + 1
    for row, given_row in zip(back[1:], rows, strict=True):
        for cell, was in zip(row, given_row, strict=True):
            assert not cell.lstrip(" ").startswith(sheets.RISKY) or isinstance(was, int)


def test_a_sheet_keeps_its_numbers_and_defuses_formulas() -> None:
    """The known ways to smuggle a formula, also behind spaces; numbers and dates stay."""
    for nasty in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =cmd|' /C calc'!A0"):
        assert sheets.harmless(nasty) == f"'{nasty}"
    assert [sheets.harmless(cell) for cell in ("2026-11-01", 3, -2, None, "a=b")] == ["2026-11-01", 3, -2, "", "a=b"]


def test_the_usual_period_is_twelve_months_up_to_today() -> None:
    """The present month is the twelfth, also across a new year."""
    today = date(2026, 1, 31)
    found = periods.read("", "", today)
    assert found == periods.usual(today) == Period(date(2025, 2, 1), today)
    assert len(found.months) == 12
    assert (found.months[0], found.months[-1]) == (date(2025, 2, 1), date(2026, 1, 1))


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        ("yesterday", "", "write it like 2026-11-24"),
        ("2026-02-30", "", "does not exist"),
        ("2026-W01-1", "", "write it like"),
        ("", "2026-11-31", "does not exist"),
        ("", "2026-11-21", "in the future"),
        ("2026-11-10", "2026-11-09", "before it begins"),
        ("1999-12-31", "2000-01-31", "too early"),
        ("2015-01-01", "", "choose a shorter one"),
        ("=2026-11-1", "", "write it like"),
        ("20261-1-01", "", "write it like"),
        ("²026-11-01", "", "does not exist"),
    ],
)
def test_a_bad_period_says_what_to_type(first: str, last: str, says: str) -> None:
    """Each way of getting it wrong has its own words."""
    with pytest.raises(PeriodError, match=says):
        periods.read(first, last, NOW.date())


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_typed_period_breaks_the_page(first: str, last: str) -> None:
    """Anything is a period or an error of ours."""
    try:
        found = periods.read(first, last, NOW.date())
    except PeriodError:
        return
    assert found.first <= found.last


@given(st.dates(date(2000, 1, 1), date(2026, 11, 20)), st.integers(0, 1_800))
def test_the_parts_of_a_period_are_the_period(first: date, days: int) -> None:
    """Month by month without gap or overlap, from the first day to the last."""
    period = Period(first, first + timedelta(days=days))
    parts = period.parts
    assert (parts[0][0], parts[-1][1], len(parts)) == (period.first, period.last, len(period.months))
    assert all(one[1] + timedelta(days=1) == other[0] for one, other in pairwise(parts))
    assert all(begin.replace(day=1) == end.replace(day=1) for begin, end in parts)
