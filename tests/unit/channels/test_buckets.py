"""How much one visitor may ask."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from channels.buckets import Bucket, Limiter, Rate

RATE = Rate(burst=5, per_second=2)


@given(st.lists(st.floats(0, 10), min_size=1, max_size=60))
def test_never_more_than_the_burst_and_what_time_has_brought(gaps: list[float]) -> None:
    """In any span, at most burst + rate x seconds pass; and who is refused may come back after the wait."""
    now, passed = 0.0, 0
    bucket = Bucket(RATE, now)
    for gap in gaps:
        now += gap
        wait = bucket.take(RATE, now)
        passed += not wait
        assert passed <= RATE.burst + RATE.per_second * now + 1e-6
        if wait:
            assert wait <= 1 / RATE.per_second
            now += wait + 1e-6
            assert not bucket.take(RATE, now)
            passed += 1


def test_a_clock_set_back_takes_nothing_away() -> None:
    """An hour back: the allowance stays, and refills from there."""
    bucket = Bucket(RATE, 3_600)
    for _ in range(5):
        assert not bucket.take(RATE, 3_600)
    assert bucket.take(RATE, 0)
    assert not bucket.take(RATE, 1)


def test_keys_have_allowances_of_their_own_and_the_oldest_are_forgotten() -> None:
    """One key's flood leaves others alone, and memory is bounded."""
    limiter = Limiter(RATE, most=2)
    for _ in range(5):
        assert not limiter.take("a", 0)
    assert limiter.take("a", 0)
    assert not limiter.take("b", 0)
    assert limiter.take("a", 0)
    assert not limiter.take("c", 0)
    assert len(limiter._buckets) == 2
    assert "b" not in limiter._buckets
