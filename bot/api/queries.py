"""What the API reads beyond the console's queries: tickets and the audit by keyset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.models import AuditEntry
from bot.console.models import Staff
from bot.messages.models import Outbox
from bot.messages.parts import Delivery, together
from bot.tickets.models import Ticket, TicketEvent

TICKETS = 50
ENTRIES = 200
MOST_EVENTS = 200
MOST_DELIVERIES = 200


class TicketPage(NamedTuple):
    """Tickets newest first, who has them (by id of staff), and the id to go on from, 0 at the end."""

    tickets: Sequence[Ticket]
    people: Mapping[int, str]
    after: int


def tickets(session: Session, state: str | None, kind: str | None, after: int) -> TicketPage:
    """One page of tickets older than number `after`."""
    query = select(Ticket).order_by(Ticket.id.desc()).limit(TICKETS + 1)
    if state:
        query = query.where(Ticket.state == state)
    if kind:
        query = query.where(Ticket.kind == kind)
    if after:
        query = query.where(Ticket.id < after)
    found = session.scalars(query).all()
    page = found[:TICKETS]
    people = names(session, {ticket.assignee_id for ticket in page})
    return TicketPage(page, people, page[-1].id if len(found) > TICKETS else 0)


def names(session: Session, ids: set[int | None]) -> dict[int, str]:
    """The names of some of the staff, disabled ones too."""
    wanted = [ident for ident in ids if ident]
    if not wanted:
        return {}
    query = select(Staff.id, Staff.name, Staff.email).where(Staff.id.in_(wanted))
    return {row.id: row.name or row.email for row in session.execute(query)}


def events(session: Session, ticket_id: int) -> Sequence[TicketEvent]:
    """What the ticket's clock counts from, in order."""
    query = select(TicketEvent).where(TicketEvent.ticket_id == ticket_id).order_by(TicketEvent.id)
    return session.scalars(query.limit(MOST_EVENTS)).all()


def deliveries(session: Session, message_id: int) -> Sequence[Delivery]:
    """What became of an outgoing line."""
    query = select(Outbox).where(Outbox.message_id == message_id).order_by(Outbox.id)
    return together(session.scalars(query.limit(MOST_DELIVERIES)).all())


def audit(session: Session, after: int) -> tuple[Sequence[AuditEntry], int | None]:
    """The entries after number `after`, oldest first, and the number to go on from (None at the end)."""
    query = select(AuditEntry).where(AuditEntry.seq > after).order_by(AuditEntry.seq).limit(ENTRIES + 1)
    found = session.scalars(query).all()
    page = found[:ENTRIES]
    return page, page[-1].seq if len(found) > ENTRIES else None
