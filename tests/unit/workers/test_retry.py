"""Backoff: it grows, is bounded, jitters, and obeys the provider."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.workers import retry
from tests.support import NOON


@given(st.integers(1, 10_000), st.floats(0, 0.999))
def test_a_wait_is_positive_and_never_beyond_the_longest(attempt: int, chance: float) -> None:
    """However many attempts failed, the next comes within ten minutes."""
    assert 0 < retry.delay(attempt, chance) <= retry.LONGEST


@given(st.integers(1, 12), st.floats(0, 0.999), st.floats(0, 5_000))
def test_the_provider_s_word_is_a_floor(attempt: int, chance: float, asked: float) -> None:
    """Retry-After is obeyed even where our own backoff would be shorter."""
    assert retry.delay(attempt, chance, asked) >= asked


def test_jitter_spreads_rows_that_failed_together() -> None:
    """Two rows that failed at once do not come back at once."""
    assert retry.delay(5, 0.1) != retry.delay(5, 0.9)


def test_a_delivery_is_dead_after_three_days() -> None:
    """What keeps failing for three days is shown to staff as dead, not a moment earlier."""
    assert not retry.give_up(NOON, NOON + timedelta(days=3) - timedelta(seconds=1))
    assert retry.give_up(NOON, NOON + timedelta(days=3))
