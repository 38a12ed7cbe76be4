"""Counting every ticket's ledger again by other rules or another calendar, and what that would change. Read only.

Called by `privacydesk tickets replay`, before a new edition of the rules is in force, or to prove the dates of now.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.tickets import ledger
from bot.tickets.cases import DeadlineError
from bot.tickets.ledger import Other
from bot.tickets.models import Ticket, TicketEvent

PAGE = 500


@dataclass(frozen=True, slots=True)
class Replayed:
    """One ticket counted again. `why` is the first sentence that is new; `error` says why it can't be counted so."""

    reference: str
    kind: str
    state: str
    due_now: date | None
    due_then: date | None
    why: str = ""
    error: str = ""

    @property
    def changed(self) -> bool:
        """Whether its date would be another one, or none could be counted."""
        return bool(self.error) or self.due_now != self.due_then


def replay(session: Session, other: Other) -> Iterator[Replayed]:
    """Every ticket, oldest first, with its date as it stands and as it would be. A page at a time, so that memory
    does not grow with the number of tickets.
    """
    last = 0
    while True:
        query = select(Ticket).where(Ticket.id > last).order_by(Ticket.id).limit(PAGE)
        tickets = session.scalars(query).all()
        if not tickets:
            return
        entries = _entries(session, tickets)
        survivors = _survivors(session, tickets)
        for ticket in tickets:
            yield _again(session, ticket, entries.get(ticket.id, []), other, merged=ticket.id in survivors)
        last = tickets[-1].id
        session.expunge_all()


def _again(session: Session, ticket: Ticket, entries: Sequence[TicketEvent], other: Other, *, merged: bool) -> Replayed:
    alone = ledger.counted(entries)
    whole = not merged and any(event.type == "received" for event in alone)
    about = (ticket.reference, ticket.kind, ticket.state, ticket.due_on)
    try:
        found = ledger.deadline(ticket, alone if whole else ledger.events_of(session, ticket), other)
    except DeadlineError as error:
        return Replayed(*about, None, error=str(error))
    why = first_difference(ticket.trace, found.trace) if found.due != ticket.due_on else ""
    return Replayed(*about, found.due, why)


def first_difference(now: Sequence[str], then: Sequence[str]) -> str:
    """The first sentence of `then` that `now` doesn't have. The one that names law, edition and calendar always
    differs, so it counts only where no other does.
    """
    new = [sentence for sentence in then if sentence not in now]
    return next((sentence for sentence in new if not sentence.startswith("Counted by ")), new[0] if new else "")


def _entries(session: Session, tickets: Sequence[Ticket]) -> dict[int, list[TicketEvent]]:
    """The ledgers of these tickets, in one query."""
    query = select(TicketEvent).where(TicketEvent.ticket_id.in_([ticket.id for ticket in tickets]))
    found: dict[int, list[TicketEvent]] = {}
    for row in session.scalars(query.order_by(TicketEvent.at, TicketEvent.id)):
        found.setdefault(row.ticket_id, []).append(row)
    return found


def _survivors(session: Session, tickets: Sequence[Ticket]) -> set[int]:
    """Those of these tickets that go on for others: their clocks count the others' ledgers too."""
    ids = [ticket.id for ticket in tickets]
    query = select(Ticket.merged_into_id).where(Ticket.merged_into_id.in_(ids))
    return {ident for ident in session.scalars(query) if ident is not None}
