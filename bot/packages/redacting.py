"""Redactions applied to a text: what is left out, and every other place in it where the same stands. Pure.

Staff confirm spans; `apply` also takes out their words wherever else they stand in the text, however they are spaced
there, so that nothing is given away by a second mention that nobody marked. Called by `building` and by the console.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from bot.packages.detection import Kind, Span, merged
from bot.packages.visible import empty, squeezed, trailing

MARKS: dict[Kind, str] = {
    "name": "[name removed]",
    "staff": "[name of staff removed]",
    "address": "[address removed]",
    "phone": "[telephone number removed]",
    "email": "[email address removed]",
    "card": "[card number removed]",
    "nino": "[national insurance number removed]",
    "ip": "[internet address removed]",
    "bank": "[bank details removed]",
    "other": "[words removed]",
}
"""What stands in place of each kind: a reader sees that, and what kind of thing, was left out."""

ANYWHERE = 7
"""Digits of a number, from which on it is found amid other letters and digits too."""


class Part(NamedTuple):
    """A stretch of a text as it will be: kept as it stands, or left out (`span` says what that is)."""

    text: str
    span: Span | None = None

    @property
    def shown(self) -> str:
        """What stands there afterwards."""
        return MARKS[self.span.kind] if self.span else self.text


class Folded:
    """A text without what is between its letters and digits and without accents, and where each of these stands."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._signs = squeezed(text)

    @cached_property
    def _places(self) -> Sequence[int]:
        """Where each sign stands; counted when something was found, for in most texts nothing is."""
        if self.text.isascii():
            return [place for place, sign in enumerate(self.text) if sign.isalnum()]
        return [place for place, sign in enumerate(self.text) for _folded in squeezed(sign)]

    def find(self, words: str) -> Iterator[tuple[int, int]]:
        """Where these words stand, as whole words, spaced and written in capitals or not; half open."""
        needle = squeezed(words)
        if not needle:
            yield from self._exactly(words)
            return
        anywhere = needle.isdecimal() and len(needle) >= ANYWHERE
        at = self._signs.find(needle)
        while at >= 0:
            start, end = self._places[at], self._places[at + len(needle) - 1] + 1
            whole = anywhere or not (self._joined(start) or self._joined(end))
            if whole:
                yield start, trailing(self.text, end)
            at = self._signs.find(needle, at + (len(needle) if whole else 1))

    def _exactly(self, words: str) -> Iterator[tuple[int, int]]:
        at = self.text.find(words) if words.strip() else -1
        while at >= 0:
            yield at, at + len(words)
            at = self.text.find(words, at + len(words))

    def _joined(self, place: int) -> bool:
        """Whether a word goes on across that place."""
        around = self.text[max(0, place - 1) : place + 1]
        return 0 < place < len(self.text) and all(each.isalnum() and not empty(each) for each in around)


def apply(text: str, spans: Iterable[Span]) -> tuple[Part, ...]:
    """The text in parts, kept and left out in turn: the spans, and all other places where their words stand.

    That is looked for again in what is kept: where a part of a longer number is left out, its rest may be the same.
    Spans beyond the text's end are cut; join `Part.shown` for the text as it will be.
    """
    inside = [
        span._replace(end=min(span.end, len(text))) for span in spans if 0 <= span.start < min(span.end, len(text))
    ]
    words = {text[span.start : span.end]: span.kind for span in inside}
    found = spread(text, words)
    parts = parts_of(text, merged([*inside, *found]))
    while more := _in_kept(parts, words):
        found += more
        parts = parts_of(text, merged([*inside, *found]))
    return parts


def _in_kept(parts: Sequence[Part], words: dict[str, Kind]) -> list[Span]:
    """Where any of the words stands in what is kept, now that what stood beside it is gone."""
    found, place = [], 0
    for part in parts:
        if part.span is None:
            found += [
                span._replace(start=place + span.start, end=place + span.end) for span in spread(part.text, words)
            ]
        place += len(part.text)
    return found


def again(text: str, spans: Sequence[Span]) -> list[Span]:
    """Every place where the words of the spans stand in a text; with those of another text, `spread` is meant."""
    return spread(text, {text[span.start : span.end]: span.kind for span in spans})


def spread(text: str, words: dict[str, Kind]) -> list[Span]:
    """Every place in a text where any of these words stands, as the kind that they are of."""
    folded = Folded(text)
    return [Span(start, end, kind, 1.0) for each, kind in words.items() for start, end in folded.find(each)]


def parts_of(text: str, spans: Sequence[Span]) -> tuple[Part, ...]:
    """The text cut at spans that are in order and don't overlap."""
    parts, place = [], 0
    for span in spans:
        if place < span.start:
            parts.append(Part(text[place : span.start]))
        parts.append(Part(text[span.start : span.end], span))
        place = span.end
    if place < len(text):
        parts.append(Part(text[place:]))
    return tuple(parts)


def redacted(text: str, spans: Iterable[Span]) -> str:
    """The text as it will be."""
    return "".join(part.shown for part in apply(text, spans))
