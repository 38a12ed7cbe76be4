"""Taking a package back when a mistake is found, at once and whatever its state.

Called by the console, inside somebody else's transaction. The sealed files stay, as the record of the mistake, until
their time or until a lead deletes them.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.actors import Actor
from bot.casework import service as casework
from bot.conversations.wording import House
from bot.errors import PermanentError
from bot.packages import links, release
from bot.packages.link_models import PackageAccess, PackageLink, PackageOpening
from bot.packages.models import Package
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from bot.tickets.states import NotAllowed
from channels.context import Site

LONGEST_REASON = 500
BACK = {"ready": "withdraw_package", "delivered": "reopen"}
"""The step that brings the ticket back to work, by its state. One that has ended stays so until staff reopen it."""


class Withdrawn(NamedTuple):
    """What was taken back, and how far it had come: opened, and read or saved. Either may be a breach."""

    package: Package
    openings: int
    downloads: int


def withdraw(
    session: Session, ticket_id: int, actor: Actor, now: datetime, *, house: House, site: Site, reason: str
) -> Withdrawn:
    """End every link and opening of the ticket's released package, and bring the ticket back.

    Raises:
        NotAllowed: nothing is released.
        PermanentError: no reason, or too long a one.
    """
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise PermanentError(f"write what the mistake is, in up to {LONGEST_REASON} characters")
    ticket = tickets.get(session, ticket_id)
    package = release.newest(session, ticket.id)
    if package is None or package.state != "released":
        raise NotAllowed("nothing is released: there is nothing to take back")
    ended = links.end_all(session, ticket.id, "withdrawn", now)
    package.state = "withdrawn"
    found = Withdrawn(package, *seen(session, package.id))
    facts = {"package": package.version, "links": ended, "openings": found.openings, "downloads": found.downloads}
    subject = f"ticket:{ticket.reference}"
    audit.append(session, actor=actor.name, action="package.withdrawn", subject=subject, data=facts, now=now)
    _bring_back(session, ticket, actor, now, house=house, site=site, reason=reason)
    return found


def _bring_back(
    session: Session, ticket: Ticket, actor: Actor, now: datetime, *, house: House, site: Site, reason: str
) -> None:
    event = BACK.get(ticket.state)
    if event == "withdraw_package":
        tickets.change(session, ticket.id, "withdraw_package", actor, now, reason=reason.strip())
    elif event == "reopen":
        casework.step(session, ticket.id, "reopen", actor, now, house=house, site=site, reason=reason.strip())


def seen(session: Session, package_id: int) -> tuple[int, int]:
    """How often a package was opened, and how often something of it was read or saved."""
    mine = select(PackageLink.id).where(PackageLink.package_id == package_id)
    opened = select(func.count()).select_from(PackageOpening).where(PackageOpening.link_id.in_(mine))
    saved = (
        select(func.count())
        .select_from(PackageAccess)
        .where(PackageAccess.link_id.in_(mine), PackageAccess.what == "downloaded", PackageAccess.outcome == "")
    )
    return session.scalar(opened) or 0, session.scalar(saved) or 0
