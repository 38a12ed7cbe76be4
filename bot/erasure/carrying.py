"""Carries a confirmed erasure through: unit after unit, each in a transaction of its own, so that the desk goes on.

`units` is the one order of things for both drivers: `drive` for the command line, `carry_due` for the running desk (a
job, every minute). Killed anywhere it goes on from what is left. The last unit is the proof: nothing of the person is
found by any Fate, and the files hold their addresses no more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from bot.audit.actors import BOT
from bot.contacts import holds
from bot.contacts.models import Contact
from bot.contacts.suppression import Sign
from bot.conversations.models import Conversation
from bot.db import Database
from bot.erasure import caches, elsewhere, lessons, physical, planning, removing, reports, scope, service
from bot.erasure.elsewhere import Outside, PutOff, Sources
from bot.erasure.fates import Fate
from bot.erasure.models import ErasureRun
from bot.erasure.scope import Whose
from bot.messages import outbox
from bot.messages.models import Outbox

log = structlog.get_logger()
Unit = Callable[[Session], Any]
NO_SOURCES: Sources = {}
ROUNDS = 5
"""How often all is gone through where something comes in meanwhile."""
RECENT = timedelta(minutes=5)
"""How long after an erasure by the command line the running desk still forgets what it remembers."""
WORDS, LESSONS, RAW = "addresses and names", "lessons in their words", "receipts and bounces"


class Begun(NamedTuple):
    """Where an erasure stands as it is taken up: may it begin, of whom, and are the addresses gone already."""

    contacts: list[int]
    addresses: list[tuple[str, str]]
    ready: bool
    outside: Outside


def units(run_id: int, sign: Sign, now: datetime) -> Generator[Unit | Outside, Any, list[bytes] | None]:
    """The units of one erasure, in order, and once what is to be erased outside the desk; each is sent its result.
    Returns the addresses' bytes to look for in the files, None where it can't begin yet.
    """
    begun: Begun = yield lambda session: _begin(session, run_id, now)
    if not begun.ready:
        return None
    words = reports.written({value for _, value in begun.addresses})
    if begun.outside.names:
        gone = yield begun.outside
        yield lambda session: elsewhere.noted(service.get(session, run_id), gone, now.isoformat())
    yield lambda session: _lessons(session, run_id, now)
    for _ in range(ROUNDS):
        for fate in removing.here():
            while (yield lambda session, fate=fate: _batch(session, run_id, fate, now)):  # type: ignore[misc]
                pass
        after, more = 0, bool(words)
        while more:
            after = yield lambda session, after=after: _sweep(session, run_id, words, after)  # type: ignore[misc]
            more = after > 0
        if (yield lambda session: _finish(session, run_id, sign, now)):
            return words
    return None


def _begin(session: Session, run_id: int, now: datetime) -> Begun:
    run = service.get(session, run_id)
    addresses, outside = reports.addresses(session, run.contacts), elsewhere.to_do(session, run)
    if run.state not in ("confirmed", "running", "stopped") or _last_message_waits(session, run):
        return Begun(run.contacts, addresses, ready=False, outside=outside)
    if session.get_one(Contact, run.contact_id).erased_at is None and (
        problem := " ".join(planning.stops(session, run.contacts, run.ticket_id))
    ):
        _stop(session, run, problem, now)
        return Begun(run.contacts, addresses, ready=False, outside=outside)
    if run.state != "running":
        run.state, run.problem, run.started_at = "running", "", run.started_at or now
        service.audited(session, run, "erasure.begun", BOT.name, {}, now)
    for channel, value in addresses:
        outbox.cancel(session, channel, value, "erased")
    theirs = select(Conversation.id).where(Conversation.contact_id.in_(run.contacts))
    outbox.cancel_of(session, theirs, "erased")
    return Begun(run.contacts, addresses, ready=True, outside=outside)


def _stop(session: Session, run: ErasureRun, problem: str, now: datetime) -> None:
    """It can't go on now: staff see why, and it goes on by itself once that is over."""
    if (run.state, run.problem) != ("stopped", problem[:500]):
        run.state, run.problem = "stopped", problem[:500]
        service.audited(session, run, "erasure.stopped", BOT.name, {}, now)


def _last_message_waits(session: Session, run: ErasureRun) -> bool:
    """The customer hears of it first: their address is needed for that."""
    if run.outbox_id is None or run.state == "running":
        return False
    return session.scalar(select(Outbox.state).where(Outbox.id == run.outbox_id)) == "waiting"


def _lessons(session: Session, run_id: int, now: datetime) -> None:
    run = service.get(session, run_id)
    gone, mend = lessons.remove(session, run.contacts, now)
    run.lessons = sorted({*run.lessons, *mend})
    _count(run, LESSONS, gone)


def _batch(session: Session, run_id: int, fate: Fate, now: datetime) -> int:
    run = _unheld(session, run_id)
    count = removing.batch(session, fate, Whose(run.contacts), now)
    _count(run, fate.title, count)
    return count


def _unheld(session: Session, run_id: int) -> ErasureRun:
    """The erasure, unless a hold was laid on its person since it began: what is left of them is kept from then on.

    Raises:
        PutOff: one was.
    """
    run = service.get(session, run_id)
    if holds.in_force(session, scope.same_as(session, run.contacts)):
        raise PutOff("A hold was laid while it was under way: what is left stays until a lead ends the hold.")
    return run


def _sweep(session: Session, run_id: int, words: Sequence[bytes], after: int) -> int:
    last, count = reports.sweep(session, words, after)
    _count(service.get(session, run_id), RAW, count)
    return last


def _finish(session: Session, run_id: int, sign: Sign, now: datetime) -> bool:
    run = _unheld(session, run_id)
    try:
        _count(run, WORDS, removing.finish(session, run.contacts, sign, now))
    except removing.NotFinished:
        return False
    return True


def _count(run: ErasureRun, title: str, count: int) -> None:
    if count:
        run.removed = {**run.removed, title: run.removed.get(title, 0) + count}


def _done(session: Session, run_id: int, now: datetime, *, vacuumed: bool) -> None:
    run = service.get(session, run_id)
    run.state, run.finished_at, run.vacuumed = "done", now, vacuumed
    facts = {"removed": run.removed, "file_written_anew": vacuumed}
    service.audited(session, run, "erasure.done", BOT.name, facts, now)
    service.answered(session, run, now)


def drive(
    run: Callable[[Unit], Any], engine: Engine, run_id: int, sign: Sign, now: datetime, *, sources: Sources = NO_SOURCES
) -> bool:
    """Carry it through, here and now; False where its last message still waits, or something stops it."""
    steps = units(run_id, sign, now)
    try:
        unit = next(steps)
        while True:
            unit = steps.send(elsewhere.erase(sources, unit) if isinstance(unit, Outside) else run(unit))
    except StopIteration as ended:
        words = ended.value
    except PutOff as error:
        problem = str(error)
        run(lambda session: _stop(session, service.get(session, run_id), problem, now))
        return False
    if words is None:
        return False
    vacuumed = physical.clean(engine, words)
    run(lambda session: _done(session, run_id, now, vacuumed=vacuumed))
    caches.forget()
    return True


async def carry_due(
    database: Database,
    sign: Sign,
    now: datetime,
    *,
    sources: Sources = NO_SOURCES,
    forget: Callable[[], None] = caches.forget,
) -> int:
    """Carry through whatever is confirmed; how many are done. `forget` empties what the running desk remembers, also
    after an erasure by the command line.
    """
    done = 0
    for each in await database.read(service.under_way):
        done += await _carry(database, each.id, sign, now, sources)
    if done or await database.read(lambda session: service.finished_since(session, now - RECENT)):
        forget()
    return done


async def _carry(database: Database, run_id: int, sign: Sign, now: datetime, sources: Sources) -> bool:
    async def result(unit: Unit | Outside) -> Any:
        if isinstance(unit, Outside):
            return await asyncio.to_thread(elsewhere.erase, sources, unit)
        return await database.write(unit)

    steps = units(run_id, sign, now)
    try:
        unit = next(steps)
        while True:
            unit = steps.send(await result(unit))
    except StopIteration as ended:
        words = ended.value
    except PutOff as error:
        problem = str(error)
        await database.write(lambda session: _stop(session, service.get(session, run_id), problem, now))
        return False
    if words is None:
        return False
    vacuumed = await asyncio.to_thread(physical.clean, database.engine, words)
    await database.write(lambda session: _done(session, run_id, now, vacuumed=vacuumed))
    log.info("a person was erased", action="erased", erasure=run_id, file_written_anew=vacuumed)
    return True
