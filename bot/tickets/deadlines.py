"""Due dates: by when a request must be answered, told to people in sentences.

`due(case)` counts one case under its regime; `first_due(...)` gives a new ticket of any kind its first due date. The
law is data (rules.py), the holidays are data (calendars.py), and what the events do to the clock stands in
timeline.py. Called by the ticket service, the console and the `deadline` command.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, NamedTuple

from bot.tickets import calendars, rules
from bot.tickets.calendars import in_words
from bot.tickets.cases import Case, DeadlineError, Event, local_date, place_of, read_case, read_timestamp, zone_of
from bot.tickets.rules import Regime
from bot.tickets.timeline import NOUNS, Cause, Clock, days, run

__all__ = [
    "CLOCKS",
    "Case",
    "Challenge",
    "Deadline",
    "DeadlineError",
    "Event",
    "breach_notification_due",
    "clock_for",
    "complaint_acknowledgement_due",
    "due",
    "first_due",
    "read_case",
    "read_timestamp",
]


class Challenge(NamedTuple):
    """The due date that would hold if one thing that moved it were not accepted; None while another still waits."""

    cause: Cause
    due: date | None


@dataclass(frozen=True, slots=True)
class Deadline:
    """By when, and why.

    `due` is the last day, local; None while the clock waits. `limit_of_notice` is the last day on which an extension
    can still be announced; None where there is none, or while the clock waits. `moment` is the exact end where the
    rule counts hours or names one (a breach, the desk's own targets). `relevant_day` is the day the period is
    counted from. `waiting_for` names what stops the clock. `confirm_by` is the last day to confirm receipt, where
    the law sets one. `statutory` is false for the desk's own targets. `trace` explains all of it in sentences.
    """

    due: date | None
    trace: tuple[str, ...]
    limit_of_notice: date | None = None
    moment: datetime | None = None
    relevant_day: date | None = None
    waiting_for: tuple[str, ...] = ()
    confirm_by: date | None = None
    extended: bool = False
    statutory: bool = True
    challenges: tuple[Challenge, ...] = ()


ClockName = Literal["rights", "complaint", "breach", "target"]

CLOCKS: Mapping[str, ClockName] = {
    "access": "rights",
    "portability": "rights",
    "erasure": "rights",
    "rectification": "rights",
    "objection": "rights",
    "restriction": "rights",
    "complaint": "complaint",
    "breach": "breach",
    "human": "target",
    "escalation": "target",
    "status": "target",
    "question": "target",
    "other": "target",
    "enquiry": "target",
}
"""Which clock a ticket of each kind runs by. `target` is the desk's own: the end of the next working day."""

END_OF_WORK = time(17)


def due(case: Case) -> Deadline:
    """The due date of a case, with everything that moved it.

    Raises:
        DeadlineError: never for a `Case` that could be built; building it is where input is refused.
    """
    clock = run(case)
    waiting = bool(clock.open)
    last = None if waiting else clock.end(extended=clock.extended)
    challenges = _challenges(case, clock, last)
    confirm_by = _confirm_by(clock)
    limit = None if waiting or clock.rule.extended is None else clock.end(extended=False)
    return Deadline(
        due=last,
        trace=(
            *_preamble(case),
            *clock.notes,
            *_confirmation(confirm_by),
            *_counting(clock, last),
            *(_challenge_sentence(challenge) for challenge in challenges),
        ),
        limit_of_notice=limit,
        relevant_day=None if clock.open.keys() & clock.rule.resets else clock.start,
        waiting_for=tuple(clock.open),
        confirm_by=confirm_by,
        extended=clock.extended,
        challenges=challenges,
    )


def clock_for(kind: str) -> ClockName:
    """Which clock a ticket of that kind runs by.

    Raises:
        DeadlineError: there is no such kind.
    """
    if kind not in CLOCKS:
        raise DeadlineError(f"unknown kind of ticket {kind[:40]!r}: use one of {', '.join(CLOCKS)}")
    return CLOCKS[kind]


def first_due(kind: str, received_at: datetime, regime: Regime, calendar: str, timezone: str) -> Deadline:
    """The due date of a ticket that has just been opened, `received_at` (aware) being its first message.

    Raises:
        DeadlineError: an unknown kind, regime, calendar or timezone, or a time without offset.
    """
    case = Case(regime, calendar, timezone, (Event("received", received_at),))
    clock = clock_for(kind)
    if clock == "rights":
        return due(case)
    if clock == "breach":
        return _breach_deadline(case, received_at)
    if clock == "complaint":
        return _complaint_deadline(case)
    return _target_deadline(case)


def complaint_acknowledgement_due(received_at: datetime, calendar: str, timezone: str) -> date:
    """The last day to acknowledge a UK complaint: thirty days, the first being the day after receipt.

    Weekends and holidays at the end roll on (DPA 2018 s.164A, in force from 19 June 2026; s.205 with Reg 1182/71).
    """
    last = rules.COMPLAINT_PERIOD.end(local_date(received_at, timezone))
    return place_of(calendar).working_day_from(last)


def breach_notification_due(aware_at: datetime) -> datetime:
    """The moment by which the regulator must know of a breach: 72 hours, nights and weekends included; UTC."""
    if aware_at.utcoffset() is None:
        raise DeadlineError("the time has no offset: add Z or one like +01:00")
    # In UTC, so that a change to or from summer time neither adds nor takes an hour.
    return aware_at.astimezone(UTC) + rules.BREACH_PERIOD


def _breach_deadline(case: Case, aware_at: datetime) -> Deadline:
    moment = breach_notification_due(aware_at)
    local = moment.astimezone(zone_of(case.timezone))
    european = case.regime in {"uk-gdpr", "eu-gdpr"}
    law = "article 33 asks" if european else f"{case.regime} sets no such time, so the desk keeps to"
    sentence = f"Known since {in_words(case.received)}: {law} 72 hours, nights and weekends included."
    told = f"The regulator must know by {local:%H:%M} on {in_words(local.date())} ({case.timezone})."
    return Deadline(due=local.date(), trace=(sentence, told), moment=moment, statutory=european)


def _complaint_deadline(case: Case) -> Deadline:
    received = min(event.at for event in case.events)
    last = complaint_acknowledgement_due(received, case.calendar, case.timezone)
    statutory = case.regime == "uk-gdpr" and case.received >= rules.COMPLAINTS_SINCE
    law = (
        "section 164A of the Data Protection Act 2018" if statutory else "the desk's own target, the law sets none here"
    )
    return Deadline(
        due=last,
        trace=(
            f"The complaint came in on {in_words(case.received)}.",
            f"It must be acknowledged within thirty days, rolled to a working day ({law}).",
            f"Acknowledge it by the end of {in_words(last)}; look into it at once.",
        ),
        statutory=statutory,
    )


def _target_deadline(case: Case) -> Deadline:
    day = place_of(case.calendar).next_working_day(case.received)
    moment = datetime.combine(day, END_OF_WORK, zone_of(case.timezone)).astimezone(UTC)
    sentence = (
        f"No law sets a time: the desk's own target is {END_OF_WORK:%H:%M} on {in_words(day)}, the next working day."
    )
    return Deadline(due=day, trace=(f"Came in on {in_words(case.received)}.", sentence), moment=moment, statutory=False)


def _preamble(case: Case) -> tuple[str, ...]:
    """Which law and which calendar, in which edition."""
    rule, place = case.rule, place_of(case.calendar)
    first = (
        f"Counted by {rule.law} (rules {case.rules.edition}), with the working days of {place.place} "
        f"({calendars.EDITION}) and dates in {case.timezone}."
    )
    if rule.since <= case.received <= rule.until:
        return (first,)
    until = "" if rule.until == date.max else f" until {in_words(rule.until)}"
    return (first, f"That law is in force from {in_words(rule.since)}{until}: check whether this is the right regime.")


def _counting(clock: Clock, last: date | None) -> tuple[str, ...]:
    """How the last day was reached, or what is being waited for."""
    if last is None:
        missing = " and ".join(NOUNS[ground] for ground in clock.open)
        verb = "stands still" if clock.open.keys() <= clock.rule.pauses else "has not started"
        return (f"There is no due date yet: the clock {verb} until {missing} is there.",)
    extended = clock.rule.extended if clock.extended else None
    period = extended or clock.rule.period
    bare = period.end(clock.start)
    counts = "beginning with" if period.inclusive else "from"
    sentences = [f"Counting {period} {counts} {in_words(clock.start)} gives {in_words(bare)}."]
    if clock.waited:
        bare += timedelta(days=clock.waited)
        sentences.append(f"With {days(clock.waited)} of waiting added that is {in_words(bare)}.")
    if last != bare:
        sentences.append(
            f"{in_words(bare)} is {clock.calendar.day_off(bare)}: the next working day is {in_words(last)}."
        )
    sentences.append(f"It is due by the end of {in_words(last)}.")
    return tuple(sentences)


def _confirm_by(clock: Clock) -> date | None:
    """The last day to confirm receipt, where the rule sets one."""
    return clock.calendar.after_working_days(clock.received, clock.rule.confirm_in) if clock.rule.confirm_in else None


def _confirmation(confirm_by: date | None) -> tuple[str, ...]:
    return () if confirm_by is None else (f"Receipt must be confirmed by {in_words(confirm_by)}.",)


def _challenges(case: Case, clock: Clock, last: date | None) -> tuple[Challenge, ...]:
    """What would hold without each thing that moved the date or stops the clock."""
    causes: list[Cause] = list(dict.fromkeys([*clock.causes, *clock.open]))
    without = [(cause, run(case, ignoring=cause)) for cause in causes]
    found = [Challenge(cause, None if other.open else other.end(extended=other.extended)) for cause, other in without]
    return tuple(challenge for challenge in found if challenge.due != last)


def _challenge_sentence(challenge: Challenge) -> str:
    what = NOUNS[challenge.cause] if challenge.cause == "extension" else f"asking for {NOUNS[challenge.cause]}"
    if challenge.due is None:
        return f"If {what} were challenged, there would be no due date yet."
    return f"If {what} were challenged, it would be due by {in_words(challenge.due)}."
