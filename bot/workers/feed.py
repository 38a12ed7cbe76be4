"""A feed: brings rows that wait in the database into lanes, at start and at each wake-up. Both workers stand on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, Protocol, TypeVar

import structlog
from sqlalchemy.orm import Session

from bot.bus import LocalBus
from bot.db import Database
from bot.errors import TemporaryError
from bot.workers.lanes import Again, Lanes

log = structlog.get_logger()
AT_ONCE = 1_000
"""Rows held in memory at most; the rest waits in the database."""
PAUSE = 1.0


class Row(Protocol):
    """A row of a queue; ids grow in the order of writing."""

    @property
    def id(self) -> int: ...  # noqa: D102  as its name says


Item = TypeVar("Item", bound=Row)


class Feed(Generic[Item]):
    """Feeds the rows of one queue into lanes by their key.

    `topic` wakes it, `load(session, last_id, limit)` gives what waits beyond an id, `work` does a row's work.
    """

    def __init__(
        self, *, topic: str, database: Database, bus: LocalBus, key: Callable[[Item], Hashable],
        load: Callable[[Session, int, int], Sequence[Item]], work: Callable[[Item], Awaitable[Again[Item] | None]],
        lanes_at_once: int = 64,
    ) -> None:  # fmt: skip
        self._topic, self._database, self._bus = topic, database, bus
        self._key, self._load_rows = key, load
        self._lanes: Lanes[Item] = Lanes(work, at_once=lanes_at_once)
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._last = 0

    @property
    def running(self) -> bool:
        """Whether the feed is alive."""
        return self._task is not None and not self._task.done()

    def start(self) -> None:
        """Begin with whatever waits in the database, then with each wake-up."""
        self._stop_listening = self._bus.listen(self._topic, self._woken.set)
        self._woken.set()
        self._task = asyncio.create_task(self._run(), name=f"desk-{self._topic}")

    async def stop(self) -> None:
        """Finish what is in hand; the rest waits in the database."""
        if self._task is not None:
            self._stop_listening()
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._lanes.stop()

    async def _run(self) -> None:
        while True:
            await self._woken.wait()
            self._woken.clear()
            try:
                await self._load()
            except TemporaryError:
                log.warning("a queue can't be read now", action=f"{self._topic}_unavailable")
            except Exception:
                # Whatever it was, a worker that ended would leave everything undone until somebody looks.
                log.exception("reading a queue failed unexpectedly", action=f"{self._topic}_failed")
            else:
                continue
            await asyncio.sleep(PAUSE)
            self._woken.set()

    async def _load(self) -> None:
        last = self._last
        rows = await self._database.read(lambda session: self._load_rows(session, last, AT_ONCE))
        for row in rows:
            self._lanes.put(self._key(row), row)
            self._last = row.id
        if len(rows) == AT_ONCE:
            await self._lanes.room(AT_ONCE // 2)
            self._woken.set()
