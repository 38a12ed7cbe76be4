"""Ranking: which passages speak of a question. `searcher(pairs)` builds an index in memory; library calls it for each
policy version, and it stands alone as `searcher(pairs) -> search(question) -> [(id, score)]`.

A passage's score adds views that fail differently: stemmed BM25 (the words), the static vector of the passage and of
its nearest sentence (the meaning), how far question and passage agree on their topics (topics.py), how far the passages
beside it do, and whether it holds the kind of answer that is asked for (kinds.py); longer passages are preferred a
little. All but the vectors choose the passages whose vectors are looked at, and all but the sentences those whose
sentences are: in a policy of ordinary size, every passage's vector.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from knowledge import kinds
from knowledge.features import marks, meaning
from knowledge.topics import Classifier, Floats, Reading, classifier, unit
from knowledge.vectors import DIMENSIONS
from knowledge.words import STOP, Speller, stem, words

Ids = NDArray[np.intp]

Topics = Callable[[Floats, Floats], Floats]
"""The topics of passages, from those of each as a whole and the most that one sentence of it speaks of each."""

_K1, _B = 1.2, 0.6
_COMPARED = 1_024
_SHORTLIST = 48
_FLATTER = 0.7
"""Power of the topics' probabilities: the second topic of a question or a passage counts for more than its share."""
_LONGEST = 400
"""Words of a passage beyond which a longer one is not preferred any more."""
_SENTENCE = re.compile(r"(?<=[.!?;:])\s+(?=[A-Z“\"(•])|\n+")
_STEP = 256


class Weights(NamedTuple):
    """How much each view counts. Words and kinds are scaled to 1 for the passage that has most of them, the others are
    cosines; `neighbours` is for the topics of the passages before and after; `length` is for each doubling (in e) of a
    passage's words: of two alike, the longer answers more. tests/bench/tuning.py finds them.
    """

    words: float = 0.14
    passage: float = 0.3
    sentence: float = 0.6
    topics: float = 0.85
    neighbours: float = 0.2
    kinds: float = 0.7
    length: float = 0.17


class _Asked(NamedTuple):
    """A question: its words mended towards the passages', their vector, its topics, and the kinds it asks for."""

    spelt: list[str]
    vector: Floats
    topics: Floats
    kinds: Floats


class Index:
    """An index over passages. Immutable once built; safe to share between threads. `topics` has those of the passages,
    shape (passages, topics).
    """

    def __init__(
        self,
        pairs: Sequence[tuple[str, str]],
        topics: Topics | None = None,
        weights: Weights = Weights(),  # noqa: B008 - a tuple
        *,
        repair: bool = True,
    ) -> None:
        self.ids = tuple(key for key, _text in pairs)
        sentences = [[words(part) for part in _sentences(text)] for _key, text in pairs]
        self._starts = np.cumsum([0, *map(len, sentences)])
        flat = [found for each in sentences for found in each]
        vocabulary = {word: number for number, word in enumerate(dict.fromkeys(word for each in flat for word in each))}
        lengths = np.array([len(found) for found in flat], dtype=np.intp)
        ids = np.fromiter((vocabulary[word] for found in flat for word in found), dtype=np.intp, count=lengths.sum())
        counts = np.add.reduceat(lengths, self._starts[:-1]) if len(lengths) else lengths
        owners = np.repeat(np.arange(len(self.ids)), counts)
        self._weights = weights
        self._repair = repair
        self._classifier: Classifier = classifier()
        sums = _sums(list(vocabulary), ids, lengths, self._classifier)
        wholes = np.add.reduceat(sums, self._starts[:-1]) if len(sums) else sums
        self._sentences = unit(sums[:, :DIMENSIONS]).astype(np.float16)
        self._vectors = unit(wholes[:, :DIMENSIONS])
        self._speller = Speller(self._classifier.vocabulary | vocabulary.keys())
        self._postings = _postings(list(vocabulary), ids, owners, len(self.ids))
        self._kinds = kinds.answered(list(vocabulary), ids, owners, len(self.ids))
        whole, best = self._classifier.shares(wholes), self._classifier.shares(sums)
        if len(sums):
            best = np.maximum.reduceat(best, self._starts[:-1])
        self.topics = topics(whole, best) if topics else whole + best
        self._topics = unit(self.topics**_FLATTER)
        self._beside = _beside(self._topics)
        self._agreeing = weights.topics * self._topics + weights.neighbours * self._beside
        self._length = np.log1p(np.minimum(counts, _LONGEST)).astype(np.float32)

    def search(self, question: str, reading: Reading | None = None) -> list[tuple[str, float]]:
        """The best passages (48 at most) with their scores, best first."""
        if not self.ids:
            return []
        asked = self._asked(question, reading)
        scores = self._weights.words * self._lexical(asked.spelt)
        scores += self._agreeing @ asked.topics
        scores += self._kinds @ (self._weights.kinds * asked.kinds)
        scores += self._weights.length * self._length
        near = _top(scores, _COMPARED)
        scores = scores[near] + self._weights.passage * (self._vectors[near] @ asked.vector)
        best = _top(scores, _SHORTLIST)
        refined = scores[best] + self._weights.sentence * self._nearest(near[best], asked.vector)
        order = np.argsort(-refined, kind="stable")
        return [(self.ids[near[best[at]]], float(refined[at])) for at in order]

    def views(self, question: str) -> Floats:
        """What each view makes of each passage before it is weighed, shape (views, passages), in the order of Weights:
        what tuning weighs.
        """
        asked = self._asked(question)
        everything = np.arange(len(self.ids))
        found = [
            self._lexical(asked.spelt),
            self._vectors @ asked.vector,
            self._nearest(everything, asked.vector),
            self._topics @ asked.topics,
            self._beside @ asked.topics,
            self._kinds @ asked.kinds,
            self._length,
        ]
        return np.stack(found)

    def _asked(self, question: str, reading: Reading | None = None) -> _Asked:
        """A question as the views compare it with the passages."""
        found = words(question)
        spelt = self._speller.spell(found) if self._repair else found
        reading = reading or self._classifier.read(question, repair=self._repair)
        vector = reading.vector
        if tuple(spelt) != reading.words and spelt:
            vector = unit(np.sum([meaning(word) for word in spelt], axis=0))
        return _Asked(spelt, vector, unit(reading.topics**_FLATTER), kinds.asked(spelt))

    def _lexical(self, spelt: Sequence[str]) -> Floats:
        scores = np.zeros(len(self.ids), dtype=np.float32)
        for term in {stem(word) for word in spelt if word not in STOP}:
            posting = self._postings.get(term)
            if posting is not None:
                scores[posting[0]] += posting[1]
        most = scores.max()
        return scores / most if most > 0 else scores

    def _nearest(self, best: Ids, vector: Floats) -> Floats:
        """For each of the shortlisted passages the likeness of its most alike sentence."""
        sizes = self._starts[best + 1] - self._starts[best]
        begins = np.cumsum(sizes) - sizes
        rows = np.arange(sizes.sum()) + np.repeat(self._starts[best] - begins, sizes)
        return np.asarray(np.maximum.reduceat(self._sentences[rows].astype(np.float32) @ vector, begins))


def searcher(pairs: Iterable[tuple[str, str]]) -> Callable[[str], list[tuple[str, float]]]:
    """Index passages, given as (id, text); the result ranks them for a question, best first."""
    return Index(list(pairs)).search


def _sentences(text: str) -> list[str]:
    return [part.strip() for part in _SENTENCE.split(text) if part.strip()] or [text]


def _sums(vocabulary: Sequence[str], ids: Ids, lengths: Ids, reader: Classifier) -> Floats:
    """The sums of each sentence's evidence, shape (sentences, columns); `ids` are the words of all sentences."""
    table = np.zeros((len(vocabulary), reader.columns), dtype=np.float32)
    hashed = np.zeros(len(vocabulary), dtype=np.uint64)
    for number, word in enumerate(vocabulary):
        table[number] = reader.evidence(word)
        hashed[number] = marks(word).hashed
    sums = np.zeros((len(lengths), reader.columns), dtype=np.float32)
    begins = np.cumsum(lengths) - lengths
    for at in range(0, len(lengths), _STEP):
        held = np.flatnonzero(lengths[at : at + _STEP]) + at
        if len(held):
            found = ids[begins[held[0]] : begins[held[-1]] + lengths[held[-1]]]
            starts = begins[held] - begins[held[0]]
            told = table[found] * _firsts(found, starts)[:, np.newaxis]
            sums[held] = np.add.reduceat(told, starts) + reader.beside(hashed[found], starts)
    return sums


def _firsts(found: Ids, starts: Ids) -> NDArray[np.bool_]:
    """Which words are the first of their kind in their sentence: the classifier was taught each word once."""
    sentence = np.zeros(len(found), dtype=np.intp)
    sentence[starts[1:]] = 1
    _keys, first = np.unique(np.cumsum(sentence) * (int(found.max()) + 1) + found, return_index=True)
    told = np.zeros(len(found), dtype=np.bool_)
    told[first] = True
    return told


def _beside(topics: Floats) -> Floats:
    """For each passage the sum of its two neighbours' topics: what stands around a passage tells what it is about."""
    around = np.zeros_like(topics)
    around[1:] += topics[:-1]
    around[:-1] += topics[1:]
    return around


def _top(scores: Floats, count: int) -> Ids:
    """Places of the highest scores, unordered beyond the cut but in a fixed order."""
    if len(scores) <= count:
        return np.arange(len(scores))
    return np.sort(np.argpartition(-scores, count)[:count])


def _postings(vocabulary: Sequence[str], ids: Ids, owners: Ids, count: int) -> dict[str, tuple[Ids, Floats]]:
    """BM25's weight of each term in each passage that has it: term → (passages, weights). `owners` are the passages
    of the words in `ids`.
    """
    terms: dict[str, int] = {}
    of_word = [-1 if word in STOP else terms.setdefault(stem(word), len(terms)) for word in vocabulary]
    if not terms:
        return {}
    places = np.array(of_word, dtype=np.intp)[ids]
    lengths = np.bincount(owners[places >= 0], minlength=count).astype(np.float32)
    norm = _K1 * (1 - _B + _B * lengths / max(float(lengths.mean()), 1.0))
    held, often = np.unique(places[places >= 0] * count + owners[places >= 0], return_counts=True)
    passages = held % count
    frequency = np.bincount(held // count, minlength=len(terms))
    rarity = np.log(1 + (count - frequency + 0.5) / (frequency + 0.5))
    weights = np.repeat(rarity, frequency) * often * (_K1 + 1) / (often + norm[passages])
    cuts = np.cumsum(frequency)[:-1]
    parts = zip(np.split(passages, cuts), np.split(weights.astype(np.float32), cuts), strict=True)
    return dict(zip(terms, parts, strict=True))
