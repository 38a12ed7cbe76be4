"""The ledger of a ticket: what its clock counts from, with who and why; and the clock, counted anew from it.

Called by the ticket service, which writes it, and by whoever asks why a date is what it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import NamedTuple, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.tickets.calendars import calendar_for, in_words
from bot.tickets.cases import ASKED, EVENT_TYPES, MOST_EVENTS, SETTLED, Case, local_date
from bot.tickets.deadlines import Deadline, clock_for, due, first_due
from bot.tickets.deadlines import Event as ClockEvent
from bot.tickets.models import Ticket, TicketEvent
from bot.tickets.rules import IN_FORCE, Ground, Regime, RuleSet
from bot.tickets.vocabulary import Event, State

TYPES: Mapping[Event, str] = {
    "ask_identity": "identity_requested",
    "identity_proved": "identity_confirmed",
    "give_up_identity": "closed_unverified",
    "ask_authority": "authority_requested",
    "authority_proved": "authority_confirmed",
    "ask_fee": "fee_requested",
    "fee_paid": "fee_paid",
    "ask": "clarification_requested",
    "extend": "extension_notified",
    "refuse": "refused",
    "refuse_partly": "partly_refused",
    "withdraw": "withdrawn",
    "deliver_on_paper": "delivered_on_paper",
    "acknowledge": "acknowledged",
    "tell_regulator": "regulator_told",
    "complain": "complained",
}
"""What each step is called in the ledger; a step that is not here is written only where it has a reason."""


class Other(NamedTuple):
    """What to count by instead of the ticket's own: an edition of the rules, a regime, a calendar; None for its own."""

    rules: RuleSet = IN_FORCE
    regime: Regime | None = None
    calendar: str | None = None


AS_IT_IS = Other()

EARLIER = 5
"""Working days by which the desk's own date comes before the law's."""


def write(session: Session, ticket: Ticket, kind: str, at: datetime, data: Mapping[str, object]) -> None:
    """Add one row to the ticket's ledger."""
    session.add(TicketEvent(ticket_id=ticket.id, type=kind, at=at, data=dict(data)))


def rows(session: Session, ticket_id: int) -> Sequence[TicketEvent]:
    """The ticket's ledger, in order."""
    query = select(TicketEvent).where(TicketEvent.ticket_id == ticket_id).order_by(TicketEvent.at, TicketEvent.id)
    return session.scalars(query.limit(MOST_EVENTS)).all()


def open_grounds(entries: Iterable[TicketEvent]) -> tuple[Ground, ...]:
    """What was asked for and is not there yet."""
    found: dict[Ground, None] = {}
    for row in entries:
        if row.type in ASKED:
            found[ASKED[row.type]] = None
        elif row.type in SETTLED and not row.data.get("after_end"):
            found.pop(SETTLED[row.type], None)
    return tuple(found)


def asked_from(entries: Sequence[TicketEvent]) -> State | None:
    """The state in which the present clarification was asked for."""
    asked = next((row for row in reversed(entries) if row.type == "clarification_requested"), None)
    found = asked.data.get("from") if asked else None
    return cast("State", found) if found in ("received", "searching") else None


def counted(entries: Iterable[TicketEvent], *, merged: bool = False) -> list[ClockEvent]:
    """The rows that the clock counts. Of a `merged` ticket, what was asked for and never came stops nothing: it would
    now be asked for with the ticket that goes on.
    """
    kept = [row for row in entries if row.type in EVENT_TYPES and not row.data.get("after_end")]
    never = open_grounds(kept) if merged else ()
    return [
        ClockEvent(row.type, row.at, reasonable=row.data.get("reasonable") is not False)  # type: ignore[arg-type]
        for row in kept
        if ASKED.get(row.type) not in never or _was_settled_later(row, kept)
    ]


def _was_settled_later(asked: TicketEvent, entries: Sequence[TicketEvent]) -> bool:
    ground = ASKED[asked.type]
    return any(SETTLED.get(row.type) == ground and row.at >= asked.at for row in entries)


def events_of(session: Session, ticket: Ticket) -> list[ClockEvent]:
    """What the ticket's clock counts, with the clocks of all that were merged into it."""
    found = counted(rows(session, ticket.id))
    for each in merged_into(session, ticket.id):
        found += counted(rows(session, each), merged=True)
    if not any(event.type == "received" for event in found):
        found.append(ClockEvent("received", ticket.received_at))
    return found[:MOST_EVENTS]


def merged_into(session: Session, ticket_id: int) -> list[int]:
    """The ids of all tickets that this one goes on for, those merged into them included."""
    found: list[int] = []
    level = [ticket_id]
    while level:
        query = select(Ticket.id).where(Ticket.merged_into_id.in_(level), Ticket.id.not_in([ticket_id, *found]))
        level = list(session.scalars(query.order_by(Ticket.id)))
        found += level
    return found


def clock_of(session: Session, ticket: Ticket) -> Deadline:
    """The ticket's due date, counted anew from its ledger, with what would hold if something were challenged.

    Raises:
        DeadlineError: the ticket's regime, calendar and timezone don't fit each other.
    """
    return deadline(ticket, events_of(session, ticket))


def deadline(ticket: Ticket, events: Sequence[ClockEvent], other: Other = AS_IT_IS) -> Deadline:
    """The due date of a ticket with these clock events, by the ticket's own law or by another.

    Raises:
        DeadlineError: regime, calendar and timezone don't fit each other.
    """
    regime, calendar = other.regime or cast("Regime", ticket.regime), other.calendar or ticket.calendar
    if clock_for(ticket.kind) == "rights":
        return due(Case(regime, calendar, ticket.timezone, tuple(events), other.rules))
    received = min(event.at for event in events if event.type == "received")
    found = first_due(ticket.kind, received, regime, calendar, ticket.timezone)
    if ticket.acknowledged_at is None:
        return found
    trace = (*found.trace, _done(ticket, found, ticket.acknowledged_at))
    if ticket.kind != "complaint":
        return replace(found, due=None, moment=None, trace=trace)
    return replace(found, trace=(*trace, _outcome(found.due)), statutory=False)


def _outcome(day: date | None) -> str:
    """Why an acknowledged complaint keeps its date: its customer was told that they are answered by then."""
    told = in_words(day) if day else "its day"
    return (
        "Its outcome is owed without undue delay, and no law names a day: the desk's own target is the date that the "
        f"customer was told, {told}."
    )


def _done(ticket: Ticket, found: Deadline, at: datetime) -> str:
    """The sentence that ends a clock of acknowledging, or of telling the regulator."""
    day = local_date(at, ticket.timezone)
    late = at > found.moment if found.moment else found.due is not None and day > found.due
    when = f"on {in_words(day)}, {'too late' if late else 'in time'}"
    if ticket.kind != "breach":
        return f"It was acknowledged {when}."
    return (
        f"The regulator was told {when}: this clock has ended. Where the risk to those concerned is high, they are "
        "told without undue delay as well (article 34)."
    )


def set_clock(ticket: Ticket, found: Deadline) -> None:
    """Write a due date into the ticket, with the desk's own earlier one."""
    ticket.due_on, ticket.due_at, ticket.trace = found.due, found.moment, list(found.trace)
    ticket.notice_limit_on = found.limit_of_notice
    ticket.internal_due_on = internal_due(
        ticket.kind, found.due, local_date(ticket.received_at, ticket.timezone), ticket.calendar
    )


def internal_due(kind: str, due_on: date | None, received: date, calendar: str) -> date | None:
    """The desk's own date: EARLIER working days before the law's, but never before the day after receipt. Only for
    what counts in weeks.
    """
    if due_on is None or clock_for(kind) not in ("rights", "complaint"):
        return None
    day = calendar_for(calendar).before_working_days(due_on, EARLIER)
    return min(due_on, max(day, received + timedelta(days=1)))


def recount(session: Session, ticket: Ticket) -> None:
    """Count the ticket's clock anew from its ledger."""
    session.flush()
    set_clock(ticket, clock_of(session, ticket))
