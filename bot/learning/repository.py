"""Queries of learning: lessons, knowledge versions, and the texts of policies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.errors import NotFound
from bot.learning.models import KnowledgeVersion, Lesson, PolicyText
from knowledge.base import Policy
from knowledge.kept import digest_of, packed, unpacked

MOST_VERSIONS = 200
MOST_LESSONS = 10_000
_BOUND = 500


def newest(session: Session) -> KnowledgeVersion | None:
    """The knowledge version in force; None before the first start."""
    return session.scalars(select(KnowledgeVersion).order_by(KnowledgeVersion.number.desc()).limit(1)).first()


def newest_number(session: Session) -> int:
    """Its number alone; 0 before the first start."""
    return session.scalar(select(func.max(KnowledgeVersion.number))) or 0


def version(session: Session, number: int) -> KnowledgeVersion:
    """The knowledge version of that number.

    Raises:
        NotFound: there is none.
    """
    found = session.get(KnowledgeVersion, number)
    if found is None:
        raise NotFound(f"there is no knowledge version {number}: choose one of the list")
    return found


def versions(session: Session, limit: int = MOST_VERSIONS) -> Sequence[KnowledgeVersion]:
    """The knowledge versions, newest first."""
    return session.scalars(select(KnowledgeVersion).order_by(KnowledgeVersion.number.desc()).limit(limit)).all()


def lesson(session: Session, lesson_id: int) -> Lesson:
    """The lesson of that id.

    Raises:
        NotFound: there is none.
    """
    found = session.get(Lesson, lesson_id)
    if found is None:
        raise NotFound(f"there is no lesson {lesson_id}: choose one of the list")
    return found


def lessons(session: Session, *states: str, policy: str = "") -> Sequence[Lesson]:
    """The lessons in these states, oldest first; of one policy where one is named."""
    query = select(Lesson).where(Lesson.state.in_(states)).order_by(Lesson.id).limit(MOST_LESSONS)
    return session.scalars(query.where(Lesson.policy == policy) if policy else query).all()


def count_drafts(session: Session) -> int:
    """How many drafts wait."""
    return session.scalar(select(func.count()).select_from(Lesson).where(Lesson.state == "draft")) or 0


def by_ids(session: Session, ids: Iterable[int]) -> dict[int, Lesson]:
    """The lessons of these ids, whatever their state; one look a few hundred ids, as many as a database binds."""
    wanted = sorted(ids)
    parts = (wanted[at : at + _BOUND] for at in range(0, len(wanted), _BOUND))
    return {row.id: row for part in parts for row in session.scalars(select(Lesson).where(Lesson.id.in_(part)))}


def keep_texts(session: Session, policies: Iterable[Policy], now: datetime) -> None:
    """Keep the text of each version that is not kept yet."""
    texts = {digest_of(text): (policy, text) for policy in policies for text in (packed(policy),)}
    known = set(session.scalars(select(PolicyText.digest).where(PolicyText.digest.in_(texts))))
    for digest, (policy, text) in texts.items():
        if digest not in known:
            day = policy.effective.isoformat()
            session.add(PolicyText(digest=digest, policy=policy.key, effective=day, content=text, kept_at=now))


def kept(session: Session, digest: str) -> Policy | None:
    """The policy whose text has this digest; None where it is not kept, or not as it was written."""
    found = session.get(PolicyText, digest)
    return unpacked(found.content) if found is not None and digest_of(found.content) == digest else None
