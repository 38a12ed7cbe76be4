"""Who asks for answers by email is understood; who asks for data, or more, is left to the intents."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.conversations import away_words, moving_turns, transcript_words
from channels.webchat import frames

KNOWN = Path(__file__).with_name("known_messages.jsonl")


@pytest.mark.parametrize(
    "text",
    ["Email me the answer", "can you email me the answers at sam@example.com?", "please email me your reply",
     "Send the answer to sam@example.com please", "could you send me the reply by email",
     "ok, email me the answer to my email"],
)  # fmt: skip
def test_asks_for_answers_by_email(text: str) -> None:
    """In the words that people use."""
    assert away_words.asks(text)


@pytest.mark.parametrize(
    "text",
    ["email me my data", "email me the answer and all my data", "don't email me the answer", "what is your email?",
     "Email me the answer. Do you sell my data?", "send me the answer", "sam@example.com", ""],
)  # fmt: skip
def test_leaves_everything_else(text: str) -> None:
    """No question and no request is taken for it."""
    assert not away_words.asks(text)


def test_the_chat_s_form_is_such_a_request() -> None:
    """Its words, with the address that was left, and with the longest."""
    for email in ("sam@example.com", f"{'a' * 64}@{'b' * 60}.{'c' * 60}.example"):
        words = frames.LEFT.format(email)
        assert away_words.asks(words)
        assert transcript_words.address(words) == email


@pytest.mark.parametrize("asks", [away_words.asks, moving_turns.asks])
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
    assert moving_turns.asks(text) is so
