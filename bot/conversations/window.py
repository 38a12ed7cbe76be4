"""WhatsApp's window: our own words go there only within 24 hours of the customer's last message to that address.

Source: the WhatsApp Business Messaging Policy; Twilio refuses what comes later with 63016. An approved template may go
at any time. RCS has no window.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.contacts.forms import form
from bot.conversations.models import Conversation, Message

OPEN_FOR = timedelta(hours=24)
CODE = "63016"
_CLOSED = "WhatsApp takes our own words only within 24 hours of their last message there"
NOTED = "WhatsApp takes no words of ours any more: reach them another way"


def applies(channel: str, address: str) -> bool:
    """Whether that address has a window."""
    return channel == "sms" and form(address) == "whatsapp"


def closed(*, template: bool) -> str:
    """Why our own words can't go, and the mend; `template` is whether there is one to send."""
    return f"{_CLOSED}: {'send the template, or ' if template else ''}use another verified address of theirs"


def is_closed(session: Session, conversation: Conversation, now: datetime) -> bool:
    """Whether our own words can't go to that conversation's address now, for its window."""
    if not applies(conversation.channel, conversation.address):
        return False
    return not is_open(wrote_at(session, conversation.address), now)


def is_open(wrote_at: datetime | None, now: datetime) -> bool:
    """Whether our own words may go now to somebody who last wrote then. Pure."""
    return wrote_at is not None and now - wrote_at < OPEN_FOR


def wrote_at(session: Session, address: str) -> datetime | None:
    """When somebody last wrote to us from that address."""
    query = (
        select(func.max(Message.created_at).label("at"))
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Conversation.channel == "sms", Conversation.address == address, Message.direction == "in")
    )
    found: datetime | None = session.execute(query).one().at
    return found
