"""What in a text may be somebody else's: spans that are proposed for redaction. A person decides each.

`propose(text, own)` reads a text for names, postal addresses, telephone numbers, email and internet addresses,
national insurance, bank and card numbers. What is the person's own, or the company's, is not proposed, but for card
numbers, which are always masked. Pure; called by `proposals` and `scan`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple, get_args

from bot.packages.numbers import Hit, numbers
from bot.packages.people import people, words_of
from bot.packages.visible import seen, squeezed

__all__ = ["KINDS", "MOST", "PIECE", "Kind", "Own", "Span", "TooLong", "merged", "propose", "squeezed"]

Kind = Literal["name", "staff", "address", "phone", "email", "card", "nino", "ip", "bank", "other"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""The kinds of what is redacted; "other" is what a person marked by themselves."""

MOST = 1_000_000
"""Characters of one text that are read. A longer one must be shortened or withheld whole: see `TooLong`."""
PIECE = 20_000
_OVERLAP = 400

TITLES = frozenset("mr mrs ms miss mx dr prof professor sir lady rev revd".split())  # noqa: SIM905  as a list ten lines
"""What stands before a full name: "Mr Sam Carter" is Sam Carter."""
_STRENGTH: dict[str, int] = {
    kind: place for place, kind in enumerate(("other", "ip", "name", "staff", "phone", "address", "bank", "nino"))
} | {"email": 8, "card": 9}


class TooLong(ValueError):
    """A text is longer than can be read with care."""


class Span(NamedTuple):
    """Part of a text, half open, in characters: what it seems to be and how sure that is, from 0 to 1."""

    start: int
    end: int
    kind: Kind
    confidence: float


@dataclass(frozen=True)
class Own:
    """What is the person's own, and is left in: their `names`, and `addresses` of every kind as they are written.

    `house` are the company's own addresses and names, which are nobody's personal data, and `published` what looks like
    a name in its policy, as a whole; `staff` are the names of those who work there: these are proposed as "staff", so
    that it can be decided to leave them out.
    """

    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    house: tuple[str, ...] = ()
    staff: tuple[str, ...] = ()
    published: tuple[str, ...] = ()

    @cached_property
    def own_words(self) -> frozenset[str]:
        """The words of the person's names."""
        return frozenset(word for name in self.names for word in words_of(name))

    @cached_property
    def staff_words(self) -> frozenset[str]:
        """The words of the staff's names."""
        return frozenset(word for name in self.staff for word in words_of(name))

    @cached_property
    def house_words(self) -> frozenset[str]:
        """The words of the company's names."""
        return frozenset(word for name in self.house if "@" not in name for word in words_of(name))

    @cached_property
    def published_names(self) -> frozenset[str]:
        """What looks like a name in the policy, without what is written between its characters."""
        return frozenset(filter(None, map(squeezed, self.published)))

    @cached_property
    def plain(self) -> frozenset[str]:
        """Every address of theirs and of the house, without what is written between its characters."""
        return frozenset(filter(None, map(squeezed, (*self.addresses, *self.house))))

    def holds(self, text: str, kind: str) -> bool:
        """Whether that is the person's own or the company's."""
        if kind == "name":
            words = words_of(text)
            if len(words) > 2 and words[0] in TITLES:  # noqa: PLR2004  "Mr Carter" may be another of the family
                words = words[1:]
            ours = bool(words) and all(word in self.own_words or word in self.house_words for word in words)
            return ours or squeezed(text) in self.published_names
        return kind != "card" and self._holds_address(squeezed(text), kind)

    def _holds_address(self, found: str, kind: str) -> bool:
        if found in self.plain:
            return True
        if kind == "phone":
            return any(_same_number(found, own) for own in self.plain)
        return kind == "address" and len(found) > 4 and any(found in own for own in self.plain)  # noqa: PLR2004 - a postcode


def propose(text: str, own: Own, known: Sequence[str] = ()) -> tuple[Span, ...]:
    """The spans of a text that may be somebody else's, in order, none overlapping another.

    The text is read as it is seen: a sign that shows nothing hides no name. `known` are names found elsewhere in the
    same package. Raises TooLong.
    """
    if len(text) > MOST:
        raise TooLong(f"the text has {len(text):,} characters and {MOST:,} can be searched: withhold it or upload less")
    shown = seen(text)
    read = shown.text if shown else text
    hits = [hit for piece in _pieces(read) for hit in _within(piece, known)]
    spans = merged(span for hit in hits if (span := _judged(read, hit, own)) is not None)
    if shown is None:
        return spans
    return merged(Span(*shown.span(span.start, span.end), span.kind, span.confidence) for span in spans)


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Spans in order, overlapping ones as one: from the first's start to the last's end, of the strongest kind."""
    result: list[Span] = []
    for span in sorted(spans):
        if not result or span.start >= result[-1].end:
            result.append(span)
            continue
        last = result[-1]
        kind = max(last.kind, span.kind, key=lambda each: _STRENGTH[each])
        result[-1] = Span(last.start, max(last.end, span.end), kind, max(last.confidence, span.confidence))
    return tuple(result)


class _Piece(NamedTuple):
    """Part of a text with where it begins; pieces overlap, so that nothing is cut in two."""

    start: int
    text: str


def _pieces(text: str) -> Iterator[_Piece]:
    for start in range(0, max(len(text), 1), PIECE):
        begin = max(0, start - _OVERLAP)
        yield _Piece(begin, text[begin : start + PIECE])


def _within(piece: _Piece, known: Sequence[str]) -> Iterator[Hit]:
    for hit in (*numbers(piece.text), *people(piece.text, known)):
        yield hit._replace(start=hit.start + piece.start, end=hit.end + piece.start)


def _judged(text: str, hit: Hit, own: Own) -> Span | None:
    """The hit as a proposal; None where it is the person's own or the company's."""
    found = text[hit.start : hit.end]
    if own.holds(found, hit.kind):
        return None
    kind: Kind = hit.kind  # type: ignore[assignment]  # numbers and people speak in these words
    if kind == "name" and own.staff_words and all(word in own.staff_words for word in words_of(found)):
        kind = "staff"
    return Span(hit.start, hit.end, kind, hit.confidence)


def _same_number(one: str, other: str) -> bool:
    """Whether two telephone numbers are one, whatever stands before their last nine digits."""
    return one[-9:] == other[-9:] and one[-9:].isdecimal() and len(one) > 8 and len(other) > 8  # noqa: PLR2004 - nine digits
