"""Legal holds: while one is in force nothing of that person is erased, by request or by retention.

Laid and ended by a lead or an admin. All run inside somebody else's transaction, and each change is audited; the reason
itself stays out of the audit, which outlives everything.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ScalarSelect, case, or_, select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.actors import Actor
from bot.contacts.models import Contact, ContactLink
from bot.contacts.record_models import LegalHold
from bot.db import wake
from bot.errors import NotFound, PermanentError

LONGEST_REASON = 300
LEADS = ("lead", "admin")


class HoldRefused(PermanentError):
    """A hold can't be laid or ended so; the text names the mend."""


class Held(PermanentError):
    """Nothing of this person may be erased: a legal hold is in force."""


def place(
    session: Session, contact_id: int, reason: str, actor: Actor, now: datetime, *, ticket_id: int | None = None
) -> LegalHold:
    """Lay a hold on a person; `ticket_id` names the request that it is for.

    Raises:
        HoldRefused: it is not for this role, or the reason is missing or too long.
        NotFound: there is no such person, or nothing of them is left.
    """
    _may(actor)
    reason = " ".join(reason.split())
    if not reason or len(reason) > LONGEST_REASON:
        raise HoldRefused(f"write why nothing may be erased, in at most {LONGEST_REASON} characters and without names")
    contact = session.get(Contact, contact_id)
    if contact is None or contact.erased_at is not None:
        raise NotFound("there is no such person on record: take the number on the person's page")
    hold = LegalHold(
        contact_id=contact_id, ticket_id=ticket_id, reason=reason, placed_by=actor.staff_id or None, placed_at=now
    )
    session.add(hold)
    session.flush()
    _audit(session, hold, "hold.placed", actor, now)
    return hold


def end(session: Session, hold_id: int, actor: Actor, now: datetime) -> LegalHold:
    """End a hold; what waited for it may go on.

    Raises:
        HoldRefused: it is not for this role, or the hold has ended already.
        NotFound: there is no such hold.
    """
    _may(actor)
    hold = session.get(LegalHold, hold_id)
    if hold is None:
        raise NotFound("there is no such hold: take its number from the person's page")
    if hold.ended_at is not None:
        raise HoldRefused("that hold has ended already: there is nothing to do")
    hold.ended_at, hold.ended_by = now, actor.staff_id or None
    _audit(session, hold, "hold.ended", actor, now)
    return hold


def in_force(session: Session, contacts: Collection[int]) -> Sequence[LegalHold]:
    """The holds on any of these persons that are in force, oldest first."""
    query = select(LegalHold).where(LegalHold.contact_id.in_(contacts), LegalHold.ended_at.is_(None))
    return session.scalars(query.order_by(LegalHold.id)).all()


def all_of(session: Session, contacts: Collection[int]) -> Sequence[LegalHold]:
    """Every hold that was ever laid on any of these persons, newest first."""
    return session.scalars(
        select(LegalHold).where(LegalHold.contact_id.in_(contacts)).order_by(LegalHold.id.desc())
    ).all()


def live(session: Session) -> Sequence[LegalHold]:
    """Every hold in force, oldest first."""
    return session.scalars(select(LegalHold).where(LegalHold.ended_at.is_(None)).order_by(LegalHold.id)).all()


def held_contacts() -> ScalarSelect[int]:
    """A subquery of the persons under a hold, with all who are proved to be the same: for `contact_id.not_in(…)` of
    retention.
    """
    return _HELD


def _held() -> ScalarSelect[int]:
    held = select(LegalHold.contact_id.label("id")).where(LegalHold.ended_at.is_(None)).cte("held", recursive=True)
    far = case((ContactLink.contact_id == held.c.id, ContactLink.other_id), else_=ContactLink.contact_id)
    near = or_(ContactLink.contact_id == held.c.id, ContactLink.other_id == held.c.id)
    held = held.union(select(far).join(held, near).where(ContactLink.ended_at.is_(None)))
    return select(held.c.id).scalar_subquery()


_HELD = _held()
"""Made once: one query may have it twice, and must name it as one."""


def _may(actor: Actor) -> None:
    if actor.role not in LEADS:
        raise HoldRefused("a hold is laid and ended by a lead or an admin: ask one")


def _audit(session: Session, hold: LegalHold, action: str, actor: Actor, now: datetime) -> None:
    facts = {"hold": hold.id, "ticket": hold.ticket_id or 0}
    name = actor.name if actor.staff_id else "cli"
    audit.append(session, actor=name, action=action, subject=f"contact:{hold.contact_id}", data=facts, now=now)
    wake(session, "console")
