"""What staff teach about one policy, as data: example questions, topic tags, curated answers. `taught` applies it.

A lesson names a clause as it stood in one version (`of`, a date): in other versions it follows that clause's identity,
so that a renumbered policy never lends a lesson to another clause.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from knowledge.base import Policy
from knowledge.topics import classifier
from knowledge.words import STOP, words

LONGEST_QUESTION = 500
LONGEST_CURATED = 400
LONGEST_WORD = 80
"""Of a curated answer: a text message is cut between words."""
MOST_QUESTIONS = 20
"""Questions of one curated answer."""
MOST_CLAUSES = 3
MOST_LESSONS = 5_000


class LessonError(ValueError):
    """A lesson that can't be taught; the message names the mend."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question like `question` is answered with `clause` of the version of the day `of` (ISO)."""

    question: str
    clause: str
    of: str


@dataclass(frozen=True, slots=True)
class Tags:
    """`clause` is about these topics (keys of the classifier, the main one first), whatever the classifier thinks."""

    clause: str
    topics: tuple[str, ...]
    of: str


@dataclass(frozen=True, slots=True)
class Curated:
    """A question like one of these is answered with `text`, staff's own words, which rest on `clauses`."""

    questions: tuple[str, ...]
    text: str
    clauses: tuple[str, ...]
    of: str


Lesson = Example | Tags | Curated
KINDS: Mapping[str, type[Lesson]] = {"example": Example, "tags": Tags, "curated": Curated}
_MANY = ("questions", "topics", "clauses")


def kind_of(lesson: Lesson) -> str:
    """A key of KINDS."""
    return next(name for name, kind in KINDS.items() if isinstance(lesson, kind))


def content_of(lesson: Lesson) -> dict[str, Any]:
    """A lesson's fields as JSON has them; `lesson_of` reads them."""
    values = ((name, getattr(lesson, name)) for name in lesson.__slots__)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values}


def lesson_of(kind: str, content: Mapping[str, Any]) -> Lesson:
    """A lesson from its kind and fields, spaces tidied. Raises LessonError for another shape."""
    made = KINDS.get(kind)
    if made is None:
        raise LessonError(f"{kind!r} is no kind of lesson: use {', '.join(KINDS)}.")
    if not isinstance(content, Mapping) or set(content) != set(made.__slots__):
        raise LessonError(f"A lesson of kind {kind} has the fields {', '.join(made.__slots__)}, and no others.")
    return made(**{name: _field(name, value) for name, value in content.items()})


def _field(name: str, value: object) -> Any:
    if name not in _MANY:
        return _tidy(name, value)
    if not isinstance(value, list | tuple):
        raise LessonError(f"{name!r} is a list of texts.")
    return tuple(dict.fromkeys(_tidy(name, each) for each in value))


def _tidy(name: str, value: object) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise LessonError(f"{name!r} is to be a text without NUL.")
    if not value.isascii():
        value = value.encode("utf-8", "replace").decode()
    return " ".join(value.split())


def check(lesson: Lesson, policy: Policy) -> None:
    """Whether it may be taught for this version, the one in force. Raises LessonError naming the mend."""
    if lesson.of != policy.effective.isoformat():
        raise LessonError(f"The policy of {policy.effective} is in force now: look at its clauses, then save again.")
    known = {passage.id for passage in policy.passages}
    clauses = lesson.clauses if isinstance(lesson, Curated) else (lesson.clause,)
    for clause in clauses:
        if clause not in known:
            raise LessonError(f"Clause {clause[:40]!r} is not in the policy of {policy.effective}: choose one that is.")
    if isinstance(lesson, Tags):
        _check_topics(lesson.topics)
        return
    for question in lesson.questions if isinstance(lesson, Curated) else (lesson.question,):
        _check_question(question)
    if isinstance(lesson, Curated):
        _check_curated(lesson)


def _check_topics(topics: tuple[str, ...]) -> None:
    known = classifier().names
    if not topics:
        raise LessonError("Give at least one topic.")
    for topic in topics:
        if topic not in known:
            raise LessonError(f"{topic[:40]!r} is no topic: use {', '.join(sorted(known))}.")


def _check_question(question: str) -> None:
    if len(question) > LONGEST_QUESTION:
        raise LessonError(f"A question has {LONGEST_QUESTION} characters at most: give the one sentence that asks.")
    if not any(word not in STOP for word in words(question)):
        raise LessonError("This question has no word that says what it is about: write it out.")


def _check_curated(lesson: Curated) -> None:
    if not lesson.questions or len(lesson.questions) > MOST_QUESTIONS:
        raise LessonError(f"A curated answer has 1 to {MOST_QUESTIONS} questions.")
    if not lesson.clauses or len(lesson.clauses) > MOST_CLAUSES:
        raise LessonError(f"A curated answer rests on 1 to {MOST_CLAUSES} clauses: name them.")
    if not 1 <= len(lesson.text) <= LONGEST_CURATED:
        raise LessonError(
            f"A curated answer has 1 to {LONGEST_CURATED} characters: shorten it, the clause says the rest."
        )
    if max(map(len, lesson.text.split())) > LONGEST_WORD:
        raise LessonError(f"A word of a curated answer has {LONGEST_WORD} characters at most: shorten the longest.")


@dataclass(frozen=True)
class Lessons:
    """All lessons of one policy, in one order whatever order they came in. Make it with `gathered`."""

    policy: str
    lessons: tuple[Lesson, ...] = ()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what is taught, hex."""
        return hashlib.sha256(_canonical(self.as_json()).encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """The lessons as JSON values; `from_json` reads them."""
        rows = [{"kind": kind_of(lesson), **content_of(lesson)} for lesson in self.lessons]
        return {"policy": self.policy, "lessons": rows}


def gathered(policy: str, lessons: Iterable[Lesson]) -> Lessons:
    """The lessons of a policy together. Raises LessonError where two contradict each other or there are too many."""
    found = {_canonical({"kind": kind_of(lesson), **content_of(lesson)}): lesson for lesson in lessons}
    if len(found) > MOST_LESSONS:
        raise LessonError(f"A policy has {MOST_LESSONS} lessons at most: withdraw some that others make needless.")
    tagged = Counter((each.clause, each.of) for each in found.values() if isinstance(each, Tags))
    asked = Counter(
        question.casefold() for each in found.values() if isinstance(each, Curated) for question in each.questions
    )
    for (clause, _of), count in tagged.items():
        if count > 1:
            raise LessonError(f"Clause {clause} has two lessons of topic tags: withdraw one of them.")
    for question, count in asked.items():
        if count > 1:
            raise LessonError(f"The question {question[:80]!r} has two curated answers: withdraw one of them.")
    return Lessons(policy, tuple(found[key] for key in sorted(found)))


def from_json(values: Mapping[str, Any]) -> Lessons:
    """What `Lessons.as_json` made. Raises LessonError for anything else."""
    rows, policy = values.get("lessons"), values.get("policy")
    if not isinstance(policy, str) or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise LessonError("These are no lessons: an object with 'policy' and a list 'lessons' of objects is.")
    found = [lesson_of(str(row.get("kind", "")), {name: row[name] for name in row if name != "kind"}) for row in rows]
    return gathered(policy, found)


def _canonical(values: object) -> str:
    return json.dumps(values, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
