"""Keeps the shelf true: what is published, reverted or imported is answered from at once, without a restart.

Built by `bot.app`; the console publishes through it. It looks again when woken ("knowledge"), and every few seconds
whether the policies' files moved. Building happens in a thread; a policy that can't be read leaves everything as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog
from sqlalchemy.orm import Session

from bot.audit.actors import Actor
from bot.bus import LocalBus
from bot.clock import Clock
from bot.db import Database
from bot.errors import TemporaryError
from bot.learning import rehearsal, repository, service, versions
from bot.learning.models import KnowledgeVersion
from bot.learning.rehearsal import Past, Rehearsal
from bot.learning.replay import Replay, replay
from bot.learning.shelf import Held, Shelf
from bot.learning.sources import Sources
from bot.turns import Turns
from channels.context import Site
from knowledge.base import Policy
from knowledge.front_matter import PolicyError
from knowledge.history import MOST_LOOKED_AT
from knowledge.lessons import LessonError, Lessons, from_json
from knowledge.library import Library, UnknownPolicy

log = structlog.get_logger()
LOOK_EVERY = 5.0
"""Seconds between two looks at the policies' files: one `stat` a file."""

MOST_PREPARED = 10_000
"""Clauses of versions that are indexed ahead of questions, newest versions first: about 70 MB."""


class Keeper:
    """One for each desk. No library is taken that has not the policies of all `sites`. `turns` are for whatever takes
    its time on the pages of learning: one at a time, since customers' messages wait for the same threads.
    """

    def __init__(
        self, shelf: Shelf, database: Database, bus: LocalBus, sources: Sources, sites: Sequence[Site], now: Clock
    ) -> None:
        self._shelf, self._database, self._bus, self._sources = shelf, database, bus, sources
        self._policy_of, self._now = {site.key: site.policy for site in sites}, now
        self._lock, self.turns = asyncio.Lock(), Turns(at_once=1)
        self._moved = asyncio.Event()
        self._stop_listening = bus.listen(versions.TOPIC, self._moved.set)
        self._task: asyncio.Task[None] | None = None
        self._state = sources.state()
        self._prepared: Library | None = None

    async def start(self) -> None:
        """Take up what was taught, record what is new since the last stop, and begin to look."""
        await self.refresh(first=True)
        self._moved.set()  # so that what is to be prepared is begun at once
        self._task = asyncio.create_task(self._watch(), name="knowledge")

    async def stop(self) -> None:
        """Look no more; harmless twice."""
        self._stop_listening()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def publish(self, actor: Actor, *, token: str, note: str) -> int:
        """Put what is pending in force: `service.publish`, and raises as that does. When it returns, the desk answers
        from the new version, whose number is given.
        """
        now, today = self._now(), self._shelf.today()

        def work(session: Session, library: Library) -> int:
            made = service.publish(session, actor, token=token, note=note, library=library, now=now, today=today)
            return made.number

        return await self._made(work)

    async def revert(self, number: int, actor: Actor, *, token: str, note: str) -> int:
        """Teach again what version `number` taught: `service.revert`. In force when it returns the new number."""
        now = self._now()

        def work(session: Session, library: Library) -> int:
            return service.revert(session, number, actor, token=token, note=note, library=library, now=now).number

        return await self._made(work)

    async def _made(self, work: Callable[[Session, Library], int]) -> int:
        """Make a version and put it on the shelf. Not while another is taken up, which would be recorded over this one
        with the lessons of before.
        """
        async with self._lock:
            library = self._shelf.library
            number = await self._database.write(lambda session: work(session, library))
            await self._refreshed()
            return number

    async def rehearse(self) -> Rehearsal:
        """Which questions of the past would be answered otherwise if what is pending were published. Looks for some
        seconds at most, in a thread, in turn. Raises service.Refused where drafts contradict each other.
        """
        async with self.turns.turn():
            return await self._rehearsed()

    async def _rehearsed(self) -> Rehearsal:
        live = self._shelf.library

        def read(session: Session) -> tuple[str, Sequence[Lessons], Sequence[Past]]:
            return service.pending(session).token, service.drafted(session), rehearsal.questions(session)

        token, lessons, past = await self._database.read(read)

        def tried() -> Rehearsal:
            return rehearsal.compare(past, live, live.taught(lessons), self._policy_of, self._shelf.timezone)

        return (await asyncio.to_thread(tried))._replace(token=token)

    async def replay(self, message_id: int) -> Replay:
        """A stored answer, proved again: `replay.replay`, and raises as that does."""
        async with self.turns.turn():
            return await self._database.read(lambda session: replay(session, message_id))

    async def refresh(self, *, first: bool = False) -> None:
        """Look for what is new, and put it on the shelf."""
        async with self._lock:
            await self._refreshed(first=first)

    async def _refreshed(self, *, first: bool = False) -> None:
        state = await asyncio.to_thread(self._sources.state)
        policies = await self._read() if state != self._state else None
        number = await self._database.read(repository.newest_number)
        if policies is None and not first and number == self._shelf.held.number:
            self._state = state
            return
        newest = await self._database.read(repository.newest)
        library = await asyncio.to_thread(self._built, policies, newest)
        if library is None:
            self._state = state
            return
        now = self._now()
        recorded = await self._database.write(lambda session: versions.found_changed(session, library, now))
        self._shelf.held = Held(recorded.number, library)
        self._state = state
        log.info("knowledge in force", action="knowledge_in_force", version=recorded.number)

    async def _read(self) -> list[Policy] | None:
        try:
            return await asyncio.to_thread(self._sources.checked)
        except (PolicyError, OSError, UnicodeDecodeError) as error:
            told = str(error)
            log.error("policies kept as they were", action="policy_reload_failed", error=told)  # noqa: TRY400 - no bug
            return None

    def _built(self, policies: list[Policy] | None, newest: KnowledgeVersion | None) -> Library | None:
        """The library to be, with what its first question needs; None where it would leave a site without policy."""
        current = self._shelf.library
        try:
            lessons: list[Lessons] = [from_json(each) for each in newest.lessons] if newest else []
            library = current.taught(lessons) if policies is None else Library(policies, lessons, like=current)
            for key in dict.fromkeys(self._policy_of.values()):
                library.warm(key)
        except (LessonError, UnknownPolicy) as error:
            told = str(error)
            log.error("knowledge kept as it was", action="knowledge_reload_failed", error=told)  # noqa: TRY400 - no bug
            return None
        return library

    async def _prepare(self) -> None:
        """Build the versions that an answer is compared with, one after another until something moves: the first
        question on what changed would hold up everybody's while it built them.
        """
        library = self._shelf.library
        if library is self._prepared:
            return
        clauses = 0
        for key in dict.fromkeys(self._policy_of.values()):
            for policy in reversed(library.versions(key)[-1 - MOST_LOOKED_AT :]):
                clauses += len(policy.passages)
                if self._moved.is_set():
                    return
                if clauses <= MOST_PREPARED:
                    await asyncio.to_thread(library.prepare, policy)
        self._prepared = library

    async def _watch(self) -> None:
        while True:
            # Not wait_for: before Python 3.12 it loses a cancellation that comes together with the wake-up.
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY):
                    await self._moved.wait()
            self._moved.clear()
            try:
                await self.refresh()
                await self._prepare()
            except TemporaryError as error:
                log.warning("knowledge not looked at", action="knowledge_later", reason=type(error).__name__)
            except Exception:
                log.exception("knowledge not looked at", action="knowledge_failed")
