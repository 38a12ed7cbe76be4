"""Where a conversation goes on in another one of the same person, as it is kept; inside somebody else's transaction.

`moving` goes on altogether, `away` sends on what was not read; each says when it begins and ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.actors import Actor
from bot.conversations.models import Continuation, Conversation

How = Literal["away", "moved", "asked"]
"""What is not read goes there too; it goes on there; staff asked for that, and a code went there first."""


def begin(
    session: Session, here: Conversation, there: Conversation, how: How, actor: Actor, now: datetime, *,
    tickets: Sequence[int] = (), told_seq: int = 0,
) -> None:  # fmt: skip
    """From now on `here` goes on in `there`, with these requests; `told_seq` is the last line that is known there."""
    session.add(
        Continuation(
            conversation_id=here.id, to_id=there.id, how=how, tickets=list(tickets), told_seq=told_seq, by=actor.name,
            at=now,
        )
    )  # fmt: skip


def going_on(session: Session, conversation_id: int, how: How, *, since: datetime | None = None) -> Continuation | None:
    """Where it goes on in that way now, begun after `since`; the newest, None for nowhere."""
    query = select(Continuation).where(
        Continuation.conversation_id == conversation_id, Continuation.how == how, Continuation.ended_at.is_(None)
    )
    query = query.where(Continuation.at > since) if since is not None else query
    return session.scalars(query.order_by(Continuation.id.desc()).limit(1)).first()
