"""Marks that lists go on by: they come back as they went out, and nothing else is taken for one."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.api import paging
from bot.api.problems import Problem

MOMENTS = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
NUMBERS = st.integers(1, 10**15 - 1)


@given(NUMBERS)
def test_a_ticket_place_comes_back(number: int) -> None:
    """Whatever the last ticket was, the next page begins after it."""
    mark = paging.mark(str(number))
    assert mark is not None
    assert paging.ticket_place(mark) == number


@given(MOMENTS, NUMBERS)
def test_a_conversation_place_comes_back(at: datetime, number: int) -> None:
    """Moments with and without microseconds survive the way out and back."""
    place = f"{at.isoformat()}~{number}"
    mark = paging.mark(place)
    assert mark is not None
    assert mark.isascii()
    assert not set(mark) & set("+/=&?# ")
    assert paging.conversation_place(mark) == place


def test_no_place_is_the_end_and_the_beginning() -> None:
    """The empty place leads nowhere, and the empty mark begins at the start."""
    assert paging.mark("") is None
    assert paging.ticket_place("") == 0
    assert paging.conversation_place("") == ""


@given(st.text(min_size=1))
def test_anything_else_is_refused(after: str) -> None:
    """Random text is a place or a refusal, never another error."""
    for read, kind in ((paging.ticket_place, int), (paging.conversation_place, str)):
        try:
            place = read(after)
        except Problem:
            continue
        assert isinstance(place, kind)


@pytest.mark.parametrize("place", ["1~2", "x", "9" * 16, "-1", "1; DROP TABLE ticket", "2026-11-20T12:00:00~"])
def test_a_forged_place_is_refused(place: str) -> None:
    """What decodes but is no place of ours is refused too."""
    after = base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")
    for read in (paging.ticket_place, paging.conversation_place):
        with pytest.raises(Problem):
            read(after)
