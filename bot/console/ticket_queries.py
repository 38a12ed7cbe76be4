"""What the head of a ticket's page shows, and the record of each look at it. Read only but for `looked`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.console import visits
from bot.console.conversation_queries import OTHERS, staff
from bot.contacts import holds, linking
from bot.contacts.models import Contact, ContactAddress
from bot.conversations.models import Conversation
from bot.tickets import finding
from bot.tickets.joining import survivor
from bot.tickets.models import Ticket

REASONS = ("assigned", "queue", "search", "conversation", "report", "opened")
"""Why somebody looks, as the audit keeps it; the link that they followed says which."""


@dataclass(frozen=True, slots=True)
class Head:
    """A ticket with its person and colleagues: what every panel may lean on. `others` are the person's other tickets.

    `names` names everybody who ever worked here, `colleagues` those who can be chosen now. `held`: a legal hold.
    """

    ticket: Ticket
    conversation: Conversation
    contact: Contact
    addresses: Sequence[ContactAddress]
    others: Sequence[Ticket]
    colleagues: Mapping[int, str]
    names: Mapping[int, str]
    held: bool = False


def onward(session: Session, reference: str) -> tuple[str, str]:
    """The reference as it is written, and that of the ticket that goes on for it: itself, unless it was merged.

    Raises:
        NotFound: there is none.
    """
    ticket = finding.named(session, reference)
    return ticket.reference, survivor(session, ticket).reference


def head(session: Session, ticket: Ticket) -> Head:
    """All that stands around the panels."""
    everybody = staff(session)
    names = {row.id: row.name or row.email for row in everybody}
    person = linking.one_person(session, ticket.contact_id)
    others = select(Ticket).where(Ticket.contact_id.in_(person), Ticket.id != ticket.id)
    addresses = select(ContactAddress).where(ContactAddress.contact_id.in_(person))
    return Head(
        ticket=ticket,
        conversation=session.get_one(Conversation, ticket.conversation_id),
        contact=session.get_one(Contact, ticket.contact_id),
        addresses=session.scalars(addresses.order_by(ContactAddress.id).limit(OTHERS)).all(),
        others=session.scalars(others.order_by(Ticket.id.desc()).limit(OTHERS)).all(),
        colleagues={row.id: names[row.id] for row in everybody if row.active},
        names=names,
        held=bool(holds.in_force(session, [ticket.contact_id])),
    )


def looked(session: Session, ticket: str, staff_id: int, why: str, now: datetime) -> None:
    """Keep that a colleague looked at the ticket of that reference, once a visit.

    `why` is one of REASONS; anything else counts as "opened".
    """
    facts = {"reason": why if why in REASONS else "opened"}
    visits.keep(session, "ticket.read", f"ticket:{ticket}", staff_id, facts, now)


def newest_beside(session: Session, ticket_id: int) -> str:
    """The reference of the newest ticket of the same conversation: the one that was just split off."""
    conversation = select(Ticket.conversation_id).where(Ticket.id == ticket_id).scalar_subquery()
    query = select(Ticket.reference).where(Ticket.conversation_id == conversation)
    return session.scalars(query.order_by(Ticket.id.desc()).limit(1)).one()
