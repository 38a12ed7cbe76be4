"""Words that only point at what is attached ask for nothing; every other word still does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversations import pointing
from bot.conversations.intent_text import plain
from bot.conversations.intents import REQUESTS, classify


@pytest.mark.parametrize(
    "text",
    [
        "see attached",
        "Please see the attached file.",
        "Documents\nsee attached",
        "FW: scan\nPlease find attached.",
        "Hello,\n\nplease find the documents attached.\n\nKind regards\nAnn Lee",
        "The form is attached",
        "As requested, attached",
    ],
)
def test_a_pointer_is_no_request(text: str) -> None:
    """No ticket, not even a suspected one, for words that only say where to look."""
    found = classify(text)
    assert found.name not in REQUESTS
    assert not found.suspected
    assert not found.maybe_access
    assert pointing.only(plain(text))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Subject access request\nsee attached", "access"),
        ("SAR\nPlease see attached.", "access"),
        ("Please send me all the data you hold about me. My ID is in the attached file.", "access"),
        ("I attach my request for a copy of my data", "access"),
        ("Please delete my account. See attached.", "erasure"),
        ("Please see my attached request for my data", "access"),
    ],
)
def test_words_that_ask_are_heard_beside_a_pointer(text: str, name: str) -> None:
    """Who says what they want is heard, wherever the rest stands."""
    assert classify(text).name == name
    assert not pointing.only(plain(text))


def test_nothing_and_a_pointer_are_files_alone_and_words_are_not() -> None:
    """A message of files alone is for a person; one with a question is answered."""
    assert pointing.only("")
    assert not pointing.only(plain("do you sell my data?"))
    assert not pointing.only(plain("see attached. do you sell my data?"))
    assert not pointing.only(plain("hello"))


@given(st.text(alphabet="attached see file . ? data my enclosure", max_size=120))
def test_what_is_left_is_part_of_what_was_said(text: str) -> None:
    """No word is added, and a text without a pointer stays as it is."""
    words = plain(text)
    left = pointing.rest(words)
    assert set(left.split()) <= set(words.split())
    assert pointing.rest(left) == left
