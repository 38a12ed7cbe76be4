"""The scheduler over a real database, with a held clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot.casework import runs
from bot.casework.models import ScheduledRun
from bot.casework.schedule import Job
from bot.db import Base, Database
from bot.models import AuditEntry
from bot.workers.scheduler import Scheduler
from tests.support import HeldClock

DAY = timedelta(days=1)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    assert AuditEntry.metadata is Base.metadata
    opened = Database(f"sqlite:///{tmp_path / 'desk.db'}")
    Base.metadata.create_all(opened.engine)
    yield opened
    await opened.close()


class Diary:
    """Jobs that note when they ran."""

    def __init__(self) -> None:
        self.times: list[datetime] = []
        self.broken = False

    def unit(self, _session: Session, now: datetime) -> None:
        if self.broken:
            raise RuntimeError("somebody's address")
        self.times.append(now)

    async def later(self, now: datetime) -> None:
        self.unit(None, now)  # type: ignore[arg-type]  # it needs no session


async def test_a_restart_neither_repeats_a_daily_job_nor_skips_what_fell_due_meanwhile(database: Database) -> None:
    """The last run is remembered in the database; however many days the desk was down, it runs once."""
    clock, diary = HeldClock(), Diary()
    jobs = [Job("unit", DAY, diary.unit), Job("async", DAY, diary.later)]
    assert await Scheduler(jobs, database=database, now=clock).run_due() == ["unit", "async"]
    assert await Scheduler(jobs, database=database, now=clock).run_due() == []
    clock.move(days=5)
    assert await Scheduler(jobs, database=database, now=clock).run_due() == ["unit", "async"]
    assert len(diary.times) == 4


async def test_one_job_fails_and_is_tried_again_while_the_others_run(database: Database) -> None:
    """The failure is remembered by its kind, without its words, and ends with the next run that goes well."""
    clock, bad, good = HeldClock(), Diary(), Diary()
    bad.broken = True
    scheduler = Scheduler([Job("bad", DAY, bad.unit), Job("good", DAY, good.unit)], database=database, now=clock)
    assert await scheduler.run_due() == ["good"]
    row = await database.read(lambda session: session.get(ScheduledRun, "bad"))
    assert row is not None
    assert (row.failures, row.error, row.ran_at) == (1, "RuntimeError", None)
    bad.broken = False
    assert await scheduler.run_due() == [], "not within the minute"
    clock.move(minutes=1)
    assert await scheduler.run_due() == ["bad"]
    assert (await database.read(lambda session: runs.last(session, "bad"))).failures == 0


async def test_work_and_its_record_are_one_transaction(database: Database) -> None:
    """What a failing unit of work wrote is gone, and only the failure is recorded."""

    def work(session: Session, now: datetime) -> None:
        session.add(ScheduledRun(name="written", failures=0, error=""))
        session.flush()
        raise RuntimeError

    await Scheduler([Job("half", DAY, work)], database=database, now=HeldClock()).run_due()
    assert await database.read(lambda session: session.get(ScheduledRun, "written")) is None


async def test_a_started_scheduler_runs_what_is_due_and_tells_that_it_runs(database: Database) -> None:
    """Started, it runs by itself; a job that hangs holds no other, and stopping does not wait for it."""
    ran = asyncio.Event()

    async def hangs(_now: datetime) -> None:
        await asyncio.Event().wait()

    async def runs_well(_now: datetime) -> None:
        ran.set()

    jobs = [Job("hangs", DAY, hangs), Job("well", DAY, runs_well)]
    scheduler = Scheduler(jobs, database=database, now=HeldClock())
    assert not scheduler.running
    scheduler.start()
    await asyncio.wait_for(ran.wait(), 10)
    assert scheduler.running
    await asyncio.wait_for(scheduler.stop(), 10)
    assert not scheduler.running


async def test_two_jobs_of_one_name_are_refused(database: Database) -> None:
    """Under one name they would take each other's last run for their own."""
    with pytest.raises(ValueError, match="own"):
        Scheduler([Job("a", DAY, print), Job("a", DAY, print)], database=database, now=HeldClock())
