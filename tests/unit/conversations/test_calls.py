"""Telephone calls as the desk sees them: numbers, texts, and who asks for one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.console.words import shown
from bot.conversations import calls
from bot.conversations.by_hand import BY_HAND, cannot_send, may_begin
from bot.errors import PermanentError
from bot.messages import masked

SID = f"CA{7:032x}"


@pytest.mark.parametrize(
    "said",
    [
        "Text me the link, please.", "text me", "yes please text me that", "Can you send me the link by text?",
        "send it to me as a text message", "by text please", "text", "the link please", "could you text it to me",
        "send me a text", "Text that to my phone thanks",
    ],
)  # fmt: skip
def test_who_wants_a_text_is_understood(said: str) -> None:
    """In the words that people use."""
    assert calls.wants_text(said)


@pytest.mark.parametrize(
    "said",
    [
        "text me all the data you hold about me", "text me the link and delete my account", "do you send texts?",
        "stop texting me", "why did you text me", "send me my data", "", "what do you do with text messages",
    ],
)  # fmt: skip
def test_what_asks_for_more_is_no_wish_for_a_text(said: str) -> None:
    """A request must never be taken for it: it is understood as any other words are."""
    assert not calls.wants_text(said)


@given(st.text(max_size=300))
def test_any_words_are_judged(said: str) -> None:
    """No words raise or take long."""
    assert calls.wants_text(said) in (True, False)


def test_an_address_is_shown_without_the_call() -> None:
    """Staff read the number; other channels' addresses stay as they are."""
    assert shown(f"+447700900001 {SID}") == "+447700900001"
    assert shown(f"withheld {SID}") == "Number withheld"
    assert shown("ann@example.net") == "ann@example.net"


def test_who_called_is_written_to_by_text() -> None:
    """A mobile number can be; a landline and a withheld number can't, and staff are told what to do instead."""
    assert calls.written_to("voice", f"+447700900001 {SID}") == ("sms", "+447700900001")
    assert calls.written_to("mail", "ann@example.net") == ("mail", "ann@example.net")
    assert cannot_send("voice", f"+447700900001 {SID}") == ""
    assert "+441412345678, which takes no texts" in cannot_send("voice", f"+441412345678 {SID}")
    assert "number withheld" in cannot_send("voice", f"withheld {SID}")


def test_no_code_and_no_first_word_goes_to_a_call() -> None:
    """A voice is no address: nothing secret is said, and nobody is rung up by the desk."""
    assert not may_begin("voice")
    with pytest.raises(PermanentError, match="no code is said aloud"):
        masked.fits("voice", f"Your code is {masked.MASK}.")


def test_a_call_and_a_logged_telephone_call_have_names_of_their_own() -> None:
    """The channel is none of those that staff write down by hand."""
    assert calls.CHANNEL not in BY_HAND


def test_staff_are_told_whom_to_call_back_and_since_when() -> None:
    """With the number and the desk's own time; of a withheld number, where to look."""
    at = datetime(2026, 7, 1, 15, 5, tzinfo=UTC)
    told = calls.call_back(f"+447700900001 {SID}", at, "Europe/London")
    assert told.startswith("Call back +447700900001: they called on Wednesday 1 July 2026 at 16:05.")
    assert calls.call_back(f"withheld {SID}", at, "UTC").startswith("Their number was withheld")
