"""Links that ran out before anybody opened them: staff are reminded, for else the person waits and nobody knows.

A job of the scheduler, inside its transaction. The reminder goes by itself once a new link is out, it was handed over
on paper, or the request is worked on again.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.casework import reminding
from bot.casework.models import Reminder
from bot.casework.reminders import LINK_OVER
from bot.clock import day_of
from bot.packages.link_models import PackageLink
from bot.tickets.models import Ticket


def remind(session: Session, now: datetime) -> int:
    """Make and end these reminders; returns how many wait."""
    query = (
        select(Ticket, PackageLink.expires_at)
        .join(PackageLink, PackageLink.ticket_id == Ticket.id)
        .where(
            Ticket.state == "ready", PackageLink.ended_why == "", PackageLink.openings == 0,
            PackageLink.expires_at <= now,
        )
        .order_by(Ticket.id)
    )  # fmt: skip
    stand = set()
    for ticket, expired in session.execute(query):
        day = day_of(expired, ticket.timezone)
        reminding.make(session, ticket, LINK_OVER, day, now)
        stand.add((ticket.id, day))
    open_ones = select(Reminder).where(
        Reminder.done_at.is_(None), Reminder.audience == "staff", Reminder.kind == LINK_OVER
    )
    over = [each for each in session.scalars(open_ones) if (each.ticket_id, each.for_date) not in stand]
    reminding.end(session, over, now)
    return len(stand)
