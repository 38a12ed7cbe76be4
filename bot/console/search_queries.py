"""Search over references, addresses, names and words. Read only; every part is bounded, most exact first.

References and addresses go by index. Names and words are looked for among the newest conversations and lines only, so
that a search never costs more than a moment; the page says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from bot.console.queue_rows import Row, rows_of
from bot.contacts.models import Contact, ContactAddress
from bot.conversations.models import Conversation, Message
from bot.tickets.models import Ticket
from bot.tickets.references import parse_reference

MOST = 50
NEWEST_LINES = 10_000
NEWEST_CONVERSATIONS = 20_000
LONGEST = 200
SHORTEST_WORD = 2
_PRECISE = re.compile(r"(DR-|\+?\d|\S+@)", re.IGNORECASE)
"""The beginning of a reference, a number or an address: where such a one is found, words are not looked for."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found. `jump` is the request to open at once: its reference was exact."""

    rows: Sequence[Row]
    jump: str = ""


def search(session: Session, asked: str) -> Found:
    """Conversations that fit what was asked, at most MOST."""
    asked = " ".join(asked[:LONGEST].split())
    if len(asked) < SHORTEST_WORD:
        return Found(())
    exact = _by_reference(session, asked)
    if exact:
        return Found(rows_of(session, [exact.conversation_id]), exact.reference)
    ids = dict.fromkeys(_by_start(session, asked))
    if not ids or not _PRECISE.match(asked):
        ids |= dict.fromkeys(_by_name(session, asked))
    if len(ids) < MOST and not (ids and _PRECISE.match(asked)):
        ids |= dict.fromkeys(_by_words(session, asked))
    return Found(rows_of(session, list(ids)[:MOST]))


def _by_reference(session: Session, asked: str) -> Ticket | None:
    reference = parse_reference(asked) or parse_reference(f"DR-{asked}")
    return session.scalar(select(Ticket).where(Ticket.reference == reference)) if reference else None


def _between(column: Any, start: str) -> Any:
    """Begins with `start`, as a range that an index can walk."""
    return (column >= start) & (column < start + "\U0010ffff")


def _by_start(session: Session, asked: str) -> Sequence[int]:
    """The beginning of a reference, an address or a phone number."""
    reference = select(Ticket.conversation_id).where(_between(Ticket.reference, asked.upper())).limit(MOST)
    found = list(session.scalars(reference))
    starts = {asked.lower(), asked.replace(" ", "")}
    if asked.startswith("0"):
        starts.add("+44" + asked.replace(" ", "")[1:])
    channels = ("sms", "mail", "webchat")
    contacts = select(ContactAddress.contact_id).where(
        ContactAddress.channel.in_(channels), or_(*(_between(ContactAddress.value, start) for start in starts))
    )
    query = select(Conversation.id).where(Conversation.contact_id.in_(contacts.limit(MOST)))
    return found + list(session.scalars(query.order_by(Conversation.last_at.desc()).limit(MOST)))


def _by_name(session: Session, asked: str) -> Sequence[int]:
    newest = select(func.max(Conversation.id)).scalar_subquery()
    named = (
        select(Conversation.id)
        .join(Contact, Contact.id == Conversation.contact_id)
        .where(
            Conversation.id > newest - NEWEST_CONVERSATIONS,
            or_(
                Conversation.name.icontains(asked, autoescape=True),
                Conversation.subject.icontains(asked, autoescape=True),
                Contact.name.icontains(asked, autoescape=True),
            ),
        )
    )
    return session.scalars(named.order_by(Conversation.id.desc()).limit(MOST)).all()


def _by_words(session: Session, asked: str) -> Sequence[int]:
    newest = select(func.max(Message.id)).scalar_subquery()
    query = select(Message.conversation_id).where(
        Message.id > newest - NEWEST_LINES,
        or_(Message.text.icontains(asked, autoescape=True), Message.subject.icontains(asked, autoescape=True)),
    )
    found = session.scalars(query.order_by(Message.id.desc()).limit(MOST * 4)).all()
    return list(dict.fromkeys(found))
