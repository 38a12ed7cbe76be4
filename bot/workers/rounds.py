"""Workers that go round by round: look at the database, do what is due, and wait until something new wakes them or the
next thing is due by itself. Scanner, fetcher, matcher and searcher stand on it.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import ClassVar

import structlog

from bot.bus import LocalBus
from bot.errors import TemporaryError

log = structlog.get_logger()
POLL = 60.0
"""Seconds after which a worker looks without being woken, where it has no reason to look earlier."""
PAUSE = 0.2
"""Seconds between two looks at the database, however often it is woken."""
BUSY, BROKEN = PAUSE * 5, PAUSE * 25
"""Seconds until the next round where the database can't be asked now, and where a round failed unexpectedly."""


class Rounds(ABC):
    """A worker's task. Whoever stands on it names `what` it works on ("files") and the bus's `topics` that wake it."""

    what: ClassVar[str]
    topics: ClassVar[Sequence[str]]

    def __init__(self, bus: LocalBus) -> None:
        self._bus = bus
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stops: list[Callable[[], None]] = []

    @abstractmethod
    async def _round(self) -> float:
        """Do all that is due; returns seconds until there may be more. What it raises is logged, and it comes again."""

    @property
    def running(self) -> bool:
        """Whether the worker is alive."""
        return self._task is not None and not self._task.done()

    def start(self) -> None:
        """Begin with what waits in the database."""
        self._stops = [self._bus.listen(topic, self._woken.set) for topic in self.topics]
        self._task = asyncio.create_task(self._run(), name=f"desk-{type(self).__name__.lower()}")

    async def stop(self) -> None:
        """Take up nothing new; what is in hand is done again at the next start."""
        for stop in self._stops:
            stop()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            try:
                waits = await self._round()
            except TemporaryError:
                log.warning("a round can't be made now", action="round_unavailable", what=self.what)
                waits = BUSY
            except Exception:
                # Whatever it was, a worker that ended would leave everything undone until somebody looks.
                log.exception("a round failed unexpectedly", action="round_failed", what=self.what)
                waits = BROKEN
            await asyncio.sleep(PAUSE)
            with suppress(TimeoutError):
                async with asyncio.timeout(waits):
                    await self._woken.wait()
