"""What people say of an answer, and when a person takes over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversations.failures import asks_whether, handover, verdict
from bot.conversations.standing import Heard, Standing
from bot.conversations.states import decide

ANSWERED = Standing("sms", "bot", after_answer=True, answers=1)
QUESTION = Heard(text="do you sell it", intent="question", outcome="answered")


@pytest.mark.parametrize(
    "words",
    ["no that's not what I asked", "that doesn't answer my question", "thats not it", "Not helpful", "wrong answer",
     "it didn\u2019t help", "you didn't answer", "no, that doesnt help me", "that's not what I meant",
     "that was no help, sorry", "useless", "still not it", "thats still not it", "no, still not what I asked",
     "not it", "not quite"],
)  # fmt: skip
def test_dissatisfaction_is_heard_at_any_time_after_an_answer(words: str) -> None:
    """Without being asked; elsewhere the same words say nothing of an answer."""
    assert verdict(words, asked=False, answered=True) is False
    assert verdict(words, asked=False, answered=False) is None


@pytest.mark.parametrize(
    "words", ["yes that helps", "Yes, that helps", "thanks, very helpful", "that answered it thanks"]
)
def test_so_is_satisfaction(words: str) -> None:
    """The button's words among others."""
    assert verdict(words, asked=False, answered=True) is True


@pytest.mark.parametrize(("words", "expected"), [("Y", True), ("yes", True), ("N", False), ("No", False)])
def test_yes_and_no_count_only_where_that_was_asked(words: str, expected: bool) -> None:
    """After an unasked answer, "no" may mean anything."""
    assert verdict(words, asked=True, answered=True) is expected
    assert verdict(words, asked=False, answered=True) is None


@pytest.mark.parametrize("words", ["person", "Person!", "please"])
def test_who_wishes_for_a_person_is_not_helped(words: str) -> None:
    """Asked whether the answer helped, "person" is no yes."""
    assert verdict(words, asked=True, answered=True) is None


@pytest.mark.parametrize("words", ["no", "Nope.", "No thanks"])
def test_a_no_below_an_answer_that_nobody_asked_about_asks_for_other_words(words: str) -> None:
    """It counts as no failure; elsewhere it is small talk."""
    no = Heard(text=words, intent="other", outcome="off_topic")
    decision = decide(ANSWERED, no)
    assert (decision.reply, decision.asked, decision.helpful, decision.failures) == ("rephrase", "rephrase", None, 0)
    assert decide(Standing("sms", "bot"), no).reply == "off_topic"


@pytest.mark.parametrize(
    "words", ["do you sell it", "no cookies?", "yes and do you sell it", "it doesn't say", "", "that"]
)
def test_other_words_say_nothing_of_the_answer(words: str) -> None:
    """They are an ordinary message."""
    assert verdict(words, asked=True, answered=True) is None


def test_it_is_asked_once_and_not_below_a_first_sure_answer() -> None:
    """Below a doubtful answer or the second one, never twice."""
    assert not asks_whether(asked_before=False, answers=0, confidence=0.9)
    assert asks_whether(asked_before=False, answers=0, confidence=0.4)
    assert asks_whether(asked_before=False, answers=1, confidence=0.9)
    assert not asks_whether(asked_before=True, answers=5, confidence=0.1)
    assert decide(ANSWERED, QUESTION).may_ask
    assert not decide(Standing("sms", "bot", asked_helpful=True, answers=3), QUESTION).may_ask


def test_the_second_failure_in_a_row_brings_a_person_with_the_reason() -> None:
    """Unhelpful, silent or not understood, in any order; an answer begins anew, unless it is one in other words."""
    bad, silent = Heard(text="not helpful"), Heard(intent="question", outcome="silent")
    riddle = Heard(text="the weather", outcome="off_topic", understood=False)
    for first in (bad, silent, riddle):
        once = decide(ANSWERED, first)
        assert (once.failures, once.handover) == (1, "")
        for second in (bad, silent, riddle):
            again = decide(Standing("sms", "bot", after_answer=True, failures=1), second)
            assert again.handover
            assert "2 times in a row" in again.handover
    assert decide(Standing("sms", "bot", failures=1), QUESTION).failures == 0
    assert decide(Standing("sms", "bot", failures=1, asked="rephrase"), QUESTION).failures == 1
    assert decide(Standing("sms", "bot", failures=1), Heard(text="thanks", outcome="off_topic")).failures == 1
    assert handover(1, "x") == ""


def test_which_of_two_topics_is_asked_once() -> None:
    """Whoever does not choose is answered."""
    tie = Heard(text="my email", intent="question", outcome="answered", open_choice=True)
    assert decide(Standing("sms", "bot"), tie).reply == "choose"
    assert decide(Standing("sms", "bot", asked="choice"), tie).reply == "answer"


def test_yes_is_heard_though_the_provider_takes_it_for_an_opt_in() -> None:
    """Twilio calls "YES" an opt-in word; where the bot has asked, it is the answer to that."""
    asked = Standing("sms", "bot", asked="helpful", after_answer=True)
    decision = decide(asked, Heard(text="YES", consent="start", provider_answers=True))
    assert (decision.helpful, decision.reply) == (True, "helped")


@given(st.text(max_size=200), st.booleans(), st.booleans())
def test_any_words_are_judged(words: str, asked: bool, answered: bool) -> None:
    """Nothing is said of an answer where there is none."""
    found = verdict(words, asked=asked, answered=answered)
    assert found is None or asked or answered
