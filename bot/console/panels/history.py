"""Panel "History": what was done about a ticket and its conversation, and who looked at it, from the audit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.models import AuditEntry
from bot.console.conversation_queries import LOOKS, Happened
from bot.console.gate import Call
from bot.tickets.models import Ticket

DEEDS = 200
MOST_LOOKS = 100


class History(NamedTuple):
    """Newest first, each up to its bound. `more` says that there are older deeds than are shown."""

    deeds: Sequence[Happened]
    looks: Sequence[Happened]
    more: bool


def load(session: Session, ticket: Ticket, _call: Call) -> History:
    """What the audit knows of the ticket."""
    subjects = (f"ticket:{ticket.reference}", f"conversation:{ticket.conversation_id}")
    about = AuditEntry.subject.in_(subjects)
    deeds = entries(session, about, AuditEntry.action.not_in(LOOKS), limit=DEEDS + 1)
    looks = entries(session, about, AuditEntry.action.in_(LOOKS), limit=MOST_LOOKS)
    return History(deeds[:DEEDS], looks, len(deeds) > DEEDS)


def entries(session: Session, *conditions: object, limit: int) -> list[Happened]:
    """Entries of the audit under these conditions, newest first."""
    query = select(AuditEntry).where(*conditions).order_by(AuditEntry.seq.desc()).limit(limit)  # type: ignore[arg-type]
    return [
        Happened(datetime.fromisoformat(row.at), row.actor, row.action, row.subject, json.loads(row.data))
        for row in session.scalars(query)
    ]
