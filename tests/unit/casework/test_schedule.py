"""When a job is due: once in every slot, after whatever happened in between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.casework.schedule import Job, LastRun, next_at, retry_after

MOMENTS = st.integers(0, 2_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
LENGTHS = st.integers(1, 3000).map(lambda minutes: timedelta(minutes=minutes))
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def job(every: timedelta = timedelta(days=1), after: timedelta = timedelta(0)) -> Job:
    return Job("tidy", every, print, after)


def test_what_never_ran_is_due_at_once() -> None:
    """A new job, or a new desk, waits for no midnight."""
    assert next_at(job(), LastRun()) < NOON


def test_a_daily_job_falls_due_again_with_the_next_day_however_late_it_ran() -> None:
    """No drift: what ran at noon is due at two in the morning, not at noon."""
    daily = job(after=timedelta(hours=2))
    assert next_at(daily, LastRun(NOON)) == datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


@given(MOMENTS, LENGTHS, LENGTHS)
def test_it_runs_once_in_its_slot_and_is_due_within_one_length(
    at: datetime, every: timedelta, after: timedelta
) -> None:
    """Whenever it ran, the next time is later, at most one length away, and begins a slot."""
    due = next_at(job(every, after), LastRun(at))
    assert at < due <= at + every
    assert job(every, after).slot(due) == job(every, after).slot(at) + 1


@given(MOMENTS, LENGTHS, st.integers(1, 50))
def test_what_failed_waits_a_little_and_never_longer_than_its_own_length(
    at: datetime, every: timedelta, failures: int
) -> None:
    """A failure delays the next try; the more of them the longer, up to an hour."""
    due = next_at(job(every), LastRun(None, at, failures))
    assert at < due <= at + min(every, timedelta(hours=1))
    assert retry_after(job(every), failures) <= retry_after(job(every), failures + 1)


@pytest.mark.parametrize(
    ("name", "every", "mend"), [("", timedelta(days=1), "name"), ("a", timedelta(seconds=1), "10 seconds")]
)
def test_a_job_that_cannot_be_remembered_or_never_rests_is_refused(name: str, every: timedelta, mend: str) -> None:
    """The mistake is said where the job is written, not at night."""
    with pytest.raises(ValueError, match=mend):
        Job(name, every, print)
