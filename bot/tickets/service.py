"""Tickets: open, assign, move, close. Every change is one audit entry, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.actors import BOT, CUSTOMER, Actor
from bot.contacts import consent
from bot.db import wake
from bot.errors import NotFound
from bot.tickets.deadlines import first_due
from bot.tickets.models import Ticket, TicketEvent
from bot.tickets.references import new_reference
from bot.tickets.rules import Regime
from bot.tickets.states import Event, State, move, transition

LONGEST_SUMMARY = 4_000
# Asked for every message, so built once: building it costs more than asking.
_OPEN = (
    select(Ticket)
    .where(Ticket.conversation_id == bindparam("conversation"), Ticket.state != "closed")
    .order_by(Ticket.id)
)


class Terms(NamedTuple):
    """By which law and calendar the desk counts."""

    regime: Regime = "uk-gdpr"
    calendar: str = "GB-SCT"
    timezone: str = "Europe/London"


class Conversation(Protocol):
    """What a ticket needs to know of the conversation that it comes from."""

    @property
    def id(self) -> int: ...  # noqa: D102  as its name says
    @property
    def contact_id(self) -> int: ...  # noqa: D102  as its name says
    @property
    def assignee_id(self) -> int | None: ...  # noqa: D102  as its name says


def open_ticket(
    session: Session,
    *,
    kind: str,
    certainty: str,
    conversation: Conversation,
    summary: str,
    received_at: datetime,
    terms: Terms,
    now: datetime,
    actor: Actor = BOT,
    reason: str = "",
) -> Ticket:
    """Open a ticket whose clock counts from `received_at`, the moment the customer's message came in."""
    deadline = first_due(kind, received_at, terms.regime, terms.calendar, terms.timezone)
    ticket = Ticket(
        reference=_fresh_reference(session),
        kind=kind,
        certainty=certainty,
        conversation_id=conversation.id,
        contact_id=conversation.contact_id,
        assignee_id=conversation.assignee_id,
        state="assigned" if conversation.assignee_id else "open",
        summary=summary[:LONGEST_SUMMARY],
        reason=reason[:200],
        regime=terms.regime,
        calendar=terms.calendar,
        timezone=terms.timezone,
        received_at=received_at,
        due_on=deadline.due,
        due_at=deadline.moment,
        trace=list(deadline.trace),
        updated_at=now,
    )
    session.add(ticket)
    session.flush()
    session.add(TicketEvent(ticket_id=ticket.id, type="received", at=received_at, data={}))
    facts = {"kind": kind, "certainty": certainty, "conversation": conversation.id, "due": str(deadline.due or "")}
    _audit(session, ticket, "ticket.opened", actor, facts, now)
    if kind == "objection":
        consent.objected(session, ticket.contact_id, ticket.id, by=actor.name, at=received_at, now=now)
    wake(session, "console")
    return ticket


def _fresh_reference(session: Session) -> str:
    while True:
        reference = new_reference()
        if session.scalar(select(Ticket.id).where(Ticket.reference == reference)) is None:
            return reference


def of_conversation(session: Session, conversation_id: int) -> Sequence[Ticket]:
    """The conversation's tickets that are not closed, oldest first."""
    return session.scalars(_OPEN, {"conversation": conversation_id}).all()


def assign(session: Session, ticket_id: int, staff_id: int | None, actor: Actor, now: datetime) -> None:
    """Give the ticket to somebody, or to nobody."""
    ticket = _get(session, ticket_id)
    _move(session, ticket, "assign" if staff_id else "unassign", actor, now, {"to": staff_id or 0})
    ticket.assignee_id = staff_id


def change(session: Session, ticket_id: int, event: Event, actor: Actor, now: datetime) -> None:
    """Move the ticket by an event of `states`: ask, answer, close, reopen, confirm, dismiss, restore.

    Raises:
        NotAllowed: not from here, or not by them; the text says what to do.
    """
    ticket = _get(session, ticket_id)
    if event in ("ask", "answer") and ticket.assignee_id is None:
        assign(session, ticket_id, actor.staff_id, actor, now)
    _move(session, ticket, event, actor, now, {})


def customer_wrote(session: Session, conversation_id: int, now: datetime) -> None:
    """The customer's message resumes what waited for them."""
    for ticket in of_conversation(session, conversation_id):
        if ticket.state in ("waiting", "answered"):
            _move(session, ticket, "customer_wrote", CUSTOMER, now, {})


def _move(session: Session, ticket: Ticket, event: Event, actor: Actor, now: datetime, data: dict[str, object]) -> None:
    before = State(ticket.state, ticket.certainty)  # type: ignore[arg-type]  # the columns hold the machine's words
    action = transition(before, event, actor.role).action
    after = move(before, event, actor.role)
    ticket.state, ticket.certainty = after.stage, after.certainty
    ticket.closed_at = now if after.stage == "closed" else None
    ticket.updated_at = now
    _audit(session, ticket, action, actor, {**data, "from": before.stage, "to_state": after.stage}, now)
    wake(session, "console")


def _get(session: Session, ticket_id: int) -> Ticket:
    ticket = session.get(Ticket, ticket_id)
    if ticket is None:
        raise NotFound("no such ticket: open it from the queue again")
    return ticket


def _audit(session: Session, ticket: Ticket, action: str, actor: Actor, data: dict[str, object], now: datetime) -> None:
    audit.append(session, actor=actor.name, action=action, subject=f"ticket:{ticket.reference}", data=data, now=now)
