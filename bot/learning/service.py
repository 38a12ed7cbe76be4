"""What staff do to teach: draft, change and withdraw lessons, publish them, go back to an earlier version.

All run inside somebody else's transaction and never commit; each is audited with facts, never with words. Nothing of a
draft acts before it is published, and a version once published is never altered: going back makes a new one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.actors import Actor
from bot.db import wake
from bot.errors import PermanentError
from bot.learning import personal, repository, versions
from bot.learning.models import KnowledgeVersion, Lesson
from knowledge import lessons as taught
from knowledge.lessons import LessonError, Lessons
from knowledge.library import Library, UnknownPolicy

MOST_DRAFTS = 500
"""Drafts that wait at once: more than a lead can look through."""


class Refused(PermanentError):
    """This can't be taught as it stands; the text names the mend."""


class Stale(PermanentError):
    """Somebody else changed it meanwhile: look at it as it is now, then do it again."""


class Pending(NamedTuple):
    """What the next publishing would do. `token` is to be given to `publish` or `revert`: it proves what was seen.

    `drafts` come in, `leaving` go out (withdrawn, or replaced by a draft). `number` is the version in force.
    """

    number: int
    token: str
    drafts: Sequence[Lesson]
    leaving: Sequence[Lesson]


def add(
    session: Session, actor: Actor, *, policy: str, kind: str, content: Mapping[str, Any], library: Library,
    now: datetime, today: date, message_id: int | None = None,
) -> Lesson:  # fmt: skip
    """Draft a lesson. `content` has the fields of its kind (`knowledge.lessons`) without `of`, which is the version in
    force `today`, where the desk is; `message_id` is the customer's line that it was made from.

    Raises:
        Refused: it can't be taught of this policy.
    """
    values = _checked(kind, content, policy, library, today)
    if repository.count_drafts(session) >= MOST_DRAFTS:
        raise Refused(f"{MOST_DRAFTS} drafts wait already: have them published, or withdraw those that are not needed")
    row = Lesson(
        policy=policy, kind=kind, content=values, state="draft", leaving=False, version=1, message_id=message_id,
        created_by=actor.staff_id, created_at=now, changed_by=actor.staff_id, changed_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _audit(session, row, "lesson.added", actor, now)
    return row


def edit(
    session: Session, lesson_id: int, actor: Actor, *, content: Mapping[str, Any], seen: int, library: Library,
    now: datetime, today: date,
) -> Lesson:  # fmt: skip
    """Change a draft; of a published lesson, draft another that replaces it. `seen` is the `version` that was seen.

    Raises:
        NotFound: there is no such lesson.
        Stale: somebody else changed it, or it is withdrawn.
        Refused: it can't be taught so.
    """
    row = _seen(session, lesson_id, seen)
    if row.state == "published":
        made = add(
            session, actor, policy=row.policy, kind=row.kind, content=content, library=library, now=now,
            today=today, message_id=row.message_id,
        )  # fmt: skip
        made.replaces = row.id
        _touch(row, actor, now)
        return made
    row.content = _checked(row.kind, content, row.policy, library, today)
    _touch(row, actor, now)
    _audit(session, row, "lesson.changed", actor, now)
    return row


def withdraw(session: Session, lesson_id: int, actor: Actor, *, seen: int, now: datetime) -> Lesson:
    """Drop a draft; let a published lesson go with the next publishing (again: let it stay).

    Raises:
        NotFound: there is no such lesson.
        Stale: somebody else changed it, or it is withdrawn already.
    """
    row = _seen(session, lesson_id, seen)
    if row.state == "draft":
        row.state = "withdrawn"
    else:
        row.leaving = not row.leaving
    _touch(row, actor, now)
    stays = row.state == "published" and not row.leaving
    _audit(session, row, "lesson.kept" if stays else "lesson.withdrawn", actor, now)
    return row


def pending(session: Session) -> Pending:
    """What waits to be published, with the token that proves what was seen."""
    newest = repository.newest(session)
    rows = repository.lessons(session, "draft", "published")
    drafts = [row for row in rows if row.state == "draft"]
    replaced = {row.replaces for row in drafts}
    leaving = [row for row in rows if row.state == "published" and (row.leaving or row.id in replaced)]
    number = newest.number if newest else 0
    seen = f"{number} {sorted((row.id, row.version) for row in (*drafts, *leaving))}"
    return Pending(number, hashlib.sha256(seen.encode()).hexdigest()[:32], drafts, leaving)


def drafted(session: Session) -> list[Lessons]:
    """The lessons as they would be after publishing: for a dry run.

    Raises:
        Refused: two of them contradict each other.
    """
    return _gathered(_after(session, pending(session)))


def publish(
    session: Session, actor: Actor, *, token: str, note: str, library: Library, now: datetime, today: date
) -> KnowledgeVersion:
    """Put what is pending in force as a new version; `today` is the day where the desk is.

    Raises:
        Stale: something was drafted, changed or published since `token` was given.
        Refused: nothing waits, or a lesson doesn't fit the policy now in force.
    """
    found = _unchanged(session, token)
    if not found.drafts and not found.leaving:
        raise Refused("nothing waits to be published: draft a lesson or withdraw one first")
    for row in found.drafts:
        content = {name: value for name, value in row.content.items() if name != "of"}
        _checked(row.kind, content, row.policy, library, today)
    after = _after(session, found)
    for row in found.leaving:
        row.state, row.leaving = "withdrawn", False
        _touch(row, actor, now)
    for row in found.drafts:
        row.state = "published"
        _touch(row, actor, now)
    ids = [row.id for row in after]
    made = versions.record(session, library, _gathered(after), ids, note=note, now=now, actor=actor)
    facts = {"published": [row.id for row in found.drafts], "withdrawn": [row.id for row in found.leaving]}
    versions.audited(session, made, "knowledge.published", actor.name, facts, now)
    return made


def revert(
    session: Session, number: int, actor: Actor, *, token: str, note: str, library: Library, now: datetime
) -> KnowledgeVersion:
    """Teach again exactly what version `number` taught, as a new version; drafts stay drafts.

    Raises:
        NotFound: there is no such version.
        Stale: something was drafted, changed or published since `token` was given.
        Refused: that version taught what is taught now.
    """
    found = _unchanged(session, token)
    old = repository.version(session, number)
    if old.erased_at is not None:
        raise Refused(f"version {number} had a lesson that was erased with a person: teach from another version")
    again = [taught.from_json(each) for each in old.lessons]
    wanted = set(old.lesson_ids)
    current = repository.version(session, found.number)
    if wanted == set(current.lesson_ids):
        raise Refused(f"version {number} taught what is taught now: there is nothing to go back to")
    rows = {row.id: row for row in repository.lessons(session, "published")}
    for row in (rows | repository.by_ids(session, wanted)).values():
        state = "published" if row.id in wanted else "withdrawn" if row.state == "published" else row.state
        if state != row.state or row.leaving:
            row.state, row.leaving = state, False
            _touch(row, actor, now)
    made = versions.record(session, library, again, old.lesson_ids, note=note, now=now, actor=actor, equals=number)
    versions.audited(session, made, "knowledge.reverted", actor.name, {"to": number}, now)
    return made


def _checked(kind: str, content: Mapping[str, Any], policy: str, library: Library, today: date) -> dict[str, Any]:
    """The lesson's fields, tidied, with the version that they are of."""
    try:
        current = library.in_force(policy, today)
        lesson = taught.lesson_of(kind, {**content, "of": current.effective.isoformat()})
        taught.check(lesson, current)
        for question in _questions(lesson):
            if kind_found := personal.found(question):
                raise Refused(f"A question names {kind_found}: leave it out, since what is taught is kept for ever")
    except (LessonError, UnknownPolicy) as error:
        raise Refused(str(error)) from error
    return taught.content_of(lesson)


def _questions(lesson: taught.Lesson) -> tuple[str, ...]:
    if isinstance(lesson, taught.Tags):
        return ()
    return lesson.questions if isinstance(lesson, taught.Curated) else (lesson.question,)


def _after(session: Session, found: Pending) -> list[Lesson]:
    """The rows that are in force after publishing."""
    gone = {row.id for row in found.leaving}
    return [row for row in repository.lessons(session, "published") if row.id not in gone] + list(found.drafts)


def _gathered(rows: Sequence[Lesson]) -> list[Lessons]:
    policies = dict.fromkeys(row.policy for row in rows)
    try:
        return [
            taught.gathered(policy, (taught.lesson_of(row.kind, row.content) for row in rows if row.policy == policy))
            for policy in policies
        ]
    except LessonError as error:
        raise Refused(str(error)) from error


def _seen(session: Session, lesson_id: int, seen: int) -> Lesson:
    row = repository.lesson(session, lesson_id)
    if row.version != seen or row.state == "withdrawn":
        raise Stale("somebody else changed this lesson meanwhile: look at it as it is now, then do it again")
    return row


def _unchanged(session: Session, token: str) -> Pending:
    found = pending(session)
    if found.token != token:
        raise Stale("somebody else changed or published lessons meanwhile: look at what would change now, then publish")
    return found


def _touch(row: Lesson, actor: Actor, now: datetime) -> None:
    row.version += 1
    row.changed_by, row.changed_at = actor.staff_id, now


def _audit(session: Session, row: Lesson, action: str, actor: Actor, now: datetime) -> None:
    facts = {"policy": row.policy, "kind": row.kind, "clauses": row.content.get("clauses") or [row.content["clause"]]}
    facts |= {"topics": row.content["topics"]} if "topics" in row.content else {}
    audit.append(session, actor=actor.name, action=action, subject=f"lesson:{row.id}", data=facts, now=now)
    wake(session, "console")
