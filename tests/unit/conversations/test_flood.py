"""How much one sender is answered, and the desk altogether: pure decisions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.conversations.flood import HOUR, SAME_ANSWERED, Limits, braked_until, quiet_until, same
from bot.conversations.silence import contained
from bot.conversations.standing import Decision, Heard, Standing
from tests.support import NOON

STANDING, ANSWER = Standing("sms", "bot"), Decision(reply="answer")
minutes = st.lists(st.integers(0, 30), max_size=60)


@given(minutes, st.integers(1, 40), st.integers(1, 30))
def test_who_writes_no_more_than_the_limit_is_never_silenced(ago: list[int], most: int, window: int) -> None:
    """Only messages in the window count, with the one that comes now; the silence ends after the window, on a whole
    minute, since the moment is told.
    """
    limits = Limits(most, window)
    came = [NOON - timedelta(minutes=each) for each in ago]
    until = quiet_until(came, None, NOON + timedelta(seconds=7), limits)
    recent = sum(NOON - timedelta(minutes=each) > NOON + timedelta(seconds=7) - limits.window for each in ago)
    assert (until is not None) == (recent + 1 > most)
    if until:
        assert until.second == 0
        assert timedelta() <= until - NOON - timedelta(seconds=7) - limits.window < timedelta(minutes=1)


@given(minutes)
def test_what_came_before_a_silence_ended_counts_no_more(ago: list[int]) -> None:
    """Who waited as they were told is answered again; and no limit is none."""
    came = [NOON - timedelta(minutes=each) for each in ago]
    assert quiet_until(came, NOON, NOON, Limits(1, 30)) is None
    assert quiet_until(came, None, NOON, Limits(0, 30)) is None


@given(st.text(max_size=20), st.lists(st.text(max_size=20), max_size=4))
def test_the_same_words_are_told_from_others(text: str, before: list[str]) -> None:
    """Answered so often; from then on they are the same, whatever their case and blanks. No words are never."""
    often = [text] * (SAME_ANSWERED - 1)
    assert not same(text, often)
    assert same(text, [f" {text} ", *often, *before]) == bool(text.strip())
    assert not same("", ["", *often])
    assert not same(f"{text} x", [text, *often])


@given(st.integers(-120, 0))
def test_the_brake_ends_an_hour_after_the_text_that_filled_it(ago: int) -> None:
    """Once that is an hour old there is room again."""
    at = NOON + timedelta(minutes=ago)
    assert braked_until(at, NOON) == (at + HOUR if ago > -60 else None)
    assert braked_until(None, NOON) is None


@given(
    st.builds(
        Standing, channel=st.sampled_from(["sms", "mail"]), owner=st.just("bot"), quiet=st.booleans(),
        too_many=st.booleans(), same=st.booleans(), braked=st.sampled_from(["", "14:05"]),
        tickets=st.sampled_from([(), (("access", "DR-X"),)]),
    ),
    st.sampled_from(["answer", "off_topic", "access", "handed_over", "silent", "stopped", "status"]),
    st.sampled_from([(), (("access", "received"),)]),
    st.sampled_from(["", "The customer asked for a person."]),
)  # fmt: skip
def test_a_request_and_a_stop_are_always_answered_and_nothing_is_undone(
    standing: Standing, reply: str, tickets: tuple[tuple[str, str], ...], handover: str
) -> None:
    """Whatever the flood: tickets and hand-overs stay, what opens a ticket has its reply, a silence its reason."""
    before = Decision(reply=reply, tickets=tickets, handover=handover)
    after = contained(before, standing, Heard())
    assert (after.tickets, after.handover) == (tickets, handover)
    if tickets or reply == "stopped":
        assert after == before
    assert after.reply or after.why_silent
    assert after.reply in (reply, "", "flooded")


def test_each_reason_for_silence() -> None:
    """Told once, then silent; strangers alone are braked; the same words once more are not answered."""
    assert contained(ANSWER, replace(STANDING, too_many=True), Heard()).reply == "flooded"
    assert contained(ANSWER, replace(STANDING, quiet=True), Heard()).reply == ""
    assert "14:05" in contained(ANSWER, replace(STANDING, braked="14:05"), Heard()).why_silent
    open_request = replace(STANDING, braked="14:05", tickets=(("access", "DR-X"),))
    assert contained(ANSWER, open_request, Heard()) == ANSWER
    assert "same words" in contained(ANSWER, replace(STANDING, same=True), Heard()).why_silent
