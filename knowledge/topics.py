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
from itertools import pairwise
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from knowledge.vectors import DIMENSIONS, embed
from knowledge.words import STOP, Speller, stem, words

Floats = NDArray[np.float32]

_PENALTY = 1.0
_NEAREST_SHARE = 0.3
_NEAREST_TELLS = 1.0
_SHARPNESS = 14.0
_PRIVATE_FROM = 0.2
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
    the small talk it would be. `words` are as they were meant, `vector` is theirs.
    """

    topics: Floats
    private: float
    kind: str
    words: tuple[str, ...]
    vector: Floats


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
        order = {label: number for number, label in enumerate((*self.topics, *labels))}
        examples = sorted(given.examples, key=lambda example: order[example.label])
        tokens = [words(example.text) for example in examples]
        self.vocabulary = frozenset(word for found in tokens for word in found)
        self.speller = Speller(self.vocabulary)
        spelt = [self.speller.spell(found) for found in tokens]
        terms = [_terms(found) for found in spelt]
        self._terms, self._rarity = _vocabulary(terms)
        places = np.array([order[example.label] for example in examples])
        wanted = np.eye(len(order), dtype=np.float32)[places]
        self._starts = np.flatnonzero(np.diff(places, prepend=-1))
        self._examples = _meaning(spelt)
        wording = np.zeros((len(terms), len(self._terms)), dtype=np.float32)
        for number, found in enumerate(terms):
            known, values = self._wording(found)
            wording[number, known] = values
        weights = _ridge(np.hstack([self._examples, wording]), wanted)
        self._meaning_weights, self._word_weights = np.split(weights, [self._examples.shape[1]])

    def read(self, question: str) -> Reading:
        """What a question is about."""
        spelt = self.speller.spell(words(question))
        meaning = _meaning([spelt])
        ridge, nearest = (scores[0] for scores in self._scores([spelt], meaning))
        count = len(self.topics)
        private = _balance(ridge[:count], ridge[count:], nearest[:count], nearest[count:]) - _PRIVATE_FROM
        scores = ridge + _NEAREST_SHARE * nearest
        kind = self._kinds[int(scores[count:].argmax())]
        return Reading(_shares(scores)[:count], private, kind, tuple(spelt), meaning[0, :DIMENSIONS])

    def weigh(self, texts: Sequence[str]) -> Floats:
        """The topics of passages, shape (len(texts), len(topics)), each row's sum at most 1."""
        steps = range(0, len(texts), _STEP)
        shares = [self._weighed([words(text) for text in texts[at : at + _STEP]]) for at in steps]
        return np.concatenate(shares)[:, : len(self.topics)] if shares else np.zeros((0, len(self.topics)), np.float32)

    def _weighed(self, tokens: Sequence[Sequence[str]]) -> Floats:
        ridge, nearest = self._scores(tokens, _meaning(tokens))
        return _shares(ridge + _NEAREST_SHARE * nearest)

    def _scores(self, spelt: Sequence[Sequence[str]], meaning: Floats) -> tuple[Floats, Floats]:
        """Each label's score by the ridge, and the likeness (0 to 2) of the most alike example that has the label."""
        ridge = meaning @ self._meaning_weights
        for number, found in enumerate(spelt):
            known, values = self._wording(_terms(found))
            ridge[number] += values @ self._word_weights[known]
        return ridge, np.maximum.reduceat(meaning @ self._examples.T, self._starts, axis=1)

    def _wording(self, terms: Sequence[str]) -> tuple[list[int], Floats]:
        """The known terms' places and their rarity, as a unit vector."""
        places = sorted({self._terms[term] for term in terms if term in self._terms})
        values = self._rarity[places]
        return places, values / max(float(np.linalg.norm(values)), 1e-9)


@cache
def _classifier() -> Classifier:
    return Classifier(corpus())


def classifier() -> Classifier:
    """The classifier over the corpus that ships, built at the first call."""
    with _lock:
        return _classifier()


def _balance(topics: Floats, kinds: Floats, near_topics: Floats, near_kinds: Floats) -> float:
    """How much more a question looks like one about privacy than like any other."""
    fitted = topics.max() + topics.sum() - kinds.sum()
    return float(fitted + _NEAREST_TELLS * (near_topics.max() - near_kinds.max()))


def _meaning(spelt: Sequence[Sequence[str]]) -> Floats:
    """The vectors of the whole texts beside those of their words that carry meaning, shape (texts, 512)."""
    whole = embed([" ".join(found) for found in spelt])
    return np.hstack([whole, embed([" ".join(word for word in found if word not in STOP) for found in spelt])])


def _shares(scores: Floats) -> Floats:
    """Scores made into shares of 1, along the last axis."""
    raised = np.exp(_SHARPNESS * scores)
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), dtype=np.float32)


def _terms(found: Sequence[str]) -> list[str]:
    """Stems of all words and of the pairs that stand together: "how long" tells more than its words."""
    plain = [stem(word) for word in found]
    return [*plain, *(f"{first} {second}" for first, second in pairwise(plain))]


def _vocabulary(terms: Sequence[Sequence[str]]) -> tuple[dict[str, int], Floats]:
    """Terms seen twice or more, and their inverse document frequency."""
    counts: dict[str, int] = {}
    for found in terms:
        for term in set(found):
            counts[term] = counts.get(term, 0) + 1
    kept = sorted(term for term, count in counts.items() if count > 1)
    rarity = np.log(len(terms) / np.array([counts[term] for term in kept], dtype=np.float32))
    return {term: at for at, term in enumerate(kept)}, rarity.astype(np.float32)


def _ridge(features: Floats, wanted: Floats) -> Floats:
    """Weights (features, labels) of the least-squares fit with a penalty, solved over the examples."""
    kernel = features @ features.T
    kernel[np.diag_indices_from(kernel)] += _PENALTY
    return np.asarray(features.T @ np.linalg.solve(kernel, wanted), dtype=np.float32)
