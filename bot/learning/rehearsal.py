"""A dry run of lessons: which of the questions of the past would be answered otherwise. Called through the keeper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from time import monotonic
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.conversations.models import Conversation, Message
from bot.conversations.understand import understand
from knowledge.base import Answer
from knowledge.library import MAX_QUESTION, Library

MOST_QUESTIONS = 1_000
MOST_LINES = 20_000
"""Lines looked back over, so that a desk with few questions among many requests is not read whole."""
MOST_SECONDS = 10.0
OUTCOMES = ("answer", "silent", "off_topic", "handed_over", "choose")
"""Of a customer's line: what the policy was asked about."""


class Past(NamedTuple):
    """A question of the past; `message_id` is its newest line."""

    message_id: int
    conversation_id: int
    at: datetime
    site: str
    text: str


class Said(NamedTuple):
    """What a library gives: the outcome as `understand` names it, the clauses best first, and staff's own words."""

    outcome: str
    clauses: tuple[str, ...]
    curated: str


class Change(NamedTuple):
    """A question that would be answered otherwise."""

    question: Past
    before: Said
    after: Said


class Rehearsal(NamedTuple):
    """What a dry run found: `looked` at so many questions, newest first; not `whole` where its time ran out. `token` is
    of the drafts that it tried, as `service.pending` gives it.
    """

    looked: int
    whole: bool
    changes: tuple[Change, ...]
    token: str = ""


def questions(session: Session, limit: int = MOST_QUESTIONS) -> Sequence[Past]:
    """The newest distinct questions of customers, whatever their capitals and spaces."""
    newest = session.scalar(select(func.max(Message.id))) or 0
    query = (
        select(
            Message.id, Message.conversation_id, Message.created_at, Conversation.site,
            func.substr(Message.text, 1, MAX_QUESTION),
        )
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Message.id > newest - MOST_LINES, Message.author == "you", Message.outcome.in_(OUTCOMES))
        .order_by(Message.id.desc())
    )  # fmt: skip
    found: dict[tuple[str, str], Past] = {}
    for row in session.execute(query):
        past = Past(*row)
        found.setdefault((past.site, " ".join(past.text.casefold().split())), past)
        if len(found) == limit:
            break
    return tuple(found.values())


def compare(
    past: Sequence[Past], live: Library, draft: Library, policy_of: Mapping[str, str], timezone: str,
    seconds: float = MOST_SECONDS,
) -> Rehearsal:  # fmt: skip
    """Ask both libraries, each question for the day of its asking in the time zone. A policy whose lessons are the same
    in both is not asked.
    """
    began, looked = monotonic(), 0
    changes: list[Change] = []
    taught = [{each.policy: each.digest for each in library.lessons} for library in (live, draft)]
    touched = {key for key in {*taught[0], *taught[1]} if taught[0].get(key) != taught[1].get(key)}
    for question in past:
        if monotonic() - began > seconds:
            return Rehearsal(looked, whole=False, changes=tuple(changes))
        looked += 1
        key = policy_of.get(question.site, "")
        if key in touched:
            today = day_of(question.at, timezone)
            before, after = (_said(library, key, question.text, today) for library in (live, draft))
            if before != after:
                changes.append(Change(question, before, after))
    return Rehearsal(looked, whole=True, changes=tuple(changes))


def _said(library: Library, key: str, text: str, today: date) -> Said:
    understood = understand(text, library, policy=key, today=today)
    result = understood.result
    if understood.outcome != "answered" or not isinstance(result, Answer):
        return Said(understood.outcome, (), "")
    return Said("answered", tuple(each.id for each in result.citations), " ".join(understood.curated))
