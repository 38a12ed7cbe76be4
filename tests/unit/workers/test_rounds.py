"""Workers that go round by round: whatever a round raises, the next one comes; a topic wakes; stopped, they end."""

from __future__ import annotations

import asyncio

import pytest

from bot.bus import LocalBus
from bot.errors import DatabaseDown
from bot.workers import rounds
from bot.workers.rounds import Rounds


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the next round."""
    for name in ("PAUSE", "BUSY", "BROKEN"):
        monkeypatch.setattr(rounds, name, 0.0)


class Counting(Rounds):
    """Raises what it is given, one a round; then it waits to be woken."""

    what, topics = "numbers", ("numbers", "more numbers")

    def __init__(self, bus: LocalBus, *errors: Exception) -> None:
        super().__init__(bus)
        self.errors, self.done, self.rounds = list(errors), asyncio.Queue[int](), 0

    async def _round(self) -> float:
        self.rounds += 1
        if self.errors:
            raise self.errors.pop()
        self.done.put_nowait(self.rounds)
        return rounds.POLL


async def test_a_round_that_fails_is_followed_by_the_next() -> None:
    """The database is away, then something unexpected happens: the third round does the work."""
    worker = Counting(LocalBus(), LookupError("no such row"), DatabaseDown("away"))
    worker.start()
    assert await worker.done.get() == 3
    assert worker.running
    await worker.stop()


async def test_each_topic_wakes_until_it_is_stopped() -> None:
    """Woken by one topic and by the other; stopped, it listens to neither and is harmless to stop again."""
    bus = LocalBus()
    worker = Counting(bus)
    worker.start()
    assert await worker.done.get() == 1
    for number, topic in enumerate(Counting.topics, start=2):
        bus.publish([topic])
        assert await worker.done.get() == number
    await worker.stop()
    assert not worker.running
    assert not bus._waiting
    await worker.stop()


async def test_what_wakes_during_a_round_brings_another() -> None:
    """A row may be written after the round has read: its wake-up is not lost."""
    bus = LocalBus()

    class Meanwhile(Counting):
        async def _round(self) -> float:
            if self.rounds == 0:
                bus.publish(["numbers"])
            return await super()._round()

    worker = Meanwhile(bus)
    worker.start()
    assert [await worker.done.get(), await worker.done.get()] == [1, 2]
    await worker.stop()
