"""Settles what the scan of a rendered package found: a person looks at each, and lets it stand with a reason, or goes
back and leaves it out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.actors import Actor
from bot.db import wake
from bot.errors import NotFound
from bot.packages.errors import NotReady
from bot.packages.models import Package, PackageFinding
from bot.sealing import Sealer
from bot.tickets.models import Ticket

LEAST_REASON, LONGEST_REASON = 3, 200


class Opened(NamedTuple):
    """A finding with its words."""

    id: int
    kind: str
    place: str
    text: str
    reason: str


def of_package(session: Session, package_id: int, sealer: Sealer) -> Sequence[Opened]:
    """The findings of a package, those still open first. Raises SealBroken."""
    query = select(PackageFinding).where(PackageFinding.package_id == package_id)
    rows = session.scalars(query.order_by(PackageFinding.reason != "", PackageFinding.id))
    return [
        Opened(row.id, row.kind, row.place, sealer.open_text(row.text, PackageFinding.PURPOSE), row.reason)
        for row in rows
    ]


def settle(
    session: Session, ticket_id: int, finding_ids: Sequence[int], reason: str, actor: Actor, now: datetime
) -> int:
    """Let findings stand, with a person's reason; once none is open the package is built. Returns how many are open.

    Raises:
        NotFound: one is not of this ticket's package.
        NotReady: no reason, or a card number, or the package is no draft any more.
    """
    reason = reason.strip()
    if not LEAST_REASON <= len(reason) <= LONGEST_REASON:
        raise NotReady(f"say in {LEAST_REASON} to {LONGEST_REASON} letters why this may stay in")
    package = session.scalars(
        select(Package).where(Package.ticket_id == ticket_id).order_by(Package.version.desc()).limit(1)
    ).first()
    if package is None or package.state != "draft":
        raise NotReady("this version has nothing open any more: load the page again")
    rows = session.scalars(
        select(PackageFinding).where(PackageFinding.package_id == package.id, PackageFinding.id.in_(finding_ids))
    ).all()
    if not rows or len(rows) != len(set(finding_ids)):
        raise NotFound("that finding is not of this package: load the page again")
    if any(row.kind == "card" for row in rows):
        raise NotReady("card numbers never go out: leave it out of its item, or withhold that, and build again")
    for row in rows:
        row.reason, row.by_id, row.at = reason, actor.staff_id or None, now
    session.flush()
    still = (PackageFinding.package_id == package.id, PackageFinding.reason == "")
    left = session.scalar(select(func.count()).select_from(PackageFinding).where(*still)) or 0
    package.state = "draft" if left else "built"
    reference = session.get_one(Ticket, ticket_id).reference
    data = {"package": package.id, "findings": len(rows), "open": left}
    audit.append(
        session, actor=actor.name, action="package.findings_settled", subject=f"ticket:{reference}", data=data, now=now
    )
    wake(session, "console")
    return left
