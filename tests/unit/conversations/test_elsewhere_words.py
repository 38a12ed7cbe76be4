"""Who asks for their conversation, for answers or to go on elsewhere is understood; who asks for their data, or more,
is left to the law's own way and to the intents.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversations.elsewhere_words import (
    asks_for_answers,
    asks_for_transcript,
    asks_to_go_on,
    mail_address,
)
from channels.webchat import frames

KNOWN = Path(__file__).with_name("known_messages.jsonl")


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
    assert asks_for_transcript(text)


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
    assert not asks_for_transcript(text)


def test_the_address_is_read_where_there_is_one() -> None:
    """None where there is none, or where it could be either of two."""
    assert mail_address("send this chat to Ann@Example.net.") == "ann@example.net"
    assert mail_address("send this chat to me") == ""
    assert mail_address("send this chat to a@example.net or b@example.net") == ""


@given(st.text(max_size=600))
def test_any_words_are_read(text: str) -> None:
    """Quickly, whatever they are."""
    for reads in (asks_for_transcript, asks_for_answers, asks_to_go_on, mail_address):
        reads(text)


@pytest.mark.parametrize(
    "text",
    ["Email me the answer", "can you email me the answers at sam@example.com?", "please email me your reply",
     "Send the answer to sam@example.com please", "could you send me the reply by email",
     "ok, email me the answer to my email"],
)  # fmt: skip
def test_asks_for_answers_by_email(text: str) -> None:
    """In the words that people use."""
    assert asks_for_answers(text)


@pytest.mark.parametrize(
    "text",
    ["email me my data", "email me the answer and all my data", "don't email me the answer", "what is your email?",
     "Email me the answer. Do you sell my data?", "send me the answer", "sam@example.com", ""],
)  # fmt: skip
def test_leaves_everything_else(text: str) -> None:
    """No question and no request is taken for it."""
    assert not asks_for_answers(text)


def test_the_chat_s_form_is_such_a_request() -> None:
    """Its words, with the address that was left, and with the longest."""
    for email in ("sam@example.com", f"{'a' * 64}@{'b' * 60}.{'c' * 60}.example"):
        words = frames.LEFT.format(email)
        assert asks_for_answers(words)
        assert mail_address(words) == email


@pytest.mark.parametrize("asks", [asks_for_answers, asks_to_go_on])
def test_no_known_message_asks_to_go_elsewhere(asks: Callable[[str], bool]) -> None:
    """What customers are known to write goes on to be understood as before."""
    lines = KNOWN.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if asks(json.loads(line)["text"])] == []


@pytest.mark.parametrize(
    ("text", "so"),
    [("text me instead on 07700 900123", True), ("email me at sam@example.com instead", True),
     ("could we carry on by email", True), ("email me my data instead", False), ("text me the answer", False),
     ("please continue by email and delete my data", False), ("don't email me instead", False)],
)  # fmt: skip
def test_going_on_elsewhere_is_asked_in_these_words(text: str, so: bool) -> None:
    """And in no words that ask for more."""
    assert asks_to_go_on(text) is so
