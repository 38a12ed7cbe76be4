"""Who may be given to marketing partners: only persons whose last word on it is a permission with evidence.

Policy §3.2: nothing is sold, rented or shared for marketing "without your express permission". Everybody else is
counted by the reason that keeps them out. Used by the console's page and by `privacydesk consent export`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.contacts import consent
from bot.contacts.models import Contact, ContactAddress, ContactLink
from bot.contacts.record_models import ConsentEntry

FORMULA = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
"""How a cell begins that some spreadsheet runs (OWASP, CSV injection); the last four are full-width."""
REACHED_BY = ("sms", "mail")
"""Channels whose addresses mean something outside the desk; a chat's is known here only."""
NOTHING = "no permission on record"
REFUSED = "refused"
WITHDRAWN = "withdrawn since"
UNPROVED = "permission without evidence"
ALONE = "shown by nothing but your own note: another lead takes the list, or record the customer's own line"
STOPPED = "opted out of messages"
ELSEWHERE = "no address that works outside the desk"


class Person(NamedTuple):
    """Somebody who may be shared for this purpose, with the entry that permits it."""

    contact_id: int
    name: str
    addresses: tuple[tuple[str, str], ...]
    entry: ConsentEntry


class Export(NamedTuple):
    """Who may be shared, by number; and how many may not, by reason."""

    purpose: str
    people: Sequence[Person]
    refused: dict[str, int]


def chosen(session: Session, purpose: str, now: datetime, *, by: str = "") -> Export:
    """Decide for everybody on record whether they may be shared for this purpose, by the actor `by`: nobody shares
    alone what they alone say was permitted.
    """
    said = _by_contact(
        session.scalars(
            select(ConsentEntry)
            .where(ConsentEntry.purpose == purpose, ConsentEntry.at <= now + consent.SLACK)
            .order_by(ConsentEntry.at.desc(), ConsentEntry.id.desc())
        )
    )
    addresses: dict[int, list[ContactAddress]] = {}
    for address in session.scalars(select(ContactAddress).order_by(ContactAddress.id)):
        addresses.setdefault(address.contact_id, []).append(address)
    same = _same(session)
    people, refused = [], Counter[str]()
    for contact in session.scalars(select(Contact).where(Contact.erased_at.is_(None)).order_by(Contact.id)):
        # Whoever is proved to be the same person speaks for them too: a withdrawal by one counts for all.
        ids = same.get(contact.id, (contact.id,))
        words = sorted((each for one in ids for each in said.get(one, [])), key=_said_at, reverse=True)
        standing, theirs = consent.decided(words), addresses.get(contact.id, [])
        stopped = any(each.opted_out_at is not None for one in ids for each in addresses.get(one, []))
        if reason := why_not(standing, theirs, stopped=stopped, by=by):
            refused[reason] += 1
        elif standing.entry is not None:
            people.append(Person(contact.id, contact.name, _usable(theirs), standing.entry))
    return Export(purpose, people, dict(refused.most_common()))


def _said_at(entry: ConsentEntry) -> tuple[datetime, int]:
    return entry.at, entry.id


def _same(session: Session) -> dict[int, tuple[int, ...]]:
    """For each person with links that hold, all who are the same."""
    groups: dict[int, set[int]] = {}
    for link in session.scalars(select(ContactLink).where(ContactLink.ended_at.is_(None))):
        joined = groups.get(link.contact_id, {link.contact_id}) | groups.get(link.other_id, {link.other_id})
        groups.update(dict.fromkeys(joined, joined))
    return {one: tuple(sorted(group)) for one, group in groups.items()}


def why_not(standing: consent.Standing, addresses: Sequence[ContactAddress], *, stopped: bool, by: str = "") -> str:
    """The reason why somebody may not be shared, "" where they may.

    Whoever opted out of messages anywhere is left out altogether: nobody should be sold to who said STOP.
    """
    if standing.state != "granted":
        return {"none": NOTHING, "refused": REFUSED}.get(standing.state, WITHDRAWN)
    if not standing.permitted:
        return UNPROVED
    if standing.entry is not None and _noted_by(standing.entry, by):
        return ALONE
    if stopped:
        return STOPPED
    return "" if _usable(addresses) else ELSEWHERE


def export(session: Session, purpose: str, *, by: str, now: datetime) -> Export:
    """`chosen`, for handing out: the audit keeps who took it and the counts."""
    found = chosen(session, purpose, now, by=by)
    facts = {"purpose": purpose, "people": len(found.people), "refused": found.refused}
    audit.append(session, actor=by, action="consent.exported", subject="desk", data=facts, now=now)
    return found


def _noted_by(entry: ConsentEntry, by: str) -> bool:
    """Whether a note of that colleague is all there is to show for it. The command line has no names: whoever uses it
    has the database in hand anyway.
    """
    return by.startswith("staff:") and entry.by == by and entry.message_id is None


def rows(found: Export) -> list[list[str]]:
    """The list as rows of a table, its heads first; a cell that a spreadsheet would read as a formula is quoted."""
    heads = ["person", "name", "channel", "address", "permitted_at", "evidence", "policy", "policy_effective"]
    lines = [heads]
    for person in found.people:
        entry = person.entry
        proof = f"message {entry.message_id}" if entry.message_id else f"entry {entry.id}"
        for channel, value in person.addresses:
            cells = [str(person.contact_id), person.name, channel, value, entry.at.isoformat(), proof]
            lines.append([harmless(each) for each in (*cells, entry.policy, entry.effective)])
    return lines


def harmless(cell: str) -> str:
    """A text that no spreadsheet takes for a formula; a telephone number stays as it is."""
    first = cell.lstrip(" \u00a0\ufeff")[:1]
    number = cell[:1] == "+" and cell[1:].isascii() and cell[1:].isdecimal()
    return f"'{cell}" if first and first in FORMULA and not number else cell


def _usable(addresses: Sequence[ContactAddress]) -> tuple[tuple[str, str], ...]:
    return tuple((each.channel, each.value) for each in addresses if each.channel in REACHED_BY and not each.bad_since)


def _by_contact(found: Iterable[ConsentEntry]) -> dict[int, list[ConsentEntry]]:
    said: dict[int, list[ConsentEntry]] = {}
    for entry in found:
        said.setdefault(entry.contact_id, []).append(entry)
    return said
