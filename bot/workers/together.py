"""One question to the database for what many ask in the same moment; called by the deliverer.

    waits = await together.ask(row.id)

A question costs a turn of a reader thread and of the event loop, which is more than its answer where a hundred lanes
ask the same of a row each.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from sqlalchemy.orm import Session

from bot.db import Database

Key = TypeVar("Key")
Found = TypeVar("Found")


class Together(Generic[Key, Found]):
    """Gathers what is asked while the database answers what was asked before."""

    def __init__(self, database: Database, look: Callable[[Session, Sequence[Key]], Sequence[Found]]) -> None:
        """`look` gives the answer to each, in their order."""
        self._database, self._look = database, look
        self._waiters: list[tuple[Key, asyncio.Future[Found]]] = []
        self._task: asyncio.Task[None] | None = None

    async def ask(self, key: Key) -> Found:
        """The answer, over a snapshot taken after this was called. Raises what `look` and Database.read raise."""
        future: asyncio.Future[Found] = asyncio.get_running_loop().create_future()
        self._waiters.append((key, future))
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="desk-together")
        return await future

    async def _run(self) -> None:
        try:
            while self._waiters:
                waiters, self._waiters = self._waiters, []
                await self._answer(waiters)
        finally:
            self._task = None

    async def _answer(self, waiters: Sequence[tuple[Key, asyncio.Future[Found]]]) -> None:
        keys = [key for key, _ in waiters]
        try:
            found = await self._database.read(lambda session: self._look(session, keys))
        except Exception as error:  # noqa: BLE001  handed to whoever asked
            for _, future in waiters:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), each in zip(waiters, found, strict=True):
            if not future.done():
                future.set_result(each)
