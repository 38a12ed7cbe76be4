"""Messages that lean on the one before, and choices by number or by words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversations import follow_ups
from bot.conversations.follow_ups import Before
from bot.conversations.understand import Understanding, understand
from knowledge.base import Answer, Choice, Silent
from knowledge.library import Library
from knowledge.sources.markdown import create
from tests.unit.knowledge.open_questions import open_question

CHOICES = (Choice("marketing", "marketing and promotions"), Choice("purposes", "what information is used for"))
CALLS, LONG = "do you record calls?", "how long do you keep my data?"


@pytest.fixture(scope="module")
def library() -> Library:
    return Library(create(lambda _name: "").policies())


def said(library: Library, words: str, question: str, choices: tuple[Choice, ...] = ()) -> Understanding:
    return understand(words, library, policy="iomart", before=Before(question, choices))


@pytest.mark.parametrize(
    "words",
    ["and abroad?", "what about my kids", "how long?", "and for payment data?", "why?", "who are they?", "how come?",
     "even if I say no?", "with whom", "is that legal", "2", "The second", "what information is used for"],
)  # fmt: skip
def test_what_looks_like_leaning_is_looked_up(library: Library, words: str) -> None:
    """Continuations, pointing words, bare question words, choices."""
    assert follow_ups.may_lean(words, library.topics.values())


@pytest.mark.parametrize(
    "words",
    ["do you sell my data?", "what data do you collect about your customers", "please send me everything you hold",
     "how long do you keep data?", "I want to speak to a person about this", "", "x" * 5_000],
)  # fmt: skip
def test_ordinary_messages_are_not(library: Library, words: str) -> None:
    """They stay as cheap as they are."""
    assert not follow_ups.may_lean(words, library.topics.values())


@pytest.mark.parametrize(
    ("words", "before", "topic"),
    [
        ("why?", CALLS, "recording of calls"),
        ("even if I say no?", CALLS, "recording of calls"),
        ("who are they?", "do u share info w 3rd parties", "who information is shared with"),
        ("and for payment data?", LONG, "how long data is kept"),
        ("and call recordings?", LONG, "how long data is kept"),
        ("and abroad?", "do you sell my data?", "transfers to other countries"),
        ("what about my kids", "do you sell my data?", "children's data"),
        ("how long?", CALLS, "how long data is kept"),
        ("Do you sell it?", "is my information sent outside the UK?", "whether information is sold or rented"),
        ("y?", CALLS, "recording of calls"),
        ("no, I meant for payment data", LONG, "how long data is kept"),
    ],
)
def test_a_message_has_the_meaning_that_is_clearer(library: Library, words: str, before: str, topic: str) -> None:
    """Together with the question before it where that is clearer, by itself where it clearly asks something else."""
    result = said(library, words, before).result
    assert isinstance(result, Answer | Silent)
    assert result.topic == topic


@pytest.mark.parametrize(
    "words", ["thanks", "hello", "what about the weather", "password reset", "what about prices", "y", "n", "no"]
)
def test_small_talk_after_an_answer_stays_small_talk(library: Library, words: str) -> None:
    """An answer before it makes no question of what is none."""
    assert said(library, words, CALLS).outcome == "off_topic"


@pytest.mark.parametrize(
    ("words", "before"),
    [("sharing", "security"), ("sharing", "cookies"), ("sending stuff", "do you use cookies?")],
)
def test_a_word_with_an_answer_of_its_own_is_not_the_question_before_again(
    library: Library, words: str, before: str
) -> None:
    """The question before would outweigh it; what only adds to that is read with it."""
    found = said(library, words, before)
    first = said(library, before, "")
    assert isinstance(found.result, Answer)
    assert isinstance(first.result, Answer)
    assert (found.leans, found.question) == (False, words)
    assert found.result.citations[0].id != first.result.citations[0].id
    assert said(library, "who", "do you record calls?").leans


def test_a_request_in_a_short_message_is_a_request(library: Library) -> None:
    """Whatever was asked before, "and delete it" is an erasure; what may be an access request is looked at."""
    assert said(library, "and delete it", CALLS).intent.name == "erasure"
    assert said(library, "can I speak to a person", CALLS).outcome == "handoff"
    doubtful = said(library, "and my email address", "what data do you collect")
    assert doubtful.outcome == "answered"
    assert doubtful.intent.maybe_access


def test_a_follow_up_of_a_follow_up_stands_on_the_same_question(library: Library) -> None:
    """What was read together keeps its question; what stood alone becomes the new one."""
    assert said(library, "and for payment data?", LONG).question == LONG
    assert said(library, "and abroad?", LONG.replace("how long do", "do")).question == "and abroad?"


@pytest.mark.parametrize(
    ("words", "key"),
    [("1", "marketing"), ("2", "purposes"), ("2.", "purposes"), ("the second", "purposes"), ("two", "purposes"),
     ("one", "marketing"), ("the first one please", "marketing"), ("option 2", "purposes"), ("last", "purposes"),
     ("Marketing and promotions", "marketing"), ("the marketing one", "marketing"), ("used for", "purposes"),
     ("Hi,\n\n2\n\nAnn", "purposes"), ("3", ""), ("no", ""), ("do you sell my data", ""), ("", "")],
)  # fmt: skip
def test_a_choice_is_made_by_number_or_words(words: str, key: str) -> None:
    """By digit, number, ordinal, button, or the topic's own words; anything else chooses nothing."""
    choice = follow_ups.chosen(follow_ups.core(words), CHOICES)
    assert (choice.key if choice else "") == key


def test_a_choice_is_answered_on_its_topic_and_both_on_both(library: Library) -> None:
    """The question stays the same, and is not asked back again."""
    question, choices = open_question()
    chosen = said(library, "2", question, choices)
    assert isinstance(chosen.result, Answer)
    assert chosen.result.topic == choices[1].name
    both = said(library, "both", question, choices)
    assert isinstance(both.result, Answer)
    assert chosen.result.citations[0].id in {citation.id for citation in both.result.citations}
    assert chosen.choices == both.choices == ()
    assert said(library, "2", question).outcome == "off_topic"


def test_an_open_choice_is_an_answer_where_nobody_can_choose(library: Library) -> None:
    """Without a conversation the outcome stays "answered", with clauses of both."""
    question, choices = open_question()
    alone = understand(question, library, policy="iomart")
    assert alone.outcome == "answered"
    assert alone.choices == choices


@given(st.text(max_size=400), st.text(max_size=100), st.booleans())
def test_any_words_are_understood_after_any_question(library: Library, words: str, before: str, choosing: bool) -> None:
    """Nothing that anybody writes breaks it, and what is kept of it is bounded."""
    understood = said(library, words, before, CHOICES if choosing else ())
    assert len(understood.question) <= follow_ups.MOST_QUESTION + 100
    follow_ups.may_lean(words, library.topics.values())


@pytest.mark.parametrize(
    ("text", "core"),
    [
        ("Hi,\n\nand abroad?\n\nThanks, Ann", "and abroad?"),
        ("Dear team\nwhy?", "why?"),
        ("2\n\nAnn", "2"),
        ("Do you sell it?\n\nAnd what about cookies?", "Do you sell it?\n\nAnd what about cookies?"),
        ("why?", "why?"),
        ("Hello", "Hello"),
        ("", ""),
        ("That didn't help.\n\nSend me my data", "That didn't help.\n\nSend me my data"),
        ("Hi, send me all my data\nthe second one", "Hi, send me all my data\nthe second one"),
        ("2\n\nPlease get a human", "2\n\nPlease get a human"),
    ],
)
def test_greeting_and_name_are_left_away(text: str, core: str) -> None:
    """What a mail says is between them, but where they ask for something."""
    assert follow_ups.core(text) == core


@pytest.mark.parametrize("text", ["do you and " * 20_000, "could you send me my data " + "b " * 100_000])
def test_the_longest_message_is_read_in_no_time(library: Library, text: str) -> None:
    """Crafted to be cut at every word, or to be looked through for a question mark from each letter: these took minutes
    once, in which nobody else was answered.
    """
    assert len(said(library, text, "").question) <= follow_ups.MOST_QUESTION
