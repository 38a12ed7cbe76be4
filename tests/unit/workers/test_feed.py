"""A feed: a flood or a lane in trouble takes no room from others, and no row is lost or taken out of order."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.orm import Session

from bot.bus import LocalBus
from bot.db import Database
from bot.workers.feed import LANE, Feed
from bot.workers.lanes import Again


class Waiting(NamedTuple):
    id: int
    key: str


class Queue:
    """A queue in memory, read as the inbox is."""

    def __init__(self, rows: Sequence[Waiting]) -> None:
        self.rows = list(rows)
        self.done: list[Waiting] = []

    def load(self, _session: Session, after: int, limit: int) -> Sequence[Waiting]:
        return [row for row in self.rows if row.id > after and row not in self.done][:limit]

    def load_lane(self, _session: Session, key: Hashable, after: int, until: int, limit: int) -> Sequence[Waiting]:
        return [row for row in self.rows if row.key == key and after < row.id <= until][:limit]


async def test_a_flood_of_one_key_is_done_whole_and_in_order_beside_others(tmp_path: Path) -> None:
    """Thousands of rows of one key, others' rows behind them: all are done once, each key in order."""
    rows = [Waiting(n, "flood" if n % 50 else f"k{n}") for n in range(1, 2_501)]
    queue, bus = Queue(rows), LocalBus()
    database = Database(f"sqlite:///{tmp_path / 'f.db'}")
    finished = asyncio.Event()

    async def work(row: Waiting) -> None:
        await asyncio.sleep(0)
        queue.done.append(row)
        if len(queue.done) == len(rows):
            finished.set()

    feed: Feed[Waiting] = Feed(
        topic="t", database=database, bus=bus, key=lambda row: row.key, load=queue.load, load_lane=queue.load_lane,
        work=work,
    )  # fmt: skip
    feed.start()
    await asyncio.wait_for(finished.wait(), 60)
    await feed.stop()
    await database.close()
    assert sorted(queue.done) == rows
    flood = [row for row in queue.done if row.key == "flood"]
    assert flood == sorted(flood)


async def test_a_sender_whose_rows_all_fail_holds_nobody_else(tmp_path: Path) -> None:
    """More failing rows of one key than are read at once: another key's row behind them is still done."""
    rows = [*(Waiting(n, "bad") for n in range(1, 1_201)), Waiting(1_201, "good")]
    queue, bus = Queue(rows), LocalBus()
    database = Database(f"sqlite:///{tmp_path / 'f.db'}")
    good = asyncio.Event()
    held: list[int] = []

    async def work(row: Waiting) -> Again[Waiting] | None:
        if row.key == "bad":
            held.append(row.id)
            return Again(3_600, row)
        queue.done.append(row)
        good.set()
        return None

    feed: Feed[Waiting] = Feed(
        topic="t", database=database, bus=bus, key=lambda row: row.key, load=queue.load, load_lane=queue.load_lane,
        work=work,
    )  # fmt: skip
    feed.start()
    await asyncio.wait_for(good.wait(), 30)
    assert held == [1]
    assert feed._lanes.waiting <= LANE
    await feed.stop()
    await database.close()
