"""Ranking: which passages speak of a question. `searcher(pairs)` builds an index in memory; library calls it for each
policy version, and it stands alone as `searcher(pairs) -> search(question) -> [(id, score)]`.

A passage's score adds four views that fail differently: stemmed BM25 (the words), the static vector of the passage
and of its nearest sentence (the meaning), and how far question and passage agree on their topics (topics.py); longer
passages are preferred a little. The sentences are looked at only in the best passages by all the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from knowledge.topics import Classifier, Reading, classifier
from knowledge.vectors import embed
from knowledge.words import Speller, stems, words

Floats = NDArray[np.float32]
Ids = NDArray[np.intp]

_K1, _B = 1.2, 0.6
_SHORTLIST = 48
_LONGEST = 400
"""Words of a passage beyond which a longer one is not preferred any more."""
_SENTENCE = re.compile(r"(?<=[.!?;:])\s+(?=[A-Z“\"(•])|\n+")


class Weights(NamedTuple):
    """How much each view counts. The words' view is scaled to 1 for the passage that has most of them, the others are
    cosines; `length` is for each doubling (in e) of a passage's words: of two alike, the longer answers more.
    """

    words: float = 0.5
    passage: float = 0.5
    sentence: float = 0.5
    topics: float = 1.2
    length: float = 0.3


class Index:
    """An index over passages. Immutable once built; safe to share between threads."""

    def __init__(
        self,
        pairs: Sequence[tuple[str, str]],
        topics: Floats | None = None,
        weights: Weights = Weights(),  # noqa: B008 - a tuple
    ) -> None:
        self.ids = tuple(key for key, _text in pairs)
        texts = [text for _key, text in pairs]
        found = [words(text) for text in texts]
        self._weights = weights
        self._classifier: Classifier = classifier()
        self._speller = Speller({*self._classifier.vocabulary, *(word for each in found for word in each)})
        self._postings = _postings([stems(each) for each in found])
        self._vectors = embed([text.lower() for text in texts])
        sentences = [_sentences(text) for text in texts]
        self._starts = np.cumsum([0, *map(len, sentences)])
        self._sentences = embed([sentence.lower() for each in sentences for sentence in each])
        self._topics = _unit(self._classifier.weigh(texts) if topics is None else topics)
        counts = np.array([min(len(each), _LONGEST) for each in found], dtype=np.float32)
        self._length = weights.length * np.log1p(counts)

    def search(self, question: str, reading: Reading | None = None) -> list[tuple[str, float]]:
        """The best passages (48 at most) with their scores, best first."""
        if not self.ids:
            return []
        spelt = self._speller.spell(words(question))
        reading = reading or self._classifier.read(question)
        vector = reading.vector if tuple(spelt) == reading.words else embed([" ".join(spelt)])[0]
        scores = self._weights.words * self._lexical(stems(spelt))
        scores += self._weights.passage * (self._vectors @ vector)
        scores += self._weights.topics * (self._topics @ _unit(reading.topics))
        scores += self._length
        best = _top(scores, _SHORTLIST)
        refined = scores[best] + self._weights.sentence * self._nearest(best, vector)
        order = np.argsort(-refined, kind="stable")
        return [(self.ids[best[at]], float(refined[at])) for at in order]

    def _lexical(self, terms: Iterable[str]) -> Floats:
        scores = np.zeros(len(self.ids), dtype=np.float32)
        for term in set(terms):
            posting = self._postings.get(term)
            if posting is not None:
                scores[posting[0]] += posting[1]
        most = scores.max()
        return scores / most if most > 0 else scores

    def _nearest(self, best: NDArray[np.intp], vector: Floats) -> Floats:
        """For each of the shortlisted passages the likeness of its most alike sentence."""
        nearest = np.empty(len(best), dtype=np.float32)
        for at, passage in enumerate(best):
            nearest[at] = (self._sentences[self._starts[passage] : self._starts[passage + 1]] @ vector).max()
        return nearest


def searcher(pairs: Iterable[tuple[str, str]]) -> Callable[[str], list[tuple[str, float]]]:
    """Index passages, given as (id, text); the result ranks them for a question, best first."""
    return Index(list(pairs)).search


def _unit(rows: Floats) -> Floats:
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-9), dtype=np.float32)


def _sentences(text: str) -> list[str]:
    return [part.strip() for part in _SENTENCE.split(text) if part.strip()] or [text]


def _top(scores: Floats, count: int) -> NDArray[np.intp]:
    """Places of the highest scores, unordered beyond the cut but in a fixed order."""
    if len(scores) <= count:
        return np.arange(len(scores))
    return np.sort(np.argpartition(-scores, count)[:count])


def _postings(documents: Sequence[Sequence[str]]) -> dict[str, tuple[Ids, Floats]]:
    """BM25's weight of each term in each passage that has it: term → (passages, weights)."""
    lengths = np.array([len(document) for document in documents], dtype=np.float32)
    average = max(float(lengths.mean()), 1.0) if len(lengths) else 1.0
    counts: dict[str, dict[int, int]] = {}
    for number, document in enumerate(documents):
        for term in document:
            held = counts.setdefault(term, {})
            held[number] = held.get(number, 0) + 1
    postings = {}
    for term, held in counts.items():
        places = np.fromiter(held, dtype=np.intp)
        often = np.fromiter(held.values(), dtype=np.float32)
        rarity = np.log(1 + (len(documents) - len(held) + 0.5) / (len(held) + 0.5))
        norm = _K1 * (1 - _B + _B * lengths[places] / average)
        postings[term] = (places, (rarity * often * (_K1 + 1) / (often + norm)).astype(np.float32))
    return postings
