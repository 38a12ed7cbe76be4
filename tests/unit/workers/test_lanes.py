"""Lanes: in order within a key, in parallel across keys, and a wait holds only its own lane."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from bot.workers.lanes import Again, Lanes


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 3)), max_size=60))
def test_each_key_keeps_its_order_whatever_fails_and_comes_again(items: list[tuple[str, int]]) -> None:
    """Items of one key are done in the order they were put, though some must be tried again."""

    async def run() -> list[tuple[str, int]]:
        done: list[tuple[str, int]] = []
        finished = asyncio.Event()

        async def work(item: tuple[str, int, int]) -> Again[tuple[str, int, int]] | None:
            key, number, failures = item
            await asyncio.sleep(0)
            if failures:
                return Again(0.0, (key, number, failures - 1))
            done.append((key, number))
            if len(done) == len(items):
                finished.set()
            return None

        lanes: Lanes[tuple[str, int, int]] = Lanes(work, at_once=3)
        for number, (key, failures) in enumerate(items):
            lanes.put(key, (key, number, failures))
        if items:
            await asyncio.wait_for(finished.wait(), 10)
        await lanes.stop()
        assert lanes.waiting == 0
        return done

    done = asyncio.run(run())
    for key in "abcd":
        assert [n for k, n in done if k == key] == [n for n, (k, _) in enumerate(items) if k == key]


async def test_a_lane_that_waits_does_not_hold_the_others() -> None:
    """One sender's retry in an hour leaves everybody else's messages alone."""
    done: list[str] = []
    other = asyncio.Event()

    async def work(item: str) -> Again[str] | None:
        if item == "slow":
            return Again(3600, item)
        done.append(item)
        other.set()
        return None

    lanes: Lanes[str] = Lanes(work, at_once=1)
    lanes.put("a", "slow")
    lanes.put("a", "behind")
    lanes.put("b", "quick")
    await asyncio.wait_for(other.wait(), 5)
    assert done == ["quick"]
    await lanes.stop()
    assert done == ["quick"]


async def test_an_unexpected_error_keeps_the_item_for_another_try() -> None:
    """A bug in the work loses nothing: the item stays at the head of its lane."""
    tries = asyncio.Event()

    async def work(_item: str) -> Again[str] | None:
        tries.set()
        raise RuntimeError("bug")

    lanes: Lanes[str] = Lanes(work)
    lanes.put("a", "item")
    await asyncio.wait_for(tries.wait(), 5)
    await asyncio.sleep(0)
    assert lanes.waiting == 1
    await lanes.stop()


async def test_a_lane_that_fails_while_the_desk_stops_does_not_hold_it() -> None:
    """Its next try, in an hour, is not waited for: the item stays for the next start."""
    begun, failing = asyncio.Event(), asyncio.Event()

    async def work(item: str) -> Again[str] | None:
        begun.set()
        await failing.wait()
        return Again(3600.0, item)

    lanes: Lanes[str] = Lanes(work)
    lanes.put("a", "item")
    await begun.wait()
    stopping = asyncio.create_task(lanes.stop())
    await asyncio.sleep(0)
    failing.set()
    await asyncio.wait_for(stopping, 5)
    assert lanes.waiting == 1
