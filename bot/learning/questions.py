"""The questions that went unanswered or whose answer did not help, grouped by likeness: what staff teach from.

`found` reads them, in a reader thread; `grouped` is slow enough (a second for a thousand) to belong in a thread too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.conversations.models import Conversation, Message
from bot.learning.models import Lesson
from bot.learning.rehearsal import MOST_LINES
from knowledge.library import MAX_QUESTION
from knowledge.taught import alike

MOST_QUESTIONS = 1_000
Why = Literal["silent", "off_topic", "handed_over", "unhelpful"]
UNANSWERED: tuple[Why, ...] = ("silent", "off_topic", "handed_over")
_LINES = (
    select(
        Message.id, Message.conversation_id, Message.created_at, Conversation.site,
        func.substr(Message.text, 1, MAX_QUESTION), Message.outcome,
    )
    .join(Conversation, Conversation.id == Message.conversation_id)
    .where(Message.author == "you")
)  # fmt: skip


class Question(NamedTuple):
    """A customer's line that the policy did not answer, or not well. `lessons` are the ids of those made from it that
    are drafted or published.
    """

    message_id: int
    conversation_id: int
    at: datetime
    site: str
    text: str
    why: Why
    lessons: tuple[int, ...]


def found(session: Session, limit: int = MOST_QUESTIONS) -> Sequence[Question]:
    """The newest of them, each line once, newest first."""
    since = (session.scalar(select(func.max(Message.id))) or 0) - MOST_LINES
    unanswered = _LINES.where(Message.id > since, Message.outcome.in_(UNANSWERED)).order_by(Message.id.desc())
    rows = {
        message: Question(message, conversation, at, site, text, why, ())
        for message, conversation, at, site, text, why in session.execute(unanswered.limit(limit))
    }
    rows |= {each.message_id: each for each in _unhelpful(session, since, limit)}
    newest = sorted(rows.values(), key=lambda each: -each.message_id)[:limit]
    query = select(Lesson.message_id, Lesson.id).where(
        Lesson.message_id.in_([each.message_id for each in newest]), Lesson.state != "withdrawn"
    )
    taught: dict[int, list[int]] = {}
    for message_id, lesson_id in session.execute(query.order_by(Lesson.id)):
        taught.setdefault(message_id or 0, []).append(lesson_id)
    return [each._replace(lessons=tuple(taught.get(each.message_id, ()))) for each in newest]


def _unhelpful(session: Session, since: int, limit: int) -> Iterator[Question]:
    """The lines whose answer was said not to have helped: the answer's evidence names the line by its `seq`."""
    query = select(Message.conversation_id, Message.evidence).where(Message.id > since, Message.helpful.is_(False))
    asked = {
        (conversation, int(evidence.get("question") or 0))
        for conversation, evidence in session.execute(query.order_by(Message.id.desc()).limit(limit))
    }
    lines = _LINES.add_columns(Message.seq).where(
        Message.conversation_id.in_({conversation for conversation, _seq in asked}),
        Message.seq.in_({seq for _conversation, seq in asked}),
    )
    for *row, _outcome, seq in session.execute(lines):
        if (row[1], seq) in asked:
            yield Question(row[0], row[1], row[2], row[3], row[4], "unhelpful", ())


def grouped(questions: Sequence[Question]) -> list[list[Question]]:
    """The questions in groups that ask alike, of one site each: the largest group first, in it the newest first."""
    groups: list[list[Question]] = []
    for site in dict.fromkeys(question.site for question in questions):
        here = [question for question in questions if question.site == site]
        groups += [[here[at] for at in rows] for rows in alike([question.text for question in here])]
    return sorted(groups, key=len, reverse=True)
