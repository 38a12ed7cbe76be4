"""Links and openings of packages: what opens, until when, and how often."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.packages.standing import (
    CODES_A_DAY,
    CODES_AN_HOUR,
    IDLE,
    LONGEST,
    MOST_OPENINGS,
    TOKEN_BYTES,
    WRONG_A_DAY,
    LinkFacts,
    OpeningFacts,
    code_may_be_sent,
    code_may_be_tried,
    link_state,
    looks_like_token,
    may_open_again,
    opening_state,
)

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
AGES = st.lists(st.timedeltas(timedelta(0), timedelta(days=3)), max_size=40)


def test_a_link_is_good_until_its_moment_and_not_at_it() -> None:
    """The last second opens, the moment itself does not."""
    link = LinkFacts(NOON)
    assert link_state(link, NOON - SECOND) == "good"
    assert link_state(link, NOON) == "expired"


@pytest.mark.parametrize("why", ["replaced", "withdrawn", "deleted"])
def test_an_ended_link_stays_ended_before_its_time(why: str) -> None:
    """What we ended opens nothing, however long it would still have been good."""
    assert link_state(LinkFacts(NOON + timedelta(days=9), why), NOON) == why


def test_ten_openings_and_no_more() -> None:
    """The tenth is allowed, the eleventh is not."""
    assert may_open_again(LinkFacts(NOON, "", MOST_OPENINGS - 1))
    assert not may_open_again(LinkFacts(NOON, "", MOST_OPENINGS))


@given(st.timedeltas(timedelta(0), timedelta(hours=3)), st.timedeltas(timedelta(0), timedelta(hours=3)))
def test_an_opening_lasts_fifteen_idle_minutes_and_an_hour_at_most(age: timedelta, idle: timedelta) -> None:
    """It is good exactly while both bounds hold, for the client that it was given to."""
    opening = OpeningFacts(NOON - age, NOON - min(idle, age), "", "a" * 32)
    good = age < LONGEST and min(idle, age) < IDLE
    assert (opening_state(opening, "a" * 32, NOON) == "good") is good
    assert opening_state(opening, "b" * 32, NOON) != "good"


@pytest.mark.parametrize("why", ["another_place", "replaced", "withdrawn", "deleted"])
def test_an_ended_opening_is_over_at_once(why: str) -> None:
    """Withdrawing counts for whoever is reading now."""
    assert opening_state(OpeningFacts(NOON, NOON, why, "a" * 32), "a" * 32, NOON) == why


@given(AGES)
def test_codes_are_bounded_by_the_hour_and_by_the_day(ages: list[timedelta]) -> None:
    """A further code goes out only while neither count is full."""
    sent = [NOON - age for age in ages]
    hour, day = sum(age < timedelta(hours=1) for age in ages), sum(age < timedelta(days=1) for age in ages)
    assert code_may_be_sent(sent, NOON) is (hour < CODES_AN_HOUR and day < CODES_A_DAY)


def test_wrong_codes_lock_a_link_for_the_day_and_no_longer() -> None:
    """New codes don't give a guesser new tries without end; the next day the person may try again."""
    wrong = [NOON] * WRONG_A_DAY
    assert code_may_be_tried(wrong[1:], NOON)
    assert not code_may_be_tried(wrong, NOON + timedelta(hours=23))
    assert code_may_be_tried(wrong, NOON + timedelta(days=1))


def test_a_token_of_ours_looks_like_one() -> None:
    """Every token that is made passes the first look."""
    assert all(looks_like_token(secrets.token_urlsafe(TOKEN_BYTES)) for _ in range(200))


@given(st.text(max_size=60))
def test_what_is_no_token_never_reaches_the_database(text: str) -> None:
    """Another length, or a sign that ours never hold: refused by the first look alone."""
    allowed = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert looks_like_token(text) is (len(text) == 43 and set(text) <= allowed)
