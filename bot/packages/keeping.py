"""Deleting packages after their time: their links and the bytes of their files. What was handed over stays on record by
its digests.

`expire` is a job of the scheduler; `delete` is for a lead. Both run inside somebody else's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.actors import BOT, Actor
from bot.contacts import holds, linking
from bot.errors import NotFound
from bot.packages import links
from bot.packages import on_paper as handed
from bot.packages.link_models import PackageLink, PackageOpening
from bot.packages.models import Package, PackageFile
from bot.tickets.models import Ticket
from bot.tickets.states import NotAllowed

GRACE = timedelta(days=14)
"""What nobody opened is kept that long after its last link has ended: a new one can be sent until then."""
EVERY = timedelta(hours=1)
AT_ONCE = 20
"""Packages that one run deletes; the next takes the others."""
HELD = ("draft", "built", "released", "withdrawn", "expired")
"""States of packages that still hold their files."""


def expire(session: Session, now: datetime, keep: timedelta) -> int:
    """Delete what was opened `keep` ago, what nobody opened in time, and what was never sent or taken back for as long;
    returns how many packages.
    """
    over = (package for package in _held(session, now - min(keep, GRACE)) if _over(session, package, now, keep))
    found = [package for package in over if not _under_hold(session, package)][:AT_ONCE]
    for package in found:
        _delete(session, package, BOT, now)
    return len(found)


def delete(session: Session, package_id: int, actor: Actor, now: datetime) -> None:
    """Delete a package's files now.

    Raises:
        NotFound: there is no such package, or it is deleted already.
        NotAllowed: it is out with its person: take it back first.
    """
    package = session.get(Package, package_id)
    if package is None or package.state == "deleted":
        raise NotFound("there is no such package any more: load the page again")
    if _under_hold(session, package):
        raise NotAllowed("a legal hold keeps everything of this person: end the hold first")
    if package.state == "released":
        raise NotAllowed("it is out with its person: withdraw it first")
    _delete(session, package, actor, now)


def _held(session: Session, before: datetime) -> Sequence[Package]:
    """Those whose time may be over: whatever else counts for them came after they were built."""
    query = select(Package).where(Package.state.in_(HELD), Package.built_at <= before).order_by(Package.built_at)
    return session.scalars(query).all()


def _over(session: Session, package: Package, now: datetime, keep: timedelta) -> bool:
    """Whether a package's time is over."""
    mine = PackageLink.package_id == package.id
    opened = session.scalar(
        select(func.min(PackageOpening.opened_at))
        .join(PackageLink, PackageLink.id == PackageOpening.link_id)
        .where(mine)
    )
    if package.state == "released":
        last = session.scalar(select(func.max(PackageLink.expires_at)).where(mine))
        on_paper = [event.at for event in handed.of_ticket(session, package.ticket_id) if event.at >= package.built_at]
        opened = min([each for each in (opened, *on_paper) if each], default=None)
        if last is None and not opened and session.get_one(Ticket, package.ticket_id).state == "ready":
            return False  # to be handed over on paper, which takes as long as it takes
        return now >= (opened + keep if opened else (last or package.built_at) + GRACE)
    if package.state == "withdrawn":
        ended = session.scalar(select(func.max(PackageLink.ended_at)).where(mine))
        return now >= (ended or package.built_at) + keep
    return _replaced(session, package) and now >= package.built_at + keep


def _under_hold(session: Session, package: Package) -> bool:
    """Whether a legal hold keeps everything of its person."""
    contact = session.get_one(Ticket, package.ticket_id).contact_id
    return bool(holds.in_force(session, linking.one_person(session, contact)))


def _replaced(session: Session, package: Package) -> bool:
    """Whether a newer package took its place, or its ticket has ended: until then it may yet be released."""
    newer = select(Package.id).where(Package.ticket_id == package.ticket_id, Package.version > package.version).limit(1)
    return session.scalar(newer) is not None or session.get_one(Ticket, package.ticket_id).closed_at is not None


def _delete(session: Session, package: Package, actor: Actor, now: datetime) -> None:
    ticket = session.get_one(Ticket, package.ticket_id)
    if package.state == "released":
        links.end_all(session, ticket.id, "deleted", now)
    session.execute(update(PackageFile).where(PackageFile.package_id == package.id).values(content=b""))
    before, package.state = package.state, "deleted"
    facts = {"package": package.version, "digest": package.digest, "was": before}
    subject = f"ticket:{ticket.reference}"
    audit.append(session, actor=actor.name, action="package.deleted", subject=subject, data=facts, now=now)
