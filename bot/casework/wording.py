"""The wording of a step for its customer, on the channel that it goes out on. Called by `casework.service`.

Texts take two segments. What staff typed is never cut: where it does not fit, the step is refused with how much is to
be left out, before anything is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.casework.values import KEYS, Told
from bot.conversations import calls, replies
from bot.conversations.fitting import fits
from bot.errors import PermanentError

__all__ = ["KEYS", "LONGEST_WORDS", "NEEDS_WORDS", "TAKES_WORDS", "NoWords", "TooLong", "worded"]

LONGEST_WORDS = 2_000
"""Characters of staff's own words where there is room."""

NEEDS_WORDS: Mapping[str, str] = {
    "fee_wanted": "say how much it is, why, and how to pay it",
    "clarification_wanted": "write the question",
    "refused": "write the reason: they are told it",
    "refused_partly": "write what is not done, and why: they are told it",
    "extended": "write the reason: the extension counts only with one",
}
"""Wordings that say nothing without staff's own words, and the mend."""
TAKES_WORDS = frozenset({*NEEDS_WORDS, "identity_wanted", "authority_wanted", "answered_right", "erased", "erasing"})
"""Wordings that have room for them."""


class NoWords(PermanentError):
    """The step needs staff's own words, or they are too long; the text says how to mend them."""


class TooLong(NoWords):
    """It does not fit into two text messages; the text says how much to leave out."""


def worded(channel: str, key: str, told: Told) -> str:
    """What the customer reads when the step of that wording is done.

    Raises:
        NoWords: staff's own words are missing, or longer than LONGEST_WORDS.
        TooLong: they do not fit into a text.
    """
    channel = calls.written_to(channel, "")[0]
    words = " ".join(told.words.split()) if channel == "sms" else told.words.strip()
    if key in NEEDS_WORDS and not words:
        raise NoWords(f"nothing was typed for the customer: {NEEDS_WORDS[key]}")
    if len(words) > LONGEST_WORDS:
        raise NoWords(f"that is {len(words)} characters: write {LONGEST_WORDS} at most")
    told = replace(told, words=words if key in TAKES_WORDS else "")
    if channel != "sms":
        body = replies.spoken("requests.j2", key, told)
        return replies.letter(told, body) if channel == "mail" else body
    text = replies.spoken("requests_sms.j2", key, told)
    if not fits(text):
        raise TooLong(f"that is too long for a text message: {_too_much(key, told)}")
    return text


def _too_much(key: str, told: Told) -> str:
    """How many characters have to go, found by taking them away."""
    least, most = 0, len(told.words)
    while least < most:
        middle = (least + most) // 2
        shorter = replace(told, words=told.words[: len(told.words) - middle])
        least, most = (least, middle) if fits(replies.spoken("requests_sms.j2", key, shorter)) else (middle + 1, most)
    return f"leave out {least} characters, or write it to them another way and tick that you tell them yourself"
