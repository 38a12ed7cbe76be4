"""How a text is cut into SMS segments, and how to keep it in the cheap alphabet. Pure.

GSM-7 (3GPP TS 23.038): 160 units in a single message, 153 in each part of a longer one; the extension characters
take two units. Everything else goes as UCS-2: 70 UTF-16 units, then 67. A character is never split across parts, so
a part may end one unit early.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = "\f^{}\\[~]|€"
_ANY_GSM7 = re.compile(f"[{re.escape(_BASIC + _EXTENSION)}]*")
_EXTENDED = re.compile(f"[{re.escape(_EXTENSION)}]")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")

# What word processors put in place of a typewriter's characters, and phones in place of a space.
_STRAIGHT = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u2035\u02bc\u02b9\u00b4\u2039\u203a", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u2036\u00ab\u00bb", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\u2022\u00b7", "-")
    | dict.fromkeys("\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\t", " ")
    | dict.fromkeys("\u200b\u2060\ufeff\u00ad", "")
    | {"\u2026": "...", "\u2028": "\n", "\u2029": "\n"}
)


class Segments(NamedTuple):
    """How a text travels. `units` are septets or UTF-16 units in all; `count` is 0 for an empty text."""

    encoding: Literal["GSM-7", "UCS-2"]
    count: int  # type: ignore[assignment]  # the field's word is worth hiding tuple.count, which nobody needs here
    units: int


def segments(text: str) -> Segments:
    """Count the segments of `text` as it stands; `straighten` it first where it may be straightened."""
    if _ANY_GSM7.fullmatch(text):
        return _cut(text, "GSM-7", wide=_EXTENDED, single=160, part=153)
    return _cut(text, "UCS-2", wide=_ASTRAL, single=70, part=67)


def _cut(text: str, encoding: Literal["GSM-7", "UCS-2"], *, wide: re.Pattern[str], single: int, part: int) -> Segments:
    """Cut `text`, whose `wide` characters take two units and are never split."""
    at = [found.start() for found in wide.finditer(text)]
    units = len(text) + len(at)
    if units <= single:
        return Segments(encoding, 1 if text else 0, units)
    gaps = 0  # units left empty at the end of a part because a wide character did not fit
    for before, index in enumerate(at):
        if (index + before + gaps) % part == part - 1:
            gaps += 1
    return Segments(encoding, -(-(units + gaps) // part), units)


def units(text: str) -> list[int]:
    """How many units each character of `text` takes, in the encoding in which the whole travels."""
    wide = _EXTENDED if _ANY_GSM7.fullmatch(text) else _ASTRAL
    sizes = [1] * len(text)
    for found in wide.finditer(text):
        sizes[found.start()] = 2
    return sizes


def straighten(text: str) -> str:
    """Replace curly quotes, long dashes, ellipses and odd spaces, where that lets the text go as GSM-7.

    A text that needs UCS-2 anyway is left exactly as it was written.
    """
    if _ANY_GSM7.fullmatch(text):
        return text
    straight = text.translate(_STRAIGHT)
    return straight if _ANY_GSM7.fullmatch(straight) else text


def fit(text: str, count: int = 2) -> bool:
    """Say whether `text`, straightened, goes in at most `count` segments."""
    return segments(straighten(text)).count <= count
