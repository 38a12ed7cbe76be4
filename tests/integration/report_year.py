"""A year of requests for the reports: made at random from a seed, so that each test can count them a second time."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.conversations.models import Conversation
from bot.tickets.models import Ticket, TicketEvent
from bot.tickets.vocabulary import ENDS
from tests.integration.console_support import customer

LONDON = ZoneInfo("Europe/London")
STATES = ("received", "searching", "awaiting_identity", "review", *(("closed", "delivered", "answered") * 4), "refused",
          "withdrawn", "not_request")  # fmt: skip
KINDS = (*(("access", "erasure", "objection") * 4), "rectification", "complaint", "human", "breach")


class Made(NamedTuple):
    """A request with where it came from, and when identity was asked for and proved (None: not)."""

    ticket: Ticket
    channel: str
    asked_at: datetime | None
    proved_at: datetime | None


def year(session: Session, now: datetime, count: int = 120, assignee: int | None = None) -> list[Made]:
    """`count` requests of the last thirteen months."""
    chance = random.Random(count)
    talks = [
        customer(session, now, channel=channel, address=f"{channel}-{number}@example.com")
        for channel in ("sms", "mail", "webchat")
        for number in range(3)
    ]
    session.flush()
    return [_one(session, chance, chance.choice(talks), now, number, assignee) for number in range(count)]


def _one(
    session: Session, chance: random.Random, talk: Conversation, now: datetime, number: int, assignee: int | None
) -> Made:
    at = now - timedelta(minutes=chance.randrange(60 * 24 * 395))
    state, kind, took = chance.choice(STATES), chance.choice(KINDS), chance.randrange(45)
    settled = at + timedelta(days=took)
    if settled > now:
        state = "received"
    done = state in (*ENDS, "delivered", "answered")
    ticket = Ticket(
        reference=f"DR-TEST{number:02d}"[:24], kind=kind, state=state, conversation_id=talk.id,
        contact_id=talk.contact_id, received_at=at, due_on=(at + timedelta(days=31)).astimezone(LONDON).date(),
        settled_on=settled.astimezone(LONDON).date() if done else None, updated_at=now, timezone="Europe/London",
        calendar="GB-SCT", regime="uk-gdpr", assignee_id=chance.choice((assignee, None)),
        acknowledged_at=at + timedelta(hours=took * 3) if kind == "breach" and done else None,
        trace=[], summary="Please",
    )  # fmt: skip
    session.add(ticket)
    session.flush()
    asked = at + timedelta(hours=1) if chance.random() < 0.5 else None
    proved = asked + timedelta(hours=chance.randrange(300)) if asked and chance.random() < 0.7 else None
    session.add(TicketEvent(ticket_id=ticket.id, type="received", at=at, data={}))
    for type_, when in (("identity_requested", asked), ("identity_confirmed", proved)):
        if when:
            session.add(TicketEvent(ticket_id=ticket.id, type=type_, at=when, data={}))
    return Made(ticket, talk.channel, asked, proved)
