"""How a chat stands, as its visitor may see it, and what was read in it.

The functions run inside somebody else's transaction and never commit.
"""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.conversations.models import Conversation, Message
from bot.conversations.people import people
from bot.db import wake
from channels.live import NEW, Standing

SPEAK = ("bot", "staff")


def standing(session: Session, channel: str, address: str) -> Standing:
    """Who answers at that address, and up to which line its customer was read: by a person who looked, or by whoever
    has answered since.
    """
    query = select(Conversation).where(Conversation.channel == channel, Conversation.address == address)
    found = session.scalars(query.order_by(Conversation.id.desc()).limit(1)).first()
    if found is None:
        return NEW
    said = select(func.max(Message.seq)).where(
        Message.conversation_id == found.id, Message.direction == "out", Message.author.in_(SPEAK)
    )
    assignee = found.assignee_id if found.owner == "human" else None
    person = people(session, {assignee}).get(assignee) if assignee else None
    return Standing(
        "human" if found.owner == "human" else "bot", person, max(found.read_seq, session.scalar(said) or 0)
    )


def read_by_staff(session: Session, conversation_id: int, seq: int) -> bool:
    """One of the staff has had everything up to that line in front of them; whether that is news."""
    found = session.get(Conversation, conversation_id)
    if found is None or min(seq, found.last_seq) <= found.read_seq:
        return False
    found.read_seq = min(seq, found.last_seq)
    wake(session, f"live:{found.address}")
    return True


def seen_by_customer(session: Session, channel: str, address: str, seq: int) -> None:
    """The customer has read up to that line; nobody sees lines that are not there yet."""
    session.execute(
        update(Conversation)
        .where(
            Conversation.channel == channel,
            Conversation.address == address,
            Conversation.seen_seq < seq,
            Conversation.last_seq >= seq,
        )
        .values(seen_seq=seq)
    )
    wake(session, "presence")
