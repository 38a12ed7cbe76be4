"""What the classifier sees of a message: its meaning, words, spelling and grammar as one sparse row. Pure.

Called by `intent_model` and `training`, which must see the same. Four kinds of feature, each a row of length one times
its share: the sentence vector; words and word pairs; runs of three to five letters, which survive misspelling; and the
grammar, where each word stands for its class ("you HOLD ABOUT me"), so that other words in the same order count too.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bot.conversations.intent_words import words as word_lists

BUCKETS = 32_768
"""Hashed places of words, letters and grammar."""

MEANING, WORDS, LETTERS, GRAMMAR, ORDER = 2.0, 3.2, 3.5, 2.0, 1.4
"""The shares of the kinds, chosen by cross-validation."""

_TOKENS, _LETTERS = 250, 30  # read of a message and of a word: a bound on their cost
_REACH = 6  # words of a class before another that make a pair with it
REMEMBERED = 4_096
"""Words of which the places are remembered: people's own vocabulary. Each takes 3 kB at most, so that noise without end
fills 12 MB and no more.
"""


def places(text: str) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """The hashed places that plain text fills, and how much of each: two arrays of one length."""
    tokens = text.split()[:_TOKENS]
    kinds: tuple[tuple[float, set[int]], ...] = (
        (WORDS, {_place(item) for item in _words(tokens)}),
        (LETTERS, _spelling(tokens)),
        (GRAMMAR, {_place(item) for item in _grammar(tokens)}),
        (ORDER, {_place(item) for item in _order(tokens)}),
    )
    where = [place for _share, found in kinds for place in found]
    much = np.repeat(
        np.array([share / max(1, len(found)) ** 0.5 for share, found in kinds], dtype=np.float32),
        [len(found) for _share, found in kinds],
    )
    return np.array(where, dtype=np.intp), much


def _place(item: str) -> int:
    return zlib.crc32(item.encode()) % BUCKETS


def _words(tokens: list[str]) -> Iterator[str]:
    yield from tokens
    yield from (f"{left} {right}" for left, right in pairwise(("^", *tokens, "$")))


def _spelling(tokens: list[str]) -> set[int]:
    found = {place for token in set(tokens) for place in _letters(f" {token[:_LETTERS]} ")}
    for left, right in pairwise(tokens):
        found.update(_seam(left[-3:], right[:3]))
    return found


@lru_cache(maxsize=REMEMBERED)
def _letters(text: str) -> tuple[int, ...]:
    """The places of the runs of three to five letters."""
    return tuple(_place(text[start : start + size]) for size in (3, 4, 5) for start in range(len(text) - size + 1))


@lru_cache(maxsize=REMEMBERED)
def _seam(left: str, right: str) -> tuple[int, ...]:
    """The places of the runs that cross from one word to the next: up to three letters of the one, then the other."""
    text, gap = f"{left} {right}", len(left)
    return tuple(
        _place(text[start : start + size])
        for size in (3, 4, 5)
        for start in range(max(0, gap - size + 2), min(gap, len(text) - size + 1))
    )


def _grammar(tokens: list[str]) -> Iterator[str]:
    """Runs of one to five classes; words without a class are one gap however many they are."""
    classes = word_lists().classes
    row = ["^"]
    for token in tokens:
        kind = classes.get(token, "." if token in {".", "?"} else "_")
        if kind != "_" or row[-1] != "_":
            row.append(kind)
    row.append("$")
    return ("/".join(row[start : start + size]) for size in range(1, 6) for start in range(len(row) - size + 1))


def _order(tokens: list[str]) -> Iterable[str]:
    """Which class stands before which in the same sentence."""
    classes = word_lists().classes
    before: list[str] = []
    for token in tokens:
        if token in {".", "?"}:
            before = []
        elif kind := classes.get(token):
            yield from (f"{earlier}>{kind}" for earlier in before[-_REACH:])
            before.append(kind)
