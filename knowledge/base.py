"""What knowledge is made of: policies, passages and the three honest answers.

A `KnowledgeSource` yields `Policy` objects; the `Library` holds them and answers with `Answer` (quotations),
`Silent` (a privacy question that the policy leaves open) or `OffTopic` (no privacy question at all).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple, Protocol


class Passage(NamedTuple):
    """One clause, verbatim. `id` is the policy's own numbering ("6.1", "2.1(a)"), stable across versions.

    `context` is what surrounds it and is needed to understand it (heading, lead-in sentence); it helps ranking
    and is never quoted as the passage itself. `topics` are keys of `knowledge.topics`.
    """

    id: str
    text: str
    heading: str = ""
    context: str = ""
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """One dated version of one company's policy.

    `effective` is the day from which the version counts; where only an archive's copy is known, `dated` is
    "seen" and the date is the day it was seen, which is not the day it came into force. `conflicts` are sets of
    clause ids that a person found to contradict each other.
    """

    key: str
    title: str
    company: str
    effective: date
    dated: Literal["seen", "in force"]
    source: str
    markdown: str
    passages: tuple[Passage, ...]
    conflicts: tuple[tuple[str, ...], ...] = ()


class Citation(NamedTuple):
    """A quotation with where it stands: enough to check it years later. `url` is relative: /policy/KEY/DATE#ID.

    `text` is verbatim; `digest` is its SHA-256. `context` is the lead-in sentence that an entry of a list hangs on,
    verbatim too ("Information … may be used … to:"); show it before the text, parted by an ellipsis.
    """

    id: str
    text: str
    heading: str
    policy: str
    company: str
    effective: date
    dated: str
    url: str
    digest: str
    score: float
    context: str = ""


class Choice(NamedTuple):
    """One of the topics that a question may mean: its `key` for `Library.ask`, its `name` in plain words."""

    key: str
    name: str


class When(NamedTuple):
    """The day that an answer is for, `last`; `first` is earlier where a longer time is asked about ("in 2006").

    `effective` and `dated` are of the version that answers: the one in force on `last`, or where `known` is false,
    since none is known to have been in force then, the nearest. `oldest` is the date of the first version known,
    `begun` those of later ones that begin after `first` and by `last`. `today` is None where the caller did not say.
    """

    first: date
    last: date
    today: date | None
    effective: date
    dated: str
    oldest: date
    begun: tuple[date, ...] = ()

    @property
    def known(self) -> bool:
        """Whether a version is known to have been in force on that day: a day before the oldest has none."""
        return self.oldest <= self.last

    @property
    def past(self) -> bool:
        """Whether another time than today is asked about."""
        return (self.first, self.last) != (self.today, self.today)


class Change(NamedTuple):
    """What another version says on the point of an answer: in force until `day` ("before") or from it ("after").

    `dated` is of the version of `day`: where it was only seen on that day, the change came between that and the version
    before. `clause` is the id of the clause that answers, "" where the version that answers is silent. `citation` is
    None where the other version has nothing in its place; `moved` marks one that is another clause on the topic.
    `topic` names the point of a silence that is one part of an answer to several questions.
    """

    kind: Literal["before", "after"]
    clause: str
    day: date
    dated: str
    citation: Citation | None
    moved: bool = False
    topic: str = ""


class Answer(NamedTuple):
    """The policy speaks: quotations best first. `topic` is in plain words; `conflict` marks clauses that contradict
    each other, all of which are cited. `curated` is an answer in staff's own words that rests on the quotations, ""
    where nobody wrote one; it is shown as theirs, never as the policy's.

    `parts` are the answers to a question on several things, in the order asked; `citations` are all of theirs.
    `choices` are the topics between which a short question leaves it open, the likelier first; `citations` has
    clauses of each. `when` is None, and nothing is told of other versions, where neither `as_of` nor `today` was given.
    `key` is the topic's in the ontology, "" where there are several.
    """

    citations: tuple[Citation, ...]
    topic: str
    confidence: float
    conflict: bool = False
    parts: tuple[Answer | Silent, ...] = ()
    choices: tuple[Choice, ...] = ()
    curated: str = ""
    when: When | None = None
    changes: tuple[Change, ...] = ()
    key: str = ""


class Silent(NamedTuple):
    """A privacy question on which the policy says nothing. `topic` in plain words ("how long data is kept"), `key` as
    in `Answer`.

    `nearest` may hold a related clause; it is shown as related, never as the answer. `when` and `changes` as in Answer.
    """

    topic: str
    confidence: float
    nearest: tuple[Citation, ...] = ()
    when: When | None = None
    changes: tuple[Change, ...] = ()
    key: str = ""


class OffTopic(NamedTuple):
    """Not a question about privacy. `kind` chooses the receptionist's words."""

    kind: Literal["greeting", "thanks", "account", "sales", "support", "nonsense", "other"]
    confidence: float


class KnowledgeSource(Protocol):
    """Where policies come from. `create(setting)` behind the entry point returns one.

    What a running desk is to take up without a restart has two more methods: `state()`, cheap, gives something that
    moves with every change, and `checked()` yields like `policies()` but raises PolicyError where one can't be read.
    """

    name: str

    def policies(self) -> Iterable[Policy]:
        """Every version of every policy that the source holds."""
        ...
