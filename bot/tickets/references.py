"""Ticket references that survive being texted, read aloud and typed again: DR-7K3M9-QX4RT.

Nine random characters of Crockford's base32 (45 bits: with a million open tickets, one guess in thirty-five million
hits one) and Crockford's check character, which finds every single wrong character and every swap of neighbours.
Letters that look like digits are never used and are read as the digits they look like.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from typing import Protocol

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_LENGTH = 9
LENGTH = RANDOM_LENGTH + 1
LONGEST_TEXT = 100_000
"""Characters of a text that are searched for references; a mail may be longer, a reference stands early."""

LIKE_A_REFERENCE = re.compile(r"\bDR[ -]?[0-9A-Z]{5}[ -]?[0-9A-Z]{5}\b", re.IGNORECASE | re.ASCII)
"""What looks like a reference, right or wrong: no words, though by chance its letters sound like some."""

_CHECK_MODULUS = 37
_LOOKALIKES = str.maketrans("OIL", "011")
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_SEPARATORS = r"[\s\u00a0\-_.:#\u00ad\u2010-\u2015\u2212]"


class Randomness(Protocol):
    """Where unguessable numbers come from: the `secrets` module, or a seeded one in a test."""

    def randbelow(self, exclusive_upper_bound: int, /) -> int:
        """A number from 0 up to but not including the bound."""
        ...


def new_reference(prefix: str = "DR", randomness: Randomness = secrets) -> str:
    """A fresh unguessable reference. The caller makes sure of its uniqueness in the table."""
    while True:
        number = randomness.randbelow(32**RANDOM_LENGTH)
        # Crockford's last five check symbols (* ~ $ = U) don't survive a text message: draw again instead.
        if number % _CHECK_MODULUS < len(ALPHABET):
            return _written(prefix, _digits(number) + ALPHABET[number % _CHECK_MODULUS])


def parse_reference(text: str, prefix: str = "DR") -> str | None:
    """The first reference in a text, as `new_reference` writes it; None when there is none with a right check.

    Upper and lower case, spaces and dashes don't matter; O is read as 0, I and L as 1. The prefix must be there.
    """
    return next(find_references(text, prefix), None)


def find_references(text: str, prefix: str = "DR") -> Iterator[str]:
    """Every reference in a text, in order."""
    for match in _pattern(prefix).finditer(text[:LONGEST_TEXT]):
        digits = re.sub(_SEPARATORS, "", match[1]).upper().translate(_LOOKALIKES)
        if _checks(digits):
            yield _written(prefix, digits)


def _pattern(prefix: str) -> re.Pattern[str]:
    """The prefix, then LENGTH letters or digits with up to two separators before each."""
    letters = rf"{_SEPARATORS}{{0,2}}".join(re.escape(letter) for letter in prefix)
    # A lookahead, so that a false start ("Dr Drummond, DR-…") doesn't swallow the true one.
    return re.compile(
        rf"(?<![^\W_]){letters}(?=((?:{_SEPARATORS}{{0,3}}[0-9A-TV-Z]){{{LENGTH}}})(?![^\W_]))",
        re.IGNORECASE | re.ASCII,
    )


def _checks(digits: str) -> bool:
    """Whether the last character is the check of those before it."""
    number = 0
    for character in digits[:-1]:
        number = number * 32 + _VALUES[character]
    return number % _CHECK_MODULUS == _VALUES[digits[-1]]


def _digits(number: int) -> str:
    """The number in base32, RANDOM_LENGTH characters."""
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(RANDOM_LENGTH)))


def _written(prefix: str, digits: str) -> str:
    half = LENGTH // 2
    return f"{prefix}-{digits[:half]}-{digits[half:]}"
