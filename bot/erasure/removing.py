"""Removes a person's content in short transactions: one call, one bounded batch. Restartable, and harmless twice.

`batch` finds what is left of one Fate and removes up to BATCH rows of it; `left` counts what is left of all; `finish`
takes the name and the addresses, in the one transaction in which nothing else is left. Whoever drives it (`carrying`)
calls them one after another, each in a transaction of its own, so that a desk goes on working meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, Text, and_, delete, func, literal, or_, select, update
from sqlalchemy import cast as as_type
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from bot.contacts import suppression
from bot.contacts.models import Contact, ContactAddress
from bot.contacts.suppression import Sign
from bot.erasure import providers, scope
from bot.erasure.fates import ALWAYS, FATES, NOWHERE, Fate, nowhere
from bot.erasure.scope import Whose

BATCH = 200
"""Rows in one transaction."""


class NotFinished(Exception):
    """Something of the person is still there, or came again: go through all once more."""


def here() -> list[Fate]:
    """The fates of the tables that this desk has."""
    return [fate for fate in FATES if scope.table(fate.table) is not None]


def batch(session: Session, fate: Fate, whose: Whose, now: datetime) -> int:
    """Remove up to BATCH rows; how many, 0 where nothing is left.

    What a provider still keeps of them is noted first, by its name there alone, so that it goes there too.
    """
    table = scope.need(fate.table)
    key = table.primary_key.columns.values()[0]
    query = select(key if fate.blank is None else table).where(_left(fate, table, whose)).limit(BATCH)
    rows = session.execute(query).mappings().all()
    if not rows:
        return 0
    ids = [row[key.name] for row in rows]
    providers.note(session, fate.table, ids, now)
    if fate.blank is None:
        session.execute(delete(table).where(key.in_(ids)))
        return len(ids)
    fixed, made = _values(fate, table)
    if fixed:
        session.execute(update(table).where(key.in_(ids)).values(**fixed))
    for row in rows if made else ():
        session.execute(
            update(table).where(key == row[key.name]).values(**{n: make(dict(row)) for n, make in made.items()})
        )
    return len(ids)


def left(session: Session, whose: Whose) -> dict[str, int]:
    """How many rows of each category are still to be removed, without those of none."""
    found: dict[str, int] = {}
    for fate in here():
        table = scope.need(fate.table)
        count = session.scalar(select(func.count()).select_from(table).where(_left(fate, table, whose))) or 0
        if count:
            found[fate.title] = found.get(fate.title, 0) + count
    return found


def finish(session: Session, contacts: Sequence[int], sign: Sign, now: datetime) -> int:
    """Take the persons' addresses and names, and mark them erased; returns how many addresses went.

    Raises:
        NotFinished: something of them is still there.
    """
    if left(session, Whose(contacts)):
        raise NotFinished
    addresses = session.scalars(select(ContactAddress).where(ContactAddress.contact_id.in_(contacts))).all()
    for address in addresses:
        suppression.keep(session, address, sign, now)
    session.flush()
    ids = [address.id for address in addresses]
    session.execute(delete(ContactAddress).where(ContactAddress.id.in_(ids)))
    done = session.execute(
        update(Contact).where(Contact.id.in_(contacts), Contact.erased_at.is_(None)).values(name="", erased_at=now)
    )
    session.execute(update(Contact).where(Contact.id.in_(contacts)).values(name=""))
    return len(ids) if cast("CursorResult[Any]", done).rowcount else 0


def _values(fate: Fate, table: Table) -> tuple[dict[str, Any], dict[str, Callable[[Mapping[str, Any]], Any]]]:
    """The columns' new values that are the same for every row, and those that are made from it."""
    named = {name: value for name, value in (fate.blank or {}).items() if name in table.c}
    made = {name: value for name, value in named.items() if callable(value)}
    return {name: value for name, value in named.items() if name not in made}, made


def _left(fate: Fate, table: Table, whose: Whose) -> ColumnElement[bool]:
    theirs = scope.belongs(fate, table, whose)
    if fate.blank is None:
        return theirs
    if fate.mark:
        value = (fate.blank or {})[fate.mark]
        blank = literal(NOWHERE) + as_type(table.c.id, Text) if value is nowhere else value
        return and_(theirs, table.c[fate.mark] != blank)
    if fate.table in ALWAYS:
        return and_(theirs, as_type(table.c.data, Text).contains('"reason"'))
    fixed, _made = _values(fate, table)
    return and_(theirs, or_(*(_differs(table, name, value) for name, value in fixed.items())))


def _differs(table: Table, name: str, value: Any) -> ColumnElement[bool]:
    column = table.c[name]
    if value is None:
        return column.is_not(None)
    if isinstance(value, dict | list):
        return as_type(column, Text) != ("{}" if isinstance(value, dict) else "[]")
    return cast("ColumnElement[bool]", column != value)
