"""One question to the database for what many ask in the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot.db import Database
from bot.errors import DatabaseDown
from bot.workers.together import Together


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    found = Database(f"sqlite:///{tmp_path / 'test.db'}")
    yield found
    await found.close()


async def test_many_who_ask_at_once_are_answered_by_one_look_each_with_their_own(database: Database) -> None:
    """A hundred lanes, one question to the database; who asks afterwards is answered by the next."""
    looks: list[Sequence[int]] = []

    def look(_session: Session, keys: Sequence[int]) -> Sequence[int]:
        looks.append(keys)
        return [key * 2 for key in keys]

    together = Together(database, look)
    found = await asyncio.gather(*(together.ask(key) for key in range(100)))
    assert found == [key * 2 for key in range(100)]
    assert [len(keys) for keys in looks] == [100]
    assert await together.ask(7) == 14
    assert [len(keys) for keys in looks] == [100, 1]


async def test_where_the_database_fails_all_who_asked_hear_it_and_the_next_are_answered(database: Database) -> None:
    """Nobody waits for ever, and the failure is no one else's."""
    fails = [True, False]

    def look(_session: Session, keys: Sequence[int]) -> Sequence[int]:
        if fails.pop(0):
            raise DatabaseDown("the disk is full")
        return keys

    together = Together(database, look)
    heard = await asyncio.gather(together.ask(1), together.ask(2), return_exceptions=True)
    assert [type(each) for each in heard] == [DatabaseDown, DatabaseDown]
    assert await together.ask(3) == 3
