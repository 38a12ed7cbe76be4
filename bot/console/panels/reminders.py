"""Panel "Reminders": what staff are reminded of about this request, and when its customer was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.casework import reminding
from bot.casework.models import Reminder
from bot.console.gate import Call
from bot.console.reminder_words import said
from bot.console.words import Said
from bot.tickets.models import Ticket

MOST = 30
DONE: Mapping[str, str] = {"reminded": "Done. The reminder is gone; it stays in the history."}


class Shown(NamedTuple):
    """A reminder in words."""

    reminder: Reminder
    words: Said


class Reminders(NamedTuple):
    """Those that wait, and those that the customer had, newest first."""

    waiting: Sequence[Shown]
    customer: Sequence[Shown]


def load(session: Session, ticket: Ticket, call: Call) -> Reminders:
    """The ticket's reminders."""
    query = select(Reminder).where(Reminder.ticket_id == ticket.id, Reminder.audience == "customer")
    had = session.scalars(query.order_by(Reminder.id.desc()).limit(MOST)).all()
    return Reminders(
        [shown(row.reminder, ticket, call) for row in reminding.waiting(session, ticket_id=ticket.id, limit=MOST)],
        [shown(each, ticket, call) for each in had],
    )


def shown(reminder: Reminder, ticket: Ticket, call: Call) -> Shown:
    """One reminder in words, as of now."""
    now, today = call.desk.now(), call.desk.today()
    return Shown(reminder, said(reminder.kind, reminder.for_date, ticket.due_on, ticket.due_at, now, today))
