"""The last runs of jobs, in the database. Inside somebody else's transaction; called by the scheduler."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.casework.models import ScheduledRun
from bot.casework.schedule import LastRun


def last(session: Session, name: str) -> LastRun:
    """What is remembered of the job of that name."""
    row = session.get(ScheduledRun, name)
    return LastRun(row.ran_at, row.failed_at, row.failures) if row else LastRun()


def ran(session: Session, name: str, now: datetime) -> None:
    """It ran well."""
    row = _row(session, name)
    row.ran_at, row.failed_at, row.failures, row.error = now, None, 0, ""


def failed(session: Session, name: str, error: str, now: datetime) -> None:
    """It failed; `error` is the kind of failure."""
    row = _row(session, name)
    row.failed_at, row.failures, row.error = now, row.failures + 1, error[:80]


def _row(session: Session, name: str) -> ScheduledRun:
    row = session.get(ScheduledRun, name)
    if row is None:
        row = ScheduledRun(name=name, failures=0, error="")
        session.add(row)
    return row
