"""What the page of a person shows: addresses, who is proved to be the same, requests, consent, holds and erasure.

Read only but for `looked`. After an erasure the same page shows what is still known: numbers, dates and kinds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.console import visits
from bot.console.conversation_queries import OTHERS, staff
from bot.contacts import consent, holds
from bot.contacts.consent import Standing
from bot.contacts.models import Contact, ContactAddress
from bot.contacts.record_models import ConsentEntry, LegalHold
from bot.conversations.models import Conversation, Message
from bot.erasure import elsewhere, planning, scope
from bot.erasure import service as erasures
from bot.erasure.models import ErasureRun
from bot.erasure.planning import Plan
from bot.errors import NotFound
from bot.sealing import SealBroken, Sealer
from bot.tickets.models import Ticket

MOST_ENTRIES = 100


class Said(NamedTuple):
    """One entry of the ledger as it is shown. `note` is what staff saw, opened; `conversation` leads to their line."""

    entry: ConsentEntry
    note: str
    conversation: int


class Purpose(NamedTuple):
    """One purpose with how it stands now."""

    key: str
    title: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class Erasing:
    """The erasure of a person as staff see it: what it would do now, or how far it is.

    `run` is the one that is asked for or under way, `past` are those that ended.

    """

    plan: Plan
    run: ErasureRun | None
    past: Sequence[ErasureRun]

    @property
    def lists(self) -> Sequence[ErasureRun]:
        """The erasures that have something for staff to do outside the desk."""
        found = [self.run] if self.run is not None else []
        return [run for run in (*found, *self.past) if run.state != "cancelled" and elsewhere.by_hand(run)]


@dataclass(frozen=True, slots=True)
class Person:
    """All that the page shows. `same` are the ids of contacts that are proved to be the same person."""

    contact: Contact
    addresses: Sequence[ContactAddress]
    same: Sequence[int]
    conversations: Sequence[Conversation]
    tickets: Sequence[Ticket]
    purposes: Sequence[Purpose]
    said: Sequence[Said]
    holds: Sequence[LegalHold]
    erasing: Erasing
    names: Mapping[int, str]

    @property
    def held(self) -> bool:
        """Whether a hold is in force."""
        return any(each.ended_at is None for each in self.holds)


def load(session: Session, contact_id: int, sealer: Sealer, purposes: Mapping[str, str], now: datetime) -> Person:
    """The person of that number.

    Raises:
        NotFound: there is none.
    """
    contact = session.get(Contact, contact_id)
    if contact is None:
        raise NotFound("there is no person of that number: open them from one of their requests")
    addresses = select(ContactAddress).where(ContactAddress.contact_id == contact_id).order_by(ContactAddress.id)
    talks = select(Conversation).where(Conversation.contact_id == contact_id).order_by(Conversation.last_at.desc())
    tickets = select(Ticket).where(Ticket.contact_id == contact_id).order_by(Ticket.id.desc())
    same = scope.linked(session, contact_id)
    return Person(
        contact=contact,
        addresses=session.scalars(addresses.limit(OTHERS)).all(),
        same=[each for each in same if each != contact_id],
        conversations=session.scalars(talks.limit(OTHERS)).all(),
        tickets=session.scalars(tickets.limit(OTHERS)).all(),
        purposes=_purposes(session, contact_id, purposes, now),
        said=_said(session, contact_id, sealer),
        holds=holds.all_of(session, same),
        erasing=erasing(session, contact_id),
        names={row.id: row.name or row.email for row in staff(session)},
    )


def erasing(session: Session, contact_id: int, ticket_id: int | None = None) -> Erasing:
    """The erasure of a person; `ticket_id` is the request that asks for it."""
    found = erasures.all_of(session, contact_id)
    run = next((each for each in found if each.state in erasures.OPEN), None)
    plan = planning.plan(session, contact_id, ticket_id=ticket_id if run is None else run.ticket_id)
    return Erasing(plan, run, [each for each in found if each is not run])


def _purposes(session: Session, contact_id: int, purposes: Mapping[str, str], now: datetime) -> list[Purpose]:
    return [
        Purpose(key, title, consent.standing(session, contact_id, key, now))
        for key, title in purposes.items()
        if key != consent.MESSAGES
    ]


def _said(session: Session, contact_id: int, sealer: Sealer) -> list[Said]:

    entries = consent.entries(session, (contact_id,))[:MOST_ENTRIES]
    lines = [entry.message_id for entry in entries if entry.message_id]
    query = select(Message.id, Message.conversation_id).where(Message.id.in_(lines))
    where = {row.id: row.conversation_id for row in session.execute(query)}
    return [Said(entry, _note(entry, sealer), where.get(entry.message_id or 0, 0)) for entry in entries]


def _note(entry: ConsentEntry, sealer: Sealer) -> str:
    try:
        return consent.note_of(entry, sealer)
    except SealBroken:
        return "(it can't be opened: the desk's secret key was changed)"


WHY = ("conversation", "request", "opened")
"""Why somebody looks at a person's page, as the audit keeps it; the link that they followed says which."""


def looked(session: Session, contact_id: int, staff_id: int, why: str, now: datetime) -> None:
    """Keep that a colleague looked at the person, once a visit. `why` is one of WHY; anything else is "opened"."""
    facts = {"reason": why if why in WHY else "opened"}
    visits.keep(session, "person.read", f"contact:{contact_id}", staff_id, facts, now)
