"""The question before, asked for another time."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversations import follow_ups
from bot.conversations.follow_ups import MOST_QUESTION, Before
from bot.conversations.other_times import at_another_time, undated
from bot.conversations.understand import Understanding, understand
from knowledge.base import Answer, When
from knowledge.dates import asked_about
from knowledge.library import Library
from knowledge.periods import Period
from knowledge.sources.markdown import create

TODAY = date(2026, 11, 20)
SELL, CALLS = "do you sell my data?", "did you record calls in 2010?"
IN_2016, WHOLE_2006 = Period(date(2016, 1, 1), date(2016, 12, 31)), Period(date(2006, 1, 1), date(2006, 12, 31))


@pytest.fixture(scope="module")
def library() -> Library:
    return Library(create(lambda _name: "").policies())


def said(library: Library, words: str, question: str) -> Understanding:
    return understand(words, library, policy="iomart", today=TODAY, before=Before(question))


def when(understood: Understanding) -> When:
    assert isinstance(understood.result, Answer)
    assert understood.result.when
    return understood.result.when


@pytest.mark.parametrize(
    ("words", "before", "question", "period"),
    [
        ("and in 2006?", SELL, "do you sell my data in 2006?", WHOLE_2006),
        ("in 2006", SELL, "do you sell my data in 2006", WHOLE_2006),
        ("and 2006?", SELL, "do you sell my data in 2006?", WHOLE_2006),
        ("was it so in 2006?", SELL, "do you sell my data was it so in 2006?", WHOLE_2006),
        ("what about last year?", SELL, "do you sell my data last year?", Period(date(2025, 1, 1), date(2025, 12, 31))),
        (
            "and 10 years ago?",
            "do you still sell it?",
            "do you sell it 10 years ago?",
            Period(*[date(2016, 11, 20)] * 2),
        ),
        ("and in 2016?", CALLS, "did you record calls in 2016?", IN_2016),
        ("and in 2016?", "I joined in 2010. do you record calls?", "do you record calls in 2016?", IN_2016),
        ("what did it say in 2006?", SELL, "do you sell my data in 2006?", WHOLE_2006),
        ("and what did your privacy policy say about it in 2016?", CALLS, "did you record calls in 2016?", IN_2016),
        ("what was the policy in 2006", SELL, "do you sell my data in 2006", WHOLE_2006),
        ("what does it say now?", CALLS, "did you record calls", None),
        ("and now?", CALLS, "did you record calls", None),
        ("and today?", CALLS, "did you record calls", None),
        ("is that still so?", CALLS, "did you record calls", None),
        ("what about these days?", CALLS, "did you record calls", None),
    ],
)
def test_a_time_alone_asks_the_same_for_it(words: str, before: str, question: str, period: Period | None) -> None:
    """The time before goes away, so that no span between the two is meant; "now" is today."""
    assert follow_ups.may_lean(words, ())
    found = at_another_time(words, Before(before), TODAY)
    assert found == question
    assert asked_about(found, TODAY).period == period


@pytest.mark.parametrize(
    "words",
    ["why?", "and abroad in 2016?", "and cookies now?", "why now?", "who in 2016?", "not in my name", "", "now x",
     "what did you say about cookies in 2006?", "what did it say?"],
)  # fmt: skip
def test_what_says_more_is_not_on_its_time_alone(words: str) -> None:
    """It is read as any other message."""
    assert at_another_time(words, Before(CALLS), TODAY) == ""


def test_nothing_is_asked_again_where_nothing_was_asked() -> None:
    """Neither without a question before, nor after one that was itself only a time."""
    assert at_another_time("and in 2016?", Before(""), TODAY) == ""
    assert at_another_time("and now?", Before("and in 2016?"), TODAY) == ""


def test_the_answer_is_for_the_time_and_the_next_message_leans_on_it(library: Library) -> None:
    """From message to message; "why?" after "and in 2016?" is on 2016."""
    first = said(library, "and in 2006?", SELL)
    assert (when(first).first, when(first).last) == WHOLE_2006
    second = said(library, "and in 2016?", first.question)
    assert (when(second).first, when(second).last) == IN_2016
    third = said(library, "even if I say no?", second.question)
    assert (when(third).first, when(third).last) == IN_2016
    now = said(library, "and now?", third.question)
    assert when(now).first == when(now).last == TODAY
    assert (first.leans, now.leans, third.leans) == (False, False, True)


def test_a_message_with_a_time_of_its_own_does_not_take_the_other_s(library: Library) -> None:
    """What is named beside the time is read together with the question, without its time."""
    understood = said(library, "even if I said no in 2016?", CALLS)
    assert understood.asked == "did you record calls even if I said no in 2016?"
    assert (when(understood).first, when(understood).last) == IN_2016


def test_what_was_done_in_general_at_a_time_is_a_question(library: Library) -> None:
    """Beside the year, "did you" asks for what the policy said; of one's own data it may be a request."""
    general = understand("did you keep call recordings in 2010?", library, policy="iomart", today=TODAY)
    assert general.intent.name == "question"
    assert general.outcome in ("answered", "silent")
    assert understand("did you record my calls in 2010?", library, policy="iomart", today=TODAY).outcome == "request"


def test_a_question_that_sounds_like_a_request_is_answered_for_today(library: Library) -> None:
    """With its day, as any other: a version of tomorrow must not answer it."""
    asked = "would you tell a court what you know of me"
    understood = understand(asked, library, policy="iomart", today=TODAY)
    assert understood.outcome == "answered"
    assert when(understood).last == TODAY


@given(st.text(max_size=400), st.text(max_size=400), st.dates())
def test_any_words_can_be_read_for_their_time(words: str, before: str, today: date) -> None:
    """Nothing that anybody writes breaks it, and what it gives is bounded."""
    assert len(at_another_time(words, Before(before), today)) <= MOST_QUESTION + 3
    undated(words, today)
