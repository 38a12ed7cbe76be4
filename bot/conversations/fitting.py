"""Texts of two segments: what gives way where a reply is longer. Called by replies; pure.

Requests noted beside it are said shorter first; then quotations are cut, all at the same length, so that each of the
questions asked keeps its answer. Where that leaves too little of them, of what another version says only the day stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.conversations.quotes import Quote
from bot.conversations.values import Values

TEXT_SEGMENTS = 2
CUT = " ..."
"""How a quotation ends that had to be cut."""
_ENOUGH = 12
"""Words of each quotation that a text keeps when it tells a change in the other version's words too."""


def fitted(spoken: Callable[[str, Values], str], key: str, values: Values) -> tuple[str, Values]:
    """The reply `key` in two segments, and the values as said; `spoken` words one macro of the texts' template."""
    tail = f" {spoken('notice', values)}" if values.notice else ""
    text = ""
    for whole in range(max(len(values.beside), len(values.requests)), -1, -1):
        values = replace(values, whole=whole, brief=False)
        text, kept = _quoting(spoken, key, values, tail)
        if values.dating.changes and (kept < _ENOUGH or not fits(text)):
            values = replace(values, brief=True)
            text, _ = _quoting(spoken, key, values, tail)
        if fits(text):
            break
    return text, values


def _quoting(spoken: Callable[[str, Values], str], key: str, values: Values, tail: str) -> tuple[str, int]:
    """The text with its quotations whole, or else cut as late as two segments allow, and the words kept of each."""
    beside = f" {spoken('beside', values)}" if values.beside else ""

    def worded(length: int) -> str:
        return spoken(key, shortened(values, length) if length else values) + beside + tail

    text = worded(0)
    if fits(text) or not values.citations:
        return text, _ENOUGH
    first = [part.citations[0] for part in values.parts if part.citations] or values.citations[:1]
    curated = [values.curated, *(part.curated for part in values.parts)]
    least, most = 1, max(len(text.split()) for text in (*(quote.text for quote in first), *curated))
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (middle, most) if fits(worded(middle)) else (least, middle)
    return worded(least), least


def shortened(values: Values, length: int) -> Values:
    """The values with every quotation, and every answer in staff's words, cut to `length` words."""
    parts = tuple(
        replace(
            part, citations=tuple(_cut(quote, length) for quote in part.citations), curated=_short(part.curated, length)
        )
        for part in values.parts
    )
    citations = tuple(_cut(quote, length) for quote in values.citations)
    return replace(values, citations=citations, curated=_short(values.curated, length), parts=parts)


def _cut(quote: Quote, length: int) -> Quote:
    return replace(quote, text=_short(quote.text, length))


def _short(text: str, length: int) -> str:
    words = " ".join(text.split()).split(" ")
    return text if len(words) <= length else cut(words, length)


def cut(words: Sequence[str], length: int) -> str:
    """The first `length` words of a quotation, marked as cut."""
    return " ".join(words[:length]).rstrip(",;:") + CUT


def fits(text: str) -> bool:
    """Whether a text takes no more than two segments."""
    from channels.sms import segments, straighten  # noqa: PLC0415  a desk without texts need not load it

    return segments(straighten(text)).count <= TEXT_SEGMENTS
