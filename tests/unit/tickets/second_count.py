"""A second count of due dates, for the tests: written from the law and not from the product.

It walks through a case day by day, keeps every day of waiting in a set, adds months with dateutil, knows bank holidays
from lists written by hand, and turns UTC into local days by the rules of summer time, not by a database of zones.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from tests.unit.tickets.bank_holidays import BANK_HOLIDAYS

DAY = timedelta(days=1)
ORDER = [
    "received", "identity_requested", "identity_confirmed", "authority_requested", "authority_confirmed",
    "fee_requested", "fee_paid", "clarification_requested", "clarification_answered", "extension_notified",
]  # fmt: skip


class Law(NamedTuple):
    """One regime as its text has it. `wait` says what a clarification does: pause the clock, reset it, or nothing."""

    calendar: str
    zone: str
    period: relativedelta
    longer: relativedelta | None
    resets: str = ""
    wait: str = ""
    unasked: str = ""
    rolls: bool = True


LAWS = {
    "uk-gdpr": Law(
        "GB-ENG", "Europe/London", relativedelta(months=1), relativedelta(months=3), "identity authority fee", "pause",
        "authority",
    ),
    "eu-gdpr": Law(
        "IE", "Europe/Dublin", relativedelta(months=1), relativedelta(months=3), "identity authority fee", "",
        "authority",
    ),
    "dpa-1998": Law(
        "GB-ENG", "Europe/London", relativedelta(days=39), None, "identity authority fee clarification", "reset",
        "authority fee", rolls=False,
    ),
    "ccpa": Law(
        "US-CA", "America/Los_Angeles", relativedelta(days=45), relativedelta(days=90), rolls=False,
    ),
}  # fmt: skip


class Happening(NamedTuple):
    """One event at a moment of UTC."""

    type: str
    at: datetime
    reasonable: bool = True


class Counted(NamedTuple):
    """What the walk finds: the due date and the limit of notice (None while something is waited for)."""

    due: date | None
    limit: date | None
    extended: bool


def local(moment: datetime, zone: str) -> date:
    """The local day, by the rule of summer time: in Europe it begins and ends at one o'clock UTC on the last Sunday of
    March and October, in California at two o'clock local time on the second Sunday of March and the first of November.
    """
    if zone == "America/Los_Angeles":
        begins = datetime(moment.year, 3, _sunday(moment.year, 3, 2), 10, tzinfo=UTC)
        ends = datetime(moment.year, 11, _sunday(moment.year, 11, 1), 9, tzinfo=UTC)
        return (moment - timedelta(hours=7 if begins <= moment < ends else 8)).date()
    begins = datetime(moment.year, 3, _sunday(moment.year, 3, -1), 1, tzinfo=UTC)
    ends = datetime(moment.year, 10, _sunday(moment.year, 10, -1), 1, tzinfo=UTC)
    return (moment + timedelta(hours=1 if begins <= moment < ends else 0)).date()


def _sunday(year: int, month: int, which: int) -> int:
    days = [day for day in range(1, 31 if month == 11 else 32) if date(year, month, day).weekday() == 6]
    return days[which - 1] if which > 0 else days[-1]


def count(regime: str, happenings: list[Happening], calendar: str = "") -> Counted:
    """Walk from the first day to the last event, applying each day's events in their order."""
    law = LAWS[regime]
    walk = _Walk(law, calendar or law.calendar)
    queue = sorted(set(happenings), key=lambda each: (each.at, ORDER.index(each.type), each.reasonable))
    walk.receipt = min(local(each.at, law.zone) for each in queue if each.type == "received")
    day = min(local(each.at, law.zone) for each in queue)
    while queue:
        for each in [each for each in queue if local(each.at, law.zone) == day]:
            walk.happens(each, day)
            queue.remove(each)
        day += DAY
    waits = bool(walk.asked)
    limit = None if waits or law.longer is None else walk.end(law.period)
    return Counted(None if waits else walk.end(walk.period), limit, walk.extended)


class _Walk:
    def __init__(self, law: Law, calendar: str) -> None:
        self.law, self.holidays = law, BANK_HOLIDAYS.get(calendar, frozenset())
        self.receipt = date.min
        self.starts: list[date] = []
        self.waiting: set[date] = set()
        self.asked: dict[str, date] = {}
        self.extended = False

    @property
    def period(self) -> relativedelta:
        return self.law.longer if self.extended and self.law.longer else self.law.period

    def end(self, period: relativedelta) -> date:
        start = max([self.receipt, *self.starts])
        last = start + period
        for _ in [day for day in self.waiting if day >= start]:
            last += DAY
        while self.law.rolls and (last.weekday() > 4 or last in self.holidays):
            last += DAY
        return last

    def over(self, day: date) -> bool:
        return not self.asked and day > self.end(self.period)

    def happens(self, each: Happening, day: date) -> None:
        ground, _, what = each.type.partition("_")
        matters = ground in self.law.resets.split() or (ground == "clarification" and self.law.wait)
        if each.type == "extension_notified":
            in_time = bool(self.asked) or day <= self.end(self.law.period)
            self.extended = self.extended or bool(self.law.longer and day >= self.receipt and in_time)
        elif what == "requested" and matters and each.reasonable and not self.over(day):
            self.asked.setdefault(ground, day)
        elif what in ("confirmed", "paid", "answered") and matters:
            self.settled(ground, day)

    def settled(self, ground: str, day: date) -> None:
        if ground not in self.asked and (ground not in self.law.unasked.split() or self.over(day)):
            return
        asked = self.asked.pop(ground, day)
        if ground == "clarification" and self.law.wait == "pause":
            while asked <= day:
                self.waiting.add(asked)
                asked += DAY
        else:
            self.starts.append(day)
