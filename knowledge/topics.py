"""What a text is about: the topics of corpus/topics.toml and the kinds of small talk of corpus/offtopic.toml, told by
a classifier whose weights were learnt from those examples alone (training.py). Called by index and library.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import as_file, files
from threading import Lock
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from knowledge.features import TERMS, Hashes, Places, hashes, marks, meaning, pairs
from knowledge.vectors import DIMENSIONS
from knowledge.words import Speller, words

Floats = NDArray[np.float32]
Halves = NDArray[np.float16]

WEIGHTS = "topics.npz"
"""The file of learnt weights, beside the examples in knowledge/corpus."""

_WORDS_KEPT = 4_096
_FIRST = np.zeros(1, dtype=np.intp)
_lock = Lock()


class Learnt(NamedTuple):
    """What training.py writes. `weights` (features, labels) are whole multiples of each label's step, of which the file
    keeps only the multiples, a byte each; `rarity` (terms and grams) is half precision. Labels are the topics' keys,
    then "off:KIND". `names` are the topics' in plain words, `digest` is the corpus's.
    """

    weights: Floats
    rarity: Halves
    labels: tuple[str, ...]
    names: Mapping[str, str]
    vocabulary: frozenset[str]
    digest: str


class Reading(NamedTuple):
    """What a question is about. `topics` has the probability of each topic, in the order of `Classifier.topics`; `off`
    is the probability that it is not about privacy (all together make 1), and `kind` names the small talk it would be.
    `words` are as they were meant, `vector` is theirs.
    """

    topics: Floats
    off: float
    kind: str
    words: tuple[str, ...]
    vector: Floats


class Classifier:
    """Reads questions and passages for their topics. Immutable but for a memory of words; safe between threads."""

    def __init__(self, learnt: Learnt) -> None:
        self.names = learnt.names
        self.digest = learnt.digest
        self.topics = tuple(learnt.names)
        self.vocabulary = learnt.vocabulary
        self.speller = Speller(learnt.vocabulary)
        self._kinds = tuple(label.removeprefix("off:") for label in learnt.labels[len(self.topics) :])
        self._labels = len(learnt.labels)
        weights, rarity = learnt.weights, learnt.rarity.astype(np.float32)
        self._meaning = weights[:DIMENSIONS]
        self._terms, self._grams = weights[DIMENSIONS : DIMENSIONS + TERMS], weights[DIMENSIONS + TERMS :]
        self._rarity, self._gram_rarity = rarity[:TERMS], rarity[TERMS:]
        self._known: dict[str, Floats] = {}

    def read(self, question: str, *, repair: bool = True) -> Reading:
        """What a question is about; without `repair` its words are taken as they are spelt."""
        found = words(question)
        spelt = self.speller.spell(found) if repair else found
        sums = self._sum(spelt)
        shares = _softmax(self._scores(sums[np.newaxis]))[0]
        count = len(self.topics)
        kind = self._kinds[int(shares[count:].argmax())]
        return Reading(shares[:count], float(shares[count:].sum()), kind, tuple(spelt), unit(sums[:DIMENSIONS]))

    def shares(self, sums: Floats) -> Floats:
        """The topics of texts given as the sums of their words' evidence: see `evidence`."""
        return _softmax(self._scores(sums))[:, : len(self.topics)]

    def weight(self, word: str) -> float:
        """How much a word's stem tells, by its rarity; 0 for a word in every text."""
        return float(self._rarity[marks(word).hashed % TERMS])

    @property
    def columns(self) -> int:
        """The length of one word's evidence."""
        return DIMENSIONS + 2 * self._labels + 2

    def evidence(self, word: str) -> Floats:
        """One word's share in a text's sums: its vector, the scores of its stem and of its letters, and the squares of
        what these weigh.
        """
        held = self._known.get(word)
        if held is None:
            mark = marks(word)
            term = mark.hashed % TERMS
            rarity, letters = self._rarity[term], self._gram_rarity[mark.grams]
            term_scores = rarity * self._terms[term]
            gram_scores = letters @ self._grams[mark.grams]
            squares = np.array([rarity * rarity, letters @ letters], dtype=np.float32)
            held = np.concatenate([meaning(word), term_scores, gram_scores, squares])
            if len(self._known) < _WORDS_KEPT:
                self._known[word] = held
        return held

    def beside(self, hashed: Hashes, starts: Places) -> Floats:
        """The evidence of neighbours, for texts of which none is empty, given as all their words' hashes one after
        another with where each begins.
        """
        places = pairs(hashed)
        rarity = np.append(self._rarity[places], np.float32(0))
        rarity[starts[1:] - 1] = 0  # the last word of a text and the first of the next are no pair
        rows = np.zeros((len(hashed), self._labels + 1), dtype=np.float32)
        rows[:-1, :-1] = rarity[:-1, np.newaxis] * self._terms[places]
        rows[:, -1] = rarity**2
        sums = np.zeros((len(starts), self.columns), dtype=np.float32)
        sums[:, [*range(DIMENSIONS, DIMENSIONS + self._labels), -2]] = np.add.reduceat(rows, starts)
        return sums

    def _sum(self, found: Sequence[str]) -> Floats:
        if not found:
            return np.zeros(self.columns, dtype=np.float32)
        rows = [self.evidence(word) for word in dict.fromkeys(found)]
        return np.asarray(np.sum(rows, axis=0) + self.beside(hashes(found), _FIRST)[0], dtype=np.float32)

    def _scores(self, sums: Floats) -> Floats:
        """Each label's score."""
        terms, grams = np.split(sums[:, DIMENSIONS:-2], 2, axis=1)
        norms = np.sqrt(np.maximum(sums[:, -2:], 1e-9))
        return np.asarray(unit(sums[:, :DIMENSIONS]) @ self._meaning + terms / norms[:, :1] + grams / norms[:, 1:])


@cache
def _classifier() -> Classifier:
    return Classifier(learnt())


def classifier() -> Classifier:
    """The classifier that ships, loaded at the first call."""
    with _lock:
        return _classifier()


def learnt() -> Learnt:
    """The weights that ship."""
    with as_file(files("knowledge") / "corpus" / WEIGHTS) as path, np.load(path) as held:
        lines = {name: held[name].tobytes().decode().split("\n") for name in ("topics", "names", "kinds", "vocabulary")}
        return Learnt(
            weights=held["weights"] * held["steps"],
            rarity=held["rarity"],
            labels=(*lines["topics"], *(f"off:{kind}" for kind in lines["kinds"])),
            names=dict(zip(lines["topics"], lines["names"], strict=True)),
            vocabulary=frozenset(lines["vocabulary"]),
            digest=held["digest"].tobytes().decode(),
        )


def unit(rows: Floats) -> Floats:
    """Vectors along the last axis made 1 long; zeros stay."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9), dtype=np.float32)


def _softmax(scores: Floats) -> Floats:
    """Scores made into shares of 1, along the last axis."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True, initial=-np.inf))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), dtype=np.float32)
