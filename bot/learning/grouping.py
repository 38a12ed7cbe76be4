"""Questions grouped by likeness, so that staff teach once what many ask. Pure; called by the console's Questions pages.

Two questions are alike when their sentence vectors and the topics that they are read for agree. The oldest of a group
leads it: whatever else is asked later, what was together stays together, and a link to a group stays good. Identical
words are always together. The bounds were found on knowledge/corpus/topics.toml: see tests/unit/learning.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from knowledge.topics import classifier

MOST = 2_000
"""Questions that are grouped at once; older ones are left out."""
LONGEST = 600
"""Characters that are read of each."""
OFF = ""
"""The topic of what is about no topic in particular."""

_ALIKE = 0.6  # the mean of the two cosines
_NEAR = 0.4  # of the sentence vectors alone
_BLOCK = 256  # rows compared at once: all at once would take 60 MB
_FLATTER = 0.7  # as the index weighs topics
_OFF_FROM = 0.5


class Group(NamedTuple):
    """Questions that are alike: their ids, newest first. `leader` is the oldest, `topic` its topic's key or OFF."""

    leader: int
    topic: str
    ids: tuple[int, ...]


class _Read(NamedTuple):
    vector: NDArray[np.float16]
    topics: NDArray[np.float16]
    topic: str


def grouped(questions: Sequence[tuple[int, str]]) -> list[Group]:
    """Every question (id, words) in exactly one group; biggest first, then newest. The order given does not matter.

    Of more than MOST questions those with the highest ids are taken.
    """
    held = sorted(questions)[-MOST:]
    if not held:
        return []
    said = [" ".join(words[:LONGEST].casefold().split()) for _, words in held]
    read = [_reading(words) for words in said]
    leaders = _leaders(said, read)
    found: dict[int, list[int]] = {}
    for row in reversed(range(len(held))):
        found.setdefault(int(leaders[row]), []).append(held[row][0])
    groups = [Group(held[leader][0], read[leader].topic, tuple(ids)) for leader, ids in found.items()]
    return sorted(groups, key=lambda group: (-len(group.ids), -group.ids[0]))


def _leaders(said: Sequence[str], read: Sequence[_Read]) -> NDArray[np.intp]:
    """For each question the row of its leader: oldest first, each that is not yet led takes all that are like it."""
    vectors = np.stack([each.vector for each in read]).astype(np.float32)
    topics = np.stack([each.topics for each in read]).astype(np.float32)
    first = {words: row for row, words in enumerate(said)}
    same = np.array([first[words] for words in said])
    leaders = np.full(len(read), -1, dtype=np.intp)
    for start in range(0, len(read), _BLOCK):
        block = slice(start, start + _BLOCK)
        near = vectors[block] @ vectors.T
        alike = (near >= _NEAR) & (near + topics[block] @ topics.T >= 2 * _ALIKE)
        # Equal words are alike also where no word is known.
        alike |= same[block, np.newaxis] == same
        for row, like in enumerate(alike, start=start):
            if leaders[row] < 0:
                leaders[like & (leaders < 0)] = row
    return leaders


@lru_cache(maxsize=2 * MOST)
def _reading(words: str) -> _Read:
    """One question, read; kept in half precision, since thousands are."""
    reading = classifier().read(words)
    shares = np.append(reading.topics, np.float32(reading.off)) ** _FLATTER
    unit = shares / max(float(np.linalg.norm(shares)), 1e-9)
    off = reading.off >= _OFF_FROM or not reading.words
    topic = OFF if off else classifier().topics[int(reading.topics.argmax())]
    return _Read(reading.vector.astype(np.float16), unit.astype(np.float16), topic)
