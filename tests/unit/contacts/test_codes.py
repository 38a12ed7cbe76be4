"""One-time codes: what is read as one, what it is worth, and when the next may be sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.contacts import codes
from bot.contacts.codes import LIMITS, Out
from bot.settings import signer

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SIGN = signer(b"a key for tests")
CODE = "123456"


def out(**values: object) -> Out:
    given = {"digest": codes.digest(SIGN, "salt", CODE), "salt": "salt", "expires_at": NOW + timedelta(minutes=10)}
    return Out(**(given | values))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    ["123456", "123 456", " 123-456. ", "my code is 123456", "Code: 123456, thanks", "its 123456!",
     "123456\nor 123 456",
     "the code number is 123456", "<123456>", "I got 123.456"],
)  # fmt: skip
def test_a_code_is_read_as_people_write_it(text: str) -> None:
    """Alone, in a sentence, in two halves, twice the same."""
    assert codes.typed(text) == CODE


@pytest.mark.parametrize(
    "text",
    ["", "hello", "12345", "1234567", "07700 900123", "+44 7700 900123", "my order number is 123456", "account 123456",
     "ref. 123456", "£123456", "123456.50", "123456 or 654321", "DR-123456", "a123456", "123456b", "12-34-56",
     "020 7123 456", "+123456", "order no 123 456", "call 0141 123 456", "2026-11-20 12:34:56", "123456%"],
)  # fmt: skip
def test_other_numbers_are_no_codes(text: str) -> None:
    """Phone, order and account numbers, amounts, dates, references, and two codes that differ."""
    assert codes.typed(text) == ""


@given(st.text(alphabet=st.sampled_from("0123456789 +-./£abc code\n٣²"), max_size=60))
def test_reading_is_total_and_gives_six_plain_digits(text: str) -> None:
    """Whatever somebody writes: six ASCII digits that stand in it, or nothing."""
    found = codes.typed(text)
    assert found == "" or (len(found) == 6 and found.isascii() and found.isdigit())


def test_a_new_code_keeps_its_zeros_and_its_digest_tells_nothing() -> None:
    """Six digits always; the same code with another salt or key has another digest."""
    assert codes.new_code(lambda _bound: 7) == "000007"
    assert {len(codes.new_code()) for _ in range(50)} == {6}
    digests = {codes.digest(SIGN, salt, CODE) for salt in ("a", "b")} | {codes.digest(signer(b"other"), "a", CODE)}
    assert len(digests) == 3
    assert not any(CODE in digest for digest in digests)


@pytest.mark.parametrize(
    ("code", "kept", "wrong_today", "verdict"),
    [
        (CODE, out(), 0, "ok"),
        (CODE, out(tries=2), 8, "ok"),
        ("123457", out(), 0, "wrong"),
        (CODE, out(expires_at=NOW), 0, "expired"),
        (CODE, out(used=True), 0, "used"),
        (CODE, out(tries=3), 0, "locked"),
        (CODE, out(), 9, "locked"),
        (CODE, out(void=True), 0, "none"),
        (CODE, None, 0, "none"),
    ],
)
def test_a_code_is_good_once_for_ten_minutes_and_three_tries(
    code: str, kept: Out | None, wrong_today: int, verdict: str
) -> None:
    """The right code, else what it is; a right guess after the third wrong one is locked."""
    assert codes.judge(kept, code, SIGN, wrong_today, NOW) == verdict


@given(st.text(max_size=12), st.integers(0, 20), st.integers(0, 5), st.booleans(), st.booleans())
def test_only_the_right_code_in_its_bounds_is_ok(code: str, wrong: int, tries: int, used: bool, void: bool) -> None:
    """No other way leads to "ok"."""
    good = code == CODE and wrong < LIMITS.wrong_a_day and tries < LIMITS.tries and not used and not void
    verdict = codes.judge(out(tries=tries, used=used, void=void), code, SIGN, wrong, NOW)
    assert (verdict == "ok") == good


def minutes(*ago: int) -> list[datetime]:
    return [NOW - timedelta(minutes=each) for each in ago]


def test_the_next_code_waits_when_there_were_enough() -> None:
    """Three an hour to an address, five an hour for a contact, nine wrong tries a day; the latest wait counts."""
    assert codes.again_at(minutes(5, 20), [], [], NOW) is None
    assert codes.again_at(minutes(5, 20, 50), [], [], NOW) == NOW + timedelta(minutes=10)
    assert codes.again_at(minutes(5, 20, 61), [], [], NOW) is None
    assert codes.again_at([], minutes(1, 2, 3, 4, 59), [], NOW) == NOW + timedelta(minutes=1)
    assert codes.again_at([], [], minutes(*range(60, 69)), NOW) == NOW + timedelta(days=1, minutes=-68)
    assert codes.again_at(minutes(1, 1, 1), minutes(1, 1, 1, 1, 30), [], NOW) == NOW + timedelta(minutes=59)
    assert codes.again_at(minutes(1, 1, 2, 5), [], [], NOW) == NOW + timedelta(minutes=58)


@given(st.lists(st.integers(0, 200), max_size=9))
def test_at_the_time_told_a_code_may_go(ago: list[int]) -> None:
    """Whoever comes when they were told to is not put off again."""
    at = codes.again_at(minutes(*ago), [], [], NOW)
    assert at is None or codes.again_at(minutes(*ago), [], [], at) is None
