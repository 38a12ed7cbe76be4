"""Two tickets that are one request, and one ticket that is two: merge, take back, split; and old references resolved.

Called by staff's pages and programs. All run inside somebody else's transaction and never commit.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.audit.actors import Actor
from bot.contacts import linking
from bot.tickets import ledger, states
from bot.tickets.finding import get, named, survivor
from bot.tickets.gather import facts_of
from bot.tickets.models import Ticket, TicketEvent
from bot.tickets.service import Terms, open_ticket
from bot.tickets.states import COPY, OWED, NotAllowed
from bot.tickets.steps import audited, carry_out
from bot.tickets.vocabulary import KINDS, NOT_RIGHTS

__all__ = ["family", "merge", "resolve", "split", "survivor", "unmerge"]


class _Place(NamedTuple):
    """The conversation that a split ticket stays in."""

    id: int
    contact_id: int
    assignee_id: int | None


def merge(
    session: Session,
    ticket_id: int,
    into_id: int,
    actor: Actor,
    now: datetime,
    *,
    linked: bool = False,
    reason: str = "",
) -> Ticket:
    """Let ticket `into_id` go on for both; it keeps the earliest receipt and what both clocks counted. Both are of one
    contact, or of two that are linked by proof; `linked` says that the caller has another proof of that. Returns the
    one that goes on.

    Raises:
        NotAllowed: they are of different persons or kinds, or one of them is answered or has ended.
    """
    ticket, into = get(session, ticket_id), get(session, into_id)
    _fitting(ticket, into, linked=linked or into.contact_id in linking.one_person(session, ticket.contact_id))
    facts = facts_of(session, ticket, "merge", actor, now, reason=reason, into=True)
    row = states.transition(facts, "merge")
    found = {"from": ticket.state, "into": into.reference, "by": actor.name, "reason": reason[:500]}
    ledger.write(session, ticket, "merged", now, found)
    ticket.merged_into_id = into.id
    carry_out(session, ticket, facts, row, actor, now, more={"into": into.reference})
    _count_family(session, into)
    audited(session, into, "ticket.joined", actor, {"with": ticket.reference, "due": str(into.due_on or "")}, now)
    return into


def unmerge(session: Session, ticket_id: int, actor: Actor, now: datetime) -> Ticket:
    """Take a merge back: both tickets stand and count as they did. Returns the one that was merged.

    Raises:
        NotAllowed: it was not merged.
    """
    ticket = get(session, ticket_id)
    facts = facts_of(session, ticket, "unmerge", actor, now)
    row = states.transition(facts, "unmerge")
    into = session.get(Ticket, ticket.merged_into_id) if ticket.merged_into_id else None
    ticket.merged_into_id = None
    carry_out(session, ticket, facts, row, actor, now)
    ledger.recount(session, ticket)
    if into is not None:
        _count_family(session, into)
        audited(session, into, "ticket.parted", actor, {"from": ticket.reference, "due": str(into.due_on or "")}, now)
    return ticket


def split(session: Session, ticket_id: int, kind: str, summary: str, actor: Actor, now: datetime) -> Ticket:
    """A second ticket from the same message, with the same receipt. Returns the new one.

    Raises:
        NotAllowed: it has ended, somebody else than staff asks, an unknown kind, or no words for it.
    """
    ticket = get(session, ticket_id)
    if ticket.ended or not actor.staff_id:
        raise NotAllowed("only staff split a ticket, and only one that has not ended: reopen it first")
    if kind not in KINDS or kind == ticket.kind:
        raise NotAllowed("choose another kind of request for the second ticket")
    if not summary.strip():
        raise NotAllowed("write what else the customer asks for, in their own words")
    new = open_ticket(
        session,
        kind=kind,
        conversation=_Place(ticket.conversation_id, ticket.contact_id, ticket.assignee_id),
        summary=summary.strip(),
        received_at=ticket.received_at,
        terms=Terms(ticket.regime, ticket.calendar, ticket.timezone),  # type: ignore[arg-type]  # as it was opened
        now=now,
        actor=actor,
    )
    new.identity_tier = ticket.identity_tier
    new.agent_kind, new.agent_for, new.agent_for_adult = ticket.agent_kind, ticket.agent_for, ticket.agent_for_adult
    audited(session, ticket, "ticket.split", actor, {"into": new.reference, "kind": kind}, now)
    return new


def resolve(session: Session, reference: str) -> Ticket:
    """The ticket that a reference leads to, however it is written; for a merged one that is the one that goes on.

    Raises:
        NotFound: there is none.
    """
    return survivor(session, named(session, reference))


def family(kind: str) -> frozenset[str]:
    """The kinds that ask for the same: what the ticket of one of them may be merged with."""
    if kind in COPY:
        return frozenset(COPY)
    talk = frozenset(NOT_RIGHTS) - {"complaint", "breach"}
    return talk if kind in talk else frozenset({kind})


def _fitting(ticket: Ticket, into: Ticket, *, linked: bool) -> None:
    if ticket.id == into.id:
        raise NotAllowed("a ticket can't be merged with itself: choose the other one")
    if not linked:
        raise NotAllowed("they are of two different persons: link the two by a proof of identity first")
    if into.kind not in family(ticket.kind):
        raise NotAllowed(f"a ticket of the kind {ticket.kind} can't go on as {into.kind}: merge what asks for the same")
    if into.state not in OWED or (into.state == "suspected" and ticket.state != "suspected"):
        raise NotAllowed(
            "the ticket that is to go on is only suspected, is answered or has ended: choose one under way"
        )


def _count_family(session: Session, into: Ticket) -> None:
    """Receipt and clock of a ticket with all that is merged into it."""
    session.flush()
    members = [into.id, *ledger.merged_into(session, into.id)]
    query = select(func.min(TicketEvent.at)).where(TicketEvent.ticket_id.in_(members), TicketEvent.type == "received")
    into.received_at = session.scalar(query) or into.received_at
    ledger.recount(session, into)
