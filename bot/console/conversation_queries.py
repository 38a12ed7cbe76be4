"""What the page of one conversation shows: its lines with their deliveries and files, tickets, person and history.

Read only; long conversations come a page at a time, the newest lines first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from bot.audit.models import AuditEntry
from bot.console.models import Staff
from bot.contacts import holds, linking
from bot.contacts.models import Contact, ContactAddress
from bot.conversations import moving
from bot.conversations.models import Continuation, Conversation, Message
from bot.errors import NotFound
from bot.files import service as files
from bot.files.models import AttachmentFile
from bot.messages.models import Inbox, Outbox
from bot.messages.parts import together
from bot.tickets.models import Ticket, TicketEvent

LINES = 100
HISTORY = 60
LOOKS = ("conversation.read", "ticket.read", "item.read", "item.downloaded", "package.previewed")
OTHERS = 20
COLLEAGUES = 500


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the transcript with all that belongs to it."""

    message: Message
    author: str
    deliveries: Sequence[Any]
    files: Sequence[Any]


class Happened(NamedTuple):
    """One entry of the history: who did what to which thing, and the facts that were kept."""

    at: datetime
    actor: str
    action: str
    subject: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Open:
    """All that the page of a conversation shows. `earlier` is the message id to go on from, 0 at the beginning."""

    conversation: Conversation
    assignee: str
    lines: Sequence[Line]
    earlier: int
    tickets: Sequence[Ticket]
    events: Mapping[int, Sequence[TicketEvent]]
    contact: Contact
    addresses: Sequence[ContactAddress]
    others: Sequence[Conversation]
    history: Sequence[Happened]
    colleagues: Mapping[int, str]
    names: Mapping[int, str]
    held: bool = False
    elsewhere: Sequence[ContactAddress] = ()
    goes_on: Continuation | None = None

    @property
    def page(self) -> str:
        """Whose page the visitor of a chat wrote from last, as its host; "" where no line that is shown tells."""
        pages = (line.message.evidence.get("page", "") for line in reversed(self.lines))
        return next(filter(None, pages), "").partition("://")[2]

    @property
    def opted_out(self) -> bool:
        """Whether this address asked for no more messages."""
        return any(a.opted_out_at and a.value == self.conversation.address for a in self.addresses)


def load(session: Session, conversation_id: int, before: int = 0, now: datetime | None = None) -> Open:
    """The conversation; with `before`, the lines older than that message; with `now`, where it may go on at once.

    Raises:
        NotFound: there is none of that number.
    """
    conversation = session.get(Conversation, conversation_id)
    if conversation is None:
        raise NotFound("there is no such conversation: look for it in All, or search")
    everybody = staff(session)
    names = {row.id: row.name or row.email for row in everybody}
    messages = _messages(session, conversation_id, before)
    lines = _lines(session, messages[:LINES], names)
    tickets = session.scalars(
        select(Ticket).where(Ticket.conversation_id == conversation_id).order_by(Ticket.id.desc()).limit(OTHERS)
    ).all()
    return Open(
        conversation=conversation,
        assignee=names.get(conversation.assignee_id or 0, ""),
        lines=lines,
        earlier=lines[0].message.id if lines and len(messages) > LINES else 0,
        tickets=sorted(tickets, key=lambda ticket: (ticket.ended, -ticket.id)),
        events=_events(session, [ticket.id for ticket in tickets]),
        contact=session.get_one(Contact, conversation.contact_id),
        addresses=_addresses(session, conversation.contact_id),
        others=_others(session, conversation),
        history=_history(session, conversation_id, [ticket.reference for ticket in tickets]),
        colleagues={row.id: names[row.id] for row in everybody if row.active},
        names=names,
        elsewhere=moving.choices(session, conversation, now) if now else (),
        goes_on=moving.goes_on_in(session, conversation_id),
        held=bool(holds.in_force(session, [conversation.contact_id])),
    )


def staff(session: Session) -> Sequence[Any]:
    """Everybody who works or worked here: active ones can be chosen, all can be named."""
    query = select(Staff.id, Staff.name, Staff.email, Staff.active)
    return session.execute(query.order_by(Staff.active.desc(), Staff.name, Staff.email).limit(COLLEAGUES)).all()


def _messages(session: Session, conversation_id: int, before: int) -> Sequence[Message]:
    query = select(Message).where(Message.conversation_id == conversation_id)
    if before:
        query = query.where(Message.id < before)
    return session.scalars(query.order_by(Message.id.desc()).limit(LINES + 1)).all()


def _lines(session: Session, newest_first: Sequence[Message], names: Mapping[int, str]) -> list[Line]:
    ids = [message.id for message in newest_first]
    deliveries = _grouped(session, ids, Outbox.message_id, select(
        Outbox.id, Outbox.message_id, Outbox.state, Outbox.provider_state, Outbox.error, Outbox.code, Outbox.attempts,
        Outbox.due_at, Outbox.sent_at, Outbox.recipient, Outbox.part, Outbox.parts,
    ))  # fmt: skip
    files = _grouped(session, ids, AttachmentFile.message_id, select(
        AttachmentFile.id, AttachmentFile.message_id, AttachmentFile.name, AttachmentFile.content_type,
        AttachmentFile.size, AttachmentFile.state, AttachmentFile.problem,
    ))  # fmt: skip
    return [
        Line(
            message,
            names.get(message.staff_id or 0, ""),
            together(deliveries.get(message.id, ())),
            files.get(message.id, ()),
        )
        for message in reversed(newest_first)
    ]


def _grouped(session: Session, ids: Sequence[int], column: Any, query: Any) -> dict[int, list[Any]]:
    groups: dict[int, list[Any]] = {}
    if ids:
        for row in session.execute(query.where(column.in_(ids)).limit(LINES * 20)):
            groups.setdefault(row.message_id, []).append(row)
    return groups


def _events(session: Session, ticket_ids: Sequence[int]) -> dict[int, list[TicketEvent]]:
    groups: dict[int, list[TicketEvent]] = {}
    if ticket_ids:
        query = select(TicketEvent).where(TicketEvent.ticket_id.in_(ticket_ids)).order_by(TicketEvent.id).limit(200)
        for event in session.scalars(query):
            groups.setdefault(event.ticket_id, []).append(event)
    return groups


def _addresses(session: Session, contact_id: int) -> Sequence[ContactAddress]:
    person = linking.one_person(session, contact_id)
    query = select(ContactAddress).where(ContactAddress.contact_id.in_(person)).order_by(ContactAddress.id)
    return session.scalars(query.limit(OTHERS)).all()


def _others(session: Session, conversation: Conversation) -> Sequence[Conversation]:
    query = select(Conversation).where(
        Conversation.contact_id.in_(linking.one_person(session, conversation.contact_id)),
        Conversation.id != conversation.id,
    )
    return session.scalars(query.order_by(Conversation.last_at.desc()).limit(OTHERS)).all()


def _history(session: Session, conversation_id: int, references: Sequence[str]) -> list[Happened]:
    subjects = [f"conversation:{conversation_id}", *(f"ticket:{reference}" for reference in references)]
    # Looks are kept for the auditor; among the deeds they would only hide them.
    deeds = and_(AuditEntry.subject.in_(subjects), AuditEntry.action.not_in(LOOKS))
    query = select(AuditEntry).where(deeds).order_by(AuditEntry.seq.desc()).limit(HISTORY)
    return [
        Happened(datetime.fromisoformat(row.at), row.actor, row.action, row.subject, json.loads(row.data))
        for row in session.scalars(query)
    ]


class Download(NamedTuple):
    """Bytes to hand out, with the conversation that they belong to (0 where none is known)."""

    name: str
    content_type: str
    content: bytes
    conversation_id: int


def attachment(session: Session, attachment_id: int) -> Download:
    """A file that came with a message, or goes with one.

    Raises:
        NotFound: there is none of that number, or it is not kept.
        NotScanned: it is not scanned or fetched yet.
    """
    row = session.execute(
        select(AttachmentFile, Message.conversation_id)
        .join(Message, Message.id == AttachmentFile.message_id)
        .where(AttachmentFile.id == attachment_id)
    ).first()
    if row is None:
        raise NotFound("there is no such file: go back to the conversation")
    file, conversation_id = row
    files.opened(file)
    return Download(file.name, file.content_type, file.content, conversation_id)


def raw(session: Session, inbox_id: int) -> Download:
    """A delivery exactly as it came in.

    Raises:
        NotFound: there is none of that number.
    """
    row = session.get(Inbox, inbox_id)
    if row is None or not row.payload:
        raise NotFound("there is no such delivery, or its time is over: go back to the conversation")
    conversation_id = session.scalar(select(Message.conversation_id).where(Message.inbox_id == inbox_id).limit(1))
    ending = {"mail": "eml", "sms": "txt", "webchat": "json"}.get(row.channel, "bin")
    return Download(f"message-{inbox_id}.{ending}", "application/octet-stream", row.payload, conversation_id or 0)
