"""A case: what happened to one request and when, read from JSON and checked.

    {"regime": "uk-gdpr", "calendar": "GB-ENG", "timezone": "Europe/London", "events": [{"type": "received", "at": …}]}

Called by the `deadline` command and by the ticket service; `deadlines.due` counts what is read here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

from bot.tickets.calendars import Calendar, UnknownCalendar, calendar_for
from bot.tickets.rules import IN_FORCE, REGIMES, Ground, Regime, Rule, RuleSet, rule_for

EventType = Literal[
    "received",
    "identity_requested",
    "identity_confirmed",
    "authority_requested",
    "authority_confirmed",
    "fee_requested",
    "fee_paid",
    "clarification_requested",
    "clarification_answered",
    "extension_notified",
]
EVENT_TYPES: tuple[EventType, ...] = get_args(EventType)

ASKED: Mapping[str, Ground] = {
    "identity_requested": "identity",
    "authority_requested": "authority",
    "fee_requested": "fee",
    "clarification_requested": "clarification",
}
SETTLED: Mapping[str, Ground] = {
    "identity_confirmed": "identity",
    "authority_confirmed": "authority",
    "fee_paid": "fee",
    "clarification_answered": "clarification",
}

MOST_EVENTS = 1_000
YEARS = range(1998, 2099)
"""Years that can be counted; the calendars' holidays end with 2100."""

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:?\d\d)?", re.ASCII)


class DeadlineError(ValueError):
    """A due date can't be counted from what was given; the text names the mend. Trying again doesn't help."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a request. `at` is aware. `reasonable` matters for identity_requested only."""

    type: EventType
    at: datetime
    reasonable: bool = True

    def __post_init__(self) -> None:
        if self.type not in EVENT_TYPES:
            raise DeadlineError(f"unknown event type {str(self.type)[:40]!r}: use one of {', '.join(EVENT_TYPES)}")
        if self.at.utcoffset() is None:
            raise DeadlineError(f"the time of {self.type!r} has no offset: add Z or one like +01:00")
        if self.at.year not in YEARS:
            raise DeadlineError(f"the year {self.at.year} is out of range: use {YEARS[0]} to {YEARS[-1]}")


@dataclass(frozen=True, slots=True)
class Case:
    """One request's regime, calendar, timezone and events, in any order; and the edition of the rules that counts.

    Raises:
        DeadlineError: any of them is unknown or doesn't fit, or no event says when the request was received.
    """

    regime: Regime
    calendar: str
    timezone: str
    events: tuple[Event, ...]
    rules: RuleSet = IN_FORCE

    def __post_init__(self) -> None:
        if self.regime not in REGIMES:
            raise DeadlineError(f"unknown regime {str(self.regime)[:40]!r}: use one of {', '.join(REGIMES)}")
        if all(rule.regime != self.regime for rule in self.rules.rules):
            raise DeadlineError(f"the rules {self.rules.edition} have none for {self.regime}: add one, or name another")
        if len(self.events) > MOST_EVENTS:
            raise DeadlineError(f"{len(self.events)} events are too many: give at most {MOST_EVENTS}")
        if not any(event.type == "received" for event in self.events):
            raise DeadlineError("nothing says when the request came in: add an event of type 'received'")
        place = place_of(self.calendar)
        countries = self.rule.countries
        if place.country not in countries:
            fit = "GB-ENG, GB-WLS, GB-SCT or GB-NIR" if countries == {"GB"} else " ".join(sorted(countries))
            raise DeadlineError(f"the calendar {self.calendar!r} does not fit {self.regime}: use one of {fit}")

    @property
    def received(self) -> date:
        """The local date of the first message that asked."""
        return self.local(min(event.at for event in self.events if event.type == "received"))

    @property
    def rule(self) -> Rule:
        """The regime's rule in force on the day of receipt."""
        return rule_for(self.regime, self.received, self.rules)

    def local(self, moment: datetime) -> date:
        """The date of `moment` where the case is handled: 23:30 UTC in June is tomorrow in London."""
        return local_date(moment, self.timezone)


def place_of(code: str) -> Calendar:
    """The calendar of that code, or a DeadlineError that names the known ones."""
    try:
        return calendar_for(code)
    except UnknownCalendar as error:
        raise DeadlineError(str(error)) from None


def zone_of(name: str) -> ZoneInfo:
    """The timezone of that name.

    Raises:
        DeadlineError: there is none; a path or a folder of the database is none either.
    """
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise DeadlineError(f"unknown timezone {name[:40]!r}: use a name like Europe/London") from None


def local_date(moment: datetime, timezone: str) -> date:
    """The date of an aware `moment` in that timezone."""
    if moment.utcoffset() is None:
        raise DeadlineError("the time has no offset: add Z or one like +01:00")
    return moment.astimezone(zone_of(timezone)).date()


def read_case(data: Any) -> Case:
    """The case in a decoded JSON object. Fields that it doesn't know are left alone ("id", "source").

    Raises:
        DeadlineError: a field is missing, of the wrong kind, or unknown.
    """
    if not isinstance(data, Mapping):
        raise DeadlineError('a case is a JSON object: write {"regime": …, "calendar": …, "events": […]}')
    events = data.get("events")
    if not isinstance(events, list):
        raise DeadlineError('\'events\' is missing or no list: write "events": [{"type": "received", "at": …}]')
    regime: Any = _text(data, "regime")
    return Case(
        regime=regime,
        calendar=_text(data, "calendar"),
        timezone=_text(data, "timezone"),
        events=tuple(_event(item) for item in events[: MOST_EVENTS + 1]),
    )


def read_timestamp(text: str) -> datetime:
    """An ISO 8601 date and time with its offset.

    Raises:
        DeadlineError: it is none, or it has no offset.
    """
    shown = text[:40]
    if not _TIMESTAMP.fullmatch(text):
        raise DeadlineError(f"bad timestamp {shown!r}: write date, time and offset like 2026-03-02T10:00:00Z")
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        raise DeadlineError(f"there is no such time as {shown!r}: write one like 2026-03-02T10:00:00Z") from None
    if moment.utcoffset() is None:
        raise DeadlineError(f"the timestamp {shown!r} has no offset: add Z or one like +01:00")
    return moment


def _event(item: Any) -> Event:
    """One event of a case."""
    if not isinstance(item, Mapping):
        raise DeadlineError('an event is a JSON object: write {"type": "received", "at": "2026-03-02T10:00:00Z"}')
    kind: Any = _text(item, "type")
    reasonable = item.get("reasonable", kind != "identity_requested" or None)
    if not isinstance(reasonable, bool):
        raise DeadlineError('identity_requested says whether the doubt was reasonable: add "reasonable": true or false')
    return Event(kind, read_timestamp(_text(item, "at")), reasonable)


def _text(data: Mapping[str, Any], name: str) -> str:
    """A field that must be text."""
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise DeadlineError(f'{name!r} is missing or no text: add it, like "{name}": "{_EXAMPLES[name]}"')
    return value


_EXAMPLES = {
    "regime": "uk-gdpr",
    "calendar": "GB-ENG",
    "timezone": "Europe/London",
    "type": "received",
    "at": "2026-03-02T10:00:00Z",
}
