"""What is proposed for redaction in the items of a request, and kept for staff to decide.

Looking through is slow and pure, so it is done outside the transaction, in three steps: `known` says what is kept
already, `look_through` reads the items, `keep` stores what was found. Called by `building` and by the console.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.packages.detection import Kind, Own, Span, propose, squeezed
from bot.packages.flat import within
from bot.packages.models import ItemReview, Redaction
from bot.packages.redacting import spread
from bot.packages.taking import Held

RULES = 1
"""The version of the search; with the next one every item is looked through again."""
MOST_KNOWN = 500
_SURELY = 0.85
ELSEWHERE = "left out elsewhere"
"""The reason of a proposal whose words a person left out in another item."""


class Looked(NamedTuple):
    """What was found in one item: spans with their reasons. `fresh` where it was looked through for the first time."""

    digest: str
    spans: tuple[tuple[Span, str], ...]
    fresh: bool


class Known(NamedTuple):
    """What is kept already: the items that were looked through, and of each item the redactions."""

    looked: frozenset[str]
    redactions: Mapping[str, tuple[Redaction, ...]]


def known(session: Session, ticket_id: int) -> Known:
    """What is kept of a ticket."""
    looked = select(ItemReview.item_digest).where(ItemReview.ticket_id == ticket_id, ItemReview.rules >= RULES)
    rows = session.scalars(select(Redaction).where(Redaction.ticket_id == ticket_id).order_by(Redaction.start))
    redactions: dict[str, list[Redaction]] = {}
    for row in rows:
        redactions.setdefault(row.item_digest, []).append(row)
    return Known(frozenset(session.scalars(looked)), {key: tuple(each) for key, each in redactions.items()})


def look_through(helds: Sequence[Held], before: Known, own: Own) -> list[Looked]:
    """What is to be proposed: in items not looked through yet what seems to be somebody else's, and in every item what
    was left out of another. Pure.
    """
    fresh = [held for held in helds if held.digest not in before.looked]
    first = {held.digest: _proposed(held, own, ()) for held in fresh}
    names = {
        held.flat.text[span.start : span.end]
        for held in fresh
        for span in first[held.digest]
        if span.kind == "name" and span.confidence >= _SURELY
    }
    if names:
        everyone = sorted(names)[:MOST_KNOWN]
        first = {held.digest: _proposed(held, own, everyone) for held in fresh}
    words = left_out(helds, before, own)
    result = []
    for held in helds:
        spans = [(span, "") for span in first.get(held.digest, ())]
        spans += [(span, ELSEWHERE) for span in _again(held, words, before, first.get(held.digest, ()))]
        if spans or held.digest in first:
            result.append(Looked(held.digest, tuple(spans), held.digest in first))
    return result


def left_out(helds: Sequence[Held], before: Known, own: Own) -> dict[str, Kind]:
    """The words that are left out anywhere, with their kinds, but for what is the person's own."""
    words: dict[str, Kind] = {}
    for held in helds:
        for row in before.redactions.get(held.digest, ()):
            text = held.flat.text[row.start : row.end]
            if row.state == "confirmed" and text.strip() and not own.holds(text, row.kind):
                words[text] = row.kind  # type: ignore[assignment]  # the column holds these words
    return words


def keep(session: Session, ticket_id: int, looked: Sequence[Looked], now: datetime) -> int:
    """Store what was found and is not known yet; returns how many proposals are new.

    Card numbers are left out at once, and names of staff stay in until somebody decides otherwise.
    """
    kept = {
        (row.item_digest, row.start, row.end): row
        for rows in known(session, ticket_id).redactions.values()
        for row in rows
    }
    reviews = {
        row.item_digest: row for row in session.scalars(select(ItemReview).where(ItemReview.ticket_id == ticket_id))
    }
    added = 0
    for each in looked:
        review = reviews.get(each.digest)
        if review is None:
            review = ItemReview(ticket_id=ticket_id, item_digest=each.digest, rules=RULES, scanned_at=now)
            reviews[each.digest] = review
            session.add(review)
        elif each.fresh:
            review.rules, review.scanned_at = RULES, now
        for span, reason in each.spans:
            row = kept.get((each.digest, span.start, span.end))
            if row is not None:
                if reason == ELSEWHERE and _by_machine(row):
                    row.state, row.reason, row.at = "proposed", reason, now
                    added += 1
                continue
            state = {"card": "confirmed", "staff": "rejected"}.get(span.kind, "proposed")
            row = Redaction(
                ticket_id=ticket_id, item_digest=each.digest, start=span.start, end=span.end, kind=span.kind,
                confidence=span.confidence, reason=reason, state=state, at=now,
            )  # fmt: skip
            # The same place comes again where words are left out elsewhere in two spellings.
            kept[each.digest, span.start, span.end] = row
            session.add(row)
            added += state == "proposed"
    session.flush()
    return added


def _proposed(held: Held, own: Own, names: Sequence[str]) -> tuple[Span, ...]:
    """The item's proposals; one that can't be searched is decided on as a whole."""
    if held.whole and not held.item.has_file:
        return ()
    spans = within(held.flat, propose(held.flat.text, own, names))
    return tuple(span for span in spans if not own.holds(held.flat.text[span.start : span.end], span.kind))


def _again(held: Held, words: dict[str, Kind], before: Known, fresh: Sequence[Span]) -> list[Span]:
    """Where words that are left out elsewhere stand in this item and nobody has decided on them."""
    if held.whole and not held.item.has_file:
        return []
    rows = before.redactions.get(held.digest, ())
    decided = ((row.start, row.end) for row in rows if not _by_machine(row))
    taken = [*decided, *((span.start, span.end) for span in fresh)]
    # What is left out at one place of an item is left out at all places of it, with no proposal for each.
    here = {squeezed(held.flat.text[row.start : row.end]) for row in rows if row.state == "confirmed"}
    elsewhere = {text: kind for text, kind in words.items() if squeezed(text) not in here}
    found = within(held.flat, spread(held.flat.text, elsewhere))
    return [span for span in found if not any(start <= span.start and span.end <= end for start, end in taken)]


def _by_machine(row: Redaction) -> bool:
    """Whether it is left in without anybody's having decided so."""
    return row.state == "rejected" and row.by_id is None
