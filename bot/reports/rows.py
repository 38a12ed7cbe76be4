"""What the queries of the reports find, and the figures are made of. Plain values."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple


class Settled(NamedTuple):
    """How many requests were settled in a month, `days` after they came in; `on_time` or late."""

    month: date
    days: int
    on_time: bool
    many: int


class Received(NamedTuple):
    """How many requests of a kind came in by a channel."""

    kind: str
    channel: str
    many: int


class Overdue(NamedTuple):
    """A request whose date has passed; `assignee` is "" where nobody has it."""

    reference: str
    kind: str
    due_on: date
    assignee: str


class Breach(NamedTuple):
    """A breach: when the desk knew, and when the regulator was told (None: not yet)."""

    reference: str
    known_at: datetime
    told_at: datetime | None


class IdentityWait(NamedTuple):
    """One time that identity was asked for, and what came of it: "proved", "given up" or "waiting"."""

    asked_on: date
    outcome: str
    days: float | None
