"""What many write in the same words is understood once for each version of the knowledge. In memory; called by the
handler.

Until words come for the second time only a hash of them is known, which tells nobody what they were. What came twice,
letter for letter, is kept in memory alone, whoever wrote it: until others take its place, or the desk stops.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import date
from typing import Any, NamedTuple

from bot.conversations.understand import Understanding

LONGEST = 200
"""Characters of words that may be kept: few write a longer message twice."""
MOST = 1_000
"""Understandings that are kept."""
MOST_SEEN = 20_000
"""Words of which it is known that they came once."""


class Asking(NamedTuple):
    """All that a message means depends on, where it leans on nothing before it: its words, the number of the knowledge
    version, the policy of its site, and the day.
    """

    words: str
    knowledge: int
    policy: str
    today: date


class Often:
    """Keeps what was understood of words that came twice, the ones that came last longest."""

    def __init__(self) -> None:
        self._seen: OrderedDict[int, None] = OrderedDict()
        self._kept: OrderedDict[Asking, Understanding] = OrderedDict()

    def find(self, asking: Asking) -> Understanding | None:
        """What was understood of it, where that is kept."""
        found = self._kept.get(asking)
        if found is not None:
            self._kept.move_to_end(asking)
        return found

    def note(self, asking: Asking, understood: Understanding) -> None:
        """Keep what was understood, where the same was asked before."""
        if len(asking.words) > LONGEST:
            return
        mark = hash(asking)  # salted anew for each process
        if mark in self._seen:
            self._kept[asking] = understood
            _bound(self._kept, MOST)
        self._seen[mark] = None
        _bound(self._seen, MOST_SEEN)


def _bound(kept: OrderedDict[Any, Any], most: int) -> None:
    while len(kept) > most:
        kept.popitem(last=False)
