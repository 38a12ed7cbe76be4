"""A whole desk for tests: real database, real workers, real HTTP on a free port, a clock that the test holds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from inspect import isawaitable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import app
from bot.app import Running
from bot.messages.models import Inbox, Outbox
from bot.settings import Settings, load
from tests import postgres, prepared
from tests.patience import patience

T = TypeVar("T")
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class HeldClock:
    """A clock that stands still until the test moves it."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def move(self, **duration: float) -> None:
        self.at += timedelta(**duration)


def settings(folder: Path, **values: Any) -> Settings:
    """Settings as if nothing were set in the environment: free ports, no name server, the data in `folder`.
    A channel's own are set there, as they would be.
    """
    given = {"data_dir": folder, "http_port": 0, "smtp_port": 0, "channels": "memory", "mail_dns": "off", **values}
    own = {f"DESK_{name.upper()}": str(given.pop(name)) for name in set(given) - set(Settings.model_fields)}
    environ = {"DESK_CHANNELS": given["channels"], **own} if own else {}
    return load(environ, folder / "none.toml", **given)


@asynccontextmanager
async def running(folder: Path, clock: Callable[[], datetime] | None = None, **values: Any) -> AsyncIterator[Running]:
    """A started desk, stopped at the end."""
    with ExitStack() as held:
        if "database_url" not in values:
            if postgres.wanted():
                values["database_url"] = held.enter_context(postgres.of_folder(folder))
            else:
                prepared.database(folder / "desk.db")
        desk = await app.start(settings(folder, **values), now=clock or HeldClock())
        try:
            yield desk
        finally:
            await desk.stop()


async def settled(desk: Running, *, but_waiting: bool = False) -> None:
    """Wait until nothing waits to be handled, nor, unless `but_waiting`, to be delivered for the first time."""
    database = desk.desk.database

    def open_rows(session: Session) -> int:
        waiting = session.scalar(select(func.count()).select_from(Inbox).where(Inbox.state == "accepted")) or 0
        fresh = select(func.count()).select_from(Outbox).where(Outbox.state == "waiting", Outbox.attempts == 0)
        return waiting + (0 if but_waiting else session.scalar(fresh) or 0)

    moved = asyncio.Event()
    stops = [desk.desk.bus.listen(topic, moved.set) for topic in ("inbox", "outbox", "console")]
    try:
        async with patience():
            while await database.read(open_rows):
                moved.clear()
                if await database.read(open_rows):
                    await moved.wait()
    finally:
        for stop in stops:
            stop()


async def rows(desk: Running, work: Callable[[Session], T]) -> T:
    """Read with `work`."""
    return await desk.desk.database.read(work)


async def until(desk: Running, true: Callable[[], Any]) -> None:
    """Wait until `true()` is, or what it is a promise of, looking again whenever something happens in the desk."""

    async def so() -> Any:
        found = true()
        return await found if isawaitable(found) else found

    moved = asyncio.Event()
    stops = [desk.desk.bus.listen(topic, moved.set) for topic in ("inbox", "outbox", "console")]
    try:
        async with patience():
            while not await so():
                moved.clear()
                if not await so():
                    await moved.wait()
    finally:
        for stop in stops:
            stop()
