"""The reports by name: each is a query and its figures. Called by the console, inside a read of the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.reports import figures, queries
from bot.reports.figures import Report
from bot.reports.periods import Period


class Asked(NamedTuple):
    """What is asked for: the period, as of when and in which zone, and the names of kinds, channels and staff."""

    period: Period
    now: datetime
    zone: ZoneInfo
    kinds: Mapping[str, str]
    channels: Mapping[str, str]
    names: Mapping[int, str]

    @property
    def today(self) -> date:
        """The local day."""
        return self.now.astimezone(self.zone).date()


def _open(session: Session, asked: Asked) -> Report:
    return figures.by_age(queries.open_by_age(session, asked.today, asked.zone))


def _overdue(session: Session, asked: Asked) -> Report:
    found, counts = queries.overdue(session, asked.today, asked.names)
    return figures.overdue(found, counts, asked.today, asked.kinds)


def _on_time(session: Session, asked: Asked) -> Report:
    return figures.on_time(queries.settled(session, asked.period), asked.period.months)


def _days(session: Session, asked: Asked) -> Report:
    return figures.days_taken(queries.settled(session, asked.period), asked.period.months)


def _kinds(session: Session, asked: Asked) -> Report:
    found = queries.received(session, *queries.moments(asked.period, asked.zone))
    return figures.by_kind(found, asked.kinds, asked.channels)


def _breaches(session: Session, asked: Asked) -> Report:
    found, more = queries.breaches(session, *queries.moments(asked.period, asked.zone))
    return figures.breaches(found, asked.now, asked.zone, more=more)


def _identity(session: Session, asked: Asked) -> Report:
    found, more = queries.identity_waits(session, *queries.moments(asked.period, asked.zone), asked.zone)
    return figures.identity(found, asked.period.months, more=more)


REPORTS: Mapping[str, Callable[[Session, Asked], Report]] = {
    "open": _open,
    "overdue": _overdue,
    "on-time": _on_time,
    "days": _days,
    "kinds": _kinds,
    "breaches": _breaches,
    "identity": _identity,
}
"""Each report by its key, in the order of showing. The first two are of now, the others of the period."""
OF_NOW = ("open", "overdue")
