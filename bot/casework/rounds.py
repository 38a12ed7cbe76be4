"""The round of reminders: a look over every request that is owed something, by the scheduler's clock.

What is new is made, what is over ends, and customers who owe us something are written to. The decisions are in
`reminders`; here are the queries, and the carrying out, in transactions that are short however many requests there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.casework import reaching, reminding, service
from bot.casework.models import Reminder
from bot.casework.reminders import BY_CLOCK, TO_CUSTOMER, Due, Facts, for_customer, for_staff
from bot.clock import day_of
from bot.conversations import repository
from bot.conversations.models import Message
from bot.conversations.wording import House
from bot.db import Database
from bot.errors import TemporaryError
from bot.tickets.models import Ticket, TicketEvent
from bot.tickets.states import AWAITING, OWED
from channels.context import Site

EVERY = timedelta(minutes=15)
NEAR = timedelta(days=8)
"""Dates further away remind of nothing, in any time zone."""
MOST_LETTERS = 200
"""Customers written to in one round; the others come with the next."""
AT_ONCE = 20
"""Requests in one transaction: a letter takes some milliseconds."""
MOST_IDS = 500
_ASKED = {
    "awaiting_identity": "identity_requested",
    "awaiting_authority": "authority_requested",
    "awaiting_fee": "fee_requested",
    "awaiting_clarification": "clarification_requested",
}


class Look(NamedTuple):
    """What a round has to do: tickets for which something is to be made, ended or written, and reminders (ids) whose
    tickets have ended or whose dates went far away.
    """

    tickets: Sequence[int]
    over: Sequence[int]


class _Case(NamedTuple):
    """A ticket with what its reminders are decided from. `had` are all that it ever had."""

    ticket: Ticket
    facts: Facts
    had: Sequence[Reminder]
    zone: str


class _Changes(NamedTuple):
    """What is to be done for one ticket; `letter` is what its customer is reminded of, None for nothing."""

    new: Sequence[Due]
    again: Sequence[Reminder]
    over: Sequence[Reminder]
    letter: Due | None


async def run(database: Database, now: datetime, *, house: House, site_of: Callable[[str], Site]) -> None:
    """One round. It looks through all requests in a reader, and writes for a few at a time: nobody waits for it.

    A request that fails holds up none but those beside it; the round then counts as failed, and comes again.
    """
    found = await database.read(lambda session: look(session, now, house.terms.timezone))
    left, failure = MOST_LETTERS, None
    for start in range(0, len(found.tickets), AT_ONCE):
        some = found.tickets[start : start + AT_ONCE]
        try:
            left -= await database.write(partial(go, only=some, now=now, house=house, site_of=site_of, letters=left))
        except TemporaryError:
            raise
        except Exception as error:  # noqa: BLE001  raised below: the others come first
            failure = error
    for start in range(0, len(found.over), MOST_IDS):
        await database.write(partial(_end_of_others, ids=found.over[start : start + MOST_IDS], now=now))
    if failure is not None:
        raise failure


def look(session: Session, now: datetime, timezone: str) -> Look:
    """What the round has to do; changes nothing."""
    cases = _cases(session, now, timezone)
    concerned = [case.ticket.id for case in cases if _concerned(session, case, now)]
    looked_at = {case.ticket.id for case in cases}
    query = select(Reminder.id, Reminder.ticket_id).where(
        Reminder.done_at.is_(None), Reminder.audience == "staff", Reminder.kind.in_(BY_CLOCK)
    )
    return Look(concerned, [each.id for each in session.execute(query) if each.ticket_id not in looked_at])


def _concerned(session: Session, case: _Case, now: datetime) -> bool:
    changes = _changes(case, now)
    if changes.new or changes.again or changes.over:
        return True
    return changes.letter is not None and not _hindered(session, case.ticket)


def go(
    session: Session, *, only: Sequence[int], now: datetime, house: House, site_of: Callable[[str], Site],
    letters: int = MOST_LETTERS,
) -> int:  # fmt: skip
    """The round for these tickets, as they stand in this transaction; returns how many customers were written to."""
    wrote = 0
    for case in _cases(session, now, house.terms.timezone, only):
        changes = _changes(case, now)
        for kind, for_date in changes.new:
            reminding.make(session, case.ticket, kind, for_date, now)
        for each in changes.again:
            reminding.again(session, each, now)
        reminding.end(session, changes.over, now)
        if changes.letter is not None and wrote < letters:
            wrote += _write_to(session, case.ticket, changes.letter, now, house, site_of)
    return wrote


def _changes(case: _Case, now: datetime) -> _Changes:
    """What is new is made; what is not due any more, or gave way to a more pressing one, ends."""
    due, wrote_at = for_staff(case.facts, now, case.zone), case.facts.wrote_at
    known = {Due(each.kind, each.for_date) for each in case.had}
    before = [Due(each.kind, each.for_date) for each in case.had if each.kind in TO_CUSTOMER]
    return _Changes(
        new=[each for each in due if each not in known],
        again=[
            each for each in case.had
            if each.kind == "wrote" and each.done_at and wrote_at and wrote_at > each.done_at
        ],
        over=[each for each in case.had if _open_by_clock(each) and Due(each.kind, each.for_date) not in due],
        letter=for_customer(case.facts, now, case.zone, before),
    )  # fmt: skip


def _write_to(
    session: Session, ticket: Ticket, due: Due, now: datetime, house: House, site_of: Callable[[str], Site]
) -> bool:
    """Remind the customer, unless they can't be told anything there: then nothing is noted, and staff see the date."""
    if _hindered(session, ticket):
        return False
    conversation = repository.get(session, ticket.conversation_id)
    reminding.make(session, ticket, due.kind, due.for_date, now, audience="customer")
    last = due.kind == TO_CUSTOMER[-1]
    service.remind_customer(session, ticket, now, house=house, site=site_of(conversation.site), last=last)
    return True


def _hindered(session: Session, ticket: Ticket) -> bool:
    return bool(reaching.hindrance(session, repository.get(session, ticket.conversation_id)))


def _cases(session: Session, now: datetime, timezone: str, only: Sequence[int] | None = None) -> Sequence[_Case]:
    """Tickets that may have a reminder now, all or those of `only`, each with what that is decided from."""
    near = day_of(now, timezone) + NEAR
    query = select(Ticket).where(
        Ticket.state.in_(OWED),
        or_(
            Ticket.due_on <= near, Ticket.internal_due_on <= near, Ticket.notice_limit_on <= near,
            Ticket.state.in_(AWAITING),
        ),
    )  # fmt: skip
    if only is not None:
        query = query.where(Ticket.id.in_(only))
    found = session.scalars(query.order_by(Ticket.id)).all()
    asked, wrote, had = _asked(session, only), _wrote(session, only), _had(session, found)
    return [
        _Case(
            each,
            Facts(
                each.kind, each.state, each.due_on, each.due_at, each.internal_due_on, each.notice_limit_on,
                extended=each.extended, asked_at=asked.get((each.id, each.state)),
                wrote_at=wrote.get(each.conversation_id, _Wrote()).at,
                replied_at=wrote.get(each.conversation_id, _Wrote()).replied,
            ),
            had[each.id], each.timezone or timezone,
        )
        for each in found
    ]  # fmt: skip


def _asked(session: Session, only: Sequence[int] | None) -> Mapping[tuple[int, str], datetime]:
    """When each waiting ticket's customer was last asked, by ticket and state."""
    states = {kind: state for state, kind in _ASKED.items()}
    query = (
        select(TicketEvent.ticket_id, TicketEvent.type, func.max(TicketEvent.at))
        .where(TicketEvent.ticket_id.in_(_waiting(Ticket.id, only)), TicketEvent.type.in_(states))
        .group_by(TicketEvent.ticket_id, TicketEvent.type)
    )
    return {(ticket, states[kind]): at for ticket, kind, at in session.execute(query)}


class _Wrote(NamedTuple):
    """When a customer last wrote, and when last anything but a question how their request stands."""

    at: datetime | None = None
    replied: datetime | None = None


def _wrote(session: Session, only: Sequence[int] | None) -> Mapping[int, _Wrote]:
    """When the customer last wrote in each conversation with a waiting ticket; a machine's message is not theirs."""
    last = func.max(Message.created_at)
    replied = last.filter(Message.intent != "status")
    query = (
        select(Message.conversation_id, last.label("at"), replied.label("replied"))
        .where(
            Message.conversation_id.in_(_waiting(Ticket.conversation_id, only)),
            Message.direction == "in",
            Message.evidence["automatic"].as_string().is_(None),
        )
        .group_by(Message.conversation_id)
    )
    return {row.conversation_id: _Wrote(row.at, row.replied) for row in session.execute(query)}


def _waiting(column: InstrumentedAttribute[int], only: Sequence[int] | None) -> Select[int]:
    """A column of the tickets that wait for their customers."""
    query = select(column).where(Ticket.state.in_(AWAITING))
    return query if only is None else query.where(Ticket.id.in_(only))


def _had(session: Session, found: Sequence[Ticket]) -> Mapping[int, Sequence[Reminder]]:
    """Every reminder of these tickets."""
    had: dict[int, list[Reminder]] = defaultdict(list)
    ids = [ticket.id for ticket in found]
    for start in range(0, len(ids), MOST_IDS):
        query = select(Reminder).where(Reminder.ticket_id.in_(ids[start : start + MOST_IDS]))
        for reminder in session.scalars(query):
            had[reminder.ticket_id].append(reminder)
    return had


def _end_of_others(session: Session, *, ids: Sequence[int], now: datetime) -> None:
    """What the clock reminded of for tickets that have ended, or whose dates went far away."""
    query = select(Reminder).where(Reminder.id.in_(ids), Reminder.done_at.is_(None))
    reminding.end(session, session.scalars(query).all(), now)


def _open_by_clock(reminder: Reminder) -> bool:
    return reminder.done_at is None and reminder.audience == "staff" and reminder.kind in BY_CLOCK
