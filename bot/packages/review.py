"""What staff decide about the items of a request: each proposal, words that they mark themselves, items as a whole.

Every change is one audit entry with numbers only, and withdraws a package that was built before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.actors import Actor
from bot.db import wake
from bot.errors import NotFound
from bot.packages.cover import REASONS
from bot.packages.detection import KINDS, Span, squeezed
from bot.packages.errors import NotReady
from bot.packages.files import Words
from bot.packages.flat import within
from bot.packages.models import ItemReview, Package, Redaction
from bot.packages.numbers import cards
from bot.packages.proposals import RULES
from bot.packages.provided import aside
from bot.packages.redacting import Folded
from bot.packages.taking import Held
from bot.tickets.models import Ticket

Choice = Literal["confirmed", "rejected"]
MOST_MARKED = 2_000
LONGEST_NOTE = 500
REVIEWABLE = ("searching", "awaiting_clarification", "review")
"""States of a ticket in which what is left out may be decided."""


def decide(
    session: Session, ticket_id: int, held: Held, redaction_id: int, choice: Choice, *, actor: Actor, now: datetime
) -> int:
    """Leave out what a proposal in an item covers, or leave it in; returns how many places are decided.

    What is left out at one place goes wherever it stands in the item, so open proposals of the same words are settled
    with it.

    Raises:
        NotFound: there is no such proposal in this item.
        NotReady: a card number was to be left in, or the ticket is not being reviewed.
    """
    query = select(Redaction).where(Redaction.ticket_id == ticket_id, Redaction.item_digest == held.digest)
    rows = {row.id: row for row in session.scalars(query)}
    if redaction_id not in rows:
        raise NotFound("there is no such mark in this item: load the page again")
    ticket, row, text = _reviewed(session, ticket_id), rows[redaction_id], held.flat.text
    settled = [row]
    if choice == "confirmed":
        words = squeezed(text[row.start : row.end])
        same = (each for each in rows.values() if squeezed(text[each.start : each.end]) == words)
        settled += [each for each in same if each is not row and each.state == "proposed"]
    _settle(settled, choice, actor, now)
    data = {"kind": row.kind, "choice": choice, "places": len(settled)}
    _changed(session, ticket, "redaction.decided", data, actor, now)
    return len(settled)


def decide_all(
    session: Session, ticket_id: int, kind: str, choice: Choice, actor: Actor, now: datetime, *, item: str = ""
) -> int:
    """Decide all open proposals of a kind ("" for every kind), in one item (its digest) or in all; returns how many.

    Raises:
        NotReady: nothing is open, or the ticket is not being reviewed.
    """
    ticket = _reviewed(session, ticket_id)
    query = select(Redaction).where(Redaction.ticket_id == ticket_id, Redaction.state == "proposed")
    if kind:
        query = query.where(Redaction.kind == kind)
    rows = session.scalars(query.where(Redaction.item_digest == item) if item else query).all()
    if not rows:
        raise NotReady("nothing of that kind is open any more: load the page again")
    _settle(rows, choice, actor, now)
    data = {"kind": kind or "all", "choice": choice, "places": len(rows)}
    _changed(session, ticket, "redaction.decided", data, actor, now)
    return len(rows)


def mark(
    session: Session, ticket_id: int, held: Held, start: int, end: int, kind: str, *, actor: Actor, now: datetime
) -> int:
    """Leave out a stretch of an item's text that a person chose; returns how many values it covers.

    Raises:
        NotReady: it lies outside the text or covers names of fields alone, or the ticket is not being reviewed.
    """
    if not 0 <= start < end <= len(held.flat.text) or kind not in KINDS:
        raise NotReady("that is no part of this item: mark some words of it and try again")
    spans = within(held.flat, [Span(start, end, kind, 1.0)])
    if not spans:
        raise NotReady("names of fields and spaces can't be left out: mark words of a value, or withhold the item")
    return _mark(session, ticket_id, held, spans, actor, now)


def mark_words(
    session: Session, ticket_id: int, held: Held, words: str, kind: str, *, actor: Actor, now: datetime
) -> int:
    """Leave out these words wherever they stand in an item; returns how many places there are.

    Raises:
        NotReady: they stand nowhere in its values, or the ticket is not being reviewed.
    """
    if kind not in KINDS:
        raise NotReady("choose what these words are and try again")
    found = [Span(start, end, kind, 1.0) for start, end in Folded(held.flat.text).find(words.strip())]
    spans = within(held.flat, found)[:MOST_MARKED]
    if not spans:
        raise NotReady("these words don't stand in this item: copy them from it and try again")
    return _mark(session, ticket_id, held, spans, actor, now)


def withhold(
    session: Session, ticket_id: int, held: Held, reason: str, note: str, *, actor: Actor, now: datetime
) -> None:
    """Leave an item out of the package, with a reason that the person is told.

    Raises:
        NotReady: no such reason, or the ticket is not being reviewed.
    """
    if reason not in REASONS:
        raise NotReady(f"choose a reason for withholding it: one of {', '.join(REASONS)}")
    _whole(session, ticket_id, held, "withheld", reason, note, actor=actor, now=now)


def include(session: Session, ticket_id: int, held: Held, actor: Actor, now: datetime) -> None:
    """Take back what was decided about an item as a whole. Raises NotReady."""
    _whole(session, ticket_id, held, "", "", "", actor=actor, now=now)


def free(session: Session, ticket_id: int, held: Held, words: Words, actor: Actor, now: datetime) -> None:
    """A person read an item that nobody else can decide on: a file, a text too long to be searched, or what came by an
    address that several people use; or they put in what is aside by itself. `words` are those in the file.

    Raises:
        NotReady: it has a card number, a script or another file in it, or is none of these, or the ticket is not being
            reviewed.
    """
    kind, item = _reviewed(session, ticket_id).kind, held.item
    if not held.by_hand and not aside(kind, item.source, item.kind, item.title):
        raise NotReady("this item is no file: decide its proposals, or withhold it")
    text = words.text if item.has_file else held.flat.text
    if held.whole and next(cards(text), None):
        raise NotReady("there is a card number in it: upload a copy without it, and withhold this one as replaced")
    if words.hidden:
        raise NotReady(
            f"there is {words.hidden} in it that no page shows: print it to a new PDF, upload that, and withhold this "
            "one as replaced"
        )
    _whole(session, ticket_id, held, "free", "", "", actor=actor, now=now)


def _mark(session: Session, ticket_id: int, held: Held, spans: Sequence[Span], actor: Actor, now: datetime) -> int:
    ticket = _reviewed(session, ticket_id)
    query = select(Redaction).where(Redaction.ticket_id == ticket_id, Redaction.item_digest == held.digest)
    rows = session.scalars(query).all()
    known = {(row.start, row.end): row for row in rows}
    for span in spans:
        inside = [row for row in rows if span.start <= row.start and row.end <= span.end]
        _settle(inside, "confirmed", actor, now)
        if (span.start, span.end) not in known:
            session.add(
                Redaction(
                    ticket_id=ticket_id, item_digest=held.digest, start=span.start, end=span.end, kind=span.kind,
                    confidence=1.0, reason="marked", state="confirmed", by_id=actor.staff_id or None, at=now,
                )
            )  # fmt: skip
    session.flush()
    data = {"kind": spans[0].kind, "item": held.digest, "places": len(spans)}
    _changed(session, ticket, "redaction.marked", data, actor, now)
    return len(spans)


def _settle(rows: Sequence[Redaction], choice: Choice, actor: Actor, now: datetime) -> None:
    if choice == "rejected" and any(row.kind == "card" for row in rows):
        raise NotReady("card numbers are always left out, whosever they are")
    for row in rows:
        row.state, row.by_id, row.at = choice, actor.staff_id or None, now


def _whole(
    session: Session, ticket_id: int, held: Held, decision: str, reason: str, note: str, *, actor: Actor, now: datetime
) -> None:
    ticket = _reviewed(session, ticket_id)
    query = select(ItemReview).where(ItemReview.ticket_id == ticket_id, ItemReview.item_digest == held.digest)
    row = session.scalars(query).first()
    if row is None:
        row = ItemReview(ticket_id=ticket_id, item_digest=held.digest, rules=RULES - 1, scanned_at=now)
        session.add(row)
    row.decision, row.reason, row.note = decision, reason, note.strip()[:LONGEST_NOTE]
    row.by_id, row.at = actor.staff_id or None, now
    session.flush()
    data = {"item": held.digest, "decision": decision or "included", "reason": reason}
    _changed(session, ticket, "item.decided", data, actor, now)


def _reviewed(session: Session, ticket_id: int) -> Ticket:
    """The ticket, while its items may be decided on."""
    ticket = session.get(Ticket, ticket_id)
    if ticket is None:
        raise NotFound("no such ticket: open it from the queue again")
    if ticket.state not in REVIEWABLE:
        raise NotReady(
            "what is left out can be changed while the request is searched for or reviewed: take it back first"
        )
    return ticket


def _changed(
    session: Session, ticket: Ticket, action: str, data: Mapping[str, object], actor: Actor, now: datetime
) -> None:
    """Note it, and withdraw what was built before."""
    built = select(Package).where(Package.ticket_id == ticket.id, Package.state.in_(("draft", "built")))
    for package in session.scalars(built):
        package.state = "withdrawn"
    audit.append(session, actor=actor.name, action=action, subject=f"ticket:{ticket.reference}", data=data, now=now)
    wake(session, "console")
