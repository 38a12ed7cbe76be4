"""Short questions that may mean two topics: "what about my email". Pure; called by library.

Somebody who is asked back is kept waiting, so this leans to answering: only a few words, two topics almost as likely,
and none other near.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from knowledge.topics import Reading

_MOST_WORDS = 5
_CLEAR = 0.5
_TOGETHER = 0.45
_NEARLY = 0.6
_OFF = 0.2


def tied(reading: Reading, covered: NDArray[np.bool_]) -> tuple[int, int] | None:
    """The two topics between which a question leaves it open, the likelier first; None where it is clear enough.

    `covered` says of each topic whether the policy speaks of it: silence is no choice.
    """
    if len(reading.words) > _MOST_WORDS or reading.off > _OFF:
        return None
    third, second, first = (int(topic) for topic in np.argsort(reading.topics)[-3:])
    high, low = float(reading.topics[first]), float(reading.topics[second])
    if not (covered[first] and covered[second]) or high >= _CLEAR or high + low < _TOGETHER:
        return None
    near = low >= _NEARLY * high
    return (first, second) if near and reading.topics[third] < _NEARLY * low else None
