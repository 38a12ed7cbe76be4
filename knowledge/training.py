"""`python -m knowledge.training` learns the classifier's weights from the corpus and writes corpus/topics.npz. Run it
after each change of the examples; a test holds the file against them. The desk itself never trains.

Multinomial logistic regression with an L2 penalty, solved over the examples' Gram matrix by Nesterov's accelerated
gradient: no randomness, the same file each time on the same machine. The temperature makes its probabilities honest;
it was found by cross-validation.
"""

from __future__ import annotations

import hashlib
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from knowledge.features import GRAMS, TERMS, WIDTH, hashes, marks, meaning, pairs
from knowledge.topics import WEIGHTS, Floats, Learnt, unit
from knowledge.vectors import DIMENSIONS
from knowledge.words import Speller, words

_MEANING_SCALE, _TERM_SCALE, _GRAM_SCALE = 0.6, 0.8, 0.8
_PENALTY = 0.04
_TEMPERATURE = 1.2
_BALANCE = 0.5
"""A label's examples weigh by its count to minus this power: between no balance (0) and full (1)."""
_STEPS = 150


class Example(NamedTuple):
    """One sentence of the corpus with its label: a topic's key, or "off:KIND"."""

    text: str
    label: str
    asked: bool


@dataclass(frozen=True, slots=True)
class Corpus:
    """The topics' names in plain words, every example, and the digest of both."""

    names: Mapping[str, str]
    examples: tuple[Example, ...]
    digest: str


@cache
def corpus() -> Corpus:
    """The corpus that ships."""
    topics, kinds = (_text(name) for name in ("topics.toml", "offtopic.toml"))
    listed: dict[str, Any] = tomllib.loads(topics)["topics"]
    examples = [
        Example(line, key, asked)
        for key, topic in listed.items()
        for field, asked in (("questions", True), ("statements", False))
        for line in topic[field].split("\n")
        if line
    ]
    for kind, lines in tomllib.loads(kinds).items():
        examples += [Example(line, f"off:{kind}", asked=True) for line in lines.split("\n") if line]
    digest = hashlib.sha256((topics + "\0" + kinds).encode()).hexdigest()
    return Corpus({key: str(topic["name"]) for key, topic in listed.items()}, tuple(examples), digest)


def train(given: Corpus) -> Learnt:
    """Learn the weights. Takes some ten seconds."""
    labels = (*given.names, *sorted({example.label for example in given.examples} - set(given.names)))
    tokens = [words(example.text) for example in given.examples]
    vocabulary = frozenset(word for found in tokens for word in found)
    speller = Speller(vocabulary)
    spelt = [speller.spell(found) for found in tokens]
    rarity = _rarity(spelt)
    features = np.stack([_features(found, rarity) for found in spelt])
    place = {label: number for number, label in enumerate(labels)}
    wanted = np.eye(len(labels), dtype=np.float32)[[place[example.label] for example in given.examples]]
    weights = _TEMPERATURE * (features.T @ _fit(features @ features.T, wanted))
    weights *= _scales()[:, np.newaxis]
    steps = _steps(weights)
    kept = np.rint(weights / steps) * steps
    return Learnt(kept, rarity.astype(np.float16), labels, given.names, vocabulary, given.digest)


def save(learnt: Learnt, path: Path) -> None:
    """Write the weights, a byte each; the same weights make the same bytes."""
    steps = _steps(learnt.weights)
    np.savez_compressed(
        path,
        weights=np.rint(learnt.weights / steps).astype(np.int8),
        steps=steps,
        rarity=learnt.rarity,
        topics=_packed(learnt.names),
        names=_packed(learnt.names.values()),
        kinds=_packed(label.removeprefix("off:") for label in learnt.labels[len(learnt.names) :]),
        vocabulary=_packed(sorted(learnt.vocabulary)),
        digest=_packed([learnt.digest]),
    )


def _steps(weights: Floats) -> Floats:
    """Each label's step, of which its weights are made multiples from -127 to 127."""
    return np.asarray(np.maximum(np.abs(weights).max(axis=0), 1e-9) / np.iinfo(np.int8).max, dtype=np.float32)


def _packed(lines: Iterable[str]) -> NDArray[np.uint8]:
    """Lines as UTF-8, an eighth of the size that numpy's own strings take."""
    return np.frombuffer("\n".join(lines).encode(), dtype=np.uint8)


def _text(name: str) -> str:
    return files("knowledge").joinpath("corpus", name).read_text("utf-8")


def _rarity(spelt: Sequence[Sequence[str]]) -> Floats:
    """The inverse document frequency of each place of terms and grams. An unseen place has the highest and no weights:
    what is unknown makes the rest of a text tell less.
    """
    counts = np.zeros(TERMS + GRAMS, dtype=np.float32)
    for found in spelt:
        terms = {marks(word).hashed % TERMS for word in found} | set(pairs(hashes(found)).tolist())
        grams = {TERMS + int(place) for word in found for place in marks(word).grams}
        counts[[*terms, *grams]] += 1
    rarity = np.log((len(spelt) + 1) / (counts + 1))
    return rarity.astype(np.float16).astype(np.float32)


def _features(found: Sequence[str], rarity: Floats) -> Floats:
    """One text's features, scaled; the same sums as topics.Classifier makes word by word."""
    row = np.zeros(WIDTH, dtype=np.float32)
    if not found:
        return row
    distinct = list(dict.fromkeys(found))
    row[:DIMENSIONS] = unit(np.sum([meaning(word) for word in distinct], axis=0))
    terms = np.concatenate([[marks(word).hashed % TERMS for word in distinct], pairs(hashes(found))]).astype(np.intp)
    grams = TERMS + np.concatenate([marks(word).grams for word in distinct])
    for places in (terms, grams):
        np.add.at(row, DIMENSIONS + places, rarity[places] / max(float(np.linalg.norm(rarity[places])), 1e-9))
    return np.asarray(row * _scales(), dtype=np.float32)


def _scales() -> Floats:
    sizes = (DIMENSIONS, TERMS, GRAMS)
    return np.repeat(np.array([_MEANING_SCALE, _TERM_SCALE, _GRAM_SCALE], dtype=np.float32), sizes)


def _fit(kernel: Floats, wanted: Floats) -> Floats:
    """Coefficients (examples, labels) of the penalised logistic regression over a Gram matrix."""
    counts = wanted.sum(axis=0)
    weight = (wanted @ counts**-_BALANCE)[:, np.newaxis]
    weight /= weight.mean()
    step = 1 / (0.5 * weight.max() * _greatest_eigenvalue(kernel) + _PENALTY)
    held = ahead = np.zeros_like(wanted)
    momentum = 1.0
    for _ in range(_STEPS):
        scores = kernel @ ahead
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        moved = ahead - step * (weight * (shares - wanted) + _PENALTY * ahead)
        further = (1 + (1 + 4 * momentum**2) ** 0.5) / 2
        ahead = moved + (momentum - 1) / further * (moved - held)
        held, momentum = moved, further
    return np.asarray(held, dtype=np.float32)


def _greatest_eigenvalue(kernel: Floats) -> float:
    vector = np.ones(len(kernel), dtype=np.float32)
    for _ in range(20):
        vector = kernel @ unit(vector)
    return float(np.linalg.norm(vector))


def main() -> None:
    """Train and write the file beside the examples."""
    path = Path(str(files("knowledge").joinpath("corpus", WEIGHTS)))
    save(train(corpus()), path)
    sys.stdout.write(f"{path}: {path.stat().st_size / 1e6:.2f} MB, {len(corpus().examples)} examples\n")


if __name__ == "__main__":
    main()
