"""Panel "Erasure" of a request for it: what would go, what stays, what stops it; and how far it is."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.console import people_queries
from bot.console.gate import Call
from bot.console.people_queries import Erasing
from bot.tickets.models import Ticket

DONE = {
    "asked": "It is asked for. A lead or admin other than you confirms it.",
    "confirmed": "It is confirmed. Their last message goes out first; then everything is removed.",
    "cancelled": "It is taken back. Nothing was removed.",
    "noted": "It is noted.",
}


def load(session: Session, ticket: Ticket, _call: Call) -> Erasing:
    """The plan of the erasure, or how far it is."""
    return people_queries.erasing(session, ticket.contact_id, ticket.id)


def applies(ticket: Ticket, _call: Call) -> bool:
    """For requests to be erased alone: the person's page has it for everybody."""
    return ticket.kind == "erasure"
