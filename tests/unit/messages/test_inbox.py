"""Accepting: one statement for what comes at once, and each delivery's own answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.messages import inbox
from bot.messages.models import Inbox
from channels.base import Received
from channels.errors import Temporary
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


@pytest.mark.parametrize(("bound", "value"), [("MOST_WAITING", 10), ("MOST_BYTES", 70)])
async def test_no_more_waits_than_there_is_room_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str, value: int
) -> None:
    """While the writer is held ten wait, by number or by bytes; the rest hear "try again", and then have their turn."""
    monkeypatch.setattr(inbox, bound, value)
    async with running(tmp_path) as desk:
        accept = inbox.accepter(desk.desk.database, desk.desk.metrics)
        go = threading.Event()
        held = asyncio.create_task(desk.desk.database.write(lambda _session: go.wait(30)))
        jobs = [asyncio.create_task(accept(received(f"k{number}"))) for number in range(30)]
        refused = [job for job in jobs[10:] if isinstance((await asyncio.wait([job]))[0].pop().exception(), Temporary)]
        assert len(refused) == 20
        assert not any(job.done() for job in jobs[:10])
        go.set()
        assert await asyncio.gather(*jobs[:10]) == [True] * 10
        assert await held
        assert await accept(received("later"))


async def test_one_that_is_larger_than_all_the_room_is_taken_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bound on bytes refuses nothing for ever: a channel has its own bound on the size of one."""
    monkeypatch.setattr(inbox, "MOST_BYTES", 3)
    async with running(tmp_path) as desk:
        assert await inbox.accepter(desk.desk.database, desk.desk.metrics)(received("large"))


async def test_a_statement_has_a_bounded_number_of_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes in one turn is stored in pieces: no crowd makes one statement of any length."""
    monkeypatch.setattr(inbox, "MOST_TOGETHER", 100)
    lengths: list[int] = []
    real = inbox.store

    def store(session: Session, deliveries: Sequence[Received]) -> list[bool]:
        lengths.append(len(deliveries))
        return real(session, deliveries)

    monkeypatch.setattr(inbox, "store", store)
    async with running(tmp_path) as desk:
        accept = inbox.accepter(desk.desk.database, desk.desk.metrics)
        assert all(await asyncio.gather(*(accept(received(f"k{number}")) for number in range(250))))
    assert lengths == [100, 100, 50]
