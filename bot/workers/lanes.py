"""Lanes: work that is strictly in order for one key, and in parallel across keys.

The inbox has a lane for each sender, the outbox one for each conversation. A lane that must wait (retry) holds only
itself. Nothing here is durable: rows stay in the database until their work is committed, and are loaded again at start.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

import structlog

Item = TypeVar("Item")
log = structlog.get_logger()


class Again(NamedTuple, Generic[Item]):
    """The item is not done: it comes again, as it now is, after so many seconds."""

    after: float
    item: Item


class Lanes(Generic[Item]):
    """Runs `work(item)` in its lane's turn; None returned means done. `emptied` is told of each lane that ended."""

    def __init__(
        self,
        work: Callable[[Item], Awaitable[Again[Item] | None]],
        *,
        at_once: int = 64,
        emptied: Callable[[Hashable], None] = lambda _key: None,
    ) -> None:
        self._work, self._emptied = work, emptied
        self._lanes: dict[Hashable, deque[Item]] = {}
        self._resting: set[Hashable] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Semaphore(at_once)
        self._again = asyncio.Event()
        self._moved = asyncio.Event()
        self._stopping = False
        self.waiting = 0

    def put(self, key: Hashable, item: Item) -> None:
        """Append the item to its lane, and start the lane where it rests."""
        self.waiting += 1
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
                self._moved.set()
            else:
                lane[0] = again.item
                await self._rest(key, again.after)
        del self._lanes[key]
        self._moved.set()
        if not self._stopping:
            self._emptied(key)

    async def _safely(self, item: Item) -> Again[Item] | None:
        try:
            return await self._work(item)
        except Exception:
            log.exception("work failed unexpectedly; it is tried again", action="lane_failed")
            return Again(5.0, item)

    async def _rest(self, key: Hashable, seconds: float) -> None:
        if self._stopping:
            return  # whoever stops has ended all waits already, and waits for this lane
        self._resting.add(key)
        self._moved.set()
        try:
            async with asyncio.timeout(seconds):
                await self._again.wait()
        except TimeoutError:
            pass
        finally:
            self._resting.discard(key)

    def last(self, key: Hashable) -> tuple[int, Item] | None:
        """How many items wait in a lane, and the last of them; None where the lane does not exist."""
        lane = self._lanes.get(key)
        return (len(lane), lane[-1]) if lane else None

    async def room(self, most: int, most_resting: int) -> None:
        """Wait until at most so many items wait for their turn; those whose lane rests are counted apart."""
        while True:
            resting = sum(len(self._lanes[key]) for key in self._resting)
            if self.waiting - resting <= most and resting <= most_resting:
                return
            self._moved.clear()
            await self._moved.wait()

    async def stop(self) -> None:
        """Let each lane finish the item in hand; what waits stays in the database."""
        self._stopping = True
        self.hurry()
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
