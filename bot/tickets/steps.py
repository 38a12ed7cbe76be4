"""Carrying out a step that was allowed: the ticket's columns, its ledger and clock, the audit, and who waited for it.

Called by the ticket service alone, inside somebody else's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.actors import BOT, Actor
from bot.db import wake
from bot.tickets import ledger, states
from bot.tickets.cases import EVENT_TYPES, local_date
from bot.tickets.models import Ticket
from bot.tickets.vocabulary import DONE, ENDS, Event, Facts, State

_RECOUNTS: frozenset[Event] = frozenset(
    {event for event, kind in ledger.TYPES.items() if kind in EVENT_TYPES}
    | {"customer_wrote", "acknowledge", "tell_regulator"}
)


def carry_out(
    session: Session,
    ticket: Ticket,
    facts: Facts,
    row: states.Transition,
    actor: Actor,
    now: datetime,
    *,
    reason: str = "",
    reasonable: bool = True,
    more: Mapping[str, object] | None = None,
) -> None:
    """Move the ticket along that row. `more` goes into the ledger and the audit; the reason only into the ledger."""
    after = states.after(row, facts)
    noted = _note(session, ticket, facts, row.event, actor, now, reason=reason, reasonable=reasonable, more=more or {})
    _columns(ticket, row.event, after, actor, now, reason)
    if noted and row.event in _RECOUNTS:
        ledger.recount(session, ticket)
    data = {**(more or {}), "from": facts.state, "to_state": after}
    if row.event == "ask_identity":
        data["reasonable"] = reasonable
    audited(session, ticket, row.action, actor, data, now)
    if after != facts.state and after in ENDS + DONE and after != "merged":
        _let_go(session, ticket, now)
    wake(session, "console")
    wake(session, f"tickets:{ticket.state}")


def _note(
    session: Session,
    ticket: Ticket,
    facts: Facts,
    event: Event,
    actor: Actor,
    now: datetime,
    *,
    reason: str,
    reasonable: bool,
    more: Mapping[str, object],
) -> bool:
    """Write the step's row of the ledger, where it has one; whether it has."""
    kind = ledger.TYPES.get(event, event if reason else "")
    data: dict[str, object] = {**more, "by": actor.name}
    if reason:
        data["reason"] = reason
    if event == "ask_identity":
        data["reasonable"] = reasonable
    if event == "ask":
        data["from"] = (facts.before or "received") if facts.state == "awaiting_clarification" else facts.state
    if event == "customer_wrote" and "clarification" in facts.open:
        kind = "clarification_answered"
        if facts.state != "awaiting_clarification":
            # Too late for the clock, which stands as it stood when the ticket ended; kept, so that staff see it.
            data["after_end"] = True
    if kind:
        ledger.write(session, ticket, kind, now, data)
    return bool(kind)


def _columns(ticket: Ticket, event: Event, after: State, actor: Actor, now: datetime, reason: str) -> None:
    """What a step leaves on the ticket beside its state."""
    ended, ends = ticket.ended, after in ENDS
    ticket.state, ticket.updated_at = after, now
    if ends != ended:
        ticket.closed_at = now if ends else None
    if not ends and after not in DONE:
        ticket.settled_on = None
    elif ticket.settled_on is None:
        ticket.settled_on = local_date(now, ticket.timezone)
    if actor.staff_id:
        ticket.wrote_again_at = None
    elif event == "customer_wrote" and (ends or after in DONE):
        ticket.wrote_again_at = ticket.wrote_again_at or now
    _who_and_why(ticket, event, actor, now, reason)


def _who_and_why(ticket: Ticket, event: Event, actor: Actor, now: datetime, reason: str) -> None:
    """Who reviewed and released it, why it was refused, and what happens once."""
    if event == "search_done" and actor.staff_id:
        ticket.reviewed_by = actor.staff_id
    elif event == "release":
        ticket.released_by = actor.staff_id or None
    elif event == "withdraw_package":
        ticket.released_by = None
    elif event in ("back_to_search", "reopen"):
        ticket.reviewed_by = ticket.released_by = None
        ticket.refusal_reason = ""
    elif event in ("refuse", "refuse_partly"):
        ticket.refusal_reason = reason
    elif event == "extend":
        ticket.extended = True
    elif event in ("acknowledge", "tell_regulator"):
        ticket.acknowledged_at = now


def _let_go(session: Session, ticket: Ticket, now: datetime) -> None:
    """What waited for this ticket, or for one merged into it, waits no longer."""
    awaited = [ticket.id, *ledger.merged_into(session, ticket.id)]
    query = select(Ticket).where(Ticket.waits_for_id.in_(awaited)).order_by(Ticket.id)
    for each in session.scalars(query).all():
        each.waits_for_id, each.updated_at = None, now
        audited(session, each, "ticket.waits_no_longer", BOT, {"for": ticket.reference}, now)


def audited(
    session: Session, ticket: Ticket, action: str, actor: Actor, data: Mapping[str, object], now: datetime
) -> None:
    """One audit entry about the ticket: facts, never words of a person."""
    audit.append(
        session, actor=actor.name, action=action, subject=f"ticket:{ticket.reference}", data=dict(data), now=now
    )
