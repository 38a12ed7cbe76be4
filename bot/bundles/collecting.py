"""What belongs to one request, read for its evidence bundle: ticket, clock, lines, deliveries, files, audit.

Read in one reader's session. Columns are taken as they are stored, so that a bundle leaves nothing out that a later
version of a table adds; what is sealed is named by its digest only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from bot.audit.chain import Row
from bot.audit.models import AuditEntry
from bot.contacts.models import Contact, ContactAddress
from bot.conversations.models import Continuation, Conversation, Message
from bot.db import Base
from bot.errors import NotFound, PermanentError
from bot.files.models import AttachmentFile
from bot.messages.models import Inbox, Outbox
from bot.tickets.models import Ticket, TicketEvent

MOST_LINES = 20_000
MOST_FILE_BYTES = 200_000_000
"""Of customers' files in one bundle; what is beyond is named with its digest and left out."""
BY_TICKET = "ticket_id"


class File(NamedTuple):
    """A file of a message. `content` is None where the bundle has no room for it, or where it may not be opened: then
    `state` and `problem` say why (see bot/files/models.py).
    """

    id: int
    message_id: int
    name: str
    digest: str
    content: bytes | None
    state: str = "kept"
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Everything about one request. Rows are mappings of column names to JSON values; `kept_rows` are those of every
    other table that names the ticket (searches, packages, proofs, reminders …), by table.
    """

    reference: str
    conversation_id: int
    ticket: Mapping[str, Any]
    events: Sequence[Mapping[str, Any]]
    conversation: Mapping[str, Any]
    person: Mapping[str, Any]
    addresses: Sequence[Mapping[str, Any]]
    lines: Sequence[Mapping[str, Any]]
    arrivals: Sequence[Mapping[str, Any]]
    deliveries: Sequence[Mapping[str, Any]]
    files: Sequence[File]
    kept_rows: Mapping[str, Sequence[Mapping[str, Any]]]
    entries: Sequence[Row]


def collect(session: Session, reference: str) -> Found:
    """Read it all.

    Raises:
        NotFound: there is no such request.
        PermanentError: the conversation is too long for a bundle.
    """
    ticket = session.scalar(select(Ticket).where(Ticket.reference == reference))
    if ticket is None:
        raise NotFound(f"there is no request {reference}: check the reference")
    conversation = session.get_one(Conversation, ticket.conversation_id)
    talks = _with_earlier(session, ticket)
    lines = session.scalars(
        select(Message).where(Message.conversation_id.in_(talks)).order_by(Message.id).limit(MOST_LINES + 1)
    ).all()
    if len(lines) > MOST_LINES:
        raise PermanentError(f"the conversation has more than {MOST_LINES} lines: no bundle is made of it")
    ids = [line.id for line in lines]
    deliveries = session.scalars(select(Outbox).where(Outbox.conversation_id.in_(talks)).order_by(Outbox.id))
    sent = deliveries.all()
    addresses = session.scalars(select(ContactAddress).where(ContactAddress.contact_id == ticket.contact_id)).all()
    kept_rows = _naming(session, ticket.id)
    subjects = [
        f"ticket:{reference}", *(f"conversation:{each}" for each in talks), f"contact:{ticket.contact_id}",
        *(f"outbox:{row.id}" for row in sent),
        *(f"{table}:{row['id']}" for table, rows in kept_rows.items() for row in rows if "id" in row),
    ]  # fmt: skip
    return Found(
        reference=reference,
        conversation_id=conversation.id,
        ticket=plain(ticket),
        events=[plain(row) for row in _rows(session, TicketEvent, TicketEvent.ticket_id == ticket.id)],
        conversation=plain(conversation),
        person=plain(session.get_one(Contact, ticket.contact_id)),
        addresses=[plain(row) for row in addresses],
        lines=[plain(row) for row in lines],
        arrivals=_arrivals(session, [line.inbox_id for line in lines if line.inbox_id]),
        deliveries=[plain(row) for row in sent],
        files=_files(session, ids),
        kept_rows=kept_rows,
        entries=_entries(session, subjects),
    )


def plain(row: Base) -> dict[str, Any]:
    """A row as JSON values: moments in ISO 8601, bytes as their SHA-256 and length."""
    return {column.key: _value(getattr(row, column.key)) for column in inspect(type(row)).column_attrs}


def _value(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"sha256": hashlib.sha256(value).hexdigest(), "bytes": len(value)} if value else None
    return value.isoformat() if isinstance(value, date | datetime) else value


def _rows(session: Session, table: Any, condition: Any) -> Sequence[Any]:
    return session.scalars(select(table).where(condition).order_by(table.id)).all()


def _naming(session: Session, ticket_id: int) -> dict[str, list[dict[str, Any]]]:
    """The rows of every other table with a column `ticket_id`. Hashes of codes and tokens are keyed or of random
    tokens: they say that something was sent, and open nothing.
    """
    found = {}
    for mapper in sorted(Base.registry.mappers, key=lambda each: each.class_.__tablename__):
        table = mapper.class_
        if table is TicketEvent or BY_TICKET not in mapper.column_attrs:
            continue
        rows = session.scalars(select(table).where(getattr(table, BY_TICKET) == ticket_id).limit(MOST_LINES))
        if listed := [plain(row) for row in rows]:
            found[table.__tablename__] = listed
    return found


def _arrivals(session: Session, ids: Sequence[int]) -> list[dict[str, Any]]:
    """How each of the customer's messages came in: when, by which channel, and the digest of what was sent."""
    found = []
    for start in range(0, len(ids), 500):
        rows = session.scalars(select(Inbox).where(Inbox.id.in_(ids[start : start + 500])).order_by(Inbox.id))
        found += [plain(row) for row in rows]
    return found


def _files(session: Session, message_ids: Sequence[int]) -> list[File]:
    found, room = [], MOST_FILE_BYTES
    for start in range(0, len(message_ids), 500):
        query = select(AttachmentFile.id).where(AttachmentFile.message_id.in_(message_ids[start : start + 500]))
        for ident in session.scalars(query.order_by(AttachmentFile.id)):
            row = session.get_one(AttachmentFile, ident)
            fits = row.size <= room and row.state == "kept"
            room -= row.size if fits else 0
            found.append(
                File(
                    row.id, row.message_id, row.name, row.digest, row.content if fits else None, row.state, row.problem
                )
            )
            session.expunge(row)
    return found


def _entries(session: Session, subjects: Sequence[str]) -> list[Row]:
    found: dict[int, Row] = {}
    names = dict.fromkeys(subjects)
    listed = list(names)
    for start in range(0, len(listed), 500):
        query = select(AuditEntry).where(AuditEntry.subject.in_(listed[start : start + 500]))
        for entry in session.scalars(query):
            found[entry.seq] = Row(*(getattr(entry, name) for name in Row._fields))
    return [found[seq] for seq in sorted(found)]


def _with_earlier(session: Session, ticket: Ticket) -> Sequence[int]:
    """The request's conversation, and those from which it went on there."""
    query = select(Continuation.conversation_id, Continuation.to_id, Continuation.tickets).where(
        Continuation.how == "moved", Continuation.to_id == ticket.conversation_id
    )
    came = {here for here, _there, along in session.execute(query) if ticket.id in along}
    return sorted({ticket.conversation_id, *came})
