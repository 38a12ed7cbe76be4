"""Turns at slow work."""

from __future__ import annotations

import asyncio

import pytest

from bot.turns import AT_ONCE, MOST_WAITING, Full, Turns
from tests.patience import patience


async def test_so_many_work_so_many_wait_and_the_rest_is_sent_away() -> None:
    """Two at once, twenty waiting; the next hears so at once; every place comes back, after failures too."""
    turns, go = Turns(), asyncio.Event()
    working, most = 0, 0

    async def work() -> None:
        nonlocal working, most
        async with turns.turn():
            working += 1
            most = max(most, working)
            await go.wait()
            working -= 1
            raise LookupError

    tasks = [asyncio.create_task(work()) for _ in range(AT_ONCE + MOST_WAITING + 5)]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    assert {type(task.exception()) for task in done} == {Full}
    go.set()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in ended].count(Full) == 5
    assert most == AT_ONCE
    async with turns.turn():
        pass


async def test_who_goes_while_waiting_leaves_a_place() -> None:
    """A cancelled wait takes nobody's turn."""
    turns = Turns()
    async with turns.turn(), turns.turn():
        waiting = asyncio.create_task(turns.turn().__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    async with patience(), turns.turn(), turns.turn():
        pass
