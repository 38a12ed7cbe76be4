"""Addresses of files that go by text: only what the desk made, for as long as it said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.files.links import LASTS, PATH, Links, Named
from bot.settings import signer

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LINKS = Links(signer(b"k" * 32), "https://desk.example/")
IDS = st.integers(1, 10**17)


def token(file: int, message: int) -> str:
    return LINKS.address(file, message, NOW).removeprefix("https://desk.example" + PATH)


@given(file=IDS, message=IDS, seconds=st.integers(-10, int(LASTS.total_seconds()) + 10))
def test_an_address_stands_for_its_file_until_its_time_is_over(file: int, message: int, seconds: int) -> None:
    """And for nothing after it."""
    found = LINKS.named(token(file, message), NOW + timedelta(seconds=seconds))
    assert found == (Named(file, message) if seconds < LASTS.total_seconds() else None)


@given(place=st.integers(0, 80), other=st.characters())
def test_an_address_with_any_sign_changed_stands_for_nothing(place: int, other: str) -> None:
    """Whichever it is, and whatever stands there instead."""
    real = token(12, 345)
    place %= len(real)
    wrong = real[:place] + other + real[place + 1 :]
    assert wrong == real or LINKS.named(wrong, NOW) is None


@given(st.text(max_size=200))
def test_any_words_are_no_address(words: str) -> None:
    """They are told apart without an error."""
    assert LINKS.named(words, NOW) is None


def test_another_desk_s_address_stands_for_nothing() -> None:
    """Each has its own key."""
    assert Links(signer(b"x" * 32), "").named(token(1, 2), NOW) is None
