"""A feed: brings rows that wait in the database into lanes, at start and at each wake-up. Both workers stand on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

import structlog
from sqlalchemy.orm import Session

from bot.bus import LocalBus
from bot.db import Database
from bot.errors import TemporaryError
from bot.workers.lanes import Again, Lanes

log = structlog.get_logger()
AT_ONCE = 1_000
"""Rows read at once; when so many wait for their turn, the rest stays in the database."""
MOST_RESTING = 20_000
"""Rows held while their lane rests between tries."""
LANE = 20
"""Rows of one lane held at once: one sender's flood takes no room from the others."""
PAUSE = 1.0


class Row(Protocol):
    """A row of a queue; ids grow in the order of writing."""

    @property
    def id(self) -> int: ...  # noqa: D102  as its name says


Item = TypeVar("Item", bound=Row)
Load = Callable[[Session, int, int], Sequence[Item]]
"""(session, after id, limit) → what waits beyond the id, in order."""
LoadLane = Callable[[Session, Hashable, int, int, int], Sequence[Item]]
"""(session, key, after id, until id, limit) → what waits of one lane."""


class Feed(Generic[Item]):
    """Feeds the rows of one queue, on one channel, into lanes by their key. `topic` wakes it.

    A lane that is full is parked: its further rows stay in the database, and are fetched when it has emptied. So
    neither a flood nor a lane in trouble keeps other lanes' rows from coming in.
    """

    def __init__(
        self, *, topic: str, database: Database, bus: LocalBus, key: Callable[[Item], Hashable], load: Load[Item],
        load_lane: LoadLane[Item], work: Callable[[Item], Awaitable[Again[Item] | None]], lanes_at_once: int = 64,
    ) -> None:  # fmt: skip
        self._topic, self._database, self._bus = topic, database, bus
        self._key, self._load_rows, self._load_lane = key, load, load_lane
        self._lanes: Lanes[Item] = Lanes(work, at_once=lanes_at_once, emptied=self._lane_emptied)
        self._parked: dict[Hashable, int] = {}  # key → the last of its rows that was put
        self._emptied: set[Hashable] = set()
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

    def hurry(self) -> None:
        """End every wait between tries now."""
        self._lanes.hurry()

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
                await self._refill()
                await self._load()
            except TemporaryError:
                log.warning("a queue can't be read now", action="feed_unavailable", queue=self._topic)
            except Exception:
                # Whatever it was, a worker that ended would leave everything undone until somebody looks.
                log.exception("reading a queue failed unexpectedly", action="feed_failed", queue=self._topic)
            else:
                continue
            await asyncio.sleep(PAUSE)
            self._woken.set()

    async def _load(self) -> None:
        last = self._last
        rows = await self._database.read(lambda session: self._load_rows(session, last, AT_ONCE))
        for row in rows:
            self._put(row)
            self._last = row.id
        if len(rows) == AT_ONCE:
            await self._lanes.room(AT_ONCE // 2, MOST_RESTING)
            self._woken.set()

    def _put(self, row: Item) -> None:
        key = self._key(row)
        if key in self._parked:
            return
        held = self._lanes.last(key)
        if held is not None and held[0] >= LANE:
            self._parked[key] = held[1].id
            return
        self._lanes.put(key, row)

    def _lane_emptied(self, key: Hashable) -> None:
        if key in self._parked:
            self._emptied.add(key)
            self._woken.set()

    def _lane_rows(self, key: Hashable, after: int, until: int, session: Session) -> Sequence[Item]:
        return self._load_lane(session, key, after, until, LANE)

    async def _refill(self) -> None:
        """Bring the next rows of parked lanes that have emptied, as far as the queue was read already."""
        while self._emptied:
            key = next(iter(self._emptied))
            after, until = self._parked[key], self._last
            rows = await self._database.read(partial(self._lane_rows, key, after, until))
            self._emptied.discard(key)
            if len(rows) < LANE:
                del self._parked[key]
            else:
                self._parked[key] = rows[-1].id
            for row in rows:
                self._lanes.put(key, row)


class Feeds:
    """The feeds of one worker, one a channel: trouble on one channel takes no turn from another."""

    def __init__(self, feeds: Sequence[Feed[Any]]) -> None:
        self._feeds = feeds

    @property
    def running(self) -> bool:
        """Whether all are alive."""
        return all(feed.running for feed in self._feeds)

    def start(self) -> None:
        """Start all."""
        for feed in self._feeds:
            feed.start()

    def hurry(self) -> None:
        """End every wait between tries now."""
        for feed in self._feeds:
            feed.hurry()

    async def stop(self) -> None:
        """Let each finish what is in hand."""
        await asyncio.gather(*(feed.stop() for feed in self._feeds))
