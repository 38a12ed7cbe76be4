"""The worker that searches: gives each request its checklist, and asks every data source for what it holds.

A source runs in a thread of its own with a time limit, one search at a time; what it finds is kept as it comes. One
that fails or hangs is shown and tried again, later each time, across restarts, and holds up no other source.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy.orm import Session

from bot.bus import LocalBus
from bot.clock import Clock
from bot.db import Database, Work
from bot.errors import Busy, DatabaseDown, DeskError, TemporaryError
from bot.sealing import Sealer
from bot.sources import checklist, running, subjects
from bot.sources.base import SourceBroken, SourceDown, Subject
from bot.sources.checklist import Line
from bot.sources.collecting import Packed, collect, told
from bot.sources.policies import Policies
from bot.sources.registry import Installed
from bot.sources.running import TOPIC, Due
from bot.sources.subjects import Sign
from bot.tickets.models import Ticket
from bot.workers.outside import Outside, Over, StillBusy
from bot.workers.rounds import BUSY, POLL, Rounds

log = structlog.get_logger()
AT_ONCE = 200


class Searcher(Rounds):
    """Searches for every request that is in the state of it."""

    what, topics = "searches", ("tickets:searching",)

    def __init__(
        self, *, database: Database, bus: LocalBus, sources: Mapping[str, Installed], policies: Policies,
        sealer: Sealer,
        sign: Sign, now: Clock, outside: Outside,
    ) -> None:  # fmt: skip
        super().__init__(bus)
        self._database, self._sources, self._policies = database, sources, policies
        self._sealer, self._sign, self._now, self._outside = sealer, sign, now, outside
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._rested, self._all, self._resumed = asyncio.Event(), True, False
        self._looked_at = 0.0

    async def settled(self) -> None:
        """Look at everything once more, and wait until nothing is in hand that can be done now."""
        self._look_at_all()
        while self._all or self._busy or self._woken.is_set():
            self._rested.clear()
            await self._rested.wait()

    def start(self) -> None:
        """Go on with what the last run of the desk left."""
        super().start()
        self._stops.append(self._bus.listen(TOPIC, self._look_at_all))

    def _look_at_all(self) -> None:
        self._all = True
        self._woken.set()

    async def stop(self) -> None:
        """Take up nothing new. What is being searched is searched again at the next start."""
        await super().stop()
        tasks = list(self._busy.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _round(self) -> float:
        """Take up what the last run left, then plan and begin; seconds until something is due by itself."""
        try:
            if not self._resumed:
                await self._database.write(lambda session: running.resume(session, self._now()))
                self._resumed = True
            return await self._begin_due()
        except Exception:
            self._all = True
            raise
        finally:
            self._rested.set()

    async def _begin_due(self) -> float:
        """Plan what is new, begin what is due; returns seconds until something is due by itself."""
        await self._plan()
        busy = {name for name in self._sources if name in self._busy or self._outside.busy(name)}
        now = self._now()
        for run in await self._database.read(lambda session: running.due(session, now, busy)):
            if run.source not in self._busy:
                task = asyncio.create_task(self._search(run), name=f"desk-search-{run.source}")
                self._busy[run.source] = task
                task.add_done_callback(partial(self._ended, run.source))
        due_at = await self._database.read(running.next_due)
        return min(POLL, max(1.0, (due_at - now).total_seconds())) if due_at else POLL

    def _ended(self, source: str, _task: asyncio.Task[None]) -> None:
        self._busy.pop(source, None)
        self._woken.set()

    async def _plan(self) -> None:
        """Give new requests their checklists; now and then look at all, for sources that are new and for those of whom
        more is proved since.
        """
        now, clock = self._now(), asyncio.get_running_loop().time()
        everything = self._all or clock - self._looked_at >= POLL
        self._all = False
        tickets = await self._database.read(lambda session: running.searching(session, new=not everything))
        keys: dict[int, str] = {}
        for start in range(0, len(tickets), AT_ONCE):
            missing, known = await self._database.read(partial(self._look, tickets[start : start + AT_ONCE]))
            keys |= known
            if missing:
                await self._database.write(partial(self._write_lines, missing, now))
        if await self._database.read(lambda session: running.grown(session, keys)):
            await self._database.write(lambda session: running.search_grown(session, keys, now))
        if everything:
            self._looked_at = clock

    def _look(
        self, batch: Sequence[tuple[int, Collection[str]]], session: Session
    ) -> tuple[Mapping[int, Sequence[Line]], Mapping[int, str]]:
        """What checklists lack, and for whom each request is searched now."""
        missing: dict[int, Sequence[Line]] = {}
        keys: dict[int, str] = {}
        for ticket_id, known in batch:
            ticket = session.get(Ticket, ticket_id)
            if ticket is None:
                continue
            lines = [line for line in self._lines(session, ticket) if line.source not in known]
            if lines:
                missing[ticket_id] = lines
            subject = subjects.of_ticket(session, ticket, self._sealer)
            if subject is not None:
                keys[ticket_id] = subjects.key_of(subject, self._sign)
        return missing, keys

    def _lines(self, session: Session, ticket: Ticket) -> Sequence[Line]:
        sources = [Line(name, each.source.title, tuple(each.source.covers)) for name, each in self._sources.items()]
        return checklist.lines(sources, self._policies.ways(session, ticket))

    @staticmethod
    def _write_lines(missing: Mapping[int, Sequence[Line]], now: datetime, session: Session) -> None:
        for ticket_id, lines in missing.items():
            ticket = session.get(Ticket, ticket_id)
            if ticket is not None and ticket.state == "searching":
                running.plan(session, ticket, lines, now)

    async def _search(self, run: Due) -> None:
        """One search from its beginning to what became of it; the worker goes on whatever that is."""
        try:
            await self._searched(run)
        except (Busy, DatabaseDown, StillBusy):
            # The desk's own database, or what else the source is asked: no fault of its own, so it waits as before.
            log.warning("a search can't be made now", action="search_unavailable", source=run.source)
            await asyncio.sleep(BUSY)
            await self._settle(lambda session: running.put_off(session, run, self._now()))
        except DeskError as error:
            await self._fail(run, error)
        except Exception as error:
            log.exception("a search failed unexpectedly", action="search_lost", source=run.source)
            await self._fail(run, SourceDown(f"the search failed ({type(error).__name__}): see the desk's log"))

    async def _searched(self, run: Due) -> None:
        """Raises whatever comes in the way."""
        subject = await self._database.read(partial(self._subject, run.ticket_id))
        if isinstance(subject, str):
            reason = subject
            return await self._settle(lambda session: running.by_hand(session, run, reason, self._now()))
        key = subjects.key_of(subject, self._sign)
        if not await self._database.write(lambda session: running.begin(session, run.id, key, self._now())):
            return None
        installed = self._sources.get(run.source)
        if installed is None:
            raise SourceBroken(f"{run.source} is not in desk.toml any more: bring it back, or record a nil return")
        await self._asked(run, installed, subject)
        return await self._settle(lambda session: running.ended(session, run, self._now()))

    async def _settle(self, work: Work[None]) -> None:
        """Write down what became of a search, for as long as that takes: it must not stay as being searched."""
        while True:
            try:
                return await self._database.write(work)
            except TemporaryError:
                log.warning("a search can't be written down now", action="search_unavailable")
                await asyncio.sleep(BUSY)

    async def _fail(self, run: Due, error: DeskError) -> None:
        kind = type(error).__name__
        log.warning("a source could not be searched", action="search_failed", source=run.source, reason=kind)
        await self._settle(lambda session: running.failed(session, run, told(error), kind, self._now()))

    def _subject(self, ticket_id: int, session: Session) -> Subject | str:
        """Whom to search for, or why that is left to people."""
        ticket = session.get(Ticket, ticket_id)
        subject = subjects.of_ticket(session, ticket, self._sealer) if ticket is not None else None
        return subject or subjects.why_nobody(ticket)

    async def _asked(self, run: Due, installed: Installed, subject: Subject) -> None:
        """Run the source to its end, keeping what it finds batch by batch. Raises what the source raises."""
        loop = asyncio.get_running_loop()

        def work(over: Over) -> None:
            for batch in collect(installed.source, subject, self._sealer):
                if over():
                    return
                asyncio.run_coroutine_threadsafe(self._keep(run, batch), loop).result()

        await self._outside.run(installed, work)

    async def _keep(self, run: Due, batch: Sequence[Packed]) -> None:
        def work(session: Session) -> None:
            ticket = session.get(Ticket, run.ticket_id)
            if ticket is not None:
                policies = [self._policies.in_force(session, ticket, item.collected_on) for item in batch]
                running.keep(session, run, list(zip(batch, policies, strict=True)), self._now())

        await self._database.write(work)
