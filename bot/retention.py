"""Retention: what is removed when its time has passed. `retaining` lists the categories, each with time and reason.

A desk that runs beside it needs the database's one write lock, and waits two seconds for it at most. So the work goes
in short transactions, with a pause after each. `purge` is for the command line, `purge_daily` for the running desk.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.db import Database
from bot.erasure import physical
from bot.erasure.ageing import Ids
from bot.retaining import CATEGORIES, Category

__all__ = ["BATCH", "BATCH_BYTES", "CATEGORIES", "PAUSE", "Run", "purge", "purge_daily", "tally"]

Run = Callable[[Callable[[Session], Any]], Any]
"""Runs a unit of work in a transaction of its own, and gives what it returns."""

BATCH = 500
"""Rows in one transaction."""
BATCH_BYTES = 16_000_000
"""And bytes: every page of a large mail is looked at when it is freed."""
PAUSE = 0.15
"""Seconds between two: whoever waits for SQLite's lock looks for it every tenth of a second at the least."""


def purge(run: Run, now: datetime, *, dry_run: bool, categories: Sequence[Category] = CATEGORIES) -> Mapping[str, int]:
    """Remove what its time has passed; with `dry_run` only count. Returns how many of each category.

    Stopped in the middle, it has removed a part, says so in the audit, and goes on from there the next time.
    """
    if dry_run:
        return run(lambda session: tally(session, now, categories))  # type: ignore[no-any-return]  # Run is for any unit
    found = {category.name: 0 for category in categories}
    try:
        for category, work in _works(now, categories):
            while count := run(work):
                found[category.name] += count
                time.sleep(PAUSE)
    finally:
        if any(found.values()):
            run(lambda session: _audit(session, "purged", "cli", found, now))
    return found


async def purge_daily(database: Database, now: datetime, categories: Sequence[Category] = CATEGORIES) -> None:
    """What is due is counted and written into the audit first, then removed, while the desk goes on working."""
    due = await database.read(lambda session: tally(session, now, categories))
    if not any(due.values()):
        return
    await database.write(lambda session: _audit(session, "purge.due", "bot", due, now))
    found = {category.name: 0 for category in categories}
    try:
        for category, work in _works(now, categories):
            while count := await database.write(work):
                found[category.name] += count
                await asyncio.sleep(PAUSE)
    finally:
        await database.write(lambda session: _audit(session, "purged", "bot", found, now))
    await asyncio.to_thread(physical.emptied, database.engine)


def tally(session: Session, now: datetime, categories: Sequence[Category] = CATEGORIES) -> dict[str, int]:
    """How many of each category have had their time."""
    return {category.name: session.scalar(_count(category.old(now - category.keep))) or 0 for category in categories}


def _count(query: Ids) -> Select[Any]:
    return select(func.count()).select_from(query.order_by(None).subquery())


def _works(now: datetime, categories: Sequence[Category]) -> Iterator[tuple[Category, Callable[[Session], int]]]:
    """Each category with the unit that removes its next batch and tells how many that were."""
    for category in categories:
        yield category, _batch(category, now)


def _batch(category: Category, now: datetime) -> Callable[[Session], int]:
    before = now - category.keep

    def work(session: Session) -> int:
        ids, size = [], 0
        for row_id, length in session.execute(category.old(before).limit(min(BATCH, category.together))):
            ids.append(row_id)
            size += length
            if size >= BATCH_BYTES:
                break
        if ids:
            category.remove(session, ids, now)
        return len(ids)

    return work


def _audit(session: Session, action: str, actor: str, found: Mapping[str, int], now: datetime) -> None:
    audit.append(session, actor=actor, action=action, subject="desk", data=dict(found), now=now)
