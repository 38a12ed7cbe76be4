"""How often one network address may fail to sign in. In memory: a restart forgives, and nothing is stored of anyone."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta

FAILURES = 30
WITHIN = timedelta(minutes=15)
MOST_ADDRESSES = 10_000


class Throttle:
    """Counts failures of each address in a window that starts with the first."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, tuple[datetime, int]] = OrderedDict()

    def blocks(self, address: str, now: datetime) -> bool:
        """Say whether this address failed too often lately."""
        since, count = self._failures.get(address, (now, 0))
        return count >= FAILURES and now - since < WITHIN

    def failed(self, address: str, now: datetime) -> None:
        """Count one failure; the address that was quiet longest is forgotten when there are too many."""
        since, count = self._failures.pop(address, (now, 0))
        if now - since >= WITHIN:
            since, count = now, 0
        self._failures[address] = (since, count + 1)
        if len(self._failures) > MOST_ADDRESSES:
            self._failures.popitem(last=False)
