"""Which reminders a request has now: those of staff before its dates, and those of a customer who owes something. Pure.

    before a date .......... seven, three and one day; once overdue, each day anew; of a breach by hours
    they have written ...... staff, who see whether it is what was asked for; "any news?" is no answer
    nobody answers ......... the customer after 7 and 21 days; staff after three months, who alone may end it
    the customer not told .. made by `reaching`, and stays until a person says that it is done
    nobody opened a link ... staff, once it has run out (`packages.lapsing`); until there is a new one
    an agent accepted ...... the person for whom they ask must hear of it; stays likewise

A reminder is one of its kind for one date, so that it comes once; when the date moves, it comes anew for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.tickets.calendars import add_months
from bot.tickets.states import AWAITING, OWED

DAYS_BEFORE = (1, 3, 7)
HOURS_BEFORE = (1, 6, 24)
FIRST_AFTER, LAST_AFTER = timedelta(days=7), timedelta(days=21)
MONTHS_WITHOUT_ANSWER = 3
AWAKE = range(8, 20)
"""Hours of the day, where the desk is, in which customers are written to unasked."""

BY_CLOCK = (
    *(f"due_{days}" for days in DAYS_BEFORE), *(f"internal_{days}" for days in DAYS_BEFORE),
    *(f"notice_{days}" for days in DAYS_BEFORE), *(f"hours_{hours}" for hours in HOURS_BEFORE),
    "overdue", "unverified", "unanswered", "wrote",
)  # fmt: skip
"""Kinds that come and go with the clock; the others are `not_told`, `tell_person` and LINK_OVER."""
LINK_OVER = "link_over"
"""A package's link ran out and nobody had opened it."""
TO_CUSTOMER = ("customer_1", "customer_2")


class Due(NamedTuple):
    """A reminder of that kind, for that date."""

    kind: str
    for_date: date


class Facts(NamedTuple):
    """What is known of one ticket. `asked_at` is when the customer was last asked for what it waits for, `wrote_at`
    when they last wrote at all, `replied_at` when last anything but a question how it stands ("any news?").
    """

    kind: str
    state: str
    due_on: date | None = None
    due_at: datetime | None = None
    internal_on: date | None = None
    notice_on: date | None = None
    extended: bool = False
    asked_at: datetime | None = None
    wrote_at: datetime | None = None
    replied_at: datetime | None = None

    @property
    def answered(self) -> bool:
        """Whether they may have answered since they were asked; whether it is what was asked for, a person sees."""
        return self.asked_at is not None and self.replied_at is not None and self.replied_at > self.asked_at


def for_staff(facts: Facts, now: datetime, timezone: str) -> Sequence[Due]:
    """What staff are reminded of now: of each of its dates only the most pressing."""
    if facts.state not in OWED:
        return ()
    today = now.astimezone(ZoneInfo(timezone)).date()
    found = [*_clock(facts, now, today)]
    if not facts.extended:
        found += _before("notice", facts.notice_on, today)
    found += _before("internal", facts.internal_on, today)
    return [*found, *_silence(facts, today, timezone)]


def _silence(facts: Facts, today: date, timezone: str) -> Sequence[Due]:
    """Of a request that waits for its customer: that they wrote; and that months have gone by since they were asked or,
    where what they wrote was not it, since then.
    """
    if facts.state not in AWAITING or facts.asked_at is None:
        return ()
    since, found = facts.asked_at, []
    if facts.wrote_at is not None and facts.wrote_at > facts.asked_at:
        since = facts.wrote_at
        found.append(Due("wrote", since.astimezone(ZoneInfo(timezone)).date()))
    day = since.astimezone(ZoneInfo(timezone)).date()
    if add_months(day, MONTHS_WITHOUT_ANSWER) <= today:
        found.append(Due("unverified" if facts.state == "awaiting_identity" else "unanswered", day))
    return found


def for_customer(facts: Facts, now: datetime, timezone: str, had: Sequence[Due]) -> Due | None:
    """What the customer is reminded of now: by day, twice at most, and never once they have answered. `had` are those
    they had already.
    """
    local = now.astimezone(ZoneInfo(timezone))
    if facts.state not in AWAITING or facts.asked_at is None or facts.answered or local.hour not in AWAKE:
        return None
    asked, waited = facts.asked_at.astimezone(ZoneInfo(timezone)).date(), now - facts.asked_at
    if waited < FIRST_AFTER or add_months(asked, MONTHS_WITHOUT_ANSWER) <= local.date():
        return None
    first, last = (Due(kind, asked) for kind in TO_CUSTOMER)
    due = last if waited >= LAST_AFTER else first
    return None if due in had or last in had else due


def _clock(facts: Facts, now: datetime, today: date) -> Sequence[Due]:
    """Before and after the law's own date; of a breach, which has hours, by the hour."""
    if facts.due_at is not None:
        day, left = facts.due_on or today, facts.due_at - now
        if left < timedelta(0):
            return (Due("overdue", today),)
        near = next((hours for hours in HOURS_BEFORE if left <= timedelta(hours=hours)), 0)
        return (Due(f"hours_{near}", day),) if near else ()
    if facts.due_on is not None and facts.due_on < today:
        return (Due("overdue", today),)
    return _before("due", facts.due_on, today)


def _before(what: str, day: date | None, today: date) -> Sequence[Due]:
    """The reminder for a date that is near; none once it has gone by."""
    if day is None or day < today:
        return ()
    near = next((days for days in DAYS_BEFORE if (day - today).days <= days), 0)
    return (Due(f"{what}_{near}", day),) if near else ()
