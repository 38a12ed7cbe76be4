"""The worker that runs jobs at their times by the desk's clock. `bot.jobs` lists the jobs, `bot.casework.schedule` says
when each is due, and the database remembers when it ran.

Each job has a task of its own: one that fails or takes long holds no other. `run_due` runs what is due without waiting
for any timer, for tests with a held clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, cast

import structlog
from sqlalchemy.orm import Session

from bot.casework import runs
from bot.casework.schedule import AsyncWork, Job, UnitOfWork, next_at
from bot.clock import Clock
from bot.db import Database
from bot.errors import TemporaryError

log = structlog.get_logger()
LONGEST_WAIT = 60.0
"""Seconds between two looks at the clock at most: it may be set while the desk runs."""
AFTER_TROUBLE = 5.0
"""Seconds until the next look where the database could not be asked."""
LONGEST_RUN = 900.0
"""Seconds after which an asynchronous job is stopped and counts as failed."""


class Scheduler:
    """Runs the jobs, each in a task of its own.

    Raises:
        ValueError: two jobs have one name, under which neither could remember its last run.
    """

    def __init__(self, jobs: Sequence[Job], *, database: Database, now: Clock) -> None:
        names = [job.name for job in jobs]
        if len(set(names)) < len(names):
            raise ValueError(f"two jobs have one name: give each of {', '.join(sorted(names))} its own")
        self._jobs, self._database, self._now = tuple(jobs), database, now
        self._turns = {job.name: asyncio.Lock() for job in jobs}
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()

    @property
    def running(self) -> bool:
        """Whether it was started and watches every job."""
        return not self._stopping.is_set() and bool(self._tasks) and not any(task.done() for task in self._tasks)

    def start(self) -> None:
        """Watch the clock for every job."""
        watches = [self._watch(job) for job in self._jobs] or [self._idle()]
        self._tasks = [asyncio.create_task(watch) for watch in watches]

    async def stop(self) -> None:
        """Let a unit of work that has begun finish; an asynchronous job is stopped and runs again at the next start."""
        self._stopping.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def run_due(self) -> Sequence[str]:
        """Run now whatever is due; the names of what ran well."""
        done = await asyncio.gather(*(self._if_due(job) for job in self._jobs))
        return [job.name for job, ran in zip(self._jobs, done, strict=True) if ran]

    async def _watch(self, job: Job) -> None:
        while not self._stopping.is_set():
            try:
                await self._if_due(job)
                seconds = await self._seconds_left(job)
            except TemporaryError:
                log.warning("a job's last run can't be read now", action="job_unavailable", job=job.name)
                seconds = AFTER_TROUBLE
            await asyncio.sleep(min(LONGEST_WAIT, max(1.0, seconds)))

    async def _idle(self) -> None:
        await self._stopping.wait()

    async def _seconds_left(self, job: Job) -> float:
        last = await self._database.read(lambda session: runs.last(session, job.name))
        return (next_at(job, last) - self._now()).total_seconds()

    async def _if_due(self, job: Job) -> bool:
        """Run the job where it is due, alone of its name; whether it ran well."""
        async with self._turns[job.name]:
            if await self._seconds_left(job) > 0:
                return False
            now = self._now()
            try:
                await self._run(job, now)
            except Exception as error:  # a job's failure is its own: it is told, and tried again
                log.exception("a job failed; it is tried again", action="job_failed", job=job.name)
                kind = type(error).__name__
                await self._database.write(partial(runs.failed, name=job.name, error=kind, now=now))
                return False
            log.debug("a job ran", action="job_ran", job=job.name)
            return True

    async def _run(self, job: Job, now: datetime) -> None:
        if job.asynchronous:
            async with asyncio.timeout(LONGEST_RUN):
                await cast("AsyncWork", job.work)(now)
            await self._database.write(partial(runs.ran, name=job.name, now=now))
        else:
            await self._database.write(partial(_unit, job=job, now=now))


def _unit(session: Session, job: Job, now: datetime) -> Any:
    """The work and the record that it ran, in one transaction: a kill leaves both or neither."""
    cast("UnitOfWork", job.work)(session, now)
    runs.ran(session, job.name, now)
