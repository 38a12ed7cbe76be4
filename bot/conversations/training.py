"""Trains the classifier of intents on our own examples and writes the weights that ship: `make train`. Offline.

Multinomial logistic regression with a square penalty, by L-BFGS over functions of the examples: with fewer examples
than features, one product with their likeness (examples, examples) a step is cheapest. Nothing is drawn by chance.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.conversations.intent_examples import NAMES, borrowed, digest, examples
from bot.conversations.intent_features import BUCKETS, MEANING, places
from bot.conversations.intent_model import WEIGHTS, Weights
from bot.conversations.intent_text import plain
from knowledge.vectors import embed

Floats = NDArray[np.float32]

_PENALTY = 1.0
_BIAS = 2.0  # the likeness of any two examples, which makes a constant
_STEPS, _MEMORY = 40, 8
_DOWN, _SHORTEST = 1e-4, 1e-6  # how much a step must gain, and from which length on it need not
_FOLDS = 5
_BLOCK = 4_096
_COPY = 2  # the first two of NAMES ask for a copy of data


class Examples(NamedTuple):
    """What the classifier sees of examples: `meaning` (examples, 256); `words`, the hashed places that each one fills
    and how much; `wanted`, the place in NAMES of each one's intent; and `weight`, how much each one counts.
    """

    meaning: Floats
    words: tuple[tuple[NDArray[np.intp], Floats], ...]
    wanted: NDArray[np.intp]
    weight: Floats

    def likeness(self) -> Floats:
        """How alike any two are: shape (examples, examples)."""
        found = self.meaning @ self.meaning.T + np.float32(_BIAS)
        for block in self.blocks():
            found += block @ block.T
        return found

    def blocks(self) -> Iterator[Floats]:
        """The hashed places in full, some columns at a time: (examples, _BLOCK) each, as all of them fill memories."""
        for start in range(0, BUCKETS, _BLOCK):
            block = np.zeros((len(self.words), _BLOCK), dtype=np.float32)
            for row, (where, much) in zip(block, self.words, strict=True):
                inside = (where >= start) & (where < start + _BLOCK)
                np.add.at(row, where[inside] - start, much[inside])
            yield block


def main() -> None:
    """Train, measure by cross-validation, write the weights."""
    known = read(examples(), borrowed())
    likeness = known.likeness()
    scores = _held_out(likeness, known)
    warmth = _temperature(scores, known.wanted)
    right, found, false = _measured(scores, known.wanted)
    ready = weighed(known, fit(likeness, known.wanted, known.weight) / warmth)._replace(
        digest=digest(), right=right, found=found, false=false
    )
    np.savez_compressed(WEIGHTS, allow_pickle=False, **{name: np.array(of) for name, of in ready._asdict().items()})
    sys.stdout.write(
        f"{len(known.wanted)} examples; unseen: right {right:.3f}, copies found {found:.3f}, falsely {false:.3f}; "
        f"temperature {warmth:.2f}; {WEIGHTS.stat().st_size / 1024:.0f} KB\n"
    )


def read(texts: Mapping[str, Sequence[str]], borrowed: Mapping[str, Sequence[str]] | None = None) -> Examples:
    """The examples of each of NAMES, in that order, as the classifier sees them.

    Borrowed ones make no intent weigh more: all examples of an intent together count as its own alone would. Rare
    intents count more, by the root of their rarity: between equal examples and equal intents.
    """
    more = borrowed or {}
    pairs = [(plain(text), NAMES.index(name)) for name, own in texts.items() for text in (*own, *more.get(name, ()))]
    wanted = np.array([place for _text, place in pairs], np.intp)
    own = np.array([len(texts.get(name, ())) for name in NAMES], dtype=np.float64)
    every = np.maximum(np.bincount(wanted, minlength=len(NAMES)), 1)
    weight = (np.sqrt(own.mean() / np.maximum(own, 1)) * own / every)[wanted]
    return Examples(
        MEANING * embed([text for text, _place in pairs]),
        tuple(places(text) for text, _place in pairs),
        wanted,
        (weight / weight.mean()).astype(np.float32),
    )


def weighed(known: Examples, dual: Floats) -> Weights:
    """The weights that say of a text what its likeness to the examples, times the dual weights, would say."""
    return Weights(
        meaning=(known.meaning.T @ dual).astype(np.float16),
        words=np.concatenate([block.T @ dual for block in known.blocks()]).astype(np.float16),
        bias=(_BIAS * dual.sum(axis=0)).astype(np.float32),
    )


def fit(likeness: Floats, wanted: NDArray[np.intp], weight: Floats) -> Floats:
    """Dual weights (examples, intents): the scores of a text are its likeness to the examples times these."""
    goal = np.eye(len(NAMES), dtype=np.float32)[wanted]
    weight = weight[:, None]

    def cost(dual: Floats, scores: Floats) -> float:
        top = scores.max(axis=1, keepdims=True)
        loss = np.log(np.exp(scores - top).sum(axis=1)) + top[:, 0] - (scores * goal).sum(axis=1)
        return float((weight[:, 0] * loss).sum(dtype=np.float64)) + _PENALTY / 2 * _product(dual, scores)

    def slope(dual: Floats, scores: Floats) -> Floats:
        uphill: Floats = weight * (softmax(scores) - goal) + np.float32(_PENALTY) * dual
        return uphill

    return _descend(likeness, np.zeros_like(goal), cost, slope)


class _Step(NamedTuple):
    moved: Floats
    turned: Floats
    moved_scores: Floats
    turned_scores: Floats


def _descend(
    likeness: Floats, dual: Floats, cost: Callable[[Floats, Floats], float], slope: Callable[[Floats, Floats], Floats]
) -> Floats:
    """L-BFGS with halved steps; beside each function its scores, likeness @ function, are kept."""
    scores = likeness @ dual
    gradient, value = slope(dual, scores), cost(dual, scores)
    risen = likeness @ gradient
    memory: deque[_Step] = deque(maxlen=_MEMORY)
    for _ in range(_STEPS):
        way, way_scores = _direction(gradient, risen, memory)
        size, downhill = np.float32(1), _product(way, risen)
        while (
            cost(dual + size * way, scores + size * way_scores) > value + _DOWN * size * downhill and size > _SHORTEST
        ):
            size /= 2
        dual, scores = dual + size * way, scores + size * way_scores
        value = cost(dual, scores)
        turned = slope(dual, scores)
        turned_scores = likeness @ turned
        memory.append(_Step(size * way, turned - gradient, size * way_scores, turned_scores - risen))
        gradient, risen = turned, turned_scores
    return dual


def _direction(gradient: Floats, risen: Floats, memory: deque[_Step]) -> tuple[Floats, Floats]:
    """The two loops of L-BFGS, on functions and on their scores alike."""
    way, way_scores = gradient.copy(), risen.copy()
    shares: list[float] = []
    for step in reversed(memory):
        share = _product(step.moved, way_scores) / _product(step.moved, step.turned_scores)
        shares.append(share)
        way, way_scores = way - share * step.turned, way_scores - share * step.turned_scores
    if memory:
        last = memory[-1]
        scale = _product(last.moved, last.turned_scores) / _product(last.turned, last.turned_scores)
    else:
        scale = _product(gradient, risen) ** -0.5
    way, way_scores = scale * way, scale * way_scores
    for step, share in zip(memory, reversed(shares), strict=True):
        rest = share - _product(step.turned, way_scores) / _product(step.moved, step.turned_scores)
        way, way_scores = way + rest * step.moved, way_scores + rest * step.moved_scores
    return (-way).astype(np.float32), (-way_scores).astype(np.float32)


def _product(left: Floats, right_scores: Floats) -> float:
    return float((left * right_scores).sum(dtype=np.float64))


def softmax(scores: Floats) -> Floats:
    """Scores (texts, intents) as shares; each row sums to 1."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _held_out(likeness: Floats, known: Examples) -> Floats:
    """The scores of each example by a classifier that has not seen it."""
    scores = np.zeros((len(known.wanted), len(NAMES)), dtype=np.float32)
    fold = np.arange(len(known.wanted)) % _FOLDS
    for number in range(_FOLDS):
        seen = fold != number
        dual = fit(likeness[np.ix_(seen, seen)], known.wanted[seen], known.weight[seen])
        scores[~seen] = likeness[np.ix_(~seen, seen)] @ dual
    return scores


def _temperature(scores: Floats, wanted: NDArray[np.intp]) -> float:
    """What the scores are divided by so that a confidence of 0.8 is right in 80 of 100 unseen messages."""
    rows = np.arange(len(wanted))
    warmths = [0.5 + 0.05 * step for step in range(40)]
    return min(warmths, key=lambda warmth: -float(np.log(softmax(scores / warmth)[rows, wanted] + 1e-9).sum()))


def _measured(scores: Floats, wanted: NDArray[np.intp]) -> tuple[float, float, float]:
    said = scores.argmax(axis=1)
    copy = wanted < _COPY
    return float((said == wanted).mean()), float((said[copy] < _COPY).mean()), float((said[~copy] < _COPY).mean())


if __name__ == "__main__":
    main()
