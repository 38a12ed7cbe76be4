"""From the desk's tables to what the API answers with. Pure but for the session that some rows are read from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy.orm import Session

from bot.api import answers, queries
from bot.api.bodies import MOVES
from bot.audit.models import AuditEntry
from bot.console import conversation_queries, evidence
from bot.console.auth import Role
from bot.console.queue_rows import Row, rows_of
from bot.conversations.models import Message
from bot.errors import NotFound
from bot.tickets.models import Ticket
from bot.tickets.states import State, possible

_AS_STORED = (
    "id", "seq", "direction", "author", "text", "quoted", "subject", "intent", "outcome", "confidence", "helpful",
    "state",
)  # fmt: skip


def person(ident: int | None, people: Mapping[int, str]) -> answers.Person | None:
    """One of the staff, None for nobody."""
    return answers.Person(id=ident, name=people.get(ident, "")) if ident else None


def ticket(row: Ticket, people: Mapping[int, str]) -> answers.Ticket:
    """A ticket as lists show it."""
    return answers.Ticket(
        reference=row.reference,
        kind=row.kind,
        state=cast("State", row.state),
        certainty=row.certainty,
        conversation_id=row.conversation_id,
        assignee=person(row.assignee_id, people),
        summary=row.summary,
        received_at=row.received_at,
        due_on=row.due_on,
        updated_at=row.updated_at,
        closed_at=row.closed_at,
    )


def ticket_in_full(session: Session, row: Ticket, role: Role) -> answers.TicketInFull:
    """A ticket with its clock and what may be done next."""
    brief = ticket(row, queries.names(session, {row.assignee_id}))
    return answers.TicketInFull(
        **dict(brief),
        regime=row.regime,
        calendar=row.calendar,
        timezone=row.timezone,
        due_at=row.due_at,
        trace=row.trace,
        events=[answers.Counted(type=each.type, at=each.at) for each in queries.events(session, row.id)],
        possible=[each for each in possible(row.state, row.kind, role) if each in MOVES],
    )


def conversation(row: Row) -> answers.Conversation:
    """A conversation as the queue finds it."""
    held = row.conversation
    return answers.Conversation(
        id=held.id,
        channel=held.channel,
        address=held.address,
        name=held.name,
        subject=held.subject,
        site=held.site,
        state="closed" if held.state == "closed" else "open",
        owner="human" if held.owner == "human" else "bot",
        assignee=person(held.assignee_id, {held.assignee_id or 0: row.assignee}),
        handover_reason=held.handover_reason,
        last_intent=held.last_intent,
        last_text=held.last_text,
        last_seq=held.last_seq,
        undelivered=row.undelivered,
        ticket=row.ticket.reference if row.ticket else None,
        created_at=held.created_at,
        last_at=held.last_at,
    )


def conversation_now(session: Session, ident: int) -> answers.Conversation:
    """A conversation as it stands in this session. The caller knows that it is there."""
    session.flush()
    return conversation(rows_of(session, [ident])[0])


def line(found: conversation_queries.Line, address: str) -> answers.Line:
    """A line with its deliveries, files and evidence; `address` is the customer's."""
    message = found.message
    return answers.Line.model_validate(
        {
            **{name: getattr(message, name) for name in _AS_STORED},
            "clauses": [str(each.get("id", "")) for each in message.citations],
            "at": message.created_at,
            "staff": person(message.staff_id, {message.staff_id or 0: found.author}),
            "deliveries": [_delivery(row) for row in found.deliveries],
            "files": [
                answers.File(id=row.id, name=row.name, content_type=row.content_type, size=row.size)
                for row in found.files
            ],
            "evidence": message.evidence,
            "warnings": evidence.read(message.evidence, address).warnings,
        }
    )


def _delivery(row: Any) -> answers.Delivery:
    state = row.provider_state or row.state
    return answers.Delivery(state=state, error=row.error, attempts=row.attempts, sent_at=row.sent_at)


def one_line(session: Session, message_id: int) -> answers.Line:
    """The line of that id, without its files.

    Raises:
        NotFound: it is there no more.
    """
    message = session.get(Message, message_id)
    if message is None:
        raise NotFound("that line was removed meanwhile: look at the conversation again")
    author = queries.names(session, {message.staff_id}).get(message.staff_id or 0, "")
    # Only lines of staff are shown alone, and nobody has sent those to us.
    return line(conversation_queries.Line(message, author, queries.deliveries(session, message_id), ()), "")


def transcript(session: Session, ident: int, before: int) -> answers.Transcript:
    """A conversation with a page of its lines.

    Raises:
        NotFound: there is none of that number.
    """
    opened = conversation_queries.load(session, ident, before)
    return answers.Transcript(
        conversation=conversation_now(session, ident),
        opted_out=opened.opted_out,
        tickets=[each.reference for each in opened.tickets],
        lines=[line(each, opened.conversation.address) for each in opened.lines],
        earlier=opened.earlier or None,
    )


def entry(row: AuditEntry) -> answers.Entry:
    """An entry of the audit. Its data, written canonically again, is what was hashed."""
    return answers.Entry(
        seq=row.seq,
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        data=json.loads(row.data),
        previous=row.previous,
        hash=row.hash,
    )
