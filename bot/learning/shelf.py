"""The knowledge that the running desk answers from: one immutable library at a time, exchanged whole.

Everybody who answers takes `held` once for each message, so that the answer and the number of the version that it is
stored with always belong together. Only the keeper puts another on the shelf. Names and contact blocks are of the
policies in force today: one that comes into force at midnight counts from then, with nothing put on the shelf.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from bot.clock import Clock, day_of
from knowledge.base import Policy
from knowledge.library import Library


class Held(NamedTuple):
    """A library with the number of its knowledge version; 0 before it is recorded."""

    number: int
    library: Library


class _Companies(NamedTuple):
    """What the policies of a library say of each company on a day, by policy key: its name, its contact block."""

    library: Library
    today: date
    names: Mapping[str, str]
    contacts: Mapping[str, str]


class Shelf:
    """Holds what is in force. Reading and putting are one step each, from any thread. `companies` and `contacts` (the
    contact block, verbatim) go by policy key. `timezone` says which day it is.
    """

    def __init__(self, library: Library, now: Clock, timezone: str) -> None:
        self.held, self.timezone, self._now = Held(0, library), timezone, now
        self._said = _said(library, self.today())
        self.companies: Mapping[str, str] = _Live(lambda: self._current().names)
        self.contacts: Mapping[str, str] = _Live(lambda: self._current().contacts)

    @property
    def library(self) -> Library:
        """The library in force now."""
        return self.held.library

    def today(self) -> date:
        """The day that it is where the desk is."""
        return day_of(self._now(), self.timezone)

    def _current(self) -> _Companies:
        """Read again only for another library or another day, since every message asks."""
        said, library, today = self._said, self.held.library, self.today()
        if said.library is not library or said.today != today:
            self._said = said = _said(library, today)
        return said


def _said(library: Library, today: date) -> _Companies:
    current = {key: library.in_force(key, today) for key in library.keys()}  # noqa: SIM118 - a library is no mapping
    names = {key: policy.company for key, policy in current.items()}
    contacts = {key: contact_block(policy, library.tags_of(policy)) for key, policy in current.items()}
    return _Companies(library, today, names, contacts)


def contact_block(policy: Policy, tags: Mapping[str, tuple[str, ...]]) -> str:
    """The company's address lines, verbatim from its first clause on contact that has them behind a colon; "" where
    the policy has none. `tags` are the topics that staff gave to clauses, by clause id.
    """
    for passage in policy.passages:
        if "contact" in tags.get(passage.id, passage.topics):
            _, _, block = passage.text.partition(":\n")
            if block.strip():
                return block.strip()
    return ""


class _Live(Mapping[str, str]):
    """A mapping that is always the one of the library in force, on the day that it is."""

    def __init__(self, current: Callable[[], Mapping[str, str]]) -> None:
        self._current = current

    def __getitem__(self, key: str) -> str:
        return self._current()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._current())

    def __len__(self) -> int:
        return len(self._current())
