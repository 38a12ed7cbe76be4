"""Several addresses of one person, one address of several people: linked and parted with proof, and reversibly.

Different people are never merged: a link stands between two contacts, each keeps what is its own, and `unlink` parts
them again. All run inside somebody else's transaction and never commit. Each change is one audit entry.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.actors import Actor
from bot.contacts.models import Contact, ContactAddress, ContactLink, OneTimeCode, Proof
from bot.db import wake
from bot.errors import NotFound, PermanentError

How = Literal["code", "staff"]
"""By a code that was sent to one address and typed from the other, or by a person's check."""
MOST = 50
"""Contacts of one person that are followed."""
LONGEST_REASON = 500


def one_person(session: Session, contact_id: int) -> tuple[int, ...]:
    """The contact and all that are linked with it, also through others; in order."""
    known, fresh = {contact_id}, {contact_id}
    while fresh and len(known) < MOST:
        ends = (ContactLink.contact_id.in_(fresh), ContactLink.other_id.in_(fresh))
        query = select(ContactLink.contact_id, ContactLink.other_id).where(ContactLink.ended_at.is_(None), or_(*ends))
        fresh = {end for pair in session.execute(query) for end in pair} - known
        known |= fresh
    return tuple(sorted(known))


def link(session: Session, contact_id: int, other_id: int, how: How, actor: Actor, now: datetime) -> ContactLink | None:
    """From now on the two are one person. None where they are already.

    Raises:
        NotFound: no such contact.
        PermanentError: it is the same one, or a link by a person's check without a person.
    """
    if contact_id == other_id:
        raise PermanentError("that is the same person already: choose another one to link")
    if how == "staff" and not actor.staff_id:
        raise PermanentError("a link without a code needs a person's check: sign in and make it")
    for each in (contact_id, other_id):
        if session.get(Contact, each) is None:
            raise NotFound("no such person: look them up again")
    if other_id in one_person(session, contact_id):
        return None
    first, second = sorted((contact_id, other_id))
    made = ContactLink(contact_id=first, other_id=second, how=how, by=actor.name, at=now)
    session.add(made)
    session.flush()
    _audit(session, contact_id, "contact.linked", actor, {"other": other_id, "how": how}, now)
    return made


def unlink(session: Session, link_id: int, actor: Actor, now: datetime, *, of: Collection[int] | None = None) -> None:
    """They are two again; what each has said and asked stayed their own. `of` are the contacts whose link it must be.

    Raises:
        NotFound: there is no such link, or it has ended.
    """
    found = session.get(ContactLink, link_id)
    if found is None or found.ended_at is not None or (of is not None and found.contact_id not in of):
        raise NotFound("that link is not there any more: look at the person again")
    found.ended_at = now
    _audit(session, found.contact_id, "contact.unlinked", actor, {"other": found.other_id}, now)


def reassign(session: Session, address_id: int, reason: str, actor: Actor, now: datetime) -> Contact:
    """The address is somebody else's from now on (a recycled number): a new person with nothing shown, to whom the next
    message begins a new conversation. What was said before stays with the old one.

    Raises:
        NotFound: no such address.
        PermanentError: no reason, or too long a one.
    """
    address = _address(session, address_id)
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise PermanentError(f"write why the address is somebody else's now, in up to {LONGEST_REASON} characters")
    before, new = address.contact_id, Contact(name="", created_at=now)
    session.add(new)
    session.flush()
    address.contact_id, address.shared, address.notice_given_at, address.opted_out_at = new.id, False, None, None
    mine = (Proof.address_id == address.id, Proof.kind == "control", Proof.ended_at.is_(None))
    ended = session.scalars(select(Proof).where(*mine)).all()
    for proof in ended:
        proof.ended_at = now
    for code in session.scalars(
        select(OneTimeCode).where(OneTimeCode.address_id == address.id, OneTimeCode.state == "out")
    ):
        code.state = "void"
    facts = {"channel": address.channel, "to": new.id, "proofs_ended": len(ended)}
    _audit(session, before, "address.reassigned", actor, facts, now)
    return new


def share(session: Session, address_id: int, actor: Actor, now: datetime, *, shared: bool) -> None:
    """Say whether several people use an address: control of it then proves nobody.

    Raises:
        NotFound: no such address.
    """
    address = _address(session, address_id)
    if address.shared != shared:
        address.shared = shared
        action = "address.shared" if shared else "address.not_shared"
        _audit(session, address.contact_id, action, actor, {"channel": address.channel}, now)


def _address(session: Session, address_id: int) -> ContactAddress:
    found = session.get(ContactAddress, address_id)
    if found is None:
        raise NotFound("no such address: look the person up again")
    return found


def _audit(
    session: Session, contact_id: int, action: str, actor: Actor, data: dict[str, object], now: datetime
) -> None:
    audit.append(session, actor=actor.name, action=action, subject=f"contact:{contact_id}", data=data, now=now)
    wake(session, "console")
