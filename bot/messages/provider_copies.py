"""What a provider keeps: words of messages, noted as they are handled or have arrived, and files and
recorded calls of erased persons.

Each is emptied or deleted one by one, and counted.

All run inside somebody else's transaction and never commit. `bot.workers.emptying` asks the providers.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from sqlalchemy import Select, Table, literal, select, tuple_, update
from sqlalchemy.orm import Session

from bot import dialects
from bot.messages.models import Outbox, ProviderCopy

TABLE = cast("Table", ProviderCopy.__table__)
UNREPORTED = timedelta(days=1)
"""After how long a message counts as arrived of which the provider reported no end."""
LOOKED_BACK = timedelta(days=3)


Able = AbstractSet[tuple[str, str]]
"""(channel, what) of which a provider can be asked now."""


class Copy(NamedTuple):
    """A message at a provider whose words are to go, a file there, or a call that may be
    recorded there (`what`: words | file | call).
    """

    id: int
    channel: str
    provider_id: str
    account: str
    sender: str
    attempts: int
    what: str = "words"


def to_empty(
    session: Session, channel: str, provider_id: str, *, account: str, sender: str, now: datetime, what: str = "words"
) -> None:
    """Note a message whose words the provider is to forget, a file by its address there, or a call;
    noted once, whatever comes again.
    """
    row = {
        "channel": channel, "provider_id": provider_id[:200], "account": account[:64], "sender": sender[:320],
        "what": what, "state": "waiting", "attempts": 0, "due_at": now, "proof": "", "error": "", "created_at": now,
    }  # fmt: skip
    new = dialects.insert(session.get_bind().dialect.name, TABLE).values(row)
    session.execute(new.on_conflict_do_nothing(index_elements=["channel", "provider_id"]))


def of_sent(session: Session, row: Outbox, now: datetime) -> None:
    """A message of ours that has come to its end."""
    if row.provider_id:
        said: dict[str, Any] = row.payload
        account, sender = str(said.get("account", "")), str(said.get("sender", ""))
        to_empty(session, row.channel, row.provider_id, account=account, sender=sender, now=now)


def unreported(session: Session, channel: str, now: datetime) -> int:
    """Note what was sent a day ago and of which no end was reported; returns how many."""
    noted = select(literal(1)).where(
        ProviderCopy.channel == Outbox.channel, ProviderCopy.provider_id == Outbox.provider_id
    )
    query = select(Outbox).where(
        Outbox.state == "sent", Outbox.channel == channel, Outbox.sent_at > now - LOOKED_BACK,
        Outbox.sent_at <= now - UNREPORTED, Outbox.provider_id != "", ~noted.exists(),
    )  # fmt: skip
    rows = session.scalars(query.limit(500)).all()
    for row in rows:
        of_sent(session, row, now)
    return len(rows)


def before_erasure(session: Session, outbox_ids: Sequence[int], now: datetime) -> None:
    """Note of these messages what their provider is still to forget: their rows are about to lose its name for them.

    Only on channels whose provider is to forget words at all, which what was noted before tells.
    """
    theirs = select(literal(1)).where(ProviderCopy.channel == Outbox.channel, ProviderCopy.what == "words")
    query = select(Outbox).where(Outbox.id.in_(outbox_ids), Outbox.provider_id != "", theirs.exists())
    for row in session.scalars(query):
        of_sent(session, row, now)


def due(session: Session, now: datetime, limit: int, able: Able) -> list[Copy]:
    """What is to be emptied now, oldest first, of what can be: (channel, what)."""
    row = ProviderCopy
    query = select(row.id, row.channel, row.provider_id, row.account, row.sender, row.attempts, row.what)
    query = query.where(row.state == "waiting", row.due_at <= now).order_by(row.id)
    query = query.where(tuple_(row.channel, row.what).in_(sorted(able)))
    return [Copy(*each) for each in session.execute(query.limit(limit))]


def emptied(session: Session, copy_id: int, proof: str, now: datetime) -> None:
    """The provider said that the words are gone."""
    _change(session, copy_id, state="empty", proof=proof[:300], error="", done_at=now)


def failed(session: Session, copy_id: int, error: str, now: datetime) -> None:
    """It will never be done; `error` says why."""
    _change(session, copy_id, state="failed", error=error[:300], done_at=now)


def later(session: Session, copy_id: int, due_at: datetime, error: str) -> None:
    """It could not be done now."""
    _change(session, copy_id, due_at=due_at, error=error[:300], attempts=ProviderCopy.attempts + 1)


def _change(session: Session, copy_id: int, **values: object) -> None:
    theirs = update(TABLE).where(TABLE.c.id == copy_id, TABLE.c.state == "waiting")
    session.execute(theirs.values(**values))


def old(before: datetime) -> Select[int, int]:
    """Rows that were done before that moment, for retention."""
    return select(ProviderCopy.id, literal(0)).where(ProviderCopy.done_at < before).order_by(ProviderCopy.id)
