"""What an erasure would do, before anything is done: what goes, what stays and why, what stops it. Changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from bot.contacts import holds, proofs
from bot.contacts.models import Contact, ContactAddress
from bot.conversations import calls
from bot.conversations.models import Conversation, Message
from bot.erasure import lessons, removing, scope
from bot.erasure.scope import Whose
from bot.errors import NotFound
from bot.messages.models import Inbox
from bot.packages.link_models import PackageLink, PackageOpening
from bot.packages.models import Package
from bot.packages.standing import HANDED_OVER
from bot.tickets.models import Ticket
from bot.tickets.vocabulary import ENDS, OWED

MOST_NAMED = 10
"""Tickets, lessons and lines of others that are named at most; the rest is counted."""

NEWEST_LINES = 10_000
"""How far back other people's messages are looked through for mentions."""


class Kept(NamedTuple):
    """Something that stays after the erasure, and why it may."""

    what: str
    why: str


class Copy(NamedTuple):
    """A package that is out with its person: of which request, when it was last opened (None for never)."""

    reference: str
    opened_at: datetime | None


class Plan(NamedTuple):
    """What erasing these persons would do.

    `removes` counts rows by category, `kept` is what stays, `stops` are sentences, each with its mend: with any of them
    nothing is erased. `elsewhere` are mentions of their addresses in other people's messages, which are not theirs,
    as far back as NEWEST_LINES. `mend` are published lessons made from their words. `addresses` counts what would be
    taken last. `copies` are packages that they can still open, which go at once, opened minutes ago or not.
    """

    contact_id: int
    contacts: Sequence[int]
    removes: dict[str, int]
    addresses: int
    kept: Sequence[Kept]
    stops: Sequence[str]
    elsewhere: int
    mend: Sequence[int]
    erased_on: date | None
    copies: Sequence[Copy] = ()

    @property
    def total(self) -> int:
        """How many rows lose their content or go."""
        return sum(self.removes.values()) + self.addresses


def plan(
    session: Session, contact_id: int, *, linked: bool = True, ticket_id: int | None = None, mentions: bool = True
) -> Plan:
    """The dry run for a person, with all who are proved to be the same unless `linked` is false.

    `ticket_id` is the request that asks for it; it alone may still be open. Without `mentions` other people's messages
    are not looked through, which takes its time where there are very many.

    Raises:
        NotFound: there is no such person.
    """
    contact = session.get(Contact, contact_id)
    if contact is None:
        raise NotFound("there is no such person on record: take the number on the person's page")
    contacts = scope.linked(session, contact_id) if linked else [contact_id]
    taught = lessons.of(session, contacts)
    removes = removing.left(session, Whose(contacts))
    drafts = [each for each in taught if each.state != "published"]
    if drafts:
        removes["lessons in their words"] = len(drafts)
    addresses = session.scalars(select(ContactAddress).where(ContactAddress.contact_id.in_(contacts))).all()
    return Plan(
        contact_id, contacts, removes, len(addresses), _kept(session, contacts, addresses),
        stops(session, contacts, ticket_id), _mentions(session, contacts, addresses) if mentions else 0,
        [each.id for each in taught if each.state == "published"],
        contact.erased_at.date() if contact.erased_at else None, _copies(session, contacts),
    )  # fmt: skip


def stops(session: Session, contacts: Sequence[int], ticket_id: int | None = None) -> list[str]:
    """Why nothing of these persons may be erased now, as sentences that name the mend."""
    found = [
        f"A hold is in force (number {hold.id}, since {hold.placed_at:%-d %B %Y}): a lead ends it when it is over."
        for hold in holds.in_force(session, scope.same_as(session, contacts))
    ]
    query = select(Ticket).where(Ticket.contact_id.in_(contacts), Ticket.state.in_(OWED), Ticket.kind != "erasure")
    found += [
        f"{ticket.reference} ({ticket.kind}) is still open: finish or dismiss it first."
        for ticket in session.scalars(query.order_by(Ticket.id).limit(MOST_NAMED))
    ]
    found += _own_request(session, ticket_id)
    waiting = session.scalar(
        select(func.count())
        .select_from(Inbox)
        .join(ContactAddress, (ContactAddress.channel == Inbox.channel) & (ContactAddress.value == Inbox.sender))
        .where(ContactAddress.contact_id.in_(contacts), Inbox.state == "accepted")
    )
    if waiting:
        found.append("A message of theirs has just come in and is not handled yet: look again in a moment.")
    return found


def _own_request(session: Session, ticket_id: int | None) -> list[str]:
    """What keeps the request itself back: who they are is not known, or another request goes first."""
    ticket = session.get(Ticket, ticket_id) if ticket_id else None
    if ticket is None:
        return []
    found = []
    before = session.get(Ticket, ticket.waits_for_id) if ticket.waits_for_id else None
    if before is not None and before.state in OWED:
        found.append(f"It waits for {before.reference}: they get their copy before it is erased.")
    if ticket.state in ENDS:
        found.append(f"{ticket.reference} has ended ({ticket.state}): reopen it if they are to be erased after all.")
    elif ticket.identity_tier < ticket.needed_tier:
        # No tier that they have: the panel counts the proofs that stand today, and says what shows more.
        found.append(f"It is not known well enough who asks: tier {ticket.needed_tier} is needed, see “Who is it”.")
    elif _proof_ended(session, ticket):
        found.append(
            "What showed who asks was ended since (their address may be somebody else's): check again who asks."
        )
    return found


def _proof_ended(session: Session, ticket: Ticket) -> bool:
    """Whether the proofs don't bear the ticket's tier any more, because one was ended. That one lapsed since the
    request came in takes nothing back.
    """
    if not any(proof.ended_at for proof in proofs.of_person(session, ticket.contact_id)):
        return False
    return proofs.tier_of(session, ticket.contact_id, ticket.id, ticket.received_at) < ticket.needed_tier


def _copies(session: Session, contacts: Sequence[int]) -> list[Copy]:
    """The packages that these persons can still open."""
    query = (
        select(Ticket.reference, func.max(PackageOpening.opened_at))
        .join(Package, Package.ticket_id == Ticket.id)
        .join(PackageLink, (PackageLink.package_id == Package.id) & (PackageLink.ended_why == ""))
        .outerjoin(PackageOpening, PackageOpening.link_id == PackageLink.id)
        .where(Ticket.contact_id.in_(contacts), Package.state == "released", Ticket.state.in_(HANDED_OVER))
        .group_by(Ticket.id, Ticket.reference)
        .order_by(Ticket.id)
    )
    return [Copy(reference, opened) for reference, opened in session.execute(query)]


def _kept(session: Session, contacts: Sequence[int], addresses: Sequence[ContactAddress]) -> list[Kept]:
    tickets = session.scalar(select(func.count()).select_from(Ticket).where(Ticket.contact_id.in_(contacts))) or 0
    found = [
        Kept("The audit", "it names nobody, and it must go on proving that nothing was altered"),
        Kept("That and when they permitted something or took it back", "to show that we did as they said"),
    ]
    if tickets:
        kept = f"{tickets} {'request' if tickets == 1 else 'requests'}: reference, kind, dates and states"
        found.insert(0, Kept(kept, "to show that we did what the law asks"))
    if any(each.opted_out_at for each in addresses):
        found.append(Kept("A keyed hash of the address that said STOP", "so that nobody writes to it again"))
    return found


def _mentions(session: Session, contacts: Sequence[int], addresses: Sequence[ContactAddress]) -> int:
    """Lines of other people that name one of the addresses, among the newest: no index finds words amid others."""
    values = [calls.written_to(each.channel, each.value)[1] for each in addresses if each.channel != "webchat"]
    values = list(filter(None, values))
    if not values:
        return 0
    query = (
        select(func.count())
        .select_from(Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Message.id > select(func.max(Message.id)).scalar_subquery() - NEWEST_LINES,
            Conversation.contact_id.not_in(contacts),
            or_(*(Message.text.contains(value, autoescape=True) for value in values)),
        )
    )
    return session.scalar(query) or 0
