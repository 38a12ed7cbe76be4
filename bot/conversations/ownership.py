"""Who answers in a conversation, the bot or a person, and whether it is open. Each change is audited.

Called by handling for the bot and by staff's pages and programs. All run inside somebody else's transaction and never
commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.actors import Actor
from bot.conversations import repository
from bot.conversations.models import Conversation
from bot.db import wake
from bot.tickets import service as tickets


def hand_over(session: Session, conversation: Conversation, reason: str, now: datetime) -> None:
    """From the bot to people; the start of the human stretch is recorded."""
    if conversation.owner == "human":
        return
    conversation.owner, conversation.owner_since, conversation.state = "human", now, "open"
    conversation.handover_reason = reason[:200]
    conversation.asked = ""
    audited(session, conversation, "conversation.handed_over", Actor("bot"), {"reason": reason}, now)


def take_over(session: Session, conversation_id: int, actor: Actor, now: datetime) -> None:
    """One of the staff takes the conversation; from now on the bot is silent in it."""
    conversation = repository.get(session, conversation_id)
    conversation.owner, conversation.owner_since = "human", now
    conversation.assignee_id, conversation.state = actor.staff_id, "open"
    conversation.asked = ""
    conversation.version += 1
    for ticket in tickets.of_conversation(session, conversation_id):
        if ticket.assignee_id is None:
            tickets.assign(session, ticket.id, actor.staff_id, actor, now)
    audited(session, conversation, "conversation.taken_over", actor, {}, now)


def give_back(session: Session, conversation_id: int, actor: Actor, now: datetime) -> None:
    """The bot answers again; the end of the human stretch is recorded."""
    conversation = repository.get(session, conversation_id)
    conversation.owner, conversation.owner_since = "bot", now
    conversation.assignee_id, conversation.handover_reason = None, ""
    conversation.question, conversation.failures = "", 0
    conversation.version += 1
    audited(session, conversation, "conversation.given_back", actor, {}, now)


def assign(session: Session, conversation_id: int, staff_id: int | None, actor: Actor, now: datetime) -> None:
    """Give the conversation to somebody, or to whoever takes it next."""
    conversation = repository.get(session, conversation_id)
    conversation.assignee_id = staff_id
    conversation.version += 1
    if staff_id is not None and conversation.owner == "bot":
        conversation.owner, conversation.owner_since, conversation.asked = "human", now, ""
        audited(session, conversation, "conversation.handed_over", actor, {"reason": "assigned"}, now)
    audited(session, conversation, "conversation.assigned", actor, {"to": staff_id or 0}, now)


def close(session: Session, conversation_id: int, actor: Actor, now: datetime) -> None:
    """Done; the customer's next message opens it again, with the bot."""
    conversation = repository.get(session, conversation_id)
    conversation.state, conversation.owner, conversation.owner_since = "closed", "bot", now
    conversation.assignee_id, conversation.asked, conversation.handover_reason = None, "", ""
    conversation.question, conversation.failures = "", 0
    conversation.version += 1
    audited(session, conversation, "conversation.closed", actor, {}, now)


def reopen(session: Session, conversation_id: int, actor: Actor, now: datetime) -> None:
    """Not done after all, say staff or a new message of the customer's."""
    conversation = repository.get(session, conversation_id)
    conversation.state = "open"
    conversation.version += 1
    audited(session, conversation, "conversation.reopened", actor, {}, now)


def audited(
    session: Session, conversation: Conversation, action: str, actor: Actor, data: Mapping[str, object], now: datetime
) -> None:
    """The audit of something done with a conversation; whoever looks at it is woken."""
    subject = f"conversation:{conversation.id}"
    audit.append(session, actor=actor.name, action=action, subject=subject, data=data, now=now)
    wake(session, "console")
    wake(session, f"live:{conversation.address}")
