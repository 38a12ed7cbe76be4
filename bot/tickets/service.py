"""Tickets: open, assign, move, close. Every change is one audit entry, in the same transaction.

Merging and splitting are in `joining`, who asks and for whom in `knowing`, the ledger and its clock in `ledger`; what
may happen is decided by `states`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol, cast

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session, aliased

from bot.audit.actors import BOT, CUSTOMER, Actor
from bot.contacts import consent
from bot.db import wake
from bot.errors import PermanentError
from bot.statements import Statement
from bot.tickets import ledger, states
from bot.tickets.deadlines import first_due
from bot.tickets.finding import get, survivor
from bot.tickets.gather import facts_of
from bot.tickets.knowing import name_agent, prove_identity, reviewed
from bot.tickets.ledger import clock_of
from bot.tickets.models import Ticket
from bot.tickets.references import new_reference
from bot.tickets.rules import Regime
from bot.tickets.states import DONE, ENDS, LIVE, NEEDED_TIER, NOTHING, Event, Given, Kind, Transition
from bot.tickets.steps import audited, carry_out

__all__ = [
    "Terms",
    "allowed",
    "assign",
    "change",
    "clock_of",
    "customer_wrote",
    "facts_of",
    "get",
    "has_any",
    "name_agent",
    "of_conversation",
    "open_ticket",
    "prove_identity",
    "reviewed",
]  # fmt: skip

LONGEST_SUMMARY = 4_000
LONGEST_REASON = 500
# Asked for every message, so built once: building it costs more than asking.
_HERE = Ticket.conversation_id == bindparam("conversation")
_GOES_ON = aliased(Ticket)
# Also what goes on for a ticket of this conversation that was merged into another's: here its customer asks after it.
_ELSEWHERE = select(_GOES_ON.merged_into_id).where(
    _GOES_ON.conversation_id == bindparam("conversation"), _GOES_ON.merged_into_id.is_not(None)
)
_OPEN = select(Ticket).where(or_(_HERE, Ticket.id.in_(_ELSEWHERE)), Ticket.state.in_(LIVE)).order_by(Ticket.id)
_ANY = Statement(select(Ticket.__table__.c.id).where(_HERE).limit(1))
_LAST_ENDED = (
    select(Ticket).where(_HERE, Ticket.state.in_(ENDS), Ticket.state != "merged").order_by(Ticket.id.desc()).limit(1)
)
_TAKES: frozenset[Event] = frozenset({"ask", "answer", "start"})
"""What nobody does for somebody else: who does it has the ticket from then on."""


class Terms(NamedTuple):
    """By which law and calendar the desk counts."""

    regime: Regime = "uk-gdpr"
    calendar: str = "GB-SCT"
    timezone: str = "Europe/London"


class Conversation(Protocol):
    """What a ticket needs to know of the conversation that it comes from."""

    @property
    def id(self) -> int: ...
    @property
    def contact_id(self) -> int: ...
    @property
    def assignee_id(self) -> int | None: ...


def open_ticket(
    session: Session,
    *,
    kind: str,
    conversation: Conversation,
    summary: str,
    received_at: datetime,
    terms: Terms,
    now: datetime,
    certainty: str = "received",
    actor: Actor = BOT,
    reason: str = "",
    waits_for: int | None = None,
    about: int | None = None,
) -> Ticket:
    """Open a ticket whose clock counts from `received_at`, the moment the customer's message came in.

    `certainty` is "suspected" for what may be no request. `waits_for` is the id of a ticket that must be done first,
    `about` the one that a complaint is about.
    """
    found = first_due(kind, received_at, terms.regime, terms.calendar, terms.timezone)
    ticket = Ticket(
        reference=_fresh_reference(session),
        kind=kind,
        state="suspected" if certainty == "suspected" else "received",
        conversation_id=conversation.id,
        contact_id=conversation.contact_id,
        assignee_id=conversation.assignee_id,
        summary=summary[:LONGEST_SUMMARY],
        reason=reason[:200],
        regime=terms.regime,
        calendar=terms.calendar,
        timezone=terms.timezone,
        received_at=received_at,
        needed_tier=NEEDED_TIER.get(cast("Kind", kind), 0),
        waits_for_id=_onward(session, waits_for),
        about_id=_onward(session, about),
        updated_at=now,
    )
    ledger.set_clock(ticket, found)
    session.add(ticket)
    session.flush()
    ledger.write(session, ticket, "received", received_at, {})
    facts = {"kind": kind, "certainty": certainty, "conversation": conversation.id, "due": str(found.due or "")}
    audited(session, ticket, "ticket.opened", actor, facts, now)
    _taken_up(session, ticket, actor, now)
    wake(session, "console")
    return ticket


def _taken_up(session: Session, ticket: Ticket, actor: Actor, now: datetime) -> None:
    """What a new request changes at once: the one that it complains of, and what may be done with their data."""
    if ticket.about_id is not None:
        change(session, ticket.about_id, "complain", actor, now)
    if ticket.kind == "objection":
        consent.objected(session, ticket.contact_id, ticket.id, by=actor.name, at=ticket.received_at, now=now)
    elif ticket.kind == "restriction":
        consent.restricted(session, ticket.contact_id, ticket.id, by=actor.name, at=ticket.received_at, now=now)


def _onward(session: Session, ticket_id: int | None) -> int | None:
    """The id of the ticket that goes on for that one."""
    return None if ticket_id is None else survivor(session, get(session, ticket_id)).id


def _fresh_reference(session: Session) -> str:
    while True:
        reference = new_reference()
        if session.scalar(select(Ticket.id).where(Ticket.reference == reference)) is None:
            return reference


def of_conversation(session: Session, conversation_id: int) -> Sequence[Ticket]:
    """The conversation's tickets that have not ended, and those that go on for one of them; oldest first."""
    return session.scalars(_OPEN, {"conversation": conversation_id}).all()


def has_any(session: Session, conversation_id: int) -> bool:
    """Whether the conversation has a ticket, or had one: most have none."""
    return _ANY.run(session, {"conversation": conversation_id}).scalar() is not None


def assign(session: Session, ticket_id: int, staff_id: int | None, actor: Actor, now: datetime) -> None:
    """Give the ticket to somebody, or to nobody.

    Raises:
        NotAllowed: it has ended, or nobody has it.
    """
    ticket = get(session, ticket_id)
    event: Event = "assign" if staff_id else "unassign"
    row = states.transition(facts_of(session, ticket, event, actor, now), event)
    ticket.assignee_id, ticket.updated_at = staff_id, now
    audited(session, ticket, row.action, actor, {"to": staff_id or 0}, now)
    wake(session, "console")


def allowed(
    session: Session,
    ticket_id: int,
    event: Event,
    actor: Actor,
    now: datetime,
    *,
    given: Given = NOTHING,
    reason: str = "",
) -> Transition:
    """The row by which `change` would take the ticket further; its `told` is what the customer is then told.

    Raises:
        NotAllowed: as `change`.
    """
    ticket = get(session, ticket_id)
    facts = facts_of(session, ticket, event, actor, now, given=given, reason=reason)
    row = states.transition(facts, event)
    return row._replace(told=states.told(row, facts))


def change(
    session: Session,
    ticket_id: int,
    event: Event,
    actor: Actor,
    now: datetime,
    *,
    given: Given = NOTHING,
    reason: str = "",
    reasonable: bool = True,
) -> Ticket:
    """Move the ticket by an event of `states`. `reasonable` says whether there was reasonable doubt of the identity
    that is asked for. The reason is kept in the ledger, never in the audit.

    Raises:
        NotAllowed: not from here, not by them, or something must be done first; the text says what.
        PermanentError: the reason is too long.
    """
    if len(reason) > LONGEST_REASON:
        raise PermanentError(f"the reason has more than {LONGEST_REASON} characters: shorten it")
    ticket = get(session, ticket_id)
    if event in ("assign", "unassign"):
        assign(session, ticket_id, actor.staff_id if event == "assign" else None, actor, now)
        return ticket
    facts = facts_of(session, ticket, event, actor, now, given=given, reason=reason)
    row = states.transition(facts, event)
    if event in _TAKES and ticket.assignee_id is None and actor.staff_id:
        assign(session, ticket_id, actor.staff_id, actor, now)
    carry_out(session, ticket, facts, row, actor, now, reason=reason.strip(), reasonable=reasonable)
    return ticket


def customer_wrote(
    session: Session, conversation_id: int, now: datetime, live: Sequence[Ticket] | None = None, *, answers: bool = True
) -> None:
    """The customer's message resumes what waited for them, and is marked where all is done or has ended. `live` are the
    conversation's tickets that have not ended, where the caller knows them. Without `answers` it is none to what they
    were asked ("any news?"), and what waits goes on waiting.
    """
    if live is None:
        live = of_conversation(session, conversation_id)
    place = {"conversation": conversation_id}
    for ticket in live or session.scalars(_LAST_ENDED, place).all():
        unmarked = ticket.wrote_again_at is None and ticket.state in ENDS + DONE
        if unmarked or (answers and ticket.state == "awaiting_clarification"):
            change(session, ticket.id, "customer_wrote", CUSTOMER, now)
