"""Queries of conversations: adding lines and notes, finding what was said, and reading a customer's own lines."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import rows
from bot.conversations import calls, shared_files
from bot.conversations.models import Conversation, Message
from bot.conversations.people import people
from bot.db import wake
from bot.errors import NotFound
from bot.messages.models import Inbox
from bot.tickets.models import Ticket
from bot.tickets.states import LIVE, RIGHTS
from channels.base import InboundMessage
from channels.context import Line

MOST_LINES = 500
SHORT = 200
NO_REQUEST = ("suspected", "not_request", "merged")
"""States in which a ticket is no request of its own, or not yet."""
ANSWERS = ("answer", "silent")
"""Outcomes of the bot's lines of which somebody may say that they helped, or did not."""
LOOKED_BACK = 50
"""Messages of a customer among which the last one of their own is looked for."""


def get(session: Session, conversation_id: int) -> Conversation:
    """The conversation of that id.

    Raises:
        NotFound: there is none.
    """
    conversation = session.get(Conversation, conversation_id)
    if conversation is None:
        raise NotFound("no such conversation: open it from the queue again")
    return conversation


def last_answer(session: Session, conversation_id: int) -> Message | None:
    """The bot's last answer, or its last word that the policy is silent."""
    query = select(Message).where(
        Message.conversation_id == conversation_id, Message.author == "bot", Message.outcome.in_(ANSWERS)
    )
    return session.scalars(query.order_by(Message.id.desc()).limit(1)).first()


def has_written(session: Session, conversation: Conversation) -> bool:
    """Whether its customer ever wrote there, or it is all ours until now."""
    query = select(Message.id).where(Message.conversation_id == conversation.id, Message.direction == "in")
    return session.scalars(query.limit(1)).first() is not None


def may_be_told(session: Session, conversation: Conversation) -> bool:
    """Whether the desk may write to its customer by itself: to a caller only where they asked for a text."""
    if not calls.is_call(conversation.channel):
        return True
    query = select(Message.id).where(Message.conversation_id == conversation.id, Message.outcome == calls.TEXTED)
    return session.scalars(query.limit(1)).first() is not None


def last_right(session: Session, conversation_id: int) -> int | None:
    """The id of the newest request under a right in it, however it stands; none that was only suspected. A complaint is
    about that.
    """
    query = select(Ticket.id).where(
        Ticket.conversation_id == conversation_id, Ticket.kind.in_(RIGHTS), Ticket.state.not_in(NO_REQUEST)
    )
    return session.scalars(query.order_by(Ticket.id.desc()).limit(1)).first()


def create(
    session: Session, message: InboundMessage, *, channel: str, site: str, contact: int, now: datetime
) -> Conversation:
    """A new conversation, owned by the bot."""
    return rows.add(
        session, Conversation, channel=channel, address=message.address[:320], name=message.name[:200],
        recipient=message.recipient[:320], account=message.account[:64], site=site, contact_id=contact,
        subject=message.subject[:500], owner_since=now, created_at=now, last_at=now,
    )  # fmt: skip


def add_line(session: Session, conversation: Conversation, now: datetime, **values: Any) -> Message:
    """Add a line; it gets the next `seq` unless it is a note, which customers never see. Wakes whoever watches."""
    visible = values["direction"] != "note"
    conversation.version += 1
    if visible:
        conversation.last_seq += 1
        conversation.last_at = now
        conversation.last_text = " ".join(str(values.get("text", "")).split())[:SHORT]
        conversation.last_direction = values["direction"]
    seq = conversation.last_seq if visible else None
    line = rows.add(session, Message, conversation_id=conversation.id, seq=seq, created_at=now, **values)
    if visible:
        wake(session, f"chat:{conversation.address}")
    wake(session, "console")
    return line


def note(session: Session, conversation: Conversation, text: str, now: datetime) -> Message:
    """Add what the desk tells staff in the conversation, and its customer never sees."""
    return add_line(session, conversation, now, direction="note", author="system", text=text)


def with_open_tickets(session: Session, channel: str, address: str, kinds: Collection[str]) -> Sequence[Conversation]:
    """The address's conversations in which a ticket of one of these kinds is not closed."""
    under_way = select(Ticket.conversation_id).where(Ticket.kind.in_(kinds), Ticket.state != "closed")
    query = select(Conversation).where(
        Conversation.channel == channel, Conversation.address == address, Conversation.id.in_(under_way)
    )
    return session.scalars(query.order_by(Conversation.id)).all()


def open_tickets_of(session: Session, contacts: Collection[int], kinds: Collection[str]) -> Sequence[Ticket]:
    """The tickets of these kinds that have not ended, of any of these people."""
    query = select(Ticket).where(Ticket.contact_id.in_(contacts), Ticket.kind.in_(kinds), Ticket.state.in_(LIVE))
    return session.scalars(query.order_by(Ticket.id).limit(MOST_LINES)).all()


def last_of_customer(session: Session, conversation_id: int) -> Message | None:
    """The customer's last message, which a reply answers."""
    query = select(Message).where(Message.conversation_id == conversation_id, Message.direction == "in")
    return session.scalars(query.order_by(Message.id.desc()).limit(1)).first()


def customer_wrote_at(session: Session, conversation: Conversation) -> datetime:
    """When the customer's last message came in, as far as they have written one themselves and no machine of theirs."""
    query = (
        select(Message, Inbox.received_at)
        .outerjoin(Inbox, Inbox.id == Message.inbox_id)
        .where(Message.conversation_id == conversation.id, Message.direction == "in")
        .order_by(Message.id.desc())
        .limit(LOOKED_BACK)
    )
    found = [(line, received_at or line.created_at) for line, received_at in session.execute(query)]
    own = [at for line, at in found if "automatic" not in line.evidence]
    return next(iter(own or [at for _, at in found]), conversation.created_at)


def transcript(session: Session, channel: str, address: str, after_seq: int) -> Sequence[Line]:
    """The lines of an address's conversation after `seq`, as its customer may see them: no notes."""
    query = (
        select(Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Conversation.channel == channel, Conversation.address == address, Message.seq > after_seq)
        .order_by(Message.seq)
        .limit(MOST_LINES)
    )
    lines = session.scalars(query).all()
    named = people(session, {line.staff_id for line in lines if line.staff_id and line.author == "staff"})
    held = shared_files.of_lines(session, [line.id for line in lines])
    return [
        Line(
            line.seq or 0,
            line.rfc_id if line.author == "you" else f"m{line.id}",
            line.author,  # type: ignore[arg-type]  # the column holds these words
            line.text,
            tuple(line.citations),
            line.created_at,
            tuple(line.choices),
            named.get(line.staff_id or 0),
            held.get(line.id, ()),
            line.outcome,
        )
        for line in lines
    ]
