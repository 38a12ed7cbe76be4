"""How often somebody may fail to sign in. In memory: a restart forgives, and nothing is stored of anyone."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta

FAILURES = 30
"""Failures of one network address, whatever the accounts."""
WITHIN = timedelta(minutes=15)
MOST_ADDRESSES = 10_000


class Throttle:
    """Counts failures of each key in a window that starts with the first."""

    def __init__(self, most: int = FAILURES) -> None:
        self._most = most
        self._failures: OrderedDict[str, tuple[datetime, int]] = OrderedDict()

    def blocks(self, key: str, now: datetime) -> bool:
        """Say whether this key failed too often lately."""
        since, count = self._failures.get(key, (now, 0))
        return count >= self._most and now - since < WITHIN

    def failed(self, key: str, now: datetime) -> bool:
        """Count one failure, and say whether it is the last that is borne.

        The key that was quiet longest is forgotten when there are too many.
        """
        since, count = self._failures.pop(key, (now, 0))
        if now - since >= WITHIN:
            since, count = now, 0
        count += 1
        # The window of who is blocked starts again, so that the wait is a whole one.
        self._failures[key] = (now if count == self._most else since, count)
        if len(self._failures) > MOST_ADDRESSES:
            self._failures.popitem(last=False)
        return count == self._most

    def worked(self, key: str) -> None:
        """Take back one failure that was counted before its outcome was known."""
        since, count = self._failures.get(key, (None, 0))
        if since is not None:
            self._failures[key] = (since, max(0, count - 1))

    def forget(self, key: str) -> None:
        """Begin again at none."""
        self._failures.pop(key, None)
