"""The inbox accepts: what a channel received is durably stored before its provider hears 200 or 250."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, cast

from sqlalchemy import Table, bindparam, case, func, select, update
from sqlalchemy.orm import Session

from bot import dialects
from bot.db import Database, wake
from bot.errors import Busy, TemporaryError
from bot.messages.models import Inbox
from bot.metrics import Metrics
from bot.statements import Statement
from channels.base import Received
from channels.errors import Temporary

TABLE = cast("Table", Inbox.__table__)
LONGEST_KEY = 200
LARGE = 64 * 1024
"""Bytes of a payload that is held in memory while it waits."""
MOST_WAITING, MOST_BYTES = 20_000, 256 * 1024 * 1024
"""Deliveries, and bytes of their payloads, that may wait to be stored: beyond it whoever delivers comes again."""
MOST_TOGETHER = 500
"""Rows in one statement."""
SIZE = func.length(TABLE.c.payload)
_NEW = ("channel", "dedupe_key", "sender", "payload", "facts", "received_at", "state", "attempts", "error")
"""What a new row says; `_row` gives its values."""
COLUMNS = (
    TABLE.c.id, TABLE.c.channel, TABLE.c.dedupe_key, TABLE.c.sender,
    case((SIZE <= LARGE, TABLE.c.payload), else_=b"").label("payload"), TABLE.c.facts,
    TABLE.c.received_at, TABLE.c.attempts, TABLE.c.due_at, SIZE.label("size"),
)  # fmt: skip


class Accepted(NamedTuple):
    """One stored delivery that waits to be handled. A large payload stays in the database until its turn comes."""

    id: int
    received: Received
    attempts: int
    due_at: datetime | None
    size: int = 0

    @property
    def whole(self) -> bool:
        """Whether the payload is here; else `payload` reads it."""
        return self.size <= LARGE


def accepter(database: Database, metrics: Metrics) -> Callable[[Received], Awaitable[bool]]:
    """The `accept` that channels are given: True when new, False when had before; raises the channels' Temporary."""
    together = _Together(database)
    accepted, duplicates = cache(metrics.accepted.labels), cache(metrics.duplicates.labels)  # one for each channel

    async def accept(received: Received) -> bool:
        try:
            new = await together.store(received)
        except TemporaryError as error:
            metrics.rejected.labels(received.channel, "unavailable").inc()
            raise Temporary(str(error), retry_after=5) from error
        (accepted if new else duplicates)(received.channel).inc()
        return new

    return accept


_Waiter = tuple[Received, asyncio.Future[bool]]


class _Together:
    """Stores in one statement what came in one turn of the event loop: a third of the cost where much comes at once.

    What waits is bounded here, for the database counts only the units that many deliveries share.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiters: list[_Waiter] = []
        self._count = self._bytes = 0
        self._writing: set[asyncio.Task[None]] = set()

    async def store(self, received: Received) -> bool:
        """Returns after the commit, True when new. Raises TemporaryError."""
        if self._count >= MOST_WAITING or (self._bytes and self._bytes + len(received.payload) > MOST_BYTES):
            raise Busy(f"{self._count} deliveries wait to be stored: try again in a moment")
        self._count += 1
        self._bytes += len(received.payload)
        loop = asyncio.get_running_loop()
        if not self._waiters:
            loop.call_soon(self._write)
        future: asyncio.Future[bool] = loop.create_future()
        self._waiters.append((received, future))
        return await future

    def _write(self) -> None:
        waiters, self._waiters = self._waiters, []
        for first in range(0, len(waiters), MOST_TOGETHER):
            task = asyncio.create_task(self._kept(waiters[first : first + MOST_TOGETHER]))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)

    async def _kept(self, waiters: Sequence[_Waiter]) -> None:
        try:
            await self._written(waiters)
        finally:
            self._count -= len(waiters)
            self._bytes -= sum(len(received.payload) for received, _ in waiters)

    async def _written(self, waiters: Sequence[_Waiter]) -> None:
        """Answer all who wait; where one delivery can't be stored, it alone fails."""
        rows = [received for received, _ in waiters]
        try:
            news = await self._database.write(lambda session: store(session, rows))
        except Exception as error:  # noqa: BLE001  handed to whoever waits
            if len(waiters) > 1 and not isinstance(error, TemporaryError):
                await asyncio.gather(*(self._written([waiter]) for waiter in waiters))
                return
            for _, future in waiters:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), new in zip(waiters, news, strict=True):
            if not future.done():
                future.set_result(new)


def store(session: Session, deliveries: Sequence[Received]) -> list[bool]:
    """Insert the deliveries, unique on (channel, dedupe key), by one atomic statement; for each, whether it is new."""
    rows = [_row(received) for received in deliveries]
    stored = {tuple(place) for place in _new_rows(session.get_bind().dialect.name).run_all(session, rows)}
    if stored:
        wake(session, "inbox")
    for channel in {channel for channel, _key in stored}:
        wake(session, f"inbox:{channel}")
    news = []
    for row in rows:
        place = (row["channel"], row["dedupe_key"])
        news.append(place in stored)
        stored.discard(place)  # the same again in one turn is a duplicate
    return news


def _row(received: Received) -> dict[str, Any]:
    key = received.dedupe_key
    if len(key) > LONGEST_KEY:
        key = "sha256:" + hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
    return {
        "channel": received.channel,
        "dedupe_key": key,
        "sender": received.sender[:320],
        "payload": received.payload,
        "facts": dict(received.facts),
        "received_at": received.received_at,
        "state": "accepted",
        "attempts": 0,
        "error": "",
    }


@cache
def _new_rows(dialect: str) -> Statement:
    """The insert of rows of which there are none yet; returns their places. Building it costs more than running it."""
    unless_had = dialects.insert(dialect, TABLE).on_conflict_do_nothing(index_elements=["channel", "dedupe_key"])
    return Statement(unless_had.returning(TABLE.c.channel, TABLE.c.dedupe_key), _NEW)


_HANDLED = Statement(
    update(TABLE).where(TABLE.c.id == bindparam("row")).values(state="handled", handled_at=bindparam("now"), error="")
)


def accepted_after(
    session: Session, channel: str, last_id: int, limit: int, *, sender: str | None = None, until: int | None = None
) -> Sequence[Accepted]:
    """What waits to be handled of a channel beyond that id, in the order of acceptance; of one sender, up to an id."""
    query = select(*COLUMNS).where(TABLE.c.state == "accepted", TABLE.c.channel == channel, TABLE.c.id > last_id)
    if sender is not None:
        query = query.where(TABLE.c.sender == sender, TABLE.c.id <= until)
    return [
        Accepted(
            row.id,
            Received(row.channel, row.dedupe_key, row.sender, row.payload, row.received_at, row.facts),
            row.attempts,
            row.due_at,
            row.size,
        )
        for row in session.execute(query.order_by(TABLE.c.id).limit(limit))
    ]


def payload(session: Session, inbox_id: int) -> bytes:
    """The whole payload of a delivery."""
    return session.scalar(select(TABLE.c.payload).where(TABLE.c.id == inbox_id)) or b""


def mark_handled(session: Session, inbox_id: int, now: datetime) -> None:
    """The delivery's effects are in this transaction."""
    _HANDLED.run(session, {"row": inbox_id, "now": now})
    wake(session, "console")


def forget(session: Session, inbox_id: int) -> None:
    """Empty a delivery at once, as retention does in time: it held a code, or details that are sealed elsewhere."""
    session.execute(update(TABLE).where(TABLE.c.id == inbox_id).values(payload=b"", facts={}))


def mark_failed(session: Session, inbox_id: int, attempts: int, due_at: datetime | None, error: str) -> None:
    """Handling failed: try again at `due_at`, or never (`None`): then it is dead, and staff see it."""
    state = "accepted" if due_at else "dead"
    values = {"state": state, "attempts": attempts, "due_at": due_at, "error": error[:500]}
    session.execute(update(TABLE).where(TABLE.c.id == inbox_id).values(**values))
    wake(session, "console")


def waiting(session: Session) -> tuple[int, datetime | None]:
    """How many deliveries wait, and since when the oldest does."""
    row = session.execute(select(func.count(), func.min(TABLE.c.received_at)).where(TABLE.c.state == "accepted")).one()
    return row[0], row[1]
