"""How much one visitor may send."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.webchat.limits import Bucket, Limiter, Peers, Rate

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


@pytest.mark.parametrize(
    ("remote", "key"),
    [
        (None, ""),
        ("", ""),
        ("127.0.0.1", ""),
        ("127.9.9.9", ""),
        ("::1", ""),
        ("::ffff:127.0.0.1", ""),
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::2:0:0:1", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix", "unix"),
    ],
)
def test_visitors_are_counted_by_address_and_the_proxy_is_not(remote: str | None, key: str) -> None:
    """IPv4 by address, IPv6 by its /64, loopback not at all."""
    assert Peers("", 1).key(remote) == key


def test_an_address_holds_so_many_sockets_and_no_more() -> None:
    """The limit counts what is open; a trusted peer has none; nothing is left behind."""
    peers = Peers("10.0.0.0/8, 192.0.2.1", 1)
    assert peers.key("10.1.2.3") == peers.key("192.0.2.1") == ""
    assert peers.key("127.0.0.1") == "127.0.0.1"
    assert peers.enter("a")
    assert not peers.enter("a")
    assert peers.enter("b")
    peers.leave("a")
    assert peers.enter("a")
    assert peers.enter("")
    assert peers.enter("")
    for key in ("a", "b", "", ""):
        peers.leave(key)
    assert not peers._open
