"""The round of reminders: a look over every request that is owed something, by the scheduler's clock.

What is new is made, what is over ends, and customers who owe us something are written to. The decisions are in
`reminders`; here are the queries, and the carrying out in the scheduler's transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from bot.casework import reaching, reminding, service
from bot.casework.models import Reminder
from bot.casework.reminders import BY_CLOCK, TO_CUSTOMER, Due, Facts, for_customer, for_staff
from bot.clock import day_of
from bot.conversations import repository
from bot.conversations.models import Message
from bot.conversations.wording import House
from bot.tickets.models import Ticket, TicketEvent
from bot.tickets.states import AWAITING, OWED
from channels.context import Site

EVERY = timedelta(minutes=15)
NEAR = timedelta(days=8)
"""Dates further away remind of nothing, in any time zone."""
MOST_LETTERS = 200
"""Customers written to in one round; the others come with the next."""
_ASKED = {
    "awaiting_identity": "identity_requested",
    "awaiting_authority": "authority_requested",
    "awaiting_fee": "fee_requested",
    "awaiting_clarification": "clarification_requested",
}


def go(session: Session, now: datetime, *, house: House, site_of: Callable[[str], Site]) -> None:
    """One round."""
    found = _candidates(session, now, house.terms.timezone)
    asked, wrote = _asked(session), _wrote(session)
    had = _had(session, found)
    letters = 0
    for ticket in found:
        zone = ticket.timezone or house.terms.timezone
        at = asked.get((ticket.id, ticket.state))
        facts = Facts(
            ticket.kind, ticket.state, ticket.due_on, ticket.due_at, ticket.internal_due_on, ticket.notice_limit_on,
            extended=ticket.extended, asked_at=at, wrote_at=wrote.get(ticket.conversation_id),
        )  # fmt: skip
        _staff(session, ticket, facts, had[ticket.id], now, zone)
        before = [Due(each.kind, each.for_date) for each in had[ticket.id] if each.kind in TO_CUSTOMER]
        due = for_customer(facts, now, zone, before)
        if due is not None and letters < MOST_LETTERS:
            letters += _write_to(session, ticket, due, now, house, site_of)
    _end_of_others(session, found, now)


def _staff(session: Session, ticket: Ticket, facts: Facts, had: Sequence[Reminder], now: datetime, zone: str) -> None:
    """Make what is new; what is not due any more, or gave way to a more pressing one, ends."""
    due, wrote_at = for_staff(facts, now, zone), facts.wrote_at
    known = {Due(each.kind, each.for_date) for each in had}
    for kind, for_date in due:
        if (kind, for_date) not in known:
            reminding.make(session, ticket, kind, for_date, now)
    for each in had:
        if each.kind == "wrote" and each.done_at and wrote_at and wrote_at > each.done_at:
            reminding.again(session, each, now)
    over = [each for each in had if _open_by_clock(each) and Due(each.kind, each.for_date) not in due]
    reminding.end(session, over, now)


def _write_to(
    session: Session, ticket: Ticket, due: Due, now: datetime, house: House, site_of: Callable[[str], Site]
) -> bool:
    """Remind the customer, unless they can't be told anything there: then nothing is noted, and staff see the date."""
    conversation = repository.get(session, ticket.conversation_id)
    if reaching.hindrance(session, conversation):
        return False
    reminding.make(session, ticket, due.kind, due.for_date, now, audience="customer")
    last = due.kind == TO_CUSTOMER[-1]
    service.remind_customer(session, ticket, now, house=house, site=site_of(conversation.site), last=last)
    return True


def _candidates(session: Session, now: datetime, timezone: str) -> Sequence[Ticket]:
    """Tickets that may have a reminder now."""
    near = day_of(now, timezone) + NEAR
    query = select(Ticket).where(
        Ticket.state.in_(OWED),
        or_(
            Ticket.due_on <= near, Ticket.internal_due_on <= near, Ticket.notice_limit_on <= near,
            Ticket.state.in_(AWAITING),
        ),
    )  # fmt: skip
    return session.scalars(query.order_by(Ticket.id)).all()


def _asked(session: Session) -> Mapping[tuple[int, str], datetime]:
    """When each waiting ticket's customer was last asked, by ticket and state."""
    states = {kind: state for state, kind in _ASKED.items()}
    query = (
        select(TicketEvent.ticket_id, TicketEvent.type, func.max(TicketEvent.at))
        .join(Ticket, Ticket.id == TicketEvent.ticket_id)
        .where(Ticket.state.in_(AWAITING), TicketEvent.type.in_(states))
        .group_by(TicketEvent.ticket_id, TicketEvent.type)
    )
    return {(ticket, states[kind]): at for ticket, kind, at in session.execute(query)}


def _wrote(session: Session) -> Mapping[int, datetime]:
    """When the customer last wrote in each conversation with a waiting ticket; a machine's message is not theirs."""
    query = (
        select(Message.conversation_id, func.max(Message.created_at).label("at"))
        .where(
            Message.conversation_id.in_(select(Ticket.conversation_id).where(Ticket.state.in_(AWAITING))),
            Message.direction == "in",
            Message.evidence["automatic"].as_string().is_(None),
        )
        .group_by(Message.conversation_id)
    )
    return {row.conversation_id: row.at for row in session.execute(query)}


def _had(session: Session, found: Sequence[Ticket]) -> Mapping[int, Sequence[Reminder]]:
    """Every reminder of these tickets."""
    had: dict[int, list[Reminder]] = defaultdict(list)
    ids = [ticket.id for ticket in found]
    for start in range(0, len(ids), 500):
        query = select(Reminder).where(Reminder.ticket_id.in_(ids[start : start + 500]))
        for reminder in session.scalars(query):
            had[reminder.ticket_id].append(reminder)
    return had


def _end_of_others(session: Session, found: Sequence[Ticket], now: datetime) -> None:
    """What the clock reminded of for tickets that have ended, or whose dates went far away."""
    looked_at = {ticket.id for ticket in found}
    query = select(Reminder).where(
        Reminder.done_at.is_(None), Reminder.audience == "staff", Reminder.kind.in_(BY_CLOCK)
    )
    reminding.end(session, [each for each in session.scalars(query) if each.ticket_id not in looked_at], now)


def _open_by_clock(reminder: Reminder) -> bool:
    return reminder.done_at is None and reminder.audience == "staff" and reminder.kind in BY_CLOCK
