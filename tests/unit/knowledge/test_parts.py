"""Questions on two things, and questions that may mean two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.base import Answer, Silent
from knowledge.library import Library
from knowledge.parts import MOST_PARTS, cut, joined
from knowledge.sources.markdown import MarkdownSource
from tests.unit.knowledge.open_questions import open_question


@pytest.fixture(scope="module")
def library() -> Library:
    return Library(MarkdownSource().policies())


def told(library: Library, question: str) -> list[str]:
    """For each part its first clause, or "silent"."""
    found = library.ask(question, policy="iomart")
    assert isinstance(found, Answer)
    return [part.citations[0].id if isinstance(part, Answer) else "silent" for part in found.parts]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("do you sell my data and do you use cookies?", ["3.2", "6.1"]),
        ("do you use cookies or sell my data", ["6.1", "3.2"]),
        ("do u use cookies n do u sell my info", ["6.1", "3.2"]),
        ("do you use cookies? also, do you record calls?", ["6.1", "4"]),
        ("what do you collect and how long do you keep it?", ["1(a)", "silent"]),
        ("how long do you keep it and do you use cookies", ["silent", "6.1"]),
        ("Hello, I have read your policy. Do you sell my data? And do you record calls? Thanks, Ann", ["3.2", "4"]),
    ],
)
def test_each_part_is_answered_in_the_order_asked(library: Library, question: str, expected: list[str]) -> None:
    """Two questions in one message have two answers, of which one may be that the policy is silent."""
    assert told(library, question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "do you rent and share my data?",
        "do you sell, rent and share my data",
        "rent and share my data",
        "do you collect my name and address",
        "can I see and change my data",
        "do you share data with the police and courts",
        "when and how do you collect my data",
        "have you appointed a data protection officer, and what is her name?",
        "can somebody change what you hold on me, or are there protections against that?",
    ],
)
def test_one_question_with_an_and_stays_one(question: str) -> None:
    """Where both sides share a verb or an object, nothing is cut."""
    assert len(cut(question)) == 1


def test_silence_on_both_is_one_silence(library: Library) -> None:
    """Where the policy says nothing on either, it is silent, and both topics are named."""
    found = library.ask("how long do you keep it and do you use it for AI", policy="iomart")
    assert isinstance(found, Silent)
    assert found.topic == "how long data is kept or artificial intelligence"


def test_a_clause_is_quoted_once(library: Library) -> None:
    """Two parts that one clause answers are one answer."""
    answer = library.ask("do you sell my data", policy="iomart")
    assert isinstance(answer, Answer)
    assert joined([answer, answer]) == answer


WORDS = st.sampled_from(["do you sell it", "and", "or", "also", "cookies", "?", ".", "what", "share"])


@given(st.text(st.sampled_from("abc ?.,\n") | st.characters(), max_size=300) | st.lists(WORDS).map(" ".join))
def test_pieces_are_the_question_s_own_words(question: str) -> None:
    """Whatever is asked, each piece stands in it word for word, and they follow each other."""
    at = 0
    for piece in cut(question):
        begins = question.find(piece, at)
        assert piece, "an empty piece asks nothing"
        assert begins >= at
        at = begins + len(piece)


def test_no_more_parts_than_a_reply_has_room_for(library: Library) -> None:
    """A list of many questions has its first ones answered."""
    found = library.ask(
        "do you sell my data? do you use cookies? do you record calls? are cards safe? can data leave the UK?",
        policy="iomart",
    )
    assert isinstance(found, Answer)
    assert len(found.parts) == MOST_PARTS


def test_a_tie_has_choices_and_the_clauses_of_both(library: Library) -> None:
    """A short question between two topics: both are named, and clauses of each are cited, the likelier first."""
    question, (first, second) = open_question()
    found = library.ask(question, policy="iomart")
    assert isinstance(found, Answer)
    cited = {citation.id for citation in found.citations}
    for choice in (first, second):
        chosen = library.ask(question, policy="iomart", topic=choice.key)
        assert isinstance(chosen, Answer)
        assert chosen.topic == choice.name
        assert chosen.choices == ()
        assert chosen.citations[0].id in cited
    assert found.topic == first.name


@pytest.mark.parametrize(
    "question",
    ["do you sell my data?", "cookies", "do you record calls?", "marketing and cookies", "what's the weather", "",
     "what do you collect and how long do you keep it?"],
)  # fmt: skip
def test_a_clear_question_is_never_asked_back(library: Library, question: str) -> None:
    """Nobody is made to choose who said what they want, or who asked for both."""
    found = library.ask(question, policy="iomart")
    assert not (isinstance(found, Answer) and found.choices)


def test_a_chosen_topic_that_the_policy_is_silent_on_is_silence(library: Library) -> None:
    """A topic's key decides alone, also where there is no clause on it; a made-up key decides nothing."""
    assert isinstance(library.ask(open_question()[0], policy="iomart", topic="children"), Silent)
    assert library.ask("do you sell my data", policy="iomart", topic="none") == library.ask(
        "do you sell my data", policy="iomart"
    )
