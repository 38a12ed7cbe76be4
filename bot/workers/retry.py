"""When to try again: pure decisions about attempts, with backoff and jitter.

Backoff is exponential with full jitter (a random share of the step), so that many rows that failed together do not
come back together. Source of the shape: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
"""

from __future__ import annotations

from datetime import datetime, timedelta

FIRST = 1.0
LONGEST = 600.0
GIVE_UP_AFTER = timedelta(days=3)
MOST_HANDLING = 6


def delay(attempt: int, chance: float, asked: float | None = None) -> float:
    """Seconds to wait after the attempt of that number (from 1). `chance` is in [0, 1); `asked` is the provider's word.

    >>> delay(1, 0.0), delay(3, 0.0), delay(99, 0.0)
    (0.5, 2.0, 300.0)
    """
    step = min(LONGEST, FIRST * 2.0 ** min(attempt - 1, 30))
    waiting = step * (0.5 + chance / 2)
    return max(waiting, asked + step * chance) if asked is not None else waiting


def give_up(created: datetime, now: datetime) -> bool:
    """Whether a delivery that keeps failing is dead: staff then see it."""
    return now - created >= GIVE_UP_AFTER
