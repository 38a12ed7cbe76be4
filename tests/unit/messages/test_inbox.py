"""Accepting: one statement for what comes at once, and each delivery's own answer."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.messages import inbox
from bot.messages.models import Inbox
from channels.base import Received
from tests.support import NOON, rows, running


def received(key: str, **facts: Any) -> Received:
    return Received("memory", key, "+447700900123", b"payload", NOON, facts)


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Inbox)) or 0


async def test_what_comes_at_once_is_answered_one_by_one(tmp_path: Path) -> None:
    """Among new ones, one had before and one that comes twice at once: each hears its own answer."""
    async with running(tmp_path) as desk:
        accept = inbox.accepter(desk.desk.database, desk.desk.metrics)
        assert await accept(received("had"))
        news = await asyncio.gather(*(accept(received(key)) for key in ("a", "had", "b", "a")))
        assert news == [True, False, True, False]
        assert await rows(desk, count) == 3


async def test_they_are_stored_in_the_order_of_their_coming(tmp_path: Path) -> None:
    """A sender's messages are handled by id, so ids follow the order in which they came."""
    async with running(tmp_path) as desk:
        accept = inbox.accepter(desk.desk.database, desk.desk.metrics)
        keys = [f"k{number:03}" for number in range(300)]
        await asyncio.gather(*(accept(received(key)) for key in keys))
        stored = await rows(desk, lambda session: session.scalars(select(Inbox.dedupe_key).order_by(Inbox.id)).all())
        assert list(stored) == keys


async def test_one_that_can_not_be_stored_fails_alone(tmp_path: Path) -> None:
    """What no database keeps (here facts that are no JSON) does not take its neighbours with it."""
    async with running(tmp_path) as desk:
        accept = inbox.accepter(desk.desk.database, desk.desk.metrics)
        coming = [received("a"), received("bad", odd=object()), received("b")]
        good, bad, other = await asyncio.gather(*map(accept, coming), return_exceptions=True)
        assert (good, other) == (True, True)
        assert isinstance(bad, Exception)


async def test_who_hangs_up_leaves_the_others_unharmed(tmp_path: Path) -> None:
    """Cancelled while the commit is under way, a delivery is stored all the same, and so is everybody else's."""
    async with running(tmp_path) as desk:
        accept = inbox.accepter(desk.desk.database, desk.desk.metrics)
        gone = asyncio.create_task(accept(received("gone")))
        stays = asyncio.create_task(accept(received("stays")))
        await asyncio.sleep(0)
        gone.cancel()
        assert await stays
        with pytest.raises(asyncio.CancelledError):
            await gone
        assert await rows(desk, count) == 2
