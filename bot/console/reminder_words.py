"""Reminders in staff's words: what each is about, and how pressing it is. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from bot.casework.reminders import LINK_OVER, TO_CUSTOMER
from bot.console.words import Said, Tone, long_day
from bot.packages.keeping import GRACE

_DATES = {
    "due": "Due",
    "internal": "The desk's own date",
    "notice": "Last day to announce an extension",
}
_SOON_DAYS = 3
_PLAIN = {
    "wrote": Said("The customer has written: see whether it is what was asked for", "warn"),
    "not_told": Said("The customer could not be told of a step: tell them by another verified way", "bad"),
    "tell_person": Said(
        "Somebody asks for another person: tell that person so, by an address that we had before", "warn"
    ),
}
"""Those that say the same whenever they are read."""


def said(kind: str, for_date: date, due_on: date | None, due_at: datetime | None, now: datetime, today: date) -> Said:
    """What a reminder says now. `due_on` and `due_at` are its ticket's."""
    what = kind.rpartition("_")[0]
    if what in _DATES:
        days = (for_date - today).days
        return Said(f"{_DATES[what]} {_away(days)}, {long_day(for_date)}", _tone(what, days))
    if what == "hours":
        return Said(f"The regulator must be told {_left(due_at - now if due_at else timedelta(0))}", "bad")
    if kind == "overdue":
        return Said(f"Overdue since {long_day(due_on)}" if due_on else "Overdue", "bad")
    if kind == "unverified":
        return Said(f"No proof since {long_day(for_date)}: a lead can close it as unverified", "warn")
    if kind == "unanswered":
        return Said(f"No answer since {long_day(for_date)}: decide how it goes on", "warn")
    if kind == LINK_OVER:
        return _link_over(for_date)
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind in TO_CUSTOMER:
        return Said("The customer was reminded" + (" for the last time" if kind == TO_CUSTOMER[-1] else ""))
    return Said(kind.replace("_", " ").capitalize())


def _link_over(day: date) -> Said:
    """A package's link ran out unopened on that day; its files are kept for some time after."""
    mend = "Send a new link, or hand it over another way"
    return Said(
        f"Nobody opened the package: its link ran out on {long_day(day)}. {mend}; its files are kept until "
        f"{long_day(day + GRACE)}",
        "warn",
    )


def _away(days: int) -> str:
    if days < 0:
        return "has gone by"
    return ("today", "tomorrow")[days] if days <= 1 else f"in {days} days"


def _tone(what: str, days: int) -> Tone:
    """The law's date is pressing in its last day; the desk's own never is more than a warning."""
    if what != "internal" and days <= 1:
        return "bad"
    return "warn" if days <= _SOON_DAYS else "info"


def _left(left: timedelta) -> str:
    hours = int(left / timedelta(hours=1))
    if left <= timedelta(0):
        return "now: the time is over"
    return f"within {hours} hour{'' if hours == 1 else 's'}" if hours else "within the hour"
