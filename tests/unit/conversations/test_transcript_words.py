"""Who asks for their conversation by email is understood; who asks for their data is left to the law's own way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversations.transcript_words import address, asks


@pytest.mark.parametrize(
    "text",
    [
        "Send me this conversation",
        "can you email me a transcript please",
        "Could I have this chat by email?",
        "please forward our conversation to ann@example.net",
        "I'd like to get a copy of this conversation by e-mail",
        "Email the transcript to Ann.Smith@Example.net.",
        "I need the transcript",
    ],
)
def test_it_is_understood(text: str) -> None:
    """In the ways that people ask."""
    assert asks(text)


@pytest.mark.parametrize(
    "text",
    [
        "Send me a copy of all the data you hold about me",
        "send me everything from this conversation and all my data",
        "Please delete this conversation and email me when it is done",
        "I want to continue this conversation by email with a person",
        "Do you keep this chat?",
        "stop sending me this conversation",
        "email me the personal information in this chat",
        "What does the policy say about email?",
        "this conversation is useless",
        "I want recordings of the conversation sent by mail",
        "Send me this conversation " + "and more words " * 20,
        "",
    ],
)
def test_what_asks_for_something_else_is_not(text: str) -> None:
    """Least of all a request for one's data, which has a date by law."""
    assert not asks(text)


def test_the_address_is_read_where_there_is_one() -> None:
    """None where there is none, or where it could be either of two."""
    assert address("send this chat to Ann@Example.net.") == "ann@example.net"
    assert address("send this chat to me") == ""
    assert address("send this chat to a@example.net or b@example.net") == ""


@given(st.text(max_size=600))
def test_any_words_are_read(text: str) -> None:
    """Quickly, whatever they are."""
    asks(text)
    address(text)
