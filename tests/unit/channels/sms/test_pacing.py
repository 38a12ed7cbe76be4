"""How fast each number sends, and who comes next."""

from __future__ import annotations

import heapq
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms.pacing import AFTER_REST, BURST_SECONDS, Pacer

NUMBERS = st.sampled_from(["+441", "+442"])


def sent(pacer: Pacer, waiting: dict[str, list[int]], number: str = "+44", at: float = 0.0) -> list[tuple[float, str]]:
    """Send what each conversation has waiting, one message of each at a time as lanes do; who was sent, and when."""
    done: list[tuple[float, str]] = []
    line = [(at, order, name) for order, name in enumerate(waiting)]
    count = len(line)
    heapq.heapify(line)
    while line:
        now, _, name = heapq.heappop(line)
        again = pacer.wait(number, (name, waiting[name][0]), now)
        if again:
            count += 1
            heapq.heappush(line, (now + again, count, name))
            continue
        done.append((now, name))
        del waiting[name][0]
        if waiting[name]:
            count += 1
            heapq.heappush(line, (now, count, name))
    return done


@given(st.floats(0.2, 50), st.lists(st.integers(1, 30), min_size=1, max_size=8))
def test_no_second_has_more_than_the_rate_allows(rate: float, counts: list[int]) -> None:
    """However much waits in however many conversations: the burst, then the rate; and everything goes."""
    done = sent(Pacer(rate), {f"c{index}": list(range(count)) for index, count in enumerate(counts)})
    assert len(done) == sum(counts)
    times = [at for at, _ in done]
    burst = max(1.0, rate * BURST_SECONDS)
    for index, begin in enumerate(times):
        for later in range(index, len(times)):
            allowed = burst + rate * (times[later] - begin)
            assert later - index + 1 <= allowed + 1e-6


@given(st.floats(0.2, 50), st.integers(2, 60), st.integers(1, 6))
def test_a_flood_of_one_conversation_holds_no_other(rate: float, flood: int, others: int) -> None:
    """Each that has one message is sent it before the flooding one has its second turn beyond the burst."""
    waiting = {"flood": list(range(flood))} | {f"c{index}": [0] for index in range(others)}
    done = [name for _, name in sent(Pacer(rate), waiting)]
    last_other = max(done.index(f"c{index}") for index in range(others))
    assert done[: last_other + 1].count("flood") <= 1 + others
    assert sorted(set(done)) == sorted(waiting)


@given(st.lists(st.tuples(NUMBERS, st.integers(0, 5), st.floats(0, 3)), max_size=60), st.floats(0.5, 5))
def test_a_turn_that_was_promised_is_kept(asked: list[tuple[str, int, float]], rate: float) -> None:
    """Whoever waits as long as told has the turn then, whatever others asked meanwhile."""
    pacer, now, promised = Pacer(rate), 0.0, defaultdict[str, dict[int, float]](dict)
    for number, key, passed in asked:
        now += passed
        due = promised[number].pop(key, None)
        again = pacer.wait(number, key, now)
        if due is not None:
            assert (again == 0.0) == (due <= now) or again == pytest.approx(due - now, abs=1e-6)
        if again:
            promised[number][key] = now + again


def test_without_a_rate_nobody_waits() -> None:
    """The desk has no limit of its own unless one is set."""
    pacer = Pacer()
    assert {pacer.wait("+44", index, 0.0) for index in range(1_000)} == {0.0}


def test_one_number_s_rate_is_not_another_s() -> None:
    """Each sending number has a bucket of its own."""
    pacer = Pacer(1.0)
    assert pacer.wait("+441", "a", 0.0) == 0.0
    assert pacer.wait("+442", "b", 0.0) == 0.0
    assert pacer.wait("+441", "c", 0.0) == 1.0


def test_a_number_that_was_told_to_slow_down_rests_and_begins_again_slowly() -> None:
    """Nothing goes before Retry-After, those who waited keep their order, and the rest do not come back at once."""
    pacer = Pacer()
    pacer.rest("+44", 30.0)
    assert pacer.wait("+44", "a", 10.0) == 20.0
    assert pacer.wait("+44", "b", 10.0) == pytest.approx(20.0 + 1 / AFTER_REST)
    assert pacer.wait("+44", "a", 30.0) == 0.0
    assert pacer.wait("+44", "b", 30.0) == pytest.approx(1 / AFTER_REST)
    assert pacer.wait("+45", "c", 10.0) == 0.0, "another number goes on"
    assert pacer.wait("+44", "d", 200.0) == 0.0
    assert pacer.wait("+44", "e", 200.0) == 0.0, "long after it there is no limit again"


def test_places_kept_move_behind_a_rest() -> None:
    """Who had a place before the rest has one after it, in the same order."""
    pacer = Pacer(1.0)
    assert [pacer.wait("+44", key, 0.0) for key in "abc"] == [0.0, 1.0, 2.0]
    pacer.rest("+44", 10.0)
    assert pacer.wait("+44", "b", 2.0) == 8.0
    assert pacer.wait("+44", "c", 2.0) == 9.0
    pacer.rest("+44", 5.0)
    assert pacer.wait("+44", "b", 2.0) == 8.0, "a shorter rest shortens none"


def test_a_rate_below_nothing_is_refused() -> None:
    """It would be no rate."""
    with pytest.raises(ValueError, match="0 or more"):
        Pacer(-1)
