"""How much was said lately, for the limits that `flood` and `facts` judge by: replies of ours, messages of theirs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, case, func, select
from sqlalchemy.orm import Session

from bot.conversations.flood import SAME_ANSWERED
from bot.conversations.models import Conversation, Message
from bot.conversations.standing import SHOWN, TOLD

SAME_LONGEST = 1000
"""Characters of a message that is held against the ones before."""
ACTIVE = 500
"""Conversations that moved last, among which a domain's replies are counted: that costs at most 2 ms."""
_UNASKED = (*SHOWN, "package_ready")
"""Outcomes that no loop brings: a right code came before them, or a person released a package."""
# Asked for every message, so built once: building them costs more than asking.
_ACTIVE = (
    select(Conversation.id, Conversation.channel, Conversation.address)
    .where(Conversation.last_at > bindparam("since"))
    .order_by(Conversation.last_at.desc())
    .limit(ACTIVE)
    .subquery()
)
_TO_DOMAIN = (
    select(_ACTIVE.c.address, func.count())
    .join(Message, Message.conversation_id == _ACTIVE.c.id)
    .where(
        _ACTIVE.c.channel == "mail",
        _ACTIVE.c.address.like(bindparam("anybody"), escape="/"),
        Message.author == "bot",
        Message.direction == "out",
        Message.outcome.not_like(f"{TOLD}%"),
        Message.outcome.not_in(_UNASKED),
        Message.created_at > bindparam("since"),
    )
    .group_by(_ACTIVE.c.address)
)


def bot_replies_since(session: Session, address: str, channel: str, since: datetime) -> int:
    """How many automatic replies an address had."""
    query = (
        select(func.count())
        .select_from(Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Conversation.channel == channel,
            Conversation.address == address,
            Message.author == "bot",
            Message.direction == "out",
            Message.outcome.not_like(f"{TOLD}%"),
            Message.outcome.not_in(_UNASKED),
            Message.created_at > since,
        )
    )
    return session.scalar(query) or 0


def mail_replies_since(session: Session, address: str, since: datetime) -> tuple[int, int]:
    """How many automatic replies a mail address had, whatever tag stands behind a plus, and how many its domain.

    Looks at the ACTIVE conversations that moved last, so that it costs the same in any flood. The address itself is
    counted whole.
    """
    person, domain = _untagged(address), address.rpartition("@")[2]
    anybody = "%@" + re.sub(r"([/%_])", r"/\1", domain)
    counts = session.execute(_TO_DOMAIN, {"since": since, "anybody": anybody}).all()
    same = sum(count for found, count in counts if _untagged(found) == person)
    return max(same, bot_replies_since(session, address, "mail", since)), sum(count for _, count in counts)


def _untagged(address: str) -> str:
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def an_hour_before(now: datetime) -> datetime:
    """The start of the hour that the cap on automatic replies looks at."""
    return now - timedelta(hours=1)


def said_before(session: Session, conversation: Conversation) -> Sequence[str]:
    """What the customer said last, newest first; "" for what is longer than SAME_LONGEST."""
    query = select(case((func.length(Message.text) <= SAME_LONGEST, Message.text), else_="")).where(
        Message.conversation_id == conversation.id,
        Message.direction == "in",
        Message.seq > conversation.last_seq - 3 * SAME_ANSWERED,
    )
    return session.scalars(query.order_by(Message.seq.desc()).limit(SAME_ANSWERED)).all()


def came_since(session: Session, conversation: Conversation, since: datetime, limit: int) -> Sequence[datetime]:
    """When the customer's newest messages came, those since that moment, `limit` at most. Of a flood's lines, however
    many, only the newest are looked at.
    """
    near = Message.seq > conversation.last_seq - 3 * limit
    query = select(Message.created_at).where(Message.conversation_id == conversation.id, near)
    query = query.where(Message.direction == "in", Message.created_at > since)
    return session.scalars(query.order_by(Message.seq.desc()).limit(limit)).all()
