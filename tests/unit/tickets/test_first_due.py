"""The first due date of a ticket of each kind."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tickets.deadlines import (
    CLOCKS,
    DeadlineError,
    breach_notification_due,
    clock_for,
    complaint_acknowledgement_due,
    first_due,
)

LONDON = "Europe/London"
FRIDAY = datetime(2026, 6, 26, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize("kind", ["access", "portability", "erasure", "rectification", "objection", "restriction"])
def test_every_right_follows_the_regimes_month(kind: str) -> None:
    """A month in England, forty-five days in California."""
    assert first_due(kind, FRIDAY, "uk-gdpr", "GB-ENG", LONDON).due == date(2026, 7, 27)
    assert first_due(kind, FRIDAY, "ccpa", "US-CA", "America/Los_Angeles").due == date(2026, 8, 10)


@pytest.mark.parametrize(
    ("received", "calendar", "expected"),
    [
        ("2026-06-22", "GB-ENG", "2026-07-22"),
        ("2026-06-25", "GB-ENG", "2026-07-27"),  # a Saturday rolls
        ("2026-07-04", "GB-SCT", "2026-08-04"),  # Scotland's summer bank holiday rolls
        ("2026-07-04", "GB-ENG", "2026-08-03"),
    ],
)
def test_a_complaint_is_acknowledged_within_thirty_days(received: str, calendar: str, expected: str) -> None:
    """Day one is the day after receipt, and the end rolls to a working day."""
    moment = datetime.fromisoformat(f"{received}T10:00:00+00:00")
    assert complaint_acknowledgement_due(moment, calendar, LONDON) == date.fromisoformat(expected)
    assert first_due("complaint", moment, "uk-gdpr", calendar, LONDON).due == date.fromisoformat(expected)


def test_a_complaint_is_a_duty_only_since_the_law_is_in_force() -> None:
    """From 19 June 2026 in the UK; before and elsewhere it is the desk's own target, and says so."""
    day_before, first_day = datetime(2026, 6, 18, 12, tzinfo=UTC), datetime(2026, 6, 19, 12, tzinfo=UTC)
    assert not first_due("complaint", day_before, "uk-gdpr", "GB-ENG", LONDON).statutory
    assert first_due("complaint", first_day, "uk-gdpr", "GB-ENG", LONDON).statutory
    elsewhere = first_due("complaint", first_day, "eu-gdpr", "IE", "Europe/Dublin")
    assert not elsewhere.statutory
    assert "own target" in " ".join(elsewhere.trace)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.timezones()))  # noqa: DTZ001 - as hypothesis wants it
def test_a_breach_is_told_within_exactly_72_hours(aware: datetime) -> None:
    """Seventy-two hours pass in every timezone, changes to summer time included."""
    assert breach_notification_due(aware) - aware.astimezone(UTC) == timedelta(hours=72)


def test_a_breach_has_a_moment_and_a_local_date() -> None:
    """Known on Friday afternoon, due on Monday at the same time: weekends don't roll."""
    answer = first_due("breach", FRIDAY, "uk-gdpr", "GB-ENG", LONDON)
    assert answer.moment == FRIDAY + timedelta(days=3)
    assert answer.due == date(2026, 6, 29)
    assert answer.statutory
    assert "16:30 on 29 June 2026" in answer.trace[-1]
    assert not first_due("breach", FRIDAY, "ccpa", "US-CA", "America/Los_Angeles").statutory


@pytest.mark.parametrize("kind", ["human", "escalation", "status", "question", "other"])
def test_whoever_waits_for_a_person_is_answered_by_the_next_working_day(kind: str) -> None:
    """Friday afternoon's becomes Monday 17:00 local time; that is a target of the desk and no law."""
    answer = first_due(kind, FRIDAY, "uk-gdpr", "GB-ENG", LONDON)
    assert answer.moment == datetime(2026, 6, 29, 16, tzinfo=UTC)
    assert answer.due == date(2026, 6, 29)
    assert not answer.statutory


def test_every_kind_has_a_clock_and_an_unknown_one_is_refused() -> None:
    """No ticket is opened without a due date, and the error names the kinds."""
    for kind in CLOCKS:
        assert first_due(kind, FRIDAY, "uk-gdpr", "GB-ENG", LONDON).due is not None
    with pytest.raises(DeadlineError, match="access, portability"):
        clock_for("acess")
    with pytest.raises(DeadlineError, match="unknown regime"):
        first_due("breach", FRIDAY, "gdpr", "GB-ENG", LONDON)  # type: ignore[arg-type] # that is the point
    with pytest.raises(DeadlineError, match="offset"):
        breach_notification_due(datetime(2026, 6, 26))  # noqa: DTZ001 - that is the point
