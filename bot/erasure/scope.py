"""Which rows belong to a person: their number and those linked to it, and everything that hangs on them, as SQL.

Tables are found by name, since some belong to rooms above this one; a table that this desk does not have owns nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, Table, and_, or_, select, union
from sqlalchemy.orm import Session

from bot.db import Base
from bot.erasure.fates import Fate


def table(name: str) -> Table | None:
    """The desk's table of that name."""
    return Base.metadata.tables.get(name)


def need(name: str) -> Table:
    """A table that every desk has."""
    return Base.metadata.tables[name]


def linked(session: Session, contact_id: int) -> list[int]:
    """The person with all who are proved to be the same, sorted; links that were ended count for nothing."""
    links = table("contact_link")
    found, fresh = {contact_id}, {contact_id}
    while links is not None and fresh:
        near = or_(links.c.contact_id.in_(fresh), links.c.other_id.in_(fresh))
        rows = session.execute(select(links.c.contact_id, links.c.other_id).where(near, links.c.ended_at.is_(None)))
        fresh = {each for row in rows for each in row} - found
        found |= fresh
    return sorted(found)


def same_as(session: Session, contacts: Sequence[int]) -> list[int]:
    """These persons with all who are proved to be the same as one of them, sorted: a hold on one holds them all."""
    return sorted({each for one in contacts for each in linked(session, one)})


class Whose(NamedTuple):
    """Whose rows are meant: all of these persons, or (for retention) these conversations alone."""

    contacts: Sequence[int] = ()
    conversations: Sequence[int] = ()


def owned(owner: str, whose: Whose) -> Select[tuple[int]]:
    """The ids of the rows of `owner` that are theirs."""
    talks, messages, tickets = need("conversation"), need("message"), need("ticket")
    contacts, addresses = need("contact"), need("contact_address")
    of_them = select(talks.c.id).where(or_(talks.c.contact_id.in_(whose.contacts), talks.c.id.in_(whose.conversations)))
    asked = select(tickets.c.id).where(
        or_(tickets.c.contact_id.in_(whose.contacts), tickets.c.conversation_id.in_(whose.conversations))
    )
    if owner == "inbox":
        return _inbox(whose, of_them)
    if owner in ("package", "package_link"):
        table = need(owner)
        return select(table.c.id).where(table.c.ticket_id.in_(asked))
    return {
        "contact": select(contacts.c.id).where(contacts.c.id.in_(whose.contacts)),
        "contact_address": select(addresses.c.id).where(addresses.c.contact_id.in_(whose.contacts)),
        "conversation": of_them,
        "message": select(messages.c.id).where(messages.c.conversation_id.in_(of_them)),
        "ticket": asked,
    }[owner]


def _inbox(whose: Whose, conversations: Select[tuple[int]]) -> Select[tuple[int]]:
    """Deliveries that became a line of theirs, and those that came from an address of theirs and are handled."""
    inbox, messages, addresses = need("inbox"), need("message"), need("contact_address")
    lines = select(messages.c.inbox_id).where(
        messages.c.conversation_id.in_(conversations), messages.c.inbox_id.is_not(None)
    )
    sent = (
        select(inbox.c.id)
        .join(addresses, and_(addresses.c.channel == inbox.c.channel, addresses.c.value == inbox.c.sender))
        .where(addresses.c.contact_id.in_(whose.contacts), inbox.c.state != "accepted")
    )
    both = union(lines, sent).subquery()
    return select(both.c[0])


def belongs(fate: Fate, of: Table, whose: Whose) -> ColumnElement[bool]:
    """The condition that a row of the fate's table is theirs."""
    if fate.table == "legal_hold":
        # A hold in force stops the erasure; the reason of one that ended goes.
        return and_(of.c.contact_id.in_(whose.contacts), of.c.ended_at.is_not(None))
    return or_(*(of.c[column].in_(owned(owner, whose)) for column, owner in fate.of if column in of.c))
