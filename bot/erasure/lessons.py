"""What staff taught from a person's words: drafts go, what equals their words is taken out of every knowledge version.

A published lesson in staff's own words stays and is listed for staff to look at. A version out of which words were
taken says so (`erased_at`): proving its answers again then tells honestly that a lesson is erased, and not that it was
altered. The version in force is followed by one without the lesson, so that the running desk forgets it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations.models import Message
from bot.db import wake
from bot.erasure import scope
from bot.erasure.scope import Whose
from bot.learning import repository, versions
from bot.learning.models import KnowledgeVersion, Lesson
from knowledge.kept import digest_of_all
from knowledge.lessons import from_json

BLANK = "(erased question of lesson"
"""How that begins which stands where their words were; the lesson's number follows, since two must differ."""
NOTE = "A lesson was erased with the person whose words it had"


def remove(session: Session, contacts: Sequence[int], now: datetime) -> tuple[int, list[int]]:
    """Remove what was taught in the persons' own words, while their lines still have them: (how many lessons, the ids
    of published ones that were made from their lines and are to be mended by staff).
    """
    gone, mend, blanked = 0, [], set[int]()
    published = _ever_published(session)
    for lesson in _made_from(session, contacts):
        said = _said(session, lesson)
        if lesson.id not in published:
            session.delete(lesson)
            gone += 1
        elif any(_same(each, said) for each in _questions(lesson.content)):
            blanked.add(lesson.id)
            _blank_versions(session, lesson, said, now)
            lesson.content, lesson.message_id = _without(lesson, lesson.content, said), None
            gone += 1
        elif lesson.state == "published":
            mend.append(lesson.id)
    session.flush()
    if blanked:
        _follow(session, blanked, now)
    return gone, mend


def of(session: Session, contacts: Sequence[int]) -> Sequence[Lesson]:
    """The lessons that were made from the persons' lines."""
    return _made_from(session, contacts)


def _made_from(session: Session, contacts: Sequence[int]) -> Sequence[Lesson]:
    query = select(Lesson).where(Lesson.message_id.in_(scope.owned("message", Whose(contacts)))).order_by(Lesson.id)
    return session.scalars(query).all()


def _ever_published(session: Session) -> set[int]:
    return {each for ids in session.scalars(select(KnowledgeVersion.lesson_ids)) for each in ids}


def _said(session: Session, lesson: Lesson) -> str:
    return session.scalar(select(Message.text).where(Message.id == lesson.message_id)) or ""


def _questions(content: dict[str, Any]) -> list[str]:
    many = content.get("questions", [])
    return [str(each) for each in (*many, content.get("question", "")) if each]


def _same(question: str, said: str) -> bool:
    """Whether a question is their words: all of them, or one of their sentences."""
    plain, theirs = " ".join(question.casefold().split()), " ".join(said.casefold().split())
    return bool(plain) and plain in theirs


def _without(lesson: Lesson, content: dict[str, Any], said: str) -> dict[str, Any]:
    """The lesson without their words; its other fields are staff's and the policy's."""
    made, blank = dict(content), f"{BLANK} {lesson.id})"
    if "question" in made and _same(str(made["question"]), said):
        made["question"] = blank
    if "questions" in made:
        made["questions"] = [blank if _same(str(each), said) else each for each in made["questions"]]
    return made


def _blank_versions(session: Session, lesson: Lesson, said: str, now: datetime) -> None:
    for version in session.scalars(select(KnowledgeVersion)):
        if lesson.id not in version.lesson_ids:
            continue
        version.lessons = [
            {**each, "lessons": [_without(lesson, row, said) for row in each["lessons"]]} for each in version.lessons
        ]
        version.erased_at = now


def _follow(session: Session, blanked: set[int], now: datetime) -> None:
    """A version without what was erased, where one of it was in force."""
    newest = repository.newest(session)
    if newest is None or not blanked & set(newest.lesson_ids):
        return
    lessons = [each for each in map(_kept, newest.lessons) if each["lessons"]]
    for lesson in session.scalars(select(Lesson).where(Lesson.id.in_(blanked), Lesson.state == "published")):
        lesson.state, lesson.leaving, lesson.version = "withdrawn", False, lesson.version + 1
    texts = {(key, day): text for key, day, text in newest.policies}
    taught = {each["policy"]: from_json(each).digest for each in lessons}
    made = KnowledgeVersion(
        number=newest.number + 1, digest=digest_of_all(newest.classifier, texts, taught),
        classifier=newest.classifier, policies=newest.policies, lessons=lessons,
        lesson_ids=[each for each in newest.lesson_ids if each not in blanked], note=NOTE, created_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    versions.audited(session, made, "knowledge.erased", "bot", {"withdrawn": sorted(blanked)}, now)
    wake(session, versions.TOPIC)


def _kept(each: dict[str, Any]) -> dict[str, Any]:
    rows = [row for row in each["lessons"] if not any(said.startswith(BLANK) for said in _questions(row))]
    return {**each, "lessons": rows}
