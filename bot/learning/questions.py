"""Questions to learn from: those that the desk left open, and those whose answer was found wanting. SQL of learning.

A question stays until it is settled: set aside by staff, or answered since a lesson that was made from one like it was
published, for as long as it is. Going back to an earlier version therefore brings it back by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, delete, exists, func, or_, select, union
from sqlalchemy.orm import Session, aliased

from bot.audit import log as audit
from bot.audit.actors import Actor
from bot.conversations.models import UNANSWERED, UNHELPFUL, Conversation, Message
from bot.db import wake
from bot.learning.grouping import LONGEST, MOST
from bot.learning.models import Lesson, Settled

MOST_COUNTED = 1_000
LONGEST_REPLY = 400

State = Literal["open", "aside", "taught"]


class Question(NamedTuple):
    """A customer's line with the bot's reply to it. `words` is what was asked of the policy (a follow-up together with
    what it follows), `text` as it was written. `reply_id` is 0 where nothing was replied; `helpful` is the customer's
    word on it and `judged` the staff's.
    """

    id: int
    conversation_id: int
    site: str
    channel: str
    at: datetime
    text: str
    outcome: str
    state: State
    reply_id: int
    reply: str
    clauses: tuple[str, ...]
    confidence: float | None
    helpful: bool | None
    judged: str
    asked: str

    @property
    def words(self) -> str:
        """What the library was asked."""
        return self.asked or self.text


def newest(session: Session, *, sites: Sequence[str] = (), since: datetime | None = None) -> list[Question]:
    """The newest questions, at most MOST, newest first; of these sites, and since a moment, where they are given."""
    reply = aliased(Message)
    query = (
        select(
            Message.id, Message.conversation_id, Conversation.site, Conversation.channel, Message.created_at,
            func.substr(Message.text, 1, LONGEST), Message.outcome, _state(), reply.id,
            func.substr(reply.text, 1, LONGEST_REPLY), reply.citations, reply.confidence, reply.helpful, reply.judged,
            reply.evidence,
        )
        .join(Conversation, Conversation.id == Message.conversation_id)
        .outerjoin(
            reply,
            and_(
                reply.conversation_id == Message.conversation_id,
                reply.seq == Message.seq + 1,
                reply.author == "bot",
            ),
        )
        .where(Message.id.in_(union(*_halves()).subquery().select()))
        .order_by(Message.id.desc())
        .limit(MOST)
    )  # fmt: skip
    if sites:
        query = query.where(Conversation.site.in_(sites))
    if since:
        query = query.where(Message.created_at >= since)
    return [_question(row) for row in session.execute(query)]


def count(session: Session) -> int:
    """How many are not settled, up to MOST_COUNTED. Each half ends there by itself: every page of the console asks, and
    a desk that nobody teaches leaves very many open.
    """
    halves = [half.where(_state() == "open").limit(MOST_COUNTED).subquery().select() for half in _halves()]
    found = session.scalar(select(func.count()).select_from(union(*halves).subquery())) or 0
    return min(found, MOST_COUNTED)


def settle(session: Session, ids: Sequence[int], actor: Actor, now: datetime, *, origin_id: int | None = None) -> None:
    """Set these questions aside; with `origin_id`, settle them while a lesson made from that line is published."""
    session.execute(delete(Settled).where(Settled.message_id.in_(ids)))
    session.add_all(Settled(message_id=each, origin_id=origin_id, staff_id=actor.staff_id, at=now) for each in ids)
    if origin_id is None:
        _audit(session, "question.set_aside", ids, actor, now)
    wake(session, "console")


def reopen(session: Session, ids: Sequence[int], actor: Actor, now: datetime) -> None:
    """Take up again what was set aside."""
    session.execute(delete(Settled).where(Settled.message_id.in_(ids), Settled.origin_id.is_(None)))
    _audit(session, "question.taken_up", ids, actor, now)
    wake(session, "console")


def _audit(session: Session, action: str, ids: Sequence[int], actor: Actor, now: datetime) -> None:
    if ids:
        facts = {"questions": len(ids), "newest": max(ids)}
        audit.append(session, actor=actor.name, action=action, subject=f"question:{min(ids)}", data=facts, now=now)


def _halves() -> tuple[Select[Any], Select[Any]]:
    """The ids of customers' lines to learn from, each half by its own partial index."""
    answers = select(Message.conversation_id, Message.seq).where(UNHELPFUL, Message.author == "bot").subquery()
    answered = and_(Message.conversation_id == answers.c.conversation_id, Message.seq == answers.c.seq - 1)
    asked = select(Message.id).join(answers, answered).where(Message.direction == "in")
    return select(Message.id).where(UNANSWERED), asked


def _state() -> ColumnElement[str]:
    """The state of a line as a column."""
    taught = exists().where(Lesson.message_id == Settled.origin_id, Lesson.state == "published")
    mine = Settled.message_id == Message.id
    aside = exists().where(mine, Settled.origin_id.is_(None))
    answered = exists().where(mine, or_(taught))
    return case((aside, "aside"), (answered, "taught"), else_="open")


def _question(row: Any) -> Question:
    *first, reply_id, reply, cited, confidence, helpful, judged, evidence = row
    stored: Mapping[str, str] = evidence or {}
    clauses = tuple(str(each["id"]) for each in cited or ())
    asked = stored.get("asked", "")[:LONGEST]
    return Question._make([*first, reply_id or 0, reply or "", clauses, confidence, helpful, judged or "", asked])
