"""Reminders in the database: made once each, ended with what they are about, marked done by a person.

`run` is the job; pages read `waiting` and `how_many`. All run inside somebody else's transaction and never commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.actors import Actor
from bot.casework.models import Reminder
from bot.casework.reminders import BY_CLOCK
from bot.db import wake
from bot.errors import NotFound
from bot.tickets.models import Ticket
from bot.tickets.states import OWED

MOST_SHOWN = 500


class Waiting(NamedTuple):
    """An open reminder with its ticket."""

    reminder: Reminder
    ticket: Ticket


def make(
    session: Session, ticket: Ticket, kind: str, for_date: date, now: datetime, *, audience: str = "staff"
) -> bool:
    """Make the reminder unless there was one of that kind for that date; whether it is new.

    That the customer was not told comes again where it happens again, though a person was done with it.
    """
    query = select(Reminder).where(
        Reminder.ticket_id == ticket.id, Reminder.kind == kind, Reminder.for_date == for_date
    )
    found = session.scalars(query).first()
    if found is not None:
        if kind == "not_told":
            again(session, found, now)
        return False
    done = now if audience == "customer" else None
    session.add(Reminder(ticket_id=ticket.id, kind=kind, for_date=for_date, audience=audience, at=now, done_at=done))
    session.flush()
    wake(session, "console")
    return True


def again(session: Session, reminder: Reminder, now: datetime) -> None:
    """It is not done after all: the same has happened once more."""
    reminder.at, reminder.done_at, reminder.done_by = now, None, None
    wake(session, "console")


def done(session: Session, reminder_id: int, actor: Actor, now: datetime) -> Reminder:
    """A person is done with it; harmless twice.

    Raises:
        NotFound: there is no such reminder of staff's.
    """
    reminder = session.get(Reminder, reminder_id)
    if reminder is None or reminder.audience != "staff":
        raise NotFound("there is no such reminder: look at the list again")
    if reminder.done_at is None:
        reminder.done_at, reminder.done_by = now, actor.staff_id or None
        ticket = session.get_one(Ticket, reminder.ticket_id)
        audit.append(
            session, actor=actor.name, action="reminder.done", subject=f"ticket:{ticket.reference}",
            data={"kind": reminder.kind, "for": str(reminder.for_date)}, now=now,
        )  # fmt: skip
        wake(session, "console")
    return reminder


def end(session: Session, reminders: Sequence[Reminder], now: datetime) -> None:
    """They go by themselves: what they are about is no more."""
    for reminder in reminders:
        reminder.done_at = now
    if reminders:
        wake(session, "console")


def waiting(session: Session, *, ticket_id: int | None = None, limit: int = MOST_SHOWN) -> Sequence[Waiting]:
    """Open reminders of staff, of all tickets or of one; those whose date is nearest first."""
    query = (
        select(Reminder, Ticket)
        .join(Ticket, Ticket.id == Reminder.ticket_id)
        .where(*_OPEN_ONES)
        .order_by(Reminder.for_date, Reminder.id)
        .limit(limit)
    )
    if ticket_id is not None:
        query = query.where(Reminder.ticket_id == ticket_id)
    return [Waiting(*row) for row in session.execute(query)]


def how_many(session: Session) -> int:
    """How many reminders wait for staff."""
    query = select(func.count()).select_from(Reminder).join(Ticket, Ticket.id == Reminder.ticket_id)
    return session.scalar(query.where(*_OPEN_ONES)) or 0


_OPEN_ONES = (
    Reminder.done_at.is_(None),
    Reminder.audience == "staff",
    # What the clock reminds of is over at once when the ticket ends, whenever the job runs next.
    (Ticket.state.in_(OWED)) | (Reminder.kind.not_in(BY_CLOCK)),
)
