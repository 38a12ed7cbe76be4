"""Long texts as several messages, cut at sense. Pure.

Twilio refuses more than 1,600 characters (21617), and networks join at most about ten segments, so a longer text goes
as several messages of ten segments at most, each marked "(1/3)". It is cut after a paragraph, else after a sentence,
else between words; only a word that fills a message alone is cut within, and then between characters as people see
them. A link is cut only where it alone is longer than a message may be.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

from channels.sms.graphemes import may_end
from channels.sms.gsm7 import segments, straighten, units

SEGMENTS = 10
"""Segments of one message: networks join this many reliably."""
CHARACTERS = 1600
SHORT = 300
"""No text of so few characters has to be split, whatever it is made of."""
MOST = 99
"""Messages of one text: more is no text any more."""

_NUMBERED = 8
"""Units that "(12/34) " may take."""
_LOST = SEGMENTS
"""Units that may stay empty where a wide character does not fit in the end of a segment, one each."""
_ROOM = {"GSM-7": 153 * SEGMENTS - _NUMBERED - _LOST, "UCS-2": 67 * SEGMENTS - _NUMBERED - _LOST}
_ENOUGH = 3
"""A message ends early, at a paragraph or a sentence, where a third of it is filled."""
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
_SENTENCE = re.compile(r"(?:[.!?\u2026]['\")\]\u2019\u201d]*\s+)|[\u3002\uff01\uff1f]|\n\s*")
_WORD = re.compile(r"\s+")


def messages(text: str) -> tuple[str, ...]:
    """The messages in which a text goes: itself, or its numbered parts in order.

    Raises:
        ValueError: it is longer than 99 messages.
    """
    if len(text) <= SHORT:
        return (text,)
    whole = straighten(text)
    if len(whole) <= CHARACTERS and segments(whole).count <= SEGMENTS:
        return (text,)
    parts = [part.strip() for part in pieces(whole)]
    parts = [part for part in parts if part]
    if len(parts) > MOST:
        raise ValueError(f"the text is longer than {MOST} messages: shorten it, or send it by email")
    return tuple(f"({number}/{len(parts)}) {part}" for number, part in enumerate(parts, start=1))


def pieces(whole: str) -> Sequence[str]:
    """A straightened text cut at sense; joined, the pieces are the text to the letter."""
    room = _ROOM[segments(whole).encoding]
    ends = list(accumulate(units(whole)))
    links = [found.span() for found in _LINK.finditer(whole)]
    found, start, used = [], 0, 0
    while ends and ends[-1] - used > room:
        last = _last(ends, start, used + room)
        end = _cut(whole, start, last, links)
        found.append(whole[start:end])
        start, used = end, ends[end - 1]
    return [*found, whole[start:]] if start < len(whole) or not found else found


def _last(ends: Sequence[int], start: int, most: int) -> int:
    """The furthest index at which a piece from `start` may end by its size; at least one character further."""
    low, high = start + 1, len(ends)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if ends[middle - 1] <= most else (low, middle - 1)
    return low


def _cut(whole: str, start: int, last: int, links: Sequence[tuple[int, int]]) -> int:
    """Where the piece from `start` ends, at or before `last`."""

    def whole_at(end: int) -> bool:
        return may_end(whole, end) and not any(first < end < past for first, past in links)

    early = start + (last - start) // _ENOUGH
    for sense, least in ((_PARAGRAPH, early), (_SENTENCE, early), (_WORD, start)):
        end = _latest(_ends(sense, whole, start, last), least, whole_at)
        if end:
            return end
    return (
        next((end for end in range(last, start, -1) if whole_at(end)), 0)
        # One link, or one letter under hundreds of marks, that fills a message alone.
        or next((end for end in range(last, start, -1) if may_end(whole, end)), last)
    )


def _ends(sense: re.Pattern[str], whole: str, start: int, last: int) -> Iterator[int]:
    return (found.end() for found in sense.finditer(whole, start, last))


def _latest(ends: Iterator[int], least: int, whole_at: Callable[[int], bool]) -> int:
    """The last of these places that is beyond `least` and cuts nothing; 0 for none."""
    return next((end for end in reversed(list(ends)) if end > least and whole_at(end)), 0)
