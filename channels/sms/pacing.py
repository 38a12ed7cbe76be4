"""How fast each sending number may send: a token bucket for each, and turns that are fair. Pure: no clock, no waiting.

Whoever wants to send asks `wait`; 0 is a turn taken, more is a place kept in the line, to ask again for after so many
seconds. Each conversation asks for one message at a time (lanes.py), so a place is kept for one message of each: the
line is a round robin, in which fifty messages of one conversation stand behind the single one of another.

A number that Twilio asked to slow down (20429) rests until its Retry-After, and then begins again message by message,
for its waiting messages would else all come back in the same instant.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

BURST_SECONDS = 1.0
"""A number that was idle may send as much at once as it may in this time, and at least one message."""
AFTER_REST = 10.0
"""Messages a second with which a number begins again after a rest, where no rate is set."""
_RECOVERY = 30.0
"""Seconds for which a number without a rate of its own goes slowly after a rest."""
_KEPT = 10_000
"""Places that are kept at most; beyond it the oldest asks anew."""


@dataclass(slots=True)
class _Number:
    """`free` is when its next turn is, `rests` until when it takes none, `slow` until when it recovers."""

    free: float = 0.0
    rests: float = 0.0
    slow: float = 0.0
    places: dict[Hashable, float] = field(default_factory=dict)


class Pacer:
    """The turns of all sending numbers. `rate` is in messages a second for each, 0 for no limit of ours."""

    def __init__(self, rate: float = 0.0) -> None:
        if rate < 0:
            raise ValueError("a rate is 0 or more messages a second")
        self._rate = rate
        self._numbers: dict[str, _Number] = {}

    def wait(self, number: str, key: Hashable, now: float) -> float:
        """Seconds until the message `key` may go from that number; 0 takes its turn. `now` in seconds, growing.

        >>> pacer = Pacer(1.0)
        >>> [pacer.wait("+44", key, 0.0) for key in "abc"]
        [0.0, 1.0, 2.0]
        >>> pacer.wait("+44", "b", 1.0)
        0.0
        """
        known = self._numbers.get(number)
        if known is None:
            if not self._rate:
                return 0.0
            known = self._numbers[number] = _Number()
        place = known.places.get(key)
        if place is None:
            place = self._next(known, now)
            if place <= now:
                return 0.0
            self._keep(known, key, place)
        elif place <= now:
            del known.places[key]
            return 0.0
        return place - now

    def rest(self, number: str, until: float) -> None:
        """Twilio asks that nothing more goes from that number until then. Places already kept move behind it."""
        known = self._numbers.setdefault(number, _Number())
        if until <= known.rests:
            return
        known.rests, known.slow = until, until + _RECOVERY
        known.free = until
        step = self._step(known, until)
        for key in sorted(known.places, key=known.places.__getitem__):
            known.places[key] = known.free
            known.free += step

    def _next(self, known: _Number, now: float) -> float:
        """The next free turn, which is then taken."""
        step = self._step(known, now)
        if not step:
            return now
        burst = 0.0 if now < known.slow else max(BURST_SECONDS - step, 0.0)
        turn = max(known.free, now - burst, known.rests)
        known.free = turn + step
        return turn

    def _step(self, known: _Number, now: float) -> float:
        """Seconds between two messages; 0 for no limit."""
        if self._rate:
            return 1.0 / self._rate
        return 1.0 / AFTER_REST if now < known.slow else 0.0

    @staticmethod
    def _keep(known: _Number, key: Hashable, place: float) -> None:
        if len(known.places) >= _KEPT:
            del known.places[next(iter(known.places))]
        known.places[key] = place
