"""Due dates against a second calculation, made in another way: a calendar walked day by day, holidays by hand."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.tickets.deadlines import Deadline, due, read_case
from tests.unit.tickets.bank_holidays import BANK_HOLIDAYS

ONE = timedelta(days=1)
LONDON = ZoneInfo("Europe/London")
calendars = st.sampled_from([code for code in sorted(BANK_HOLIDAYS) if code.startswith("GB")])
days = st.dates(date(2024, 1, 2), date(2026, 10, 31))
moments = st.datetimes(datetime(2024, 1, 2), datetime(2026, 10, 31), timezones=st.just(UTC))  # noqa: DTZ001 - as hypothesis wants it


def case(regime: str, calendar: str, events: list[dict[str, Any]]) -> Deadline:
    zone = "America/Los_Angeles" if regime == "ccpa" else "Europe/London"
    return due(read_case({"regime": regime, "calendar": calendar, "timezone": zone, "events": events}))


def at(kind: str, day: date, **more: Any) -> dict[str, Any]:
    return {"type": kind, "at": datetime.combine(day, time(12), UTC).isoformat(), **more}


def naive_month_later(day: date, months: int) -> date:
    """Walk to the wanted month, then on to the wanted day or to the month's last."""
    wanted = (day.year * 12 + day.month + months - 1) % 12 + 1
    walk = day
    for _ in range(months):
        month = walk.month
        while walk.month == month:
            walk += ONE
    assert walk.month == wanted
    while walk.day < day.day and (walk + ONE).month == wanted:
        walk += ONE
    return walk


def naive_roll(day: date, calendar: str) -> date:
    while day.weekday() > 4 or day in BANK_HOLIDAYS[calendar]:
        day += ONE
    return day


@given(moments, calendars)
def test_a_month_from_any_moment_agrees_with_the_walk(moment: datetime, calendar: str) -> None:
    """Any second of three years, in each part of the kingdom."""
    local = moment.astimezone(LONDON).date()
    expected = naive_roll(naive_month_later(local, 1), calendar)
    assert case("uk-gdpr", calendar, [{"type": "received", "at": moment.isoformat()}]).due == expected


@given(days, calendars, st.integers(0, 20), st.integers(0, 40))
def test_waiting_for_a_clarification_agrees_with_the_walk(received: date, calendar: str, after: int, wait: int) -> None:
    """The period grows by every day from the asking to the answer."""
    asked, answered = received + after * ONE, received + (after + wait) * ONE
    events = [at("received", received), at("clarification_requested", asked), at("clarification_answered", answered)]
    walked, last = asked, naive_month_later(received, 1)
    while walked <= answered:
        walked, last = walked + ONE, last + ONE
    assert case("uk-gdpr", calendar, events).due == naive_roll(last, calendar)


@given(days, calendars, st.integers(0, 20), st.integers(0, 60), st.booleans())
def test_a_reset_agrees_with_a_request_received_on_that_day(
    received: date, calendar: str, after: int, wait: int, reasonable: bool
) -> None:
    """With reasonable doubt it is as if the request had come with its proof; without, as if none had been asked."""
    asked, shown = received + after * ONE, received + (after + wait) * ONE
    events = [
        at("received", received),
        at("identity_requested", asked, reasonable=reasonable),
        at("identity_confirmed", shown),
    ]
    start = shown if reasonable else received
    assert case("uk-gdpr", calendar, events).due == case("uk-gdpr", calendar, [at("received", start)]).due


@given(days, calendars, st.integers(0, 120))
def test_an_extension_counts_exactly_when_told_in_time(received: date, calendar: str, after: int) -> None:
    """Up to the end of the first period it is three months in all, afterwards it is one."""
    told = received + after * ONE
    limit = naive_roll(naive_month_later(received, 1), calendar)
    expected = naive_roll(naive_month_later(received, 3), calendar) if told <= limit else limit
    answer = case("uk-gdpr", calendar, [at("received", received), at("extension_notified", told)])
    assert answer.due == expected
    assert answer.limit_of_notice == limit


@given(days, st.integers(0, 120))
def test_fixed_numbers_of_days_agree_with_the_walk(received: date, after: int) -> None:
    """Forty days counting the first; forty-five not counting it, ninety with a notice in time."""
    walk = received
    for _ in range(39):
        walk += ONE
    assert case("dpa-1998", "GB-ENG", [at("received", received)]).due == walk
    limit = received + timedelta(days=45)
    told = received + after * ONE
    expected = received + timedelta(days=90) if told <= limit else limit
    # Noon in London is morning of the same day in California.
    assert case("ccpa", "US-CA", [at("received", received), at("extension_notified", told)]).due == expected


KINDS = [
    "identity_requested", "identity_confirmed", "authority_requested", "authority_confirmed", "fee_requested",
    "fee_paid", "clarification_requested", "clarification_answered", "extension_notified", "received",
]  # fmt: skip
regimes = st.sampled_from([("uk-gdpr", "GB-SCT"), ("eu-gdpr", "IE"), ("dpa-1998", "GB-ENG"), ("ccpa", "US-CA")])
histories = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(-5, 120), st.booleans()), max_size=12)


@settings(max_examples=300)
@given(days, regimes, histories, st.randoms(use_true_random=False))
def test_any_history_gives_a_sound_deadline(
    received: date, regime: tuple[str, str], history: list[tuple[str, int, bool]], shuffler: random.Random
) -> None:
    """No history breaks the count: never due before receipt, null exactly while waiting, order of lines irrelevant."""
    events = [at("received", received)] + [
        at(kind, received + after * ONE, **({"reasonable": sure} if kind == "identity_requested" else {}))
        for kind, after, sure in history
    ]
    answer = case(*regime, events)
    assert (answer.due is None) == bool(answer.waiting_for)
    first = min(received, *(received + after * ONE for kind, after, _ in history if kind == "received"), received)
    if answer.due is not None:
        assert answer.due > first
        assert answer.limit_of_notice is None or answer.limit_of_notice <= answer.due
    assert all(sentence.endswith(".") for sentence in answer.trace)
    if regime[0] == "ccpa":
        assert answer.due is not None
    shuffler.shuffle(events)
    assert case(*regime, events) == answer
