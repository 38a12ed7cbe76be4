"""How much one visitor may ask: token buckets, and how long to wait when one is empty. Pure, no clock of its own."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple


class Rate(NamedTuple):
    """At most `burst` at once, and `per_second` over time."""

    burst: float
    per_second: float


class Bucket:
    """One visitor's allowance. It refills as time goes by."""

    __slots__ = ("at", "left")

    def __init__(self, rate: Rate, now: float) -> None:
        self.left = rate.burst
        self.at = now

    def take(self, rate: Rate, now: float) -> float:
        """Take one; returns 0, or the seconds until there is one to take."""
        # A clock that is set back must not take anything away.
        self.left = min(rate.burst, self.left + max(0.0, now - self.at) * rate.per_second)
        self.at = now
        if self.left < 1:
            return (1 - self.left) / rate.per_second
        self.left -= 1
        return 0.0


class Limiter:
    """A bucket for each key, for as many keys as `most`: the longest unused are forgotten first."""

    def __init__(self, rate: Rate, most: int = 20_000) -> None:
        self._rate = rate
        self._most = most
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, key: str, now: float) -> float:
        """Take one for this key; returns 0, or the seconds until there is one to take."""
        bucket = self._buckets.pop(key, None) or Bucket(self._rate, now)
        self._buckets[key] = bucket
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return bucket.take(self._rate, now)
