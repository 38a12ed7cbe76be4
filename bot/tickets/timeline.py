"""The clock of one case, run event by event: what starts it, stops it, lengthens it, and what changes nothing.

Events are taken in the order in which they happened, and each is judged by what was known then: nothing revives a
clock that has already run out. Called by `deadlines.due` alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from bot.tickets.calendars import Calendar, in_words
from bot.tickets.cases import ASKED, EVENT_TYPES, SETTLED, Case, Event, place_of
from bot.tickets.rules import Ground, Rule

Cause = Ground | Literal["extension"]
"""What moved a due date, and so can be challenged."""

NOUNS: dict[Cause, str] = {
    "identity": "proof of identity",
    "authority": "proof of the agent's authority",
    "fee": "the fee",
    "clarification": "a clarification",
    "extension": "the extension",
}

Wait = tuple[date, date]
"""The day asked and the day answered; both count."""


@dataclass(slots=True)
class Clock:
    """A case's clock as far as its events have been taken. `ignoring` leaves one cause out, as if it failed."""

    rule: Rule
    calendar: Calendar
    received: date
    ignoring: Cause | None = None
    start: date = field(init=False)
    arrived: bool = False
    extended: bool = False
    open: dict[Ground, date] = field(default_factory=dict)
    waits: list[Wait] = field(default_factory=list)
    causes: list[Cause] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.start = self.received

    @property
    def waited(self) -> int:
        """Days of the running clock that were spent waiting for clarifications."""
        return days_waited(self.waits, self.start)

    def end(self, *, extended: bool) -> date:
        """The last day of the period, extended or not, with the waiting added and rolled to a working day."""
        period = self.rule.extended if extended and self.rule.extended else self.rule.period
        last = period.end(self.start) + timedelta(days=self.waited)
        return self.calendar.working_day_from(last) if self.rule.rolls else last

    def ran_out(self, day: date) -> bool:
        """Whether `day` is after the last day; never while something is being waited for."""
        return not self.open and day > self.end(extended=self.extended)

    def take(self, event: Event, day: date) -> None:
        """Let one event do what the rule lets it do, and note that in a sentence."""
        if event.type == "received":
            self._received(day)
        elif event.type == "extension_notified":
            self._extend(day)
        elif event.type in ASKED:
            self._ask(ASKED[event.type], day, reasonable=event.reasonable)
        else:
            self._settle(SETTLED[event.type], day)

    def _received(self, day: date) -> None:
        again = f"It came again on {in_words(day)}: the first message counts."
        self.notes.append(again if self.arrived else f"Received on {in_words(day)}.")
        self.arrived = True

    def _ask(self, ground: Ground, day: date, *, reasonable: bool) -> None:
        if ground == self.ignoring:
            return
        asked = f"{_capital(NOUNS[ground])} was asked for on {in_words(day)}"
        if ground not in self.rule.resets | self.rule.pauses:
            self.notes.append(f"{asked}: under {self.rule.regime} that neither moves nor stops the clock.")
        elif not reasonable:
            self.notes.append(f"{asked} without reasonable doubt: that does not move the clock.")
        elif self.ran_out(day):
            self.notes.append(f"{asked}, after the time had run out: that comes too late to move the clock.")
        elif ground in self.open:
            self.notes.append(f"{asked} again: it was still being waited for.")
        else:
            self.open[ground] = day
            stops = "the clock stops" if ground in self.rule.pauses else "the clock starts when it is there"
            self.notes.append(f"{asked}: {stops}.")

    def _settle(self, ground: Ground, day: date) -> None:
        came = f"{_capital(NOUNS[ground])} was received on {in_words(day)}"
        if ground == self.ignoring or ground not in self.rule.resets | self.rule.pauses:
            return
        asked = self.open.pop(ground, None)
        if asked is None and (ground not in self.rule.presumed or self.ran_out(day)):
            self.notes.append(f"{came}, but nothing was waiting for it: that does not move the clock.")
            return
        if ground in self.rule.pauses:
            assert asked is not None  # no pause is presumed
            self._resume((asked, day), came)
            return
        if day > self.start:
            self.start = day
            self.notes.append(f"{came}: the clock starts on that day.")
        else:
            self.notes.append(f"{came}: the clock does not start any later for it.")
        self.causes.append(ground)

    def _resume(self, wait: Wait, came: str) -> None:
        before = self.waited
        self.waits.append(wait)
        self.causes.append("clarification")
        gained = self.waited - before
        self.notes.append(
            f"{came}: {days(gained)} of waiting, the day asked and the day answered included, do not count."
        )

    def _extend(self, day: date) -> None:
        if self.ignoring == "extension":
            return
        told = f"Notice of an extension went out on {in_words(day)}"
        limit = self.end(extended=False)
        if self.rule.extended is None:
            self.notes.append(f"{told}: {self.rule.regime} knows no extension, so it changes nothing.")
        elif self.extended:
            self.notes.append(f"{told}: the time was extended already, and only once is allowed.")
        elif day < self.received:
            self.notes.append(f"{told}, before the request came in: it changes nothing.")
        elif not self.open and day > limit:
            self.notes.append(f"{told}, after {in_words(limit)}: too late, so it changes nothing.")
        else:
            self.extended = True
            self.causes.append("extension")
            self.notes.append(f"{told}, in time: there are {self.rule.extended} in all.")


def run(case: Case, ignoring: Cause | None = None) -> Clock:
    """The clock after all events of the case, each taken on its local date."""
    clock = Clock(case.rule, place_of(case.calendar), case.received, ignoring)
    for event in in_order(case.events):
        clock.take(event, case.local(event.at))
    return clock


def in_order(events: Iterable[Event]) -> list[Event]:
    """Events by their moments, each once; at the same moment asking comes before its answer, a notice last, and asking
    without reasonable doubt before asking with it.
    """
    return sorted(set(events), key=lambda event: (event.at, EVENT_TYPES.index(event.type), event.reasonable))


def days_waited(waits: Iterable[Wait], start: date) -> int:
    """The days covered by `waits` from `start` on, each day once, however the waits overlap."""
    total, counted = 0, start - timedelta(days=1)
    for first, last in sorted(waits):
        first_new = max(first, counted + timedelta(days=1))
        if last >= first_new:
            total += (last - first_new).days + 1
            counted = last
    return total


def days(count: int) -> str:
    """A number of days in words that fit."""
    return "1 day" if count == 1 else f"{count} days"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
