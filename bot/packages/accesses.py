"""The log of every step that somebody tries with a link. Bounded: a link that is called all day fills no disk.

Called by `receiving`; the console shows it in words. Each step also stands in the audit, without the keyed hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.actors import CUSTOMER
from bot.packages.link_models import PackageAccess, PackageLink
from bot.tickets.models import Ticket

MOST_A_DAY = 200
"""Steps that are kept of one link in a day, beside those that limits are counted from or a right code stands before."""
BOUNDED = ("link_opened", "code_sent", "code_wrong")
UNCOUNTED = ("too_many", "identity_lapsed", "locked")
"""Outcomes of steps that were refused: no limit is counted from them."""


def note(
    session: Session,
    link: PackageLink,
    what: str,
    client: str,
    now: datetime,
    *,
    outcome: str = "",
    file_id: int | None = None,
) -> None:
    """Keep a step; beyond the day's bound only those that a right code was needed for, and the codes that were sent
    and typed wrong, which have limits of their own: looking at a link all day hides none of them.
    """
    bounded = what == "link_opened" or (what in BOUNDED and outcome in UNCOUNTED)
    if bounded and _kept_today(session, link.id, now) >= MOST_A_DAY:
        return
    session.add(PackageAccess(link_id=link.id, at=now, what=what, client=client, outcome=outcome, file_id=file_id))
    session.flush()
    reference = session.get_one(Ticket, link.ticket_id).reference
    facts = {"link": link.id, "package": link.package_id, "outcome": outcome} | ({"file": file_id} if file_id else {})
    audit.append(
        session, actor=CUSTOMER.name, action=f"package.{what}", subject=f"ticket:{reference}", data=facts, now=now
    )


def moments(session: Session, link_id: int, what: str, since: datetime, outcome: str = "") -> Sequence[datetime]:
    """When a step was taken since then, with that outcome."""
    query = select(PackageAccess.at).where(
        PackageAccess.link_id == link_id,
        PackageAccess.what == what,
        PackageAccess.outcome == outcome,
        PackageAccess.at > since,
    )
    return session.scalars(query.order_by(PackageAccess.at)).all()


def wrong(session: Session, link_id: int, since: datetime) -> Sequence[datetime]:
    """When wrong codes were typed since then; what was refused unseen counts no more."""
    query = select(PackageAccess.at).where(
        PackageAccess.link_id == link_id,
        PackageAccess.what == "code_wrong",
        PackageAccess.outcome.not_in(UNCOUNTED),
        PackageAccess.at > since,
    )
    return session.scalars(query.order_by(PackageAccess.at)).all()


def of_links(session: Session, link_ids: Sequence[int], limit: int) -> Sequence[PackageAccess]:
    """The newest steps with these links."""
    query = select(PackageAccess).where(PackageAccess.link_id.in_(link_ids))
    return session.scalars(query.order_by(PackageAccess.id.desc()).limit(limit)).all()


def _kept_today(session: Session, link_id: int, now: datetime) -> int:
    query = select(func.count()).where(
        PackageAccess.link_id == link_id, PackageAccess.what.in_(BOUNDED), PackageAccess.at > now - timedelta(days=1)
    )
    return session.scalar(query) or 0
