"""Knowledge versions: what the desk knew at a time, numbered, recorded once and never altered.

Called by `service` for what staff publish or take back, and by the keeper for what it finds changed: an imported
policy, other software. Each is audited; all run inside somebody else's transaction and never commit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.actors import Actor
from bot.db import wake
from bot.learning import repository
from bot.learning.models import KnowledgeVersion
from knowledge.kept import digest_of_all
from knowledge.lessons import Lessons
from knowledge.library import Library

LONGEST_NOTE = 300
TOPIC = "knowledge"
"""What is woken when the knowledge has a new version."""


def record(
    session: Session, library: Library, lessons: Sequence[Lessons], ids: Sequence[int], *, note: str, now: datetime,
    actor: Actor | None = None, equals: int | None = None,
) -> KnowledgeVersion:  # fmt: skip
    """Add the next version: these lessons over the library's policies, whose texts are kept. Wakes whoever answers."""
    last = repository.newest(session)
    held = [each for each in lessons if each.lessons]
    made = KnowledgeVersion(
        number=last.number + 1 if last else 1,
        digest=digest_of_all(library.classifier_digest, library.texts, {each.policy: each.digest for each in held}),
        classifier=library.classifier_digest,
        policies=[[key, day, digest] for (key, day), digest in sorted(library.texts.items())],
        lessons=[each.as_json() for each in held],
        lesson_ids=sorted(ids),
        note=" ".join(note.split())[:LONGEST_NOTE],
        equals=equals,
        created_by=actor.staff_id if actor else None,
        created_at=now,
    )
    session.add(made)
    repository.keep_texts(session, library.policies(), now)
    session.flush()
    wake(session, TOPIC)
    wake(session, "console")
    return made


def found_changed(session: Session, library: Library, now: datetime) -> KnowledgeVersion:
    """The version of what the library holds: the one in force, or a new one that says what changed since it."""
    last = repository.newest(session)
    if last is not None and last.digest == library.digest:
        return last
    ids = last.lesson_ids if last else []
    made = record(session, library, library.lessons, ids, note=_why(last, library), now=now)
    audited(session, made, "knowledge.changed", "system", {"note": made.note}, now)
    return made


def audited(
    session: Session, made: KnowledgeVersion, action: str, actor: str, facts: Mapping[str, Any], now: datetime
) -> None:
    """The audit of a version: facts, and the digest of what is known since."""
    data = {**facts, "digest": made.digest}
    audit.append(session, actor=actor, action=action, subject=f"knowledge:{made.number}", data=data, now=now)


def _why(last: KnowledgeVersion | None, library: Library) -> str:
    if last is None:
        return "the desk's first start"
    before = {(key, day): digest for key, day, digest in last.policies}
    new = [f"{key} {day}" for (key, day), digest in library.texts.items() if before.get((key, day)) != digest]
    gone = [f"{key} {day}" for key, day in before if (key, day) not in library.texts]
    told = ["software changed"] if last.classifier != library.classifier_digest else []
    told += [f"policy imported: {', '.join(new)}"] if new else []
    told += [f"policy removed: {', '.join(gone)}"] if gone else []
    return "; ".join(told) or "lessons changed"
