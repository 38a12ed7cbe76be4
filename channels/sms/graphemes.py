"""Where a character as people see it may end: between grapheme clusters, never inside one. Pure.

The rules of Unicode's annex 29 as far as texts need them: marks stay with their letter, emoji with their skin tones,
joiners and tags, flags in pairs, Hangul syllables whole, and a return with its new line.
"""

from __future__ import annotations

import unicodedata

_JOINER = "\u200d"
_STAYS = frozenset("\u200c\u200d\uff9e\uff9f")
_BEFORE = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u08e2")
"""Signs that stand before the numbers which they belong to."""
_MARKS = frozenset({"Mn", "Mc", "Me"})
_TONES = range(0x1F3FB, 0x1F400)
_TAGS = range(0xE0020, 0xE0080)
_FLAGS = range(0x1F1E6, 0x1F200)
_HIGH, _LOW = range(0xD800, 0xDC00), range(0xDC00, 0xE000)
_LEAD, _VOWEL, _TAIL = range(0x1100, 0x1160), range(0x1160, 0x11A8), range(0x11A8, 0x1200)
_SYLLABLES = range(0xAC00, 0xD7A4)
_TAILS = 28
"""A syllable in 28 has no tail of its own yet."""


def may_end(text: str, at: int) -> bool:
    """Whether one character ends before index `at`, so that a text may be cut there.

    >>> may_end("e\u0301a", 1), may_end("e\u0301a", 2)
    (False, True)
    """
    if at <= 0 or at >= len(text):
        return True
    before, after = text[at - 1], text[at]
    if after < "\u0300":
        return before != _JOINER and before not in _BEFORE and not (before == "\r" and after == "\n")
    return not (before == _JOINER or before in _BEFORE or _stays(after) or _pairs(text, at, ord(before), ord(after)))


def _stays(after: str) -> bool:
    """Whether the character always belongs to the one before it."""
    return after in _STAYS or unicodedata.category(after) in _MARKS or ord(after) in _TONES or ord(after) in _TAGS


def _pairs(text: str, at: int, before: int, after: int) -> bool:
    """Whether the two make one together: a flag, a Hangul syllable, the halves of one that was broken."""
    if before in _FLAGS and after in _FLAGS:
        first = at - 1
        while first > 0 and ord(text[first - 1]) in _FLAGS:
            first -= 1
        return (at - first) % 2 == 1
    if before in _HIGH and after in _LOW:
        return True
    whole = before in _SYLLABLES
    open_syllable = whole and (before - _SYLLABLES.start) % _TAILS == 0
    if after in _VOWEL or after in _SYLLABLES or after in _LEAD:
        return before in _LEAD or (after in _VOWEL and (before in _VOWEL or open_syllable))
    return after in _TAIL and (before in _VOWEL or before in _TAIL or whole)
