"""Abusive words of customers, covered for those who read them: one click shows what was written. Pure.

Only how a page shows a message changes. It is kept, searched, understood and answered as it was written, and whoever
needs the words sees them; nobody is judged by it. Covered are common English insults and slurs, however they are drawn
out or disguised, and a company's own words (DESK_ABUSIVE_WORDS); other languages and mean sentences without such a word
are not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

COVER = "•••"
OFF = "off"
LONGEST_READ = 10_000
"""Characters of a text in which words are looked for; nobody writes more in anger."""
_WORDS = (
    *("fuck", "motherfucker", "shit", "bullshit", "cunt", "twat", "wanker", "tosser", "bitch", "bastard", "bellend"),
    *("arsehole", "asshole", "dickhead", "prick", "knobhead", "scumbag", "scum", "slut", "whore", "slag", "pisstaker"),
    *("idiot", "moron", "imbecile", "cretin", "retard", "halfwit", "numpty", "nigger", "paki", "faggot", "spastic"),
    *("fuck off", "piss off", "screw you", "drop dead", "go to hell", "rot in hell", "kill yourself", "hang yourself"),
)
_LOOKS = {"a": "a@4", "e": "e3", "i": "i1!", "o": "o0", "s": "s5$", "t": "t7", "u": "uv"}
"""Signs that stand for a letter."""
_HIDDEN = r"[*#\-]"
"""Each of these stands for one letter, any but the first and last. A run of them that one letter could take as well as
the next would be tried in every division, which takes seconds for a word of a dozen letters.
"""
_ENDINGS = r"(?:s|es|ed|er|ers|in|ing|y|ty|head|heads|face|tard|wit)?"


Cover = Callable[[str], str]
"""Gives a text with its abusive words covered, "" where it has none."""


@lru_cache(maxsize=16)
def cover(own: str = "") -> Cover:
    """Covers the common words and a company's `own`, as DESK_ABUSIVE_WORDS has them; "off" covers none.

    >>> cover("muppet")("You f*cking muppets, send me my data")
    'You •••, send me my data'
    """
    words = tuple(word.strip().lower() for word in own.split(",") if word.strip())
    if words == (OFF,):
        return lambda _text: ""
    pattern = _pattern((*_WORDS, *words))
    return lambda text: _covered(pattern, text)


def _covered(pattern: re.Pattern[str], text: str) -> str:
    head, rest = text[:LONGEST_READ], text[LONGEST_READ:]
    if not pattern.search(head):
        return ""
    return re.sub(rf"{COVER}(?: {COVER})+", COVER, pattern.sub(COVER, head)) + rest


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    """Any of these words, whole, in any case, drawn out, and with signs for letters."""
    each = "|".join(" +".join(_drawn(part) for part in word.split()) for word in dict.fromkeys(words))
    return re.compile(rf"(?<!\w)(?:{each}){_ENDINGS}(?!\w)", re.IGNORECASE)


def _drawn(word: str) -> str:
    """One word: each letter once or more, as itself or a sign for it, or hidden; a dot or "_" may stand between."""
    letters = []
    for place, letter in enumerate(word):
        shown = f"[{re.escape(_LOOKS.get(letter, letter))}]{{1,9}}"
        letters.append(f"(?:{shown}|{_HIDDEN})" if 0 < place < len(word) - 1 else shown)
    return "[._]?".join(letters)
