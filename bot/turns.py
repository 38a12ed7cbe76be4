"""Turns at work that is slow by nature: so many at once, so many waiting, and everybody else is sent away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.errors import TemporaryError

AT_ONCE = 2
MOST_WAITING = 20


class Full(TemporaryError):
    """Too many wait for their turn: try again in a few seconds."""


class Turns:
    """A bounded queue for one kind of work. One for each desk; it belongs to the event loop."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._waiting = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn and hold it. Raises Full, at once, when MOST_WAITING wait already."""
        if self._waiting >= MOST_WAITING:
            raise Full("too many ask at the same time: try again in a few seconds")
        self._waiting += 1
        try:
            await self._free.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._free.release()
