"""What a message sounds like: a ridge classifier over sentence vectors and word pairs, trained on our own examples.

Trained at first use (about a thousand examples, some tens of milliseconds); afterwards one small matrix product a
message. The rules decide what is clear; this decides between what they leave open.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.conversations.intent_rules import CORPUS
from bot.conversations.intent_text import plain
from knowledge.vectors import embed

NAMES = (
    "access", "portability", "erasure", "rectification", "objection", "restriction", "complaint", "breach", "status",
    "human", "question", "other",
)  # fmt: skip
"""The intents, in the order in which a tie is settled."""

BUCKETS = 4_096
"""Hashed places for words and word pairs."""

_PAIR_SHARE = 0.9  # how much words and their order count beside the meaning of the sentence
_RIDGE = 0.35
_SHARPNESS = 6.0


class _Weights(NamedTuple):
    meaning: NDArray[np.float32]  # (256, intents)
    words: NDArray[np.float32]  # (BUCKETS, intents)


def likelihoods(texts: Sequence[str]) -> NDArray[np.float32]:
    """How like each intent's examples these plain texts are: shape (len(texts), len(NAMES)), rows sum to 1."""
    weights = _trained()
    scores = embed(texts) @ weights.meaning
    for number, text in enumerate(texts):
        places = _places(text)
        if places:
            scores[number] += weights.words[places].sum(axis=0) * (_PAIR_SHARE / np.sqrt(len(places)))
    powers = np.exp(_SHARPNESS * (scores - scores.max(axis=1, keepdims=True)))
    shares: NDArray[np.float32] = powers / powers.sum(axis=1, keepdims=True)
    return shares


def examples() -> Mapping[str, tuple[str, ...]]:
    """Our own examples of each intent, as people would write them."""
    return {
        name: tuple(json.loads(line)["text"] for line in (CORPUS / f"{name}.jsonl").read_text("utf-8").splitlines())
        for name in NAMES
    }


@cache
def _trained() -> _Weights:
    """Ridge regression in its dual form: one square system as large as the number of examples."""
    pairs = [(plain(text), place) for place, texts in enumerate(examples().values()) for text in texts]
    meaning = embed([text for text, _place in pairs])
    words = np.zeros((len(pairs), BUCKETS), dtype=np.float32)
    for row, (text, _place) in zip(words, pairs, strict=True):
        places = _places(text)
        np.add.at(row, places, _PAIR_SHARE / np.sqrt(max(1, len(places))))
    wanted = np.zeros((len(pairs), len(NAMES)), dtype=np.float32)
    wanted[np.arange(len(pairs)), [place for _text, place in pairs]] = 1
    likeness = meaning @ meaning.T + words @ words.T
    dual = np.linalg.solve(likeness + _RIDGE * np.eye(len(pairs), dtype=np.float32), wanted)
    return _Weights((meaning.T @ dual).astype(np.float32), (words.T @ dual).astype(np.float32))


def _places(text: str) -> list[int]:
    tokens = ["^", *text.split()[:200], "$"]
    pairs = (f"{left} {right}" for left, right in pairwise(tokens))
    return [zlib.crc32(item.encode()) % BUCKETS for item in (*tokens[1:-1], *pairs)]
