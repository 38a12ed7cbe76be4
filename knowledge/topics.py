"""What a text is about: the topics of corpus/topics.toml, the kinds of small talk of corpus/offtopic.toml, and a
classifier that learns both at start from those examples alone. Called by index and library.

The classifier is one ridge regression (closed form, no randomness) over a text's static vector and its stemmed words.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from knowledge.vectors import embed
from knowledge.words import Speller, stem, words

Floats = NDArray[np.float32]

_PENALTY = 3.0
_WORD_SHARE = 1.0
_SHARPNESS = 8.0
_PRIVATE_FROM = 0.35
_STEP = 256
_lock = Lock()


class Example(NamedTuple):
    """One sentence of the corpus with its label: a topic's key, or "off:KIND"."""

    text: str
    label: str
    asked: bool


class Reading(NamedTuple):
    """What a question is about. `topics` has one weight per topic, in the order of `Classifier.topics`, all together
    making 1 at most; `private` is above 0 when the question is more likely about privacy than not, and `kind` names
    the small talk it would be."""

    topics: Floats
    private: float
    kind: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Corpus:
    """The topics' names in plain words, and every example."""

    names: Mapping[str, str]
    examples: tuple[Example, ...]


@cache
def corpus() -> Corpus:
    """The corpus that ships."""
    topics = _toml("topics.toml")["topics"]
    examples = [
        Example(line, key, asked)
        for key, topic in topics.items()
        for field, asked in (("questions", True), ("statements", False))
        for line in topic[field].split("\n")
        if line
    ]
    for kind, lines in _toml("offtopic.toml").items():
        examples += [Example(line, f"off:{kind}", asked=True) for line in lines.split("\n") if line]
    return Corpus({key: str(topic["name"]) for key, topic in topics.items()}, tuple(examples))


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads(files("knowledge").joinpath("corpus", name).read_text("utf-8"))


class Classifier:
    """Reads questions and passages for their topics. Immutable once built; safe to share between threads."""

    def __init__(self, given: Corpus) -> None:
        self.names = given.names
        self.topics = tuple(given.names)
        labels = sorted({example.label for example in given.examples} - set(self.topics))
        self._kinds = tuple(label.removeprefix("off:") for label in labels)
        tokens = [words(example.text) for example in given.examples]
        self.vocabulary = frozenset(word for found in tokens for word in found)
        self.speller = Speller(self.vocabulary)
        spelt = [self.speller.spell(found) for found in tokens]
        self._terms, self._rarity = _vocabulary(spelt)
        order = {label: number for number, label in enumerate((*self.topics, *labels))}
        wanted = np.zeros((len(spelt), len(order)), dtype=np.float32)
        for row, example in enumerate(given.examples):
            wanted[row, order[example.label]] = 1.0
        self._weights = _ridge(self._features(spelt), wanted)

    def read(self, question: str) -> Reading:
        """What a question is about."""
        spelt = self.speller.spell(words(question))
        scores = (self._features([spelt]) @ self._weights)[0]
        topics, kinds = scores[: len(self.topics)], scores[len(self.topics) :]
        private = float(topics.max() + topics.sum() - kinds.sum()) - _PRIVATE_FROM
        return Reading(_shares(scores)[: len(topics)], private, self._kinds[int(kinds.argmax())], tuple(spelt))

    def weigh(self, texts: Sequence[str]) -> Floats:
        """The topics of passages, shape (len(texts), len(topics)), each row's sum at most 1."""
        steps = range(0, len(texts), _STEP)
        shares = [
            _shares(self._features([words(text) for text in texts[at : at + _STEP]]) @ self._weights) for at in steps
        ]
        return np.concatenate(shares)[:, : len(self.topics)] if shares else np.zeros((0, len(self.topics)), np.float32)

    def _features(self, spelt: Sequence[Sequence[str]]) -> Floats:
        """Unit vectors beside unit rows of weighted words."""
        rows = np.zeros((len(spelt), len(self._terms)), dtype=np.float32)
        for row, found in zip(rows, spelt, strict=True):
            for term in _terms(found):
                at = self._terms.get(term)
                if at is not None:
                    row[at] = self._rarity[at]
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        np.divide(rows, lengths, out=rows, where=lengths > 0)
        return np.hstack([embed([" ".join(found) for found in spelt]), _WORD_SHARE * rows])


@cache
def _classifier() -> Classifier:
    return Classifier(corpus())


def classifier() -> Classifier:
    """The classifier over the corpus that ships, built at the first call."""
    with _lock:
        return _classifier()


def _shares(scores: Floats) -> Floats:
    """Scores made into shares of 1, along the last axis."""
    raised = np.exp(_SHARPNESS * scores)
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), dtype=np.float32)


def _terms(found: Sequence[str]) -> list[str]:
    """Stems of all words and of the pairs that stand together: "how long" tells more than its words."""
    plain = [stem(word) for word in found]
    return [*plain, *(f"{first} {second}" for first, second in zip(plain, plain[1:], strict=False))]


def _vocabulary(spelt: Sequence[Sequence[str]]) -> tuple[dict[str, int], Floats]:
    """Terms seen twice or more, and their inverse document frequency."""
    counts: dict[str, int] = {}
    for found in spelt:
        for term in set(_terms(found)):
            counts[term] = counts.get(term, 0) + 1
    kept = sorted(term for term, count in counts.items() if count > 1)
    rarity = np.log(len(spelt) / np.array([counts[term] for term in kept], dtype=np.float32))
    return {term: at for at, term in enumerate(kept)}, rarity.astype(np.float32)


def _ridge(features: Floats, wanted: Floats) -> Floats:
    """Weights (features, labels) of the least-squares fit with a penalty, solved over the examples."""
    kernel = features @ features.T
    kernel[np.diag_indices_from(kernel)] += _PENALTY
    return np.asarray(features.T @ np.linalg.solve(kernel, wanted), dtype=np.float32)
