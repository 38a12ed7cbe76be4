"""Questions answered from dated versions of policies: quotation, silence, or "not about privacy". `bot` builds one
`Library` from all sources and calls `ask` for each question.

A question is asked of the version in force on the day that it is for (history.py); what that says is decided in
outcome.py; then it is told where other versions differ on that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property
from threading import Lock

from knowledge.base import Answer, Citation, OffTopic, Policy, Silent
from knowledge.history import History, asked_for, changes, told
from knowledge.kept import digest_of_all, texts_of
from knowledge.lessons import Lessons
from knowledge.outcome import best_on, outcome
from knowledge.policy import in_force
from knowledge.taught import Teaching
from knowledge.topics import classifier
from knowledge.version import Spoken, Version

MAX_QUESTION = 4_000
"""Characters of a question that are read; what people write beyond is not about one question any more."""


class UnknownPolicy(LookupError):
    """No such policy, or no such version of it; the message names those there are."""


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
        self._built: dict[tuple[str, date], Version] = {}
        self._topics = {name: number for number, name in enumerate(self._reader.names.values())}
        held: dict[str, History] = like.histories if like is not None else {}
        self.histories: dict[str, History] = {
            key: held[key] for key, each in self._policies.items() if key in held and held[key].versions == tuple(each)
        }
        self._lock = Lock()
        for built in like.built() if like is not None else ():
            policy = built.policy
            if policy in self._policies.get(policy.key, ()) and built.tags == self.tags_of(policy):
                self._built[policy.key, policy.effective] = built

    def taught(self, lessons: Iterable[Lessons]) -> Library:
        """The same policies with these lessons instead; indexes of versions whose tags stay are shared."""
        made = Library(self.policies(), lessons, like=self)
        made.texts = self.texts
        return made

    def built(self) -> Sequence[Version]:
        """What has been built so far; for another library to take over."""
        with self._lock:
            return tuple(self._built.values())

    def warm(self, key: str) -> None:
        """Build what the first question about a policy would build. Raises UnknownPolicy."""
        self.ask("do you sell my data", policy=key)
        self._history(key)

    def prepare(self, policy: Policy) -> None:
        """Build one of the versions, before a question on another time or on what changed does."""
        self._version(policy)

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
        result = outcome(version, question, topic, self._teaching.get(policy))
        if when is None or isinstance(result, OffTopic):
            return result
        if len(versions) == 1:
            return result._replace(when=when)

        def elsewhere(other: Policy, name: str) -> Citation | None:
            return self._on(self._version(other), question, name)

        found = changes(self._history(policy), version.policy, result, when, elsewhere)
        return told(result, when, found)

    def _on(self, version: Version, question: str, name: str) -> Citation | None:
        """The clause of a version that speaks best to a question on the topic, or topics, of that name."""
        named = (self._topics.get(each) for each in (name, *name.split(" or ")))
        topic = next((each for each in named if each is not None and version.covered[each]), None)
        if topic is None:
            return None
        return best_on(version, question, topic)

    def _history(self, key: str) -> History:
        if key not in self.histories:
            self.histories[key] = History(self._policies[key])
        return self.histories[key]

    def topics_of(self, policy: str, as_of: date | None = None) -> Mapping[str, Spoken]:
        """Clause → what it counts as being about, in the version in force on a day. Raises UnknownPolicy."""
        return self._version(self.in_force(policy, as_of)).spoken()

    def nearest(self, question: str, *, policy: str, as_of: date | None = None, limit: int = 8) -> list[str]:
        """The clauses of a version that come nearest to a question, best first, whether or not they answer it; for
        people to choose from. Raises UnknownPolicy.
        """
        version = self._version(self.in_force(policy, as_of))
        question = question[:MAX_QUESTION]
        return [clause for clause, _score in version.index.search(question, self._reader.read(question))[:limit]]

    def clearness(self, question: str) -> tuple[float, float]:
        """How likely a question is about the likeliest topic, and how likely about none, each 0 to 1."""
        reading = self._reader.read(question[:MAX_QUESTION])
        return float(reading.topics.max()), reading.off

    @property
    def topics(self) -> Mapping[str, str]:
        """The key of each topic → its name in plain words."""
        return self._reader.names

    def _version(self, policy: Policy) -> Version:
        at = (policy.key, policy.effective)
        built = self._built.get(at)
        if built is None:
            with self._lock:
                built = self._built.get(at)
                if built is None:
                    built = self._built[at] = Version(policy, self._reader, self.tags_of(policy))
        return built

    def tags_of(self, policy: Policy) -> Mapping[str, tuple[str, ...]]:
        """Clause id → the topics that staff gave to clauses of this version."""
        teaching = self._teaching.get(policy.key)
        return teaching.tags(policy) if teaching else {}
