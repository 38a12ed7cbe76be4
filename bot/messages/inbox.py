"""The inbox accepts: what a channel received is durably stored before its provider hears 200 or 250."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, cast

from sqlalchemy import Insert, Table, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.db import Database, wake
from bot.errors import TemporaryError
from bot.messages.models import Inbox
from bot.metrics import Metrics
from channels.base import Received
from channels.errors import Temporary

TABLE = cast("Table", Inbox.__table__)
LONGEST_KEY = 200
COLUMNS = (
    TABLE.c.id, TABLE.c.channel, TABLE.c.dedupe_key, TABLE.c.sender, TABLE.c.payload, TABLE.c.facts,
    TABLE.c.received_at, TABLE.c.attempts, TABLE.c.due_at,
)  # fmt: skip


class Accepted(NamedTuple):
    """One stored delivery that waits to be handled."""

    id: int
    received: Received
    attempts: int
    due_at: datetime | None


def accepter(database: Database, metrics: Metrics) -> Callable[[Received], Any]:
    """The `accept` that channels are given: True when new, False when had before; raises the channels' Temporary."""

    async def accept(received: Received) -> bool:
        try:
            new = await database.write(lambda session: store(session, received))
        except TemporaryError as error:
            metrics.rejected.labels(received.channel, "unavailable").inc()
            raise Temporary(str(error), retry_after=5) from error
        (metrics.accepted if new else metrics.duplicates).labels(received.channel).inc()
        return new

    return accept


def store(session: Session, received: Received) -> bool:
    """Insert the delivery, unique on (channel, dedupe key), by one atomic statement."""
    key = received.dedupe_key
    if len(key) > LONGEST_KEY:
        key = "sha256:" + hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
    row = {
        "channel": received.channel,
        "dedupe_key": key,
        "sender": received.sender[:320],
        "payload": received.payload,
        "facts": dict(received.facts),
        "received_at": received.received_at,
    }
    done = session.execute(_new_row(session.get_bind().dialect.name), row)
    new = bool(done.rowcount)  # type: ignore[attr-defined]  # an INSERT's result is a CursorResult
    if new:
        wake(session, "inbox")
    return new


@cache
def _new_row(dialect: str) -> Insert:
    """The insert of a row unless there is one of its key. Built once: building costs more than running it."""
    columns = ("channel", "dedupe_key", "sender", "payload", "facts", "received_at")
    values = {name: bindparam(name, type_=TABLE.c[name].type) for name in columns}
    insert = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(TABLE)
    return insert.values(**values, state="accepted", attempts=0, error="").on_conflict_do_nothing(
        index_elements=["channel", "dedupe_key"]
    )


_HANDLED = (
    update(TABLE).where(TABLE.c.id == bindparam("row")).values(state="handled", handled_at=bindparam("now"), error="")
)


def accepted_after(session: Session, last_id: int, limit: int) -> Sequence[Accepted]:
    """What waits to be handled beyond that id, in the order of acceptance."""
    rows = session.execute(
        select(*COLUMNS).where(TABLE.c.state == "accepted", TABLE.c.id > last_id).order_by(TABLE.c.id).limit(limit)
    )
    return [
        Accepted(
            row.id,
            Received(row.channel, row.dedupe_key, row.sender, row.payload, row.received_at, row.facts),
            row.attempts,
            row.due_at,
        )
        for row in rows
    ]


def mark_handled(session: Session, inbox_id: int, now: datetime) -> None:
    """The delivery's effects are in this transaction."""
    session.execute(_HANDLED, {"row": inbox_id, "now": now})
    wake(session, "console")


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
