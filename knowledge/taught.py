"""Whether a question is alike to one that staff taught, and what follows. Called by library for each question of a
policy that has lessons.

Alike means all of: most of the words that matter in common (stemmed, after mending, weighed by their rarity), sentence
vectors near each other, the same kind of question (where, when, how, not …), and the same reading of its topics. The
bounds were found on corpus/topics.toml: of its questions no two on different topics are alike, but for a pair that says
the same, and "do you sell my data" catches "u sellin my info" but not "do you share my data with the police".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from threading import RLock
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from knowledge.base import Policy
from knowledge.identity import identities
from knowledge.lessons import MOST_CLAUSES, Curated, Example, Lessons, Tags
from knowledge.topics import Classifier, Floats, Reading, unit
from knowledge.words import STOP, stem

_NEAR = 0.55  # cosine of the sentence vectors
_SHARED = 0.7  # share of the words that matter
_AGREE = 0.7  # cosine of the topics
_SAME_NEAR, _SAME_SHARED = 0.85, 0.9
_TIED = 0.02
_FLATTER = 0.7  # as the index weighs topics
_KINDS = ("where", "who", "whom", "whose", "when", "why", "how", "not", "no", "don't", "never")
_PLAIN = {
    stem(word) for word in ("data", "information", "details", "personal", "private", "anyone", "someone", "stuff")
}
"""Words that any question about privacy may have: they are one word, and a light one."""


class Match(NamedTuple):
    """What was taught for a question: clauses best first, and staff's own words, "" where an example decided.

    `likeness` is 0 to 1. `same` is true of nearly the same words, which count even where nobody would take them for a
    question about privacy.
    """

    likeness: float
    same: bool
    clauses: tuple[str, ...]
    text: str = ""


class _Asked:
    """The questions of lessons as arrays, a row each."""

    def __init__(self, questions: Sequence[str], reader: Classifier) -> None:
        self._reader = reader
        readings = [reader.read(question) for question in questions]
        self._vectors = np.stack([reading.vector for reading in readings])
        self._topics = np.stack([_topics(reading) for reading in readings])
        self._kinds = np.array([_kind(reading) for reading in readings], dtype=np.int64)
        self._totals = np.zeros(len(readings), dtype=np.float32)
        found: dict[str, list[int]] = defaultdict(list)
        for row, reading in enumerate(readings):
            for term, weight in self._terms(reading).items():
                found[term].append(row)
                self._totals[row] += weight
        self._rows = {term: np.array(rows, dtype=np.intp) for term, rows in found.items()}

    def alike(self, reading: Reading) -> list[tuple[int, float, bool]]:
        """The alike rows with their likeness and whether they say nearly the same, best first."""
        terms = self._terms(reading)
        common = np.zeros(len(self._totals), dtype=np.float32)
        for term, weight in terms.items():
            if term in self._rows:
                common[self._rows[term]] += weight
        shared = 2 * common / (self._totals + sum(terms.values()) + 1e-9)
        near = self._vectors @ reading.vector
        rows = np.flatnonzero((shared >= _SHARED) & (near >= _NEAR) & (self._kinds == _kind(reading)))
        agreed = rows[self._topics[rows] @ _topics(reading) >= _AGREE]
        found = [
            (
                int(row),
                float(near[row] + shared[row]) / 2,
                bool(near[row] >= _SAME_NEAR and shared[row] >= _SAME_SHARED),
            )
            for row in agreed
        ]
        return sorted(found, key=lambda each: (-each[1], each[0]))

    def _terms(self, reading: Reading) -> dict[str, float]:
        """The words that matter, each with its weight."""
        found: dict[str, float] = {}
        for word in reading.words:
            if word not in STOP:
                term = stem(word)
                found.update({"": 1.0} if term in _PLAIN else {term: self._reader.weight(word)})
        return found


class Teaching:
    """The lessons of one policy, applied to each of its versions. Built at first use; safe between threads."""

    def __init__(self, lessons: Lessons, versions: Sequence[Policy], reader: Classifier) -> None:
        self.lessons = lessons
        self._versions, self._reader, self._lock = tuple(versions), reader, RLock()
        self._asking = [lesson for lesson in lessons.lessons if not isinstance(lesson, Tags)]
        self._tags = [lesson for lesson in lessons.lessons if isinstance(lesson, Tags)]
        self._owners = [at for at, lesson in enumerate(self._asking) for _question in _questions(lesson)]
        self._clauses: dict[date, list[tuple[str, ...]]] = {}

    def tags(self, policy: Policy) -> dict[str, tuple[str, ...]]:
        """Clause id → topics, as taught for this version."""
        found = ((self._here(policy, lesson.of, (lesson.clause,)), lesson.topics) for lesson in self._tags)
        return {clauses[0]: topics for clauses, topics in found if clauses}

    def find(self, policy: Policy, reading: Reading) -> Match | None:
        """What was taught for a question of this version."""
        if not self._asking:
            return None
        acting, best = self._acting(policy), dict[int, tuple[float, bool]]()
        for row, likeness, same in self._asked.alike(reading):
            owner = self._owners[row]
            if acting[owner] and likeness > best.get(owner, (0.0, False))[0]:
                best[owner] = likeness, same
        ranked = sorted(best, key=lambda owner: (-best[owner][0], owner))
        if not ranked:
            return None
        likeness, same = best[ranked[0]]
        close = [owner for owner in ranked if best[owner][0] >= likeness - _TIED]
        for owner in close:
            lesson = self._asking[owner]
            if isinstance(lesson, Curated):
                return Match(likeness, same, acting[owner], lesson.text)
        clauses = dict.fromkeys(clause for owner in close for clause in acting[owner])
        return Match(likeness, same, tuple(clauses)[:MOST_CLAUSES])

    @cached_property
    def _asked(self) -> _Asked:
        return _Asked([question for lesson in self._asking for question in _questions(lesson)], self._reader)

    def _acting(self, policy: Policy) -> list[tuple[str, ...]]:
        """For each asking lesson its clauses in this version; none where it does not act there."""
        with self._lock:
            if policy.effective not in self._clauses:
                self._clauses[policy.effective] = [
                    # Staff's own words hold for what the clause said when they wrote them, "30 days" not for its 90.
                    self._here(policy, lesson.of, lesson.clauses, same=True)
                    if isinstance(lesson, Curated)
                    else self._here(policy, lesson.of, (lesson.clause,))
                    for lesson in self._asking
                ]
            return self._clauses[policy.effective]

    def _here(self, policy: Policy, of: str, clauses: tuple[str, ...], *, same: bool = False) -> tuple[str, ...]:
        """The ids that these clauses of the version `of` have in this one; none where one of them is not in it, or with
        `same` where one has other words there.
        """
        known = self._names.get(of, {})
        own = {identity: clause for clause, identity in self._names[policy.effective.isoformat()].items()}
        found = tuple(own.get(known.get(clause, "?"), "") for clause in clauses)
        if not all(found) or (same and self._words(of, clauses) != self._words(policy.effective.isoformat(), found)):
            return ()
        return found

    def _words(self, of: str, clauses: tuple[str, ...]) -> list[tuple[str, str]]:
        """What these clauses of the version `of` say, whatever the spaces."""
        version = next(each for each in self._versions if each.effective.isoformat() == of)
        said = {each.id: (" ".join(each.context.split()), " ".join(each.text.split())) for each in version.passages}
        return [said[clause] for clause in clauses]

    @cached_property
    def _names(self) -> dict[str, Mapping[str, str]]:
        """Date of a version → its clauses' ids → their identities."""
        if len(self._versions) == 1:
            return {self._versions[0].effective.isoformat(): {each.id: each.id for each in self._versions[0].passages}}
        dates = [version.effective.isoformat() for version in self._versions]
        return dict(zip(dates, identities(self._versions), strict=True))


def _questions(lesson: Example | Curated) -> tuple[str, ...]:
    return lesson.questions if isinstance(lesson, Curated) else (lesson.question,)


def _kind(reading: Reading) -> int:
    """The question words and negations of a question, as bits."""
    return sum(1 << at for at, word in enumerate(_KINDS) if word in reading.words)


def _topics(reading: Reading) -> NDArray[np.float32]:
    shares: Floats = np.append(reading.topics, np.float32(reading.off))
    return unit(shares**_FLATTER)
