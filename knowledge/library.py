"""Questions answered from dated versions of policies: quotation, silence, or "not about privacy". `bot` builds one
`Library` from all sources and calls `ask` for each question.

How a question is decided (each part of one on several things, see parts.py):
0. Find the day that it is for, and the version in force then (history.py).
1. Read it for the probability of each topic (topics.py). Likely not about privacy, or on no topic → OffTopic.
2. Add up those that the version in force has clauses on, and the others. More on topics without a clause → Silent.
3. Otherwise quote the best-ranked clause, and up to two more that are nearly as good and on the same topic.
4. Tell where other versions differ on that (history.py).
A question alike to one that staff taught (taught.py) is answered as they said; off topic only in nearly their words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property
from threading import Lock
from typing import Literal, NamedTuple, cast

import numpy as np

from knowledge.base import Answer, Choice, Citation, OffTopic, Passage, Policy, Silent
from knowledge.history import History, asked_for, changes, told
from knowledge.index import Index, Weights
from knowledge.kept import digest_of_all, texts_of
from knowledge.lessons import Lessons
from knowledge.parts import joined, parts
from knowledge.policy import citation, in_force
from knowledge.taught import Teaching
from knowledge.ties import tied
from knowledge.topics import Classifier, Floats, Reading, classifier
from knowledge.words import words

MAX_QUESTION = 4_000
"""Characters of a question that are read; what people write beyond is not about one question any more."""

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_MOST_SENTENCES = 20
_LONG_MESSAGE = 14
_OF_MESSAGE = 0.65
"""How much of what a sentence is about is told by its message; by cross-validation."""
_OFF_FROM = 0.45
_UNCLEAR = 0.4
_SILENT_FROM = 1.0
_TAGGED_FROM = 0.2
_NEARLY = 0.82
_MOST_CITED = 3
_CLEAR_TOPIC = 0.4
_SECOND_TAG = 0.7
_LENGTH = 0.1


class UnknownPolicy(LookupError):
    """No such policy, or no such version of it; the message names those there are."""


class _Version:
    """One version with its index and the topics of its clauses; `tags` are those that staff gave."""

    def __init__(self, policy: Policy, reader: Classifier, tags: Mapping[str, tuple[str, ...]]) -> None:
        self.policy, self.tags = policy, tags
        self.passages = {passage.id: passage for passage in policy.passages}
        tagged = [passage._replace(topics=tags.get(passage.id, passage.topics)) for passage in policy.passages]
        self.topics = _tagged(tagged, reader)
        pairs = [(passage.id, _searched(passage)) for passage in policy.passages]
        self.index = Index(pairs, self.topics, Weights(length=_LENGTH))
        self.order = {passage.id: number for number, passage in enumerate(policy.passages)}
        self.whole = _wholes(policy.passages)
        self.covered = self.topics.max(axis=0) >= _TAGGED_FROM

    def has_topic(self, clause: str, topic: int) -> bool:
        return bool(self.topics[self.order[clause], topic] >= _TAGGED_FROM)

    def cite(self, clause: str, score: float) -> Citation:
        return citation(self.policy, self.passages[clause], score)


class Spoken(NamedTuple):
    """What a clause is about: keys of topics, the main one first. `by` says who found so: a policy's file may too."""

    topics: tuple[str, ...]
    by: Literal["staff", "file", "classifier"]


class Library:
    """All versions of all policies, with what staff taught about them. Immutable but for what is built at first use;
    safe to share between threads. What `like` has built for the same text and tags is taken over.
    """

    def __init__(
        self, policies: Iterable[Policy], lessons: Iterable[Lessons] = (), *, like: Library | None = None
    ) -> None:
        self._reader = classifier()
        self._policies: dict[str, list[Policy]] = {}
        for policy in sorted(policies, key=lambda each: (each.key, each.effective)):
            self._policies.setdefault(policy.key, []).append(policy)
        self.lessons = tuple(sorted((each for each in lessons if each.lessons), key=lambda each: each.policy))
        self._teaching = {
            each.policy: Teaching(each, self._policies[each.policy], self._reader)
            for each in self.lessons
            if each.policy in self._policies
        }
        self._built: dict[tuple[str, date], _Version] = {}
        self._topics = {self._name(number): number for number in range(len(self._reader.topics))}
        held: dict[str, History] = like.histories if like is not None else {}
        self.histories: dict[str, History] = {
            key: held[key] for key, each in self._policies.items() if key in held and held[key].versions == tuple(each)
        }
        self._lock = Lock()
        for built in like.built() if like is not None else ():
            policy = built.policy
            if policy in self._policies.get(policy.key, ()) and built.tags == self._tags(policy):
                self._built[policy.key, policy.effective] = built

    def taught(self, lessons: Iterable[Lessons]) -> Library:
        """The same policies with these lessons instead; indexes of versions whose tags stay are shared."""
        made = Library(self.policies(), lessons, like=self)
        made.texts = self.texts
        return made

    def built(self) -> Sequence[_Version]:
        """What has been built so far; for another library to take over."""
        with self._lock:
            return tuple(self._built.values())

    def warm(self, key: str) -> None:
        """Build what the first question about a policy would build. Raises UnknownPolicy."""
        self.ask("do you sell my data", policy=key)
        self._history(key)

    @cached_property
    def texts(self) -> Mapping[tuple[str, str], str]:
        """(key, date) of each version → the digest of its text: see `kept`."""
        return texts_of(self.policies())

    @property
    def classifier_digest(self) -> str:
        """The digest of the corpus that the classifier learnt."""
        return self._reader.digest

    @cached_property
    def digest(self) -> str:
        """What is known, as one SHA-256, hex: the classifier, the text of every version, and the lessons."""
        return digest_of_all(self._reader.digest, self.texts, {each.policy: each.digest for each in self.lessons})

    def keys(self) -> tuple[str, ...]:
        """The keys of the policies held."""
        return tuple(self._policies)

    def policies(self) -> tuple[Policy, ...]:
        """Every version of every policy, by key and date."""
        return tuple(policy for versions in self._policies.values() for policy in versions)

    def versions(self, key: str) -> tuple[Policy, ...]:
        """Every version of a policy, oldest first. Raises UnknownPolicy."""
        if key not in self._policies:
            raise UnknownPolicy(f"There is no policy {key!r}; there is {', '.join(self._policies) or 'none yet'}.")
        return tuple(self._policies[key])

    def policy(self, key: str, effective: date) -> Policy:
        """The version of exactly this date. Raises UnknownPolicy."""
        for policy in self.versions(key):
            if policy.effective == effective:
                return policy
        dates = ", ".join(policy.effective.isoformat() for policy in self.versions(key))
        raise UnknownPolicy(f"Policy {key!r} has no version of {effective}; there is {dates}.")

    def in_force(self, key: str, as_of: date | None = None) -> Policy:
        """The version that counts on a day, by the rule of `policy.in_force`. Raises UnknownPolicy."""
        return in_force(self.versions(key), as_of)

    def ask(
        self, question: str, *, policy: str, as_of: date | None = None, today: date | None = None, topic: str = ""
    ) -> Answer | Silent | OffTopic:
        """Answer a question for a day: `as_of`, else the one that it is about (dates.py), else `today`; the latest
        version where none is given. The answer says what other versions say on its point. Raises UnknownPolicy.

        `topic` is the key of what it is about, where somebody chose that (see `Answer.choices`).
        """
        versions, question = self.versions(policy), question[:MAX_QUESTION]
        when, question = asked_for(versions, question, as_of, today)
        version = self._version(in_force(versions, when and when.last))
        result = self._said(version, question, topic)
        if when is None or isinstance(result, OffTopic):
            return result
        if len(versions) == 1:
            return result._replace(when=when)

        def elsewhere(other: Policy, name: str) -> Citation | None:
            return self._on(self._version(other), question, name)

        found = changes(self._history(policy), version.policy, result, when, elsewhere)
        return told(result, when, found)

    def _on(self, version: _Version, question: str, name: str) -> Citation | None:
        """The clause of a version that speaks best to a question on the topic, or topics, of that name."""
        named = (self._topics.get(each) for each in (name, *name.split(" or ")))
        topic = next((each for each in named if each is not None and version.covered[each]), None)
        if topic is None:
            return None
        ranked = version.index.search(question, self._pointed(self._reader.read(question), topic))
        return next((version.cite(clause, score) for clause, score in ranked if version.has_topic(clause, topic)), None)

    def _history(self, key: str) -> History:
        if key not in self.histories:
            self.histories[key] = History(self._policies[key])
        return self.histories[key]

    def _said(self, version: _Version, question: str, topic: str) -> Answer | Silent | OffTopic:
        """What one version says."""
        whole = self._reader.read(question)
        if topic in self._reader.topics:
            return self._found(version, question, self._pointed(whole, self._reader.topics.index(topic)))
        if not any(map(str.isalpha, question)):
            return OffTopic("nonsense", 1.0)
        if taught := self._as_taught(version, question, whole):
            return taught
        if not _off_topic(whole) or len(whole.words) >= _LONG_MESSAGE:
            asked = parts(question, self._reader.read)
            if asked:
                each = [(version, part.text, part.reading) for part in asked]
                return joined([self._as_taught(*one) or self._found(*one) for one in each])
        question, reading = self._focus(question, whole)
        if reading is not whole and (taught := self._as_taught(version, question, reading)):
            return taught
        if _off_topic(reading):
            return OffTopic(cast("OffTopic", reading).kind, reading.off)
        found = self._found(version, question, reading)
        tie = tied(reading, version.covered)
        return self._with_choices(version, question, reading, found, tie) if tie else found

    def topics_of(self, policy: str, as_of: date | None = None) -> Mapping[str, Spoken]:
        """Clause → what it counts as being about, in the version in force on a day. Raises UnknownPolicy."""
        version = self._version(self.in_force(policy, as_of))
        found = {}
        for passage, row in zip(version.policy.passages, version.topics, strict=True):
            topics = tuple(self._reader.topics[at] for at in np.argsort(-row, kind="stable") if row[at] >= _TAGGED_FROM)
            known = any(topic in self._reader.names for topic in passage.topics)
            found[passage.id] = Spoken(
                topics, "staff" if passage.id in version.tags else "file" if known else "classifier"
            )
        return found

    def clearness(self, question: str) -> tuple[float, float]:
        """How likely a question is about the likeliest topic, and how likely about none, each 0 to 1."""
        reading = self._reader.read(question[:MAX_QUESTION])
        return float(reading.topics.max()), reading.off

    @property
    def topics(self) -> Mapping[str, str]:
        """The key of each topic → its name in plain words."""
        return self._reader.names

    def _found(self, version: _Version, question: str, reading: Reading) -> Answer | Silent:
        """What a version says to a question that is about privacy."""
        spoken = np.where(version.covered, reading.topics, 0)
        ranked = version.index.search(question, reading._replace(topics=spoken.astype(np.float32)))
        silent_on = self._silent_on(version, reading)
        if silent_on is not None:
            nearest = tuple(version.cite(clause, score) for clause, score in ranked[:1])
            unspoken = float(reading.topics[~version.covered].sum())
            return Silent(self._name(silent_on), unspoken, nearest, key=self._reader.topics[silent_on])
        return self._answer(version, reading, ranked)

    def _with_choices(
        self, version: _Version, question: str, reading: Reading, found: Answer | Silent, tie: tuple[int, int]
    ) -> Answer | Silent:
        """The answer with the topics that it may be meant for, unless one clause speaks to both."""
        each = [self._found(version, question, self._pointed(reading, topic)) for topic in tie]
        best = [answer.citations[0] for answer in each if isinstance(answer, Answer)]
        if len({citation.id for citation in best}) < len(tie) or not isinstance(found, Answer):
            return found
        choices = tuple(Choice(self._reader.topics[topic], self._name(topic)) for topic in tie)
        held = {citation.id for citation in found.citations}
        return found._replace(
            citations=(*found.citations, *(citation for citation in best if citation.id not in held)), choices=choices
        )

    def _pointed(self, reading: Reading, topic: int) -> Reading:
        """The reading, but about one topic alone."""
        return reading._replace(topics=np.eye(1, len(reading.topics), topic, dtype=np.float32)[0])

    def _focus(self, question: str, whole: Reading) -> tuple[str, Reading]:
        """The message, or the one sentence of it that asks about privacy, read within the message: a mail has more
        around its question, and its question ("What about yours?") leans on that.
        """
        sentences = [part for part in _SENTENCE_END.split(question) if part.strip()][:_MOST_SENTENCES]
        if len(sentences) < 2 or len(whole.words) < _LONG_MESSAGE:  # noqa: PLR2004 - a single sentence is the whole
            return question, whole
        readings = [(whole, question), *((self._reader.read(sentence), sentence) for sentence in sentences)]
        best, sentence = max(readings, key=lambda read: float(read[0].topics.max()))
        return sentence, best if best is whole else _within(best, whole)

    def _as_taught(self, version: _Version, question: str, reading: Reading) -> Answer | None:
        """What staff taught for a question: their clauses first; behind an example's, what the policy says besides on
        the topic. None where nothing was taught, or it is off topic and not in nearly the taught words.
        """
        teaching = self._teaching.get(version.policy.key)
        match = teaching.find(version.policy, reading) if teaching else None
        if match is None or (_off_topic(reading) and not match.same):
            return None
        own = version.topics[[version.order[clause] for clause in match.clauses]].max(axis=0)
        topic = int(np.where(own >= _TAGGED_FROM, reading.topics + 1, own).argmax())
        usual = self._found(version, question, reading)
        said = {each.id: each for each in usual.citations} if isinstance(usual, Answer) else {}
        # Who answers from one of clauses that contradict each other hides the other; who names them all has decided.
        conflict = isinstance(usual, Answer) and usual.conflict and 0 < len({*said} & {*match.clauses}) < len(said)
        taken = {version.whole[clause] for clause in match.clauses}
        beside = [each for each in said if version.has_topic(each, topic) and version.whole[each] not in taken]
        more = [each for each in said if each not in match.clauses] if conflict else [] if match.text else beside
        cited = [version.cite(clause, match.likeness) for clause in match.clauses]
        cited += [said[each] for each in more][: len(more) if conflict else _MOST_CITED - len(cited)]
        return Answer(tuple(cited), self._name(topic), match.likeness, conflict, curated=match.text)

    def _answer(self, version: _Version, reading: Reading, ranked: Sequence[tuple[str, float]]) -> Answer:
        topic = int(np.where(version.covered, reading.topics, 0).argmax())
        confidence, key = float(reading.topics[version.covered].sum()), self._reader.topics[topic]
        for clauses in version.policy.conflicts:
            if all(version.has_topic(clause, topic) for clause in clauses):
                scores = dict(ranked)
                cited = sorted(clauses, key=lambda clause: -scores.get(clause, 0.0))
                both = tuple(version.cite(clause, scores.get(clause, 0.0)) for clause in cited)
                return Answer(both, self._name(topic), confidence, conflict=True, key=key)
        if reading.topics[topic] >= _CLEAR_TOPIC * confidence:
            ranked = [(clause, score) for clause, score in ranked if version.has_topic(clause, topic)] or ranked
        return Answer(_citations(version, topic, ranked), self._name(topic), confidence, key=key)

    def _silent_on(self, version: _Version, reading: Reading) -> int | None:
        """The topic on which the policy says nothing, when the question is rather about that."""
        unspoken = np.where(version.covered, 0, reading.topics)
        spoken = float(reading.topics.sum() - unspoken.sum())
        return int(unspoken.argmax()) if unspoken.sum() > _SILENT_FROM * spoken else None

    def _name(self, topic: int) -> str:
        return self._reader.names[self._reader.topics[topic]]

    def _version(self, policy: Policy) -> _Version:
        at = (policy.key, policy.effective)
        built = self._built.get(at)
        if built is None:
            with self._lock:
                built = self._built.get(at)
                if built is None:
                    built = self._built[at] = _Version(policy, self._reader, self._tags(policy))
        return built

    def _tags(self, policy: Policy) -> Mapping[str, tuple[str, ...]]:
        teaching = self._teaching.get(policy.key)
        return teaching.tags(policy) if teaching else {}


def _within(sentence: Reading, whole: Reading) -> Reading:
    """A sentence's reading within its message: the sentence says whether it is about privacy, both say what about."""
    parts = [reading.topics / max(float(reading.topics.sum()), 1e-9) for reading in (whole, sentence)]
    topics = (_OF_MESSAGE * parts[0] + (1 - _OF_MESSAGE) * parts[1]) * np.float32(1 - sentence.off)
    return sentence._replace(topics=topics.astype(np.float32))


def _off_topic(reading: Reading) -> bool:
    """Not about privacy; or perhaps not, and on no topic in particular."""
    unclear = float(reading.topics.max()) < _UNCLEAR * reading.off
    return reading.off >= _OFF_FROM or unclear or not reading.words


def _searched(passage: Passage) -> str:
    """What of a passage is searched: its own words with those around it that it needs to be understood."""
    return "\n".join(part for part in (passage.heading, passage.context, passage.text) if part)


def _wholes(passages: Sequence[Passage]) -> dict[str, str]:
    """For each passage the id of the clause that it is an entry of, or its own."""
    wholes: dict[str, str] = {}
    clause = ""
    for passage in passages:
        clause = clause if passage.context else passage.id
        wholes[passage.id] = clause
    return wholes


def _tagged(passages: Sequence[Passage], reader: Classifier) -> Floats:
    """Topics of passages, shape (passages, topics): a person's tags where there are any, else the classifier's."""
    order = {topic: number for number, topic in enumerate(reader.topics)}
    weights = reader.weigh([words(_searched(passage)) for passage in passages])
    for row, passage in zip(weights, passages, strict=True):
        tags = [order[topic] for topic in passage.topics if topic in order]
        if tags:
            row[:] = 0.0
            row[tags] = _SECOND_TAG
            row[tags[0]] = 1.0
    return weights


def _citations(version: _Version, topic: int, ranked: Sequence[tuple[str, float]]) -> tuple[Citation, ...]:
    """The best clause, and those nearly as good on the same topic; never a clause beside a part of itself.

    Where several entries of one list are nearly as good, and the whole has the topic too, the whole is cited.
    """
    best = ranked[0][1]
    near = [
        (clause, score)
        for clause, score in ranked
        if score == best or (score >= _NEARLY * best and version.has_topic(clause, topic))
    ]
    wholes = Counter(version.whole[clause] for clause, _score in near if version.whole[clause] != clause)
    cited: dict[str, float] = {}
    for clause, score in near:
        whole = version.whole[clause]
        named = whole if wholes[whole] > 1 and version.has_topic(whole, topic) else clause
        if named not in cited and not any(whole == version.whole[held] for held in cited):
            cited[named] = score
    return tuple(version.cite(clause, score) for clause, score in list(cited.items())[:_MOST_CITED])
