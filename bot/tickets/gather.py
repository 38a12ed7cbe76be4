"""The facts that a ticket's step is judged by, read from the ticket and its ledger. Called by the ticket service."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.actors import Actor
from bot.audit.models import AuditEntry
from bot.tickets import ledger
from bot.tickets.cases import Case, local_date
from bot.tickets.deadlines import clock_for
from bot.tickets.models import Ticket, TicketEvent
from bot.tickets.rules import Regime
from bot.tickets.vocabulary import NOTHING, Event, Facts, Given, Kind, State

_SHOWN = ("ticket.delivered", "ticket.delivered_on_paper")


def facts_of(
    session: Session,
    ticket: Ticket,
    event: Event,
    actor: Actor,
    now: datetime,
    *,
    given: Given = NOTHING,
    reason: str = "",
    into: bool = False,
) -> Facts:
    """What `event` is judged by. `into` says that the ticket to merge with was checked."""
    session.flush()
    entries = ledger.rows(session, ticket.id)
    limit, extends = _notice(session, ticket) if event == "extend" else (None, True)
    return Facts(
        state=cast("State", ticket.state),
        kind=cast("Kind", ticket.kind),
        actor=actor.role,
        staff_id=actor.staff_id,
        reason=bool(reason.strip()),
        given=given,
        identity_tier=ticket.identity_tier,
        needed_tier=ticket.needed_tier,
        agent_kind=ticket.agent_kind,
        adult=ticket.agent_for_adult,
        authority=any(row.type == "authority_confirmed" for row in entries),
        assigned=ticket.assignee_id is not None,
        shown=event == "dismiss" and _shown(session, ticket),
        open=ledger.open_grounds(entries),
        before=_before(ticket, entries),
        waits=ticket.waits_for_id is not None,
        into=into,
        reviewed_by=ticket.reviewed_by,
        acknowledged=ticket.acknowledged_at is not None,
        today=local_date(now, ticket.timezone),
        limit=limit,
        extends=extends,
        extended=ticket.extended,
    )


def _notice(session: Session, ticket: Ticket) -> tuple[date | None, bool]:
    """The last day of notice of an extension, and whether the law knows one. Counted anew: a ticket of before the
    desk kept that date has none.
    """
    if clock_for(ticket.kind) != "rights":
        return None, False
    events = ledger.events_of(session, ticket)
    case = Case(cast("Regime", ticket.regime), ticket.calendar, ticket.timezone, tuple(events))
    return ledger.deadline(ticket, events).limit_of_notice, case.rule.extended is not None


def _shown(session: Session, ticket: Ticket) -> bool:
    """Whether a package of the ticket was ever handed over, by the audit, which outlasts every going back."""
    about = AuditEntry.subject == f"ticket:{ticket.reference}"
    return session.scalar(select(AuditEntry.seq).where(about, AuditEntry.action.in_(_SHOWN)).limit(1)) is not None


def _before(ticket: Ticket, entries: Sequence[TicketEvent]) -> State | None:
    """The state before the present wait, or before the merge."""
    if ticket.state != "merged":
        return ledger.asked_from(entries)
    merged = next((row for row in reversed(entries) if row.type == "merged"), None)
    return cast("State", merged.data["from"]) if merged else None
