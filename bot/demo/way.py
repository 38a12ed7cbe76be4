"""The way of the last message, read from the database: accepted → understood → answered or ticket → delivered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations.models import Message
from bot.messages.models import Inbox, Outbox
from bot.tickets.models import Ticket

CHANNELS = {"sms": "Text", "mail": "Email", "webchat": "Chat"}
ENDS = {"sms": "to the phone", "mail": "to the mailbox", "webchat": "to the browser"}
_LOOKED_AT = 20
"""Reports on our own messages come in by the same door; among so many rows there is a message."""


class Step(NamedTuple):
    """One step. `ms` counts from the moment of receiving; None while it is still to come."""

    name: str
    detail: str
    ms: float | None
    state: Literal["done", "waiting", "failed"]


class Way(NamedTuple):
    """One message's way. `id` is its row in the inbox."""

    id: int
    channel: str
    text: str
    steps: tuple[Step, ...]


def last(session: Session) -> Way | None:
    """The newest message of a customer, and how far it has come."""
    rows = session.execute(
        select(Inbox.id, Inbox.channel, Inbox.facts, Inbox.received_at, Inbox.handled_at, Inbox.state)
        .where(Inbox.channel.in_(CHANNELS))
        .order_by(Inbox.id.desc())
        .limit(_LOOKED_AT)
    )
    row = next((row for row in rows if row.facts.get("kind") != "status"), None)
    if row is None:
        return None
    message = session.scalars(select(Message).where(Message.inbox_id == row.id).limit(1)).first()
    steps = [Step("Accepted", "stored durably", 0.0, "done")]
    if message is None:
        state: Literal["failed", "waiting"] = "failed" if row.state == "dead" else "waiting"
        steps.append(Step("Understood", "a person must look at it" if state == "failed" else "", None, state))
        return Way(row.id, CHANNELS[row.channel], "", tuple(steps))
    handled = _since(row.received_at, row.handled_at)
    steps.append(Step("Understood", _meaning(message), handled, "done"))
    steps += _after(session, message, row.received_at, handled)
    return Way(row.id, CHANNELS[row.channel], message.text[:120], tuple(steps))


def _meaning(message: Message) -> str:
    if message.outcome == "other_language":
        return "another language"
    sure = f", {message.confidence:.0%} sure" if message.confidence is not None else ""
    return f"{message.intent or 'message'}{sure}"


def _after(session: Session, message: Message, start: datetime, handled: float | None) -> Sequence[Step]:
    """What the desk made of it, and whether the reply is with the customer."""
    replies = _replies(session, message)
    ticket = session.scalars(
        select(Ticket)
        .where(Ticket.conversation_id == message.conversation_id, Ticket.received_at == start)
        .order_by(Ticket.id)
        .limit(1)
    ).first()
    if ticket is not None:
        decided = Step("Ticket opened", ticket.reference, handled, "done")
    elif not replies:
        return [Step("For a person", "the bot stays silent", handled, "done")]
    else:
        clauses = [str(cited["id"]) for reply in replies for cited in reply.citations]
        decided = Step("Answered", f"clause {', '.join(clauses)}" if clauses else _words(replies[0]), handled, "done")
    delivery = session.scalars(
        select(Outbox).where(Outbox.message_id.in_([reply.id for reply in replies])).order_by(Outbox.id.desc()).limit(1)
    ).first()
    return [decided, _delivered(delivery, start)] if delivery is not None else [decided]


def _replies(session: Session, message: Message) -> Sequence[Message]:
    """What the bot said to it: the lines after it, up to the next that came in."""
    lines = session.scalars(
        select(Message)
        .where(Message.conversation_id == message.conversation_id, Message.id > message.id)
        .order_by(Message.id)
        .limit(_LOOKED_AT)
    )
    replies: list[Message] = []
    for line in lines:
        if line.direction == "in":
            break
        if line.direction == "out" and line.author == "bot":
            replies.append(line)
    return replies


def _words(reply: Message) -> str:
    return reply.outcome.replace("_", " ") or "in words"


def _delivered(row: Outbox, start: datetime) -> Step:
    if row.state == "failed":
        return Step("Not delivered", row.error[:80], None, "failed")
    if row.sent_at is None:
        return Step("Delivered", row.error[:80], None, "waiting")
    done = "Delivered" if row.state == "delivered" else "Sent"
    return Step(done, ENDS[row.channel], _since(start, row.sent_at), "done")


def _since(start: datetime, end: datetime | None) -> float | None:
    return None if end is None else max(0.0, (end - start).total_seconds() * 1000)
