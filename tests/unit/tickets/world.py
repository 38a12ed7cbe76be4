"""Tickets in a real database, with a clock that the test moves: what the tests of the ticket service begin with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.actors import BOT, Actor
from bot.audit.models import AuditEntry
from bot.console.models import Staff
from bot.contacts.models import Contact
from bot.conversations.models import Conversation
from bot.tickets import service
from bot.tickets.models import Ticket, TicketEvent
from bot.tickets.service import Terms
from bot.tickets.states import Event

SAM, LENA, LEAD = Actor("agent", 1), Actor("agent", 2), Actor("lead", 3)
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ENGLAND = Terms("uk-gdpr", "GB-ENG", "Europe/London")


class World:
    """One customer's conversation with the desk, in one session."""

    def __init__(self, session: Session) -> None:
        self.session, self.now = session, MONDAY
        for number, role in ((1, "agent"), (2, "agent"), (3, "lead")):
            session.add(
                Staff(id=number, email=f"{number}@iomart.com", name="", role=role, active=True, created_at=MONDAY)
            )
        self.talk = self.customer("+447700900001")

    def customer(self, address: str) -> Conversation:
        """A conversation of somebody new."""
        contact = Contact(name="", created_at=self.now)
        self.session.add(contact)
        self.session.flush()
        talk = Conversation(
            channel="sms", address=address, contact_id=contact.id, site="iomart", owner="bot", owner_since=self.now,
            created_at=self.now, last_at=self.now,
        )  # fmt: skip
        self.session.add(talk)
        self.session.flush()
        return talk

    def ticket(self, kind: str = "access", **more: Any) -> Ticket:
        """A ticket of the customer's, received now."""
        given = {"conversation": self.talk, "terms": ENGLAND, "received_at": self.now, **more}
        return service.open_ticket(self.session, kind=kind, summary="their words", now=self.now, **given)

    def later(self, **duration: float) -> None:
        """Move the clock."""
        self.now += timedelta(**duration)

    def on(self, day: str) -> None:
        """Move the clock to ten o'clock of a day, UTC."""
        self.now = datetime.fromisoformat(f"{day}T10:00:00+00:00")

    def do(self, ticket: Ticket, event: Event, actor: Actor = SAM, **more: Any) -> Ticket:
        """Take the ticket a step further, now."""
        return service.change(self.session, ticket.id, event, actor, self.now, **more)

    def proved(self, ticket: Ticket, tier: int = 2, actor: Actor = BOT) -> Ticket:
        """The customer has proved who they are, now."""
        return service.prove_identity(self.session, ticket.id, tier, "code", actor, self.now)

    def wrote(self) -> None:
        """The customer's message came in, now."""
        service.customer_wrote(self.session, self.talk.id, self.now)

    def ledger(self, ticket: Ticket) -> list[str]:
        """The types of the ticket's ledger, in order."""
        query = select(TicketEvent.type).where(TicketEvent.ticket_id == ticket.id).order_by(TicketEvent.id)
        return list(self.session.scalars(query))

    def rows(self, ticket: Ticket, kind: str) -> list[dict[str, Any]]:
        """The data of the ticket's ledger rows of one type."""
        query = select(TicketEvent.data).where(TicketEvent.ticket_id == ticket.id, TicketEvent.type == kind)
        return list(self.session.scalars(query))

    def audited(self, ticket: Ticket) -> list[AuditEntry]:
        """What the audit says of the ticket."""
        subject = f"ticket:{ticket.reference}"
        return list(
            self.session.scalars(select(AuditEntry).where(AuditEntry.subject == subject).order_by(AuditEntry.seq))
        )
