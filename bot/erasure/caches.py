"""What a running desk remembers of words that it has read: forgotten when a person is erased."""

from __future__ import annotations

from collections.abc import Callable

from bot.conversations import follow_ups, intent_features, intent_text
from bot.learning import grouping
from knowledge import words

MODULES = (follow_ups, intent_features, intent_text, grouping, words)
"""Where functions remember what they made of texts (lru_cache): a test looks for others."""


def remembering() -> list[Callable[[], None]]:
    """What empties each such memory."""
    return [
        clear
        for module in MODULES
        for value in vars(module).values()
        if getattr(value, "__module__", "") == module.__name__ and (clear := getattr(value, "cache_clear", None))
    ]


def forget() -> None:
    """Empty them all: they fill again with what comes."""
    for clear in remembering():
        clear()
