"""What the console says: ages, due chips, owners, deliveries."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.console import words
from bot.console.words import Said, Wording

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SAY = Wording(NOW, ZoneInfo("Europe/London"), reader_id=7)


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=3), "3 h ago"),
        (timedelta(hours=13), "yesterday"),
        (timedelta(days=3), "3 days ago"),
        (timedelta(days=40), "Sun 11 Oct"),
        (timedelta(days=400), "Thu 16 Oct 2025"),
    ],
)
def test_ages_are_words(before: timedelta, said: str) -> None:
    """An age is said as people say it, by the desk's calendar days."""
    assert SAY.age(NOW - before) == said


def test_who_and_when_stand_in_the_middle_of_a_sentence() -> None:
    """Asked “today at 11:00 by you”; a colleague's name keeps its letters."""
    assert SAY.when(NOW - timedelta(hours=1)) == "today at 11:00"
    assert SAY.when(NOW - timedelta(days=3)) == "on Tuesday 17 November 2026 at 12:00"
    said = [SAY.by(actor, {7: "Sam Reid", 8: "An Lee"}) for actor in ("staff:7", "staff:8", "staff:9", "bot")]
    assert said == ["you", "An Lee", "a former colleague", "the bot"]


def test_times_are_in_the_desks_zone_with_the_exact_moment_beside() -> None:
    """Summer time is kept, and the title names the zone."""
    summer = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)
    assert SAY.clock(summer) == "10:30"
    assert SAY.moment(summer) == "Wednesday 1 July 2026, 10:30:00 BST"


@pytest.mark.parametrize(
    ("due", "state", "said"),
    [
        (date(2026, 12, 21), "received", Said("Due in 31 days, Mon 21 Dec")),
        (date(2026, 11, 23), "received", Said("Due in 3 days, Mon 23 Nov", "warn")),
        (date(2026, 11, 21), "searching", Said("Due tomorrow, Sat 21 Nov", "warn")),
        (date(2026, 11, 20), "received", Said("Due today, Fri 20 Nov", "warn")),
        (date(2026, 11, 19), "received", Said("1 day overdue", "bad")),
        (date(2026, 11, 10), "awaiting_fee", Said("10 days overdue", "bad")),
        (None, "awaiting_clarification", Said("Clock paused", "info")),
        (date(2026, 11, 10), "answered", Said("Answered", "good")),
        (date(2026, 11, 10), "closed", Said("Closed")),
    ],
)
def test_the_due_chip_says_how_long_and_which_day(due: date | None, state: str, said: Said) -> None:
    """The chip carries both the distance and the date, and what is answered is not overdue."""
    assert SAY.due(due, state) == said


def test_ownership_is_said_in_one_phrase() -> None:
    """The bot, the reader, a colleague, nobody."""
    assert SAY.owner("bot", None, "") == "The bot is answering"
    assert SAY.owner("human", 7, "Sam Reid") == "You have this conversation"
    assert SAY.owner("human", 8, "Lena Okafor") == "Lena has this conversation"
    assert SAY.owner("human", None, "") == "Nobody has taken it yet"


def test_the_history_names_actors() -> None:
    """Entries name the reader as "You" and somebody who left as such."""
    assert SAY.actor("staff:7", {7: "Sam"}) == "You"
    assert SAY.actor("staff:8", {8: "Lena Okafor"}) == "Lena Okafor"
    assert SAY.actor("staff:9", {}) == "A former colleague"
    assert SAY.actor("bot", {}) == "The bot"


@pytest.mark.parametrize(
    ("state", "provider", "error", "text", "tone"),
    [
        ("waiting", "", "", "On its way", "info"),
        ("waiting", "", "no relay is set", "Not sent yet: no relay is set", "warn"),
        ("sent", "sent", "", "Sent", "good"),
        ("sent", "delayed", "", "Delayed on the way; the provider keeps trying", "warn"),
        ("delivered", "delivered", "", "Delivered", "good"),
        ("failed", "", "the phone was off", "Not delivered: the phone was off", "bad"),
        ("cancelled", "", "they opted out", "Not sent: they opted out", "warn"),
    ],
)
def test_deliveries_are_plain_words(state: str, provider: str, error: str, text: str, tone: str) -> None:
    """Each state of an outgoing message says what happened to it."""
    assert words.delivery(state, provider, error) == (text, tone)


def test_people_are_named_or_their_address_is_shortened() -> None:
    """A name wins; a long address keeps both ends; a chat visitor gets a short mark."""
    assert words.who("Priya", "+447700900123") == "Priya"
    assert words.who("", "+447700900123") == "+447700900123"
    assert words.who("", "a.very.long.local.part.indeed@example.com") == "a.very.long.local…@example.com"
    assert words.who("", "0123456789abcdef" * 2) == "Visitor 012345"
    assert words.who("", "pager-101") == "pager-101"
    assert words.shown("0123456789abcdef" * 2) == "visitor 012345"


@given(st.text(max_size=60))
def test_initials_never_fail(name: str) -> None:
    """Any name gives something short to put in a circle."""
    assert 1 <= len(words.initials(name)) <= 6
    assert words.first_name(name)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2026, 11, 20)))  # noqa: DTZ001  made aware below
def test_any_past_moment_can_be_said(at: datetime) -> None:
    """No past moment is left without words."""
    moment = at.replace(tzinfo=UTC)
    assert SAY.age(moment)
    assert SAY.day(moment)
    assert SAY.moment(moment)
