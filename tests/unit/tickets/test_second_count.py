"""The clock against the second count: any sequence of fees, authorities, proofs, clarifications and notices, in every
regime, at month ends, on leap days, across bank holidays and in the hours in which the clocks change.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.tickets.deadlines import Deadline, due, read_case
from tests.unit.tickets.bank_holidays import BANK_HOLIDAYS
from tests.unit.tickets.second_count import LAWS, ORDER, Happening, count, local

UK = ("GB-ENG", "GB-WLS", "GB-SCT", "GB-NIR")
DAYS = st.one_of(
    st.dates(date(2024, 1, 1), date(2026, 12, 31)),
    st.sampled_from([
        date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1), date(2025, 2, 28), date(2024, 1, 29), date(2024, 1, 30),
        date(2024, 1, 31), date(2025, 1, 31), date(2024, 3, 31), date(2024, 10, 27), date(2025, 12, 24),
        date(2026, 3, 29), date(2026, 11, 1), date(2026, 11, 30), date(2026, 12, 24), date(2026, 12, 31),
    ]),
)  # fmt: skip
TIMES = st.one_of(
    st.integers(0, 24 * 3600 - 1),
    st.sampled_from([0, 1, 3599, 3600, 3601, 7199, 7200, 8 * 3600 - 1, 8 * 3600, 9 * 3600, 10 * 3600, 23 * 3600 - 1]),
    st.sampled_from([23 * 3600, 24 * 3600 - 1]),
)
"""Seconds of the day in UTC: the change of the clocks, and both sides of every local midnight."""
AFTER = st.one_of(st.integers(-3, 150), st.sampled_from([27, 28, 29, 30, 31, 32, 39, 40, 45, 46, 89, 90, 91, 92]))
HISTORY = st.lists(st.tuples(st.sampled_from(ORDER), AFTER, TIMES, st.booleans()), max_size=14)


def ours(regime: str, calendar: str, happenings: list[Happening]) -> Deadline:
    events: list[dict[str, Any]] = []
    for each in happenings:
        doubt = {"reasonable": each.reasonable} if each.type == "identity_requested" else {}
        events.append({"type": each.type, "at": each.at.isoformat(), **doubt})
    return due(read_case({"regime": regime, "calendar": calendar, "timezone": LAWS[regime].zone, "events": events}))


def story(first: date, seconds: int, history: list[tuple[str, int, int, bool]]) -> list[Happening]:
    def moment(after: int, at: int) -> datetime:
        return datetime.combine(first, datetime.min.time(), UTC) + timedelta(days=after, seconds=at)

    return [
        Happening("received", moment(0, seconds)),
        *(
            Happening(kind, moment(after, at), doubt or kind != "identity_requested")
            for kind, after, at, doubt in history
        ),
    ]


@pytest.mark.parametrize("regime", LAWS)
@settings(max_examples=60)
@given(DAYS, TIMES, HISTORY, st.sampled_from(UK))
@example(
    date(2024, 1, 31), 0, [("clarification_requested", 29, 0, True), ("clarification_answered", 29, 1, True)], UK[0]
)
@example(date(2024, 2, 29), 0, [("extension_notified", 29, 0, True)], UK[2])
@example(date(2026, 3, 28), 23 * 3600 + 3599, [("fee_requested", 1, 3599, True), ("fee_paid", 1, 3600, True)], UK[1])
@example(date(2026, 10, 24), 23 * 3600, [("authority_confirmed", 1, 3599, True)], UK[3])
def test_any_history_agrees_with_the_second_count(
    regime: str, first: date, seconds: int, history: list[tuple[str, int, int, bool]], calendar: str
) -> None:
    """Due date, limit of notice and extension, whatever happened in whatever order."""
    happenings = story(first, seconds, history)
    place = calendar if regime == "uk-gdpr" else LAWS[regime].calendar
    answer, expected = ours(regime, place, happenings), count(regime, happenings, place)
    assert (answer.due, answer.limit_of_notice, answer.extended) == expected


@pytest.mark.parametrize("regime", LAWS)
@settings(max_examples=60)
@given(DAYS, TIMES, HISTORY)
def test_a_challenge_is_the_count_without_what_is_challenged(
    regime: str, first: date, seconds: int, history: list[tuple[str, int, int, bool]]
) -> None:
    """If asking were challenged: the same history without that asking and what came of it, counted a second time."""
    happenings = story(first, seconds, history)
    place = LAWS[regime].calendar
    for cause, day in ours(regime, place, happenings).challenges:
        left = [each for each in happenings if not each.type.startswith(cause)]
        assert count(regime, left, place).due == day


@settings(max_examples=60)
@given(st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001 - as hypothesis wants it
@example(datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC))
@example(datetime(2026, 3, 29, 1, tzinfo=UTC))
@example(datetime(2026, 10, 25, 0, 59, 59, tzinfo=UTC))
@example(datetime(2026, 10, 25, 1, tzinfo=UTC))
@example(datetime(2026, 3, 8, 9, 59, 59, tzinfo=UTC))
@example(datetime(2026, 11, 1, 9, tzinfo=UTC))
def test_the_local_day_agrees_with_the_rule_of_summer_time(moment: datetime) -> None:
    """The database of zones and the law of summer time name the same day, the hours of the change included."""
    for regime, law in LAWS.items():
        answer = ours(regime, law.calendar, [Happening("received", moment)])
        assert answer.relevant_day == local(moment, law.zone)


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ("2024-01-29T12:00:00Z", "2024-02-29"),  # a leap year: the day is there
        ("2024-01-31T12:00:00Z", "2024-02-29"),  # and is the last one
        ("2025-01-29T12:00:00Z", "2025-02-28"),  # no leap year
        ("2024-02-29T12:00:00Z", "2024-04-02"),  # Good Friday to Easter Monday
        ("2026-03-29T00:30:00Z", "2026-04-29"),  # the hour that is skipped
        ("2026-10-25T00:30:00Z", "2026-11-25"),  # the hour that comes twice, the first time
        ("2026-10-25T01:30:00Z", "2026-11-25"),  # and the second
        ("2026-10-24T23:30:00Z", "2026-11-25"),  # already Sunday in London
        ("2026-11-25T12:00:00Z", "2026-12-29"),  # Christmas, Saturday, Sunday, the substitute
    ],
)
def test_the_days_on_which_clocks_and_calendars_are_odd(received: str, expected: str) -> None:
    """Leap days, ends of months, bank holidays and the hours of a change, by hand and by both counts."""
    happening = Happening("received", datetime.fromisoformat(received))
    assert ours("uk-gdpr", "GB-ENG", [happening]).due == date.fromisoformat(expected)
    assert count("uk-gdpr", [happening], "GB-ENG").due == date.fromisoformat(expected)


def test_the_hand_written_holidays_reach_as_far_as_the_histories() -> None:
    """What the second count walks over is in its lists."""
    assert {day.year for days in BANK_HOLIDAYS.values() for day in days} >= {2024, 2025, 2026, 2027}
