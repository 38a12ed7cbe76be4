"""The outbox: enqueues replies inside the deciding transaction, and keeps what became of each.

At least once: a kill between the provider's yes and our record sends a row again, with the same key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from sqlalchemy import Select, Table, bindparam, false, func, insert, or_, select, update
from sqlalchemy.orm import Session

from bot.db import wake
from bot.errors import PermanentError
from bot.messages.masked import TOO_LATE, Secret
from bot.messages.models import FOLLOWED, Outbox
from bot.messages.parts import HELD, HELD_WORDS
from bot.statements import Statement
from channels.base import DeliveryReport, OutboundMessage, Sent

TABLE = cast("Table", Outbox.__table__)
KEY = "outbox-"
# A report moves a message forward only: callbacks come out of order and repeat.
RANK = {
    "": 0, "queued": 1, "sending": 2, "sent": 3, "delayed": 4, "unconfirmed": 5,
    "delivered": 9, "undelivered": 9, "failed": 9,
}  # fmt: skip
UNCONFIRMED_AFTER = timedelta(days=1)
"""A provider that says nothing of delivery for so long will say nothing more."""
MOST_UNCONFIRMED = 5_000
ENDED = frozenset(state for state, rank in RANK.items() if rank == RANK["delivered"])
"""States after which nothing more becomes of a message."""

# The statements of every message are built once: building one costs more than running it.
_FIELDS = tuple(field.name for field in fields(OutboundMessage) if field.name != "attachments")  # rows of their own
FILES = ("files", "first_file", "line_files")
"""Which files go with a message, in its payload."""
_COLUMNS = (
    "conversation_id", "message_id", "channel", "recipient", "payload", "rfc_message_id", "state", "attempts",
    "provider_id", "provider_state", "code", "error", "created_at", "secret", "secret_until", "part", "parts",
)  # fmt: skip
_NEW_ROW = Statement(insert(TABLE), _COLUMNS)
_SENT = (  # a secret goes from the row with the message
    update(TABLE)
    .where(TABLE.c.id == bindparam("row"))
    .values(
        sent_at=bindparam("now"),
        provider_id=bindparam("provider"),
        due_at=None,
        secret=None,
        attempts=TABLE.c.attempts + 1,
    )
)
_SENT_FIRST = {
    word: Statement(
        _SENT.where(
            or_(false(), *(TABLE.c.provider_state == known for known in RANK if RANK[known] < RANK[word]))
        ).values(state="delivered" if word == "delivered" else "sent", provider_state=word, error="")
    )
    for word in RANK
}
"""By the provider's first word on delivery, which counts where no report was faster."""
_SENT_BEHIND = Statement(_SENT)
_STILL_WAITING = select(TABLE.c.id).where(TABLE.c.id.in_(bindparam("rows", expanding=True)), TABLE.c.state == "waiting")


class Waiting(NamedTuple):
    """One message that waits to be delivered. `files` says how many of the line `message_id` go with it, from
    `first_file` on, counted from 0; nothing of it goes until `line_files` of the line may.
    """

    id: int
    conversation_id: int
    channel: str
    message: OutboundMessage
    attempts: int
    due_at: datetime | None
    created_at: datetime
    secret: Secret | None = None
    message_id: int = 0
    files: int = 0
    first_file: int = 0
    line_files: int = 0


def enqueue(
    session: Session, *, conversation_id: int, message_id: int, channel: str, message: OutboundMessage, now: datetime,
    secret: Secret | None = None, files: int = 0, first_file: int = 0, line_files: int = 0,
    part: tuple[int, int] = (1, 1),
) -> int:  # fmt: skip
    """Queue the message for delivery; its key becomes the row's own. `files` is how many of its line's go with
    it, from `first_file` on, once all `line_files` of its line may go (0: these alone); `part` is which it is of how
    many that are one message of ours. Returns the row's id.
    """
    row = {
        "conversation_id": conversation_id,
        "message_id": message_id,
        "channel": channel,
        "recipient": message.address,
        "payload": {name: getattr(message, name) for name in _FIELDS} | _files(files, first_file, line_files),
        "rfc_message_id": message.message_id,
        "state": "waiting",
        "attempts": 0,
        "provider_id": "",
        "provider_state": "",
        "code": "",
        "error": "",
        "created_at": now,
        "secret": secret.sealed if secret else None,
        "secret_until": secret.until if secret else None,
        "part": part[0],
        "parts": part[1],
    }
    row_id = _NEW_ROW.add(session, row)
    wake(session, "outbox")
    wake(session, f"outbox:{channel}")
    return row_id


def _files(files: int, first_file: int, line_files: int) -> dict[str, int]:
    """Which files go with a message, as its payload keeps it."""
    named = {"files": files, "first_file": first_file, "line_files": line_files}
    return {name: count for name, count in named.items() if count}


def _count(payload: dict[str, Any], name: str) -> int:
    return int(payload.get(name) or 0)


def waiting_after(
    session: Session,
    channel: str,
    last_id: int,
    limit: int,
    *,
    of: int | None = None,
    until: int | None = None,
    unasked: bool | None = None,
) -> Sequence[Waiting]:
    """What waits to be delivered on a channel beyond that id, in order; `of` one conversation only, `until` an id, and
    of that only what nobody awaits, or all else, where `unasked` says so.
    """
    query = select(
        TABLE.c.id, TABLE.c.conversation_id, TABLE.c.channel, TABLE.c.payload, TABLE.c.attempts, TABLE.c.due_at,
        TABLE.c.created_at, TABLE.c.secret, TABLE.c.secret_until, TABLE.c.message_id,
    ).where(TABLE.c.state == "waiting", TABLE.c.channel == channel, TABLE.c.id > last_id)  # fmt: skip
    if of is not None:
        query = query.where(TABLE.c.conversation_id == of, TABLE.c.id <= until)
    if unasked is not None:
        query = query.where(func.coalesce(TABLE.c.payload["unprompted"].as_boolean(), false()) == unasked)
    rows = session.execute(query.order_by(TABLE.c.id).limit(limit))
    return [
        Waiting(
            row.id, row.conversation_id, row.channel, _message(row.id, row.payload), row.attempts, row.due_at,
            row.created_at, Secret(row.secret, row.secret_until) if row.secret else None,
            row.message_id, *(_count(row.payload, name) for name in FILES),
        )
        for row in rows
    ]  # fmt: skip


def _message(row_id: int, payload: dict[str, Any]) -> OutboundMessage:
    fields = {**payload, "key": f"{KEY}{row_id}", "references": tuple(payload["references"])}
    for name in FILES:
        fields.pop(name, None)
    fields["citations"] = tuple(payload.get("citations", ()))
    return OutboundMessage(**fields)


def still_waiting(session: Session, row_ids: Sequence[int]) -> list[bool]:
    """Whether each of the rows is still to be sent: an opt-out may have cancelled it meanwhile."""
    waits = set(session.connection().scalars(_STILL_WAITING, {"rows": row_ids}))
    return [row_id in waits for row_id in row_ids]


def mark_sent(session: Session, row_id: int, sent: Sent, now: datetime) -> None:
    """The provider took it. Its first word on delivery counts like a report, and a report that was faster stays."""
    values = {"row": row_id, "now": now, "provider": sent.provider_id}
    if not _SENT_FIRST[sent.state].run(session, values).rowcount:
        _SENT_BEHIND.run(session, values)
    wake(session, "console")


def mark_retry(session: Session, row_id: int, due_at: datetime, error: str, code: str) -> None:
    """It could not go now; the reason is shown while it waits."""
    values = {"due_at": due_at, "error": error[:500], "code": code[:32], "attempts": TABLE.c.attempts + 1}
    session.execute(update(TABLE).where(TABLE.c.id == row_id, TABLE.c.state == "waiting").values(**values))
    wake(session, "console")


def mark_held(session: Session, row_id: int, due_at: datetime, reason: str) -> None:
    """It may not go before then, and the reason is shown; no try was made."""
    values = {"due_at": due_at, "error": reason[:500]}
    session.execute(update(TABLE).where(TABLE.c.id == row_id, TABLE.c.state == "waiting").values(**values))
    wake(session, "console")


def mark_failed(session: Session, row_id: int, error: str, code: str) -> None:
    """It will never go: a dead letter, which staff see."""
    values = {"state": "failed", "due_at": None, "error": error[:500], "code": code[:32], "secret": None}
    waits = (TABLE.c.id == row_id, TABLE.c.state == "waiting")  # a report may have known better meanwhile
    failed = update(TABLE).where(*waits).values(**values, attempts=TABLE.c.attempts + 1)
    done = session.execute(failed.returning(TABLE.c.message_id, TABLE.c.parts)).one_or_none()
    if done is not None and done.parts > 1:
        _hold_the_rest(session, row_id, done.message_id)
    wake(session, "console")


def _hold_the_rest(session: Session, row_id: int, message_id: int) -> None:
    """The parts after one that did not go wait for staff: half a message misleads."""
    rest = (TABLE.c.message_id == message_id, TABLE.c.id > row_id, TABLE.c.parts > 1, TABLE.c.state == "waiting")
    held = {"state": "cancelled", "error": HELD_WORDS, "code": HELD, "due_at": None, "secret": None}
    session.execute(update(TABLE).where(*rest).values(**held))


def retry(session: Session, row_id: int, now: datetime) -> bool:
    """Staff ask for another try of a failed message; False where it is not failed.

    Written as a new row, since a row's id is its place in the order of delivery.

    Raises:
        PermanentError: it held a secret, which is erased.
    """
    row = session.execute(select(TABLE).where(TABLE.c.id == row_id, TABLE.c.state == "failed")).one_or_none()
    if row is None:
        return False
    left = [row] if row.parts == 1 else _not_gone(session, row.message_id)
    if any(each.secret_until is not None for each in left):
        raise PermanentError(TOO_LATE)
    again = TABLE.c.id.in_([each.id for each in left])
    session.execute(update(TABLE).where(again).values(state="cancelled", code="", error="sent again by staff"))
    for each in left:
        enqueue(
            session, conversation_id=each.conversation_id, message_id=each.message_id, channel=each.channel,
            message=_message(each.id, each.payload), now=now, part=(each.part, each.parts),
            files=_count(each.payload, "files"), first_file=_count(each.payload, "first_file"),
            line_files=_count(each.payload, "line_files"),
        )  # fmt: skip
    return True


def _not_gone(session: Session, message_id: int) -> Sequence[Any]:
    """The parts of a message that did not go: those that failed, and those that were held for them. Others are theirs
    already, and don't go twice.
    """
    held = (TABLE.c.state == "cancelled") & (TABLE.c.code == HELD)
    query = select(TABLE).where(TABLE.c.message_id == message_id, (TABLE.c.state == "failed") | held)
    return session.execute(query.order_by(TABLE.c.part)).all()


def cancel(session: Session, channel: str, recipient: str, reason: str) -> int:
    """Cancel what waits for an address (it opted out); returns how many."""
    done = session.execute(
        update(TABLE)
        .where(TABLE.c.state == "waiting", TABLE.c.channel == channel, TABLE.c.recipient == recipient)
        .values(state="cancelled", error=reason, secret=None)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result is a CursorResult


def cancel_one(session: Session, row_id: int, reason: str) -> None:
    """Cancel one message that waits, for a reason that staff read."""
    one = update(TABLE).where(TABLE.c.id == row_id, TABLE.c.state == "waiting")
    session.execute(one.values(state="cancelled", error=reason, secret=None, due_at=None))
    wake(session, "console")


def cancel_of(session: Session, conversations: Select[Any], reason: str) -> None:
    """Cancel what waits in these conversations, to whatever address: who called is written to by text."""
    session.execute(
        update(TABLE)
        .where(TABLE.c.state == "waiting", TABLE.c.conversation_id.in_(conversations))
        .values(state="cancelled", error=reason, secret=None)
    )


def find_reported(session: Session, channel: str, report: DeliveryReport, conversation: str = "") -> Outbox | None:
    """The outgoing message that a report speaks of.

    `conversation` is the proved key of the reply address that the report came to: where the report names no message,
    the newest one of that conversation is meant.
    """
    query = select(Outbox).where(Outbox.channel == channel).limit(1)
    if report.provider_id:
        found = session.scalars(query.where(Outbox.provider_id == report.provider_id)).first()
        if found is not None:
            return found
    key = report.message_id.removeprefix(KEY)
    if report.provider_id and key != report.message_id and key.isdecimal():
        # A callback may overtake our own record of the sending; our key in it finds the row all the same. A bounce has
        # no provider's id, and anybody can write one: a key that counts from 1 proves nothing there.
        return session.scalars(query.where(Outbox.id == int(key[:18]))).first()
    if report.message_id:
        found = session.scalars(query.where(Outbox.rfc_message_id == report.message_id)).first()
        if found is not None:
            return found
    if conversation.isdecimal():
        of_it = query.where(Outbox.conversation_id == int(conversation[:18]))
        return session.scalars(of_it.order_by(Outbox.id.desc())).first()
    return None


def apply_report(session: Session, row: Outbox, report: DeliveryReport) -> bool:
    """Move the message forward by the report; False where the report is old news."""
    if RANK[report.state] <= RANK[row.provider_state]:
        return False
    row.provider_state = report.state
    if row.state == "waiting":
        # The report overtook the answer, or the answer was lost: the provider has it, so it must not go again.
        row.state, row.provider_id, row.due_at, row.secret = "sent", report.provider_id, None, None
    if report.code:
        row.code = report.code[:32]
    if report.state == "delivered":
        row.state = "delivered"
    elif report.state in ("undelivered", "failed"):
        row.state = "failed"
        row.error = report.text[:500]
    wake(session, "console")
    return True


def unconfirmed(session: Session, now: datetime) -> int:
    """Mark what the provider took a day ago and has said nothing final of; returns how many. A later report counts."""
    old = select(TABLE.c.id).where(FOLLOWED, TABLE.c.sent_at < now - UNCONFIRMED_AFTER).limit(MOST_UNCONFIRMED)
    ids = session.scalars(old).all()
    if ids:
        session.execute(update(TABLE).where(TABLE.c.id.in_(ids)).values(provider_state="unconfirmed"))
        wake(session, "console")
    return len(ids)


def nth_last(session: Session, channel: str, count: int, since: datetime) -> datetime | None:
    """When that many messages ago one was queued on a channel, None where it is not since then."""
    query = select(TABLE.c.created_at).where(TABLE.c.channel == channel, TABLE.c.created_at > since)
    return session.scalar(query.order_by(TABLE.c.created_at.desc()).offset(count - 1).limit(1))


def waiting(session: Session) -> tuple[int, datetime | None]:
    """How many messages wait, and since when the oldest does."""
    row = session.execute(select(func.count(), func.min(TABLE.c.created_at)).where(TABLE.c.state == "waiting")).one()
    return row[0], row[1]
