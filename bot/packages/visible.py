"""Text as a reader sees it: without signs that show nothing, composed, in plain letters and digits. Pure.

The same name may be written with an accent of its own sign ("e" and U+0301), with a joiner that nobody sees in it, in
full-width letters: whoever looks for it by its bytes alone misses it. Called by `detection` and `redacting`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

_EMPTY = "\u034f\u02bc\u115f\u1160\u17b4\u17b5\u3164\uffa0"
"""Letters and marks that show nothing, or only an apostrophe, though Unicode counts them as parts of words."""
_NOT_WORD = re.compile(rf"[\W_{_EMPTY}]+")


class Seen(NamedTuple):
    """A text as it is seen, and where each of its signs began; `places` has one more, the end."""

    text: str
    places: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch of it stands in the text itself, with what is not seen right behind it."""
        return self.places[start], self.places[end] if end > start else self.places[start]


def seen(text: str) -> Seen | None:
    """The text as it is seen; None where that is the text itself, as it nearly always is."""
    if text.isascii() or not any(map(_changes, set(text))):
        return None
    signs: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        if sign.isascii():
            signs.append(sign)
        elif empty(sign):
            continue
        elif signs and unicodedata.combining(sign):
            joined = unicodedata.normalize("NFC", signs[-1] + sign)
            if len(joined) == 1:
                signs[-1] = joined
                continue
            signs.append(sign)
        else:
            signs.append(_plain(sign))
        places.append(place)
    shown = "".join(signs)
    return None if shown == text else Seen(shown, (*places, len(text)))


@lru_cache(maxsize=8192)
def _changes(sign: str) -> bool:
    """Whether a text with this sign in it may be seen otherwise than it is written."""
    return not sign.isascii() and (empty(sign) or bool(unicodedata.combining(sign)) or _plain(sign) != sign)


@lru_cache(maxsize=8192)
def empty(sign: str) -> bool:
    """Whether a sign shows nothing."""
    return sign in _EMPTY or unicodedata.category(sign) == "Cf" or "\ufe00" <= sign <= "\ufe0f"


def trailing(text: str, end: int) -> int:
    """Where the sign that ends at `end` really ends: behind its accents and what shows nothing."""
    while end < len(text) and (unicodedata.combining(text[end]) or empty(text[end])):
        end += 1
    return end


def squeezed(text: str) -> str:
    """A text without spaces, marks and accents, in small letters: "G20 0SP" and "g200sp" are one, "José" and "Jose"."""
    if text.isascii():
        return _NOT_WORD.sub("", text).casefold()
    return "".join(map(_squeezed, text))


@lru_cache(maxsize=8192)
def _squeezed(sign: str) -> str:
    return _NOT_WORD.sub("", unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", sign).casefold()))


@lru_cache(maxsize=8192)
def _plain(sign: str) -> str:
    """A full-width or other form of a sign as the sign itself, where it is one."""
    folded = unicodedata.normalize("NFKC", sign)
    return folded if len(folded) == 1 else sign
