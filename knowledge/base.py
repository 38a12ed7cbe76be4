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


class Answer(NamedTuple):
    """The policy speaks: quotations best first. `topic` is in plain words; `conflict` marks clauses that contradict
    each other, all of which are cited. `curated` is an answer in staff's own words that rests on the quotations, ""
    where nobody wrote one; it is shown as theirs, never as the policy's.

    `parts` are the answers to a question on several things, in the order asked; `citations` are all of theirs.
    `choices` are the topics between which a short question leaves it open, the likelier first; `citations` has
    clauses of each.
    """

    citations: tuple[Citation, ...]
    topic: str
    confidence: float
    conflict: bool = False
    parts: tuple[Answer | Silent, ...] = ()
    choices: tuple[Choice, ...] = ()
    curated: str = ""


class Silent(NamedTuple):
    """A privacy question on which the policy says nothing. `topic` in plain words ("how long data is kept").

    `nearest` may hold a related clause; it is shown as related, never as the answer.
    """

    topic: str
    confidence: float
    nearest: tuple[Citation, ...] = ()


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
