"""An item side by side: what stands there with what is marked in it, and what will stand there. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from bot.packages.detection import Kind, Span
from bot.packages.flat import Flat, left
from bot.packages.models import Redaction
from bot.packages.redacting import apply

Standing = Literal["", "proposed", "confirmed", "rejected"]
_AROUND = 60
MOST_SHOWN = 100_000
"""Characters of an item that a page shows; a longer one can be downloaded, and its proposals are listed with the words
around them.
"""


class Piece(NamedTuple):
    """A stretch of the original: how it stands, and the number of its proposal in the list (0 for none)."""

    text: str
    standing: Standing = ""
    number: int = 0


class Proposal(NamedTuple):
    """A row of the list: the words with some around them."""

    number: int
    id: int
    kind: str
    state: str
    by_machine: bool
    reason: str
    confidence: float
    before: str
    words: str
    after: str


class Result(NamedTuple):
    """A value as it will be: the name of its field, and pieces, those left out as their marks."""

    label: str
    pieces: tuple[tuple[str, bool], ...]


class Sides(NamedTuple):
    """Both sides and the list. `cut` is true where the item is longer than is shown."""

    original: tuple[Piece, ...]
    result: tuple[Result, ...]
    proposals: tuple[Proposal, ...]
    cut: bool


def sides(flat: Flat, rows: Sequence[Redaction]) -> Sides:
    """The item with its redactions, `rows` in order of their start."""
    confirmed = [_span(row) for row in rows if row.state == "confirmed"]
    listed = tuple(_proposal(number, row, flat.text) for number, row in enumerate(rows, 1))
    original = _pieces(flat.text, rows, confirmed)
    result = [
        Result(leaf.label, tuple((part.shown, part.span is not None) for part in parts))
        for leaf, parts in left(flat, confirmed)
    ]
    cut = len(flat.text) > MOST_SHOWN
    return Sides(_first(original) if cut else original, _until(result) if cut else tuple(result), listed, cut)


def _pieces(text: str, rows: Sequence[Redaction], confirmed: Sequence[Span]) -> tuple[Piece, ...]:
    """The text cut at every border, each stretch by its strongest standing."""
    layers: list[tuple[int, int, Standing, int]] = [
        (row.start, min(row.end, len(text)), row.state, number)  # type: ignore[misc]  # the column holds these words
        for number, row in enumerate(rows, 1)
    ]
    place = 0
    for part in apply(text, confirmed):
        end = place + len(part.text)
        if part.span is not None:
            layers.append((place, end, "confirmed", 0))
        place = end
    borders = sorted({0, len(text), *(each for layer in layers for each in layer[:2])})
    waiting = sorted(layers, reverse=True)
    now: list[tuple[int, int, Standing, int]] = []
    pieces: list[Piece] = []
    for start, end in pairwise(borders):
        while waiting and waiting[-1][0] <= start:
            now.append(waiting.pop())
        now = [layer for layer in now if layer[1] > start]
        standing, number = _strongest(now)
        if pieces and (pieces[-1].standing, pieces[-1].number) == (standing, number):
            pieces[-1] = pieces[-1]._replace(text=pieces[-1].text + text[start:end])
        else:
            pieces.append(Piece(text[start:end], standing, number))
    return tuple(pieces)


def _strongest(layers: Sequence[tuple[int, int, Standing, int]]) -> tuple[Standing, int]:
    for standing in ("confirmed", "proposed", "rejected"):
        numbers = [layer[3] for layer in layers if layer[2] == standing]
        if numbers:
            own = [layer[3] for layer in layers if layer[3]]
            return standing, max(numbers) or (own[0] if own else 0)
    return "", 0


def _proposal(number: int, row: Redaction, text: str) -> Proposal:
    return Proposal(
        number, row.id, row.kind, row.state, row.by_id is None, row.reason, row.confidence,
        text[max(0, row.start - _AROUND) : row.start], text[row.start : row.end], text[row.end : row.end + _AROUND],
    )  # fmt: skip


def _span(row: Redaction) -> Span:
    kind: Kind = row.kind  # type: ignore[assignment]  # the column holds these words
    return Span(row.start, row.end, kind, row.confidence)


def _first(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    kept: list[Piece] = []
    room = MOST_SHOWN
    for piece in pieces:
        kept.append(piece._replace(text=piece.text[:room]))
        room -= len(piece.text)
        if room <= 0:
            break
    return tuple(kept)


def _until(results: Sequence[Result]) -> tuple[Result, ...]:
    kept: list[Result] = []
    room = MOST_SHOWN
    for result in results:
        pieces = []
        for text, gone in result.pieces:
            pieces.append((text[:room], gone))
            room -= len(text)
            if room <= 0:
                return (*kept, Result(result.label, tuple(pieces)))
        kept.append(Result(result.label, tuple(pieces)))
    return tuple(kept)
