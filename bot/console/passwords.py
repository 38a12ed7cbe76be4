"""Passwords of staff: argon2id, hashed and checked in a thread, so that the event loop never waits for it.

Parameters follow OWASP's password storage sheet (19 MiB, two passes). The door lets two run at once (bot.turns): a
flood of sign-ins costs memory for two.
"""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
LONGEST = 200
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def hashed(password: str) -> str:
    """The argon2 hash of a password; slow by design, so call it outside the event loop.

    Raises:
        ValueError: the password is too short or too long; the text says what is wanted.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise ValueError(f"a password has {SHORTEST} to {LONGEST} characters; a few words in a row do well")
    return _hasher.hash(password)


@cache
def _nobody() -> str:
    """The hash that an unknown account is checked against, so that it takes as long as a known one."""
    return _hasher.hash("nobody has this password")


def matches(password: str, stored: str) -> bool:
    """Say whether the password belongs to the hash; an empty hash takes as long and never matches."""
    try:
        return _hasher.verify(stored or _nobody(), password[:LONGEST]) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False
