"""Lanes: work that is strictly in order for one key, and in parallel across keys.

The inbox has a lane for each sender, the outbox one for each conversation. A lane that must wait (retry) holds only
itself. Nothing here is durable: rows stay in the database until their work is committed, and are loaded again at start.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

import structlog

Item = TypeVar("Item")
log = structlog.get_logger()


class Lanes(Generic[Item]):
    """Runs `work(item)` for each item; a float returned is the seconds after which the same item comes again."""

    def __init__(self, work: Callable[[Item], Awaitable[float | None]], *, at_once: int = 64) -> None:
        self._work = work
        self._lanes: dict[Hashable, deque[Item]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Semaphore(at_once)
        self._again = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._stopping = False
        self.waiting = 0

    def put(self, key: Hashable, item: Item) -> None:
        """Append the item to its lane, and start the lane where it rests."""
        self.waiting += 1
        self._idle.clear()
        lane = self._lanes.get(key)
        if lane is not None:
            lane.append(item)
            return
        self._lanes[key] = lane = deque([item])
        task = asyncio.create_task(self._run(key, lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def hurry(self) -> None:
        """End every wait now: something that lanes waited for may have changed."""
        self._again.set()
        self._again = asyncio.Event()

    async def _run(self, key: Hashable, lane: deque[Item]) -> None:
        while lane and not self._stopping:
            async with self._turn:
                again = await self._safely(lane[0])
            if again is None:
                lane.popleft()
                self.waiting -= 1
            else:
                await self._wait(again)
        del self._lanes[key]
        if not self._lanes:
            self._idle.set()

    async def _safely(self, item: Item) -> float | None:
        try:
            return await self._work(item)
        except Exception:
            log.exception("work failed unexpectedly; it is tried again", action="lane_failed")
            return 5.0

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._again.wait()
        except TimeoutError:
            pass

    async def drained(self) -> None:
        """Wait until no lane has work."""
        await self._idle.wait()

    async def stop(self) -> None:
        """Let each lane finish the item in hand; what waits stays in the database."""
        self._stopping = True
        self.hurry()
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
