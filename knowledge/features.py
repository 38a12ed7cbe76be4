"""What the classifier sees of a word: the meaning of its tokens, its stem, its letters. Called by topics and training.

A text's features are sums over its different words (and pairs of neighbours), so that each word is worked out once.
Stems and letters are hashed to fixed places: a weight file needs no list of them, and a misspelling that nothing
mends still shares most of its letters with the word that was meant.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from knowledge.vectors import DIMENSIONS, word_vector
from knowledge.words import STOP, stem

Places = NDArray[np.intp]
Hashes = NDArray[np.uint64]

TERMS = 4_096
"""Places for stems and pairs of stems."""

GRAMS = 6_144
"""Places for the runs of letters within a word."""

WIDTH = DIMENSIONS + TERMS + GRAMS
"""Features altogether: meaning, then terms, then grams."""

_FAINT = 0.3
_SHORTEST, _LONGEST = 3, 5
_MIX = 2_654_435_761


def meaning(word: str) -> NDArray[np.float32]:
    """One word's vector, shape (256,); fainter where the word says nothing of a subject. A text's is the sum."""
    return word_vector(word) * np.float32(_FAINT if word in STOP else 1)


class Marks(NamedTuple):
    """One word's places: of its stem within TERMS (from `hashed`), of its runs of letters within GRAMS."""

    hashed: int
    grams: Places


@lru_cache(maxsize=4_096)
def marks(word: str) -> Marks:
    """The marks of one word in lower case."""
    fenced = f"<{word}>"
    runs = {
        fenced[at : at + length]
        for length in range(_SHORTEST, _LONGEST + 1)
        for at in range(max(1, len(fenced) - length + 1))
    }
    places = sorted({crc32(run.encode()) % GRAMS for run in runs})
    return Marks(crc32(stem(word).encode()), np.array(places, dtype=np.intp))


def pairs(hashed: Hashes) -> Places:
    """Places within TERMS of each two neighbours' stems, one fewer than words: "how long" tells more than its words."""
    return np.asarray((hashed[:-1] * np.uint64(_MIX) + hashed[1:]) % np.uint64(TERMS), dtype=np.intp)


def hashes(found: Sequence[str]) -> Hashes:
    """The hashed stems of words."""
    return np.array([marks(word).hashed for word in found], dtype=np.uint64)
