"""The worker that fetches files: one that fails keeps no other."""

from __future__ import annotations

from typing import Any

from bot.files.service import Waiting
from bot.workers.fetcher import Fetcher
from bot.workers.rounds import BROKEN
from tests.fakes.desk import NOW


async def test_a_file_that_fails_unexpectedly_keeps_no_other() -> None:
    """Its message is gone, say: the others are fetched in the same round, and it comes again soon."""
    done = []
    nothing: Any = None
    fetcher = Fetcher(database=nothing, bus=nothing, channels={}, metrics=nothing, now=lambda: NOW)

    async def work(each: Waiting) -> float:
        if each.id == 1:
            raise LookupError("no such message")
        done.append(each.id)
        return 60.0

    rows = [Waiting(number, number, "source", 0, None) for number in (1, 2)]
    assert await fetcher._each(rows, work) == BROKEN
    assert done == [2]
