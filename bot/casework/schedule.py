"""Jobs that fall due by the clock: which run now, and when to look again. Pure; `bot.workers.scheduler` runs them.

Time is cut into slots of a job's length, counted from midnight UTC, and a job runs once in each. So a restart neither
repeats the job of today nor skips the one that fell due while the desk was down, and nothing drifts; where several
slots went by, it runs once. What failed is tried again, at growing distances, until it has run.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeAlias

UnitOfWork: TypeAlias = Callable[[Any, datetime], Any]
"""`work(session: Session, now)`: one transaction, in which the run is recorded too. It may run twice, as any unit."""
AsyncWork: TypeAlias = Callable[[datetime], Awaitable[Any]]
"""`async def work(now)`: what must not be in one transaction. Killed in the middle it runs again from the start."""

LONGEST_NAME = 40
SHORTEST = timedelta(seconds=10)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_RETRY, _LONGEST_RETRY = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do in every slot of `every`, which begin `after` midnight UTC (2 hours: a daily one at two).

    `work` is a unit of work or an `async def` (or a partial or bound method of one, but no lambda around one).
    """

    name: str
    every: timedelta
    work: UnitOfWork | AsyncWork
    after: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        if not self.name or len(self.name) > LONGEST_NAME:
            raise ValueError(f"a job needs a name of 1 to {LONGEST_NAME} characters, not {self.name[:60]!r}")
        if self.every < SHORTEST:
            raise ValueError(f"job {self.name!r} comes too often: give it {SHORTEST.seconds} seconds or more")

    @property
    def asynchronous(self) -> bool:
        """Whether `work` is to be awaited instead of being handed to the database."""
        return inspect.iscoroutinefunction(self.work)

    def slot(self, moment: datetime) -> int:
        """The number of the slot that a moment is in."""
        return (moment - _EPOCH - self.after) // self.every

    def begins(self, slot: int) -> datetime:
        """When a slot begins."""
        return _EPOCH + self.after + slot * self.every


class LastRun(NamedTuple):
    """What is remembered of a job: when it last ran well (None: never), and when and how often it failed since."""

    ran_at: datetime | None = None
    failed_at: datetime | None = None
    failures: int = 0


def next_at(job: Job, last: LastRun) -> datetime:
    """From when on the job is due; in the past where it is due already. What never ran is due at once."""
    due = _EPOCH if last.ran_at is None else job.begins(job.slot(last.ran_at) + 1)
    if last.failed_at is None or not last.failures:
        return due
    return max(due, last.failed_at + retry_after(job, last.failures))


def retry_after(job: Job, failures: int) -> timedelta:
    """How long to wait after that many failures in a row: a minute, then twice as long each, at most an hour.

    >>> [retry_after(Job("a", timedelta(days=1), print), count).seconds for count in (1, 2, 99)]
    [60, 120, 3600]
    """
    return min(job.every, _LONGEST_RETRY, _FIRST_RETRY * 2.0 ** min(failures - 1, 10))
