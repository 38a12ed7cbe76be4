"""The knowledge that the running desk answers from: one immutable library at a time, exchanged whole.

Everybody who answers takes `held` once for each message, so that the answer and the number of the version that it is
stored with always belong together. Only the keeper puts another on the shelf.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from knowledge.base import Policy
from knowledge.library import Library


class Held(NamedTuple):
    """A library with the number of its knowledge version (0 before it is recorded), and what its policies say of each
    company, by policy key: its name, and its contact block, verbatim.
    """

    number: int
    library: Library
    companies: Mapping[str, str]
    contacts: Mapping[str, str]


class Shelf:
    """Holds what is in force. Reading and putting are one step each, from any thread."""

    def __init__(self, library: Library) -> None:
        self.held = held(0, library)
        self.companies: Mapping[str, str] = _Live(lambda: self.held.companies)
        self.contacts: Mapping[str, str] = _Live(lambda: self.held.contacts)

    @property
    def library(self) -> Library:
        """The library in force now."""
        return self.held.library


def held(number: int, library: Library, today: date | None = None) -> Held:
    """The library as it is put on the shelf."""
    current = {key: library.in_force(key, today) for key in library.keys()}  # noqa: SIM118 - a library is no mapping
    return Held(
        number,
        library,
        {key: policy.company for key, policy in current.items()},
        {key: contact_block(policy) for key, policy in current.items()},
    )


def contact_block(policy: Policy) -> str:
    """The company's address lines, verbatim from the clause on contact; "" where the policy has none."""
    clause = next((passage for passage in policy.passages if "contact" in passage.topics), None)
    _, _, block = clause.text.partition(":\n") if clause else ("", "", "")
    return block.strip()


class _Live(Mapping[str, str]):
    """A mapping that is always the one of the library in force."""

    def __init__(self, current: Callable[[], Mapping[str, str]]) -> None:
        self._current = current

    def __getitem__(self, key: str) -> str:
        return self._current()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._current())

    def __len__(self) -> int:
        return len(self._current())
