"""The ticket that an id or a reference names, and the one that goes on for it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.errors import NotFound
from bot.tickets.models import Ticket
from bot.tickets.references import parse_reference

LONGEST_TYPED = 40
"""Characters of a reference as somebody types it, with spaces and dashes."""
MOST_HOPS = 20
"""Merges that are followed from an old reference; more than anybody makes, and an end to a circle."""


def get(session: Session, ticket_id: int) -> Ticket:
    """The ticket of that id.

    Raises:
        NotFound: there is none.
    """
    ticket = session.get(Ticket, ticket_id)
    if ticket is None:
        raise NotFound("no such ticket: open it from the queue again")
    return ticket


def named(session: Session, reference: str) -> Ticket:
    """The ticket of that reference, in any spelling.

    Raises:
        NotFound: there is none.
    """
    known = parse_reference(reference[:LONGEST_TYPED])
    ticket = session.scalar(select(Ticket).where(Ticket.reference == known)) if known else None
    if ticket is None:
        raise NotFound("there is no ticket of that reference: compare it with the message, or search for the person")
    return ticket


def survivor(session: Session, ticket: Ticket) -> Ticket:
    """The ticket itself, or the one that goes on for it."""
    for _ in range(MOST_HOPS):
        onward = session.get(Ticket, ticket.merged_into_id) if ticket.merged_into_id else None
        if onward is None:
            break
        ticket = onward
    return ticket
