"""Rows of the queue, filled in for the few conversations that one page shows. Read only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from bot.console.models import Staff
from bot.conversations.models import Conversation
from bot.messages.models import Outbox
from bot.tickets.models import Ticket
from bot.tickets.vocabulary import LIVE

NEVER = date(9999, 12, 31)
"""The place in order of a ticket without a date: after all others."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the queue, filled in. `ticket` is the most urgent open one, or the one that the view is about."""

    conversation: Conversation
    ticket: Ticket | None
    assignee: str
    undelivered: bool


def rows_of(session: Session, conversation_ids: Sequence[int]) -> list[Row]:
    """Rows for some conversations, in the given order."""
    pairs = [_Found(conversation_id, None) for conversation_id in conversation_ids]
    return filled(session, pairs)


class _Found(NamedTuple):
    conversation_id: int
    ticket_id: int | None


def filled(session: Session, found: Sequence[Any]) -> list[Row]:
    """Rows for what a view found as (conversation_id, ticket_id), in the given order."""
    ids = {pair.conversation_id for pair in found}
    if not ids:
        return []
    query = select(Conversation, Staff.name, Staff.email).outerjoin(Staff, Staff.id == Conversation.assignee_id)
    conversations = {row[0].id: row for row in session.execute(query.where(Conversation.id.in_(ids)))}
    # `coalesce` keeps the planner off the index on the state: it would read every live ticket for these few.
    urgent = select(Ticket).where(Ticket.conversation_id.in_(ids), func.coalesce(Ticket.state, "").in_(LIVE))
    tickets: dict[int | None, Ticket] = {}
    first: dict[int, Ticket] = {}
    for ticket in session.scalars(urgent.order_by(func.coalesce(Ticket.due_on, NEVER), Ticket.id)):
        tickets[ticket.id] = ticket
        first.setdefault(ticket.conversation_id, ticket)
    undelivered = set(session.scalars(failed().where(Outbox.conversation_id.in_(ids))))
    rows = []
    for pair in found:
        conversation, name, email = conversations[pair.conversation_id]
        found_ticket = tickets.get(pair.ticket_id) or first.get(conversation.id)
        rows.append(Row(conversation, found_ticket, name or email or "", conversation.id in undelivered))
    return rows


def failed() -> Any:
    """The ids of conversations with a message that could not be delivered, as a query."""
    # The literal lets SQLite see that its partial index on failed rows fits.
    return select(Outbox.conversation_id).where(Outbox.state == literal_column("'failed'"))
