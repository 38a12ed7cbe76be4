"""Turns for what takes its time on the pages of learning: dry runs, groups of questions, proofs.

One at a time, since customers' messages and people who sign in wait for the same threads; and only so many wait, since
whoever presses a button a hundred times would have all others stand behind that.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.errors import TemporaryError

MOST_WAITING = 20


class TooMany(TemporaryError):
    """So many look at what the desk learns that another would wait too long."""


class Turns:
    """One for each desk. `waiting` counts who has a turn or waits for one."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self.waiting = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one's turn, and hold it. Raises TooMany."""
        if self.waiting >= MOST_WAITING:
            raise TooMany("too many pages of learning are asked for at once")
        self.waiting += 1
        try:
            async with self._lock:
                yield
        finally:
            self.waiting -= 1
