"""Panel "The clock": by when a ticket is due and why, and the ledger of events that its date is counted from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.console.gate import Call
from bot.tickets.models import Ticket, TicketEvent

MOST_EVENTS = 200


class Clock(NamedTuple):
    """The date in sentences, and the ledger in order of time."""

    trace: Sequence[str]
    events: Sequence[TicketEvent]


def load(session: Session, ticket: Ticket, _call: Call) -> Clock:
    """What the clock says and what it counts from."""
    query = select(TicketEvent).where(TicketEvent.ticket_id == ticket.id)
    events = session.scalars(query.order_by(TicketEvent.at, TicketEvent.id).limit(MOST_EVENTS)).all()
    return Clock(ticket.trace, events)
