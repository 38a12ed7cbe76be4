"""One version of a policy, ready to be asked: its index, and what each of its clauses is about. Built by library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Literal, NamedTuple

import numpy as np

from knowledge.base import Citation, Passage, Policy
from knowledge.index import Index, Weights
from knowledge.policy import citation
from knowledge.topics import Classifier, Floats

_TAGGED_FROM = 0.2
_SECOND_TAG = 0.5
_OF_SENTENCE = 0.5
"""How much of a clause's topic one of its sentences makes: found on policies without tags, for few false silences."""
_LENGTH = 0.1


class Spoken(NamedTuple):
    """What a clause is about: keys of topics, the main one first. `by` says who found so: a policy's file may too."""

    topics: tuple[str, ...]
    by: Literal["staff", "file", "classifier"]


class Version:
    """A version with its index. `topics` has those of its clauses, shape (clauses, topics); `covered` says of each
    topic whether any clause speaks of it; `whole` is for each clause the one that it is an entry of, or itself; `tags`
    are those that staff gave.
    """

    def __init__(self, policy: Policy, reader: Classifier, tags: Mapping[str, tuple[str, ...]]) -> None:
        self.policy, self.reader, self.tags = policy, reader, tags
        self.passages = {passage.id: passage for passage in policy.passages}
        tagged = [passage._replace(topics=tags.get(passage.id, passage.topics)) for passage in policy.passages]
        pairs = [(passage.id, _searched(passage)) for passage in policy.passages]
        self.index = Index(pairs, partial(_tagged, tagged, reader), Weights(length=_LENGTH))
        self.topics = self.index.topics
        self.order = {passage.id: number for number, passage in enumerate(policy.passages)}
        self.whole = _wholes(policy.passages)
        self.covered = self.topics.max(axis=0) >= _TAGGED_FROM

    def has_topic(self, clause: str, topic: int) -> bool:
        """Whether a clause speaks of a topic."""
        return bool(self.topics[self.order[clause], topic] >= _TAGGED_FROM)

    def main_topic(self, clauses: Sequence[str], shares: Floats) -> int:
        """The likeliest by `shares` of the topics that the clauses have; where they have none, what comes nearest."""
        own = self.topics[[self.order[clause] for clause in clauses]].max(axis=0)
        return int(np.where(own >= _TAGGED_FROM, shares + 1, own).argmax())

    def cite(self, clause: str, score: float) -> Citation:
        """The clause as a quotation."""
        return citation(self.policy, self.passages[clause], score)

    def name(self, topic: int) -> str:
        """The topic in plain words."""
        return self.reader.names[self.reader.topics[topic]]

    def spoken(self) -> Mapping[str, Spoken]:
        """Clause → what it counts as being about."""
        found = {}
        for passage, row in zip(self.policy.passages, self.topics, strict=True):
            keys = tuple(self.reader.topics[at] for at in np.argsort(-row, kind="stable") if row[at] >= _TAGGED_FROM)
            known = any(topic in self.reader.names for topic in passage.topics)
            found[passage.id] = Spoken(keys, "staff" if passage.id in self.tags else "file" if known else "classifier")
        return found


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


def _tagged(passages: Sequence[Passage], reader: Classifier, whole: Floats, sentence: Floats) -> Floats:
    """Topics of passages, shape (passages, topics): a person's tags where there are any, else the classifier's, to
    which a single sentence is enough: one on card numbers amid a clause on security speaks of card numbers.
    """
    order = {topic: number for number, topic in enumerate(reader.topics)}
    weights: Floats = np.maximum(whole, _OF_SENTENCE * sentence)
    for row, passage in zip(weights, passages, strict=True):
        tags = [order[topic] for topic in passage.topics if topic in order]
        if tags:
            row[:] = 0.0
            row[tags] = _SECOND_TAG
            row[tags[0]] = 1.0
    return weights
