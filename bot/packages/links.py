"""Links to a package: made, found by their token, ended. A new link ends the one before.

Called by `release` and `receiving`, inside somebody else's transaction.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.contacts.models import ContactAddress
from bot.errors import PermanentError
from bot.packages.link_models import PackageLink, PackageOpening
from bot.packages.standing import TOKEN_BYTES, LinkEnd, LinkFacts, looks_like_token
from bot.tickets.models import Ticket

PATH = "/package/"


class Fresh(NamedTuple):
    """A link just made, with the token that is told once and kept nowhere."""

    link: PackageLink
    token: str


def make(
    session: Session,
    ticket: Ticket,
    package_id: int,
    now: datetime,
    *,
    sent_to: ContactAddress,
    code_to: ContactAddress | None,
    staff_id: int,
    days: int,
) -> Fresh:
    """A link to the package for the ticket's person, good for `days`; those before it open nothing any more.

    Raises:
        PermanentError: link and codes would go by one channel: who reads one would read the other.
    """
    if code_to is not None and code_to.channel == sent_to.channel:
        raise PermanentError(
            "the link and the code would go by the same channel: choose an address on another one for the code, "
            "or a call-back"
        )
    end_all(session, ticket.id, "replaced", now)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = PackageLink(
        package_id=package_id,
        ticket_id=ticket.id,
        contact_id=ticket.contact_id,
        token_hash=hashed(token),
        sent_to_id=sent_to.id,
        code_to_id=code_to.id if code_to else None,
        made_by=staff_id,
        created_at=now,
        expires_at=now + timedelta(days=days),
        ended_why="",
        openings=0,
    )
    session.add(link)
    session.flush()
    return Fresh(link, token)


def hashed(token: str) -> str:
    """What is kept of a token: it is random in full, so a plain SHA-256 tells nothing of it."""
    return hashlib.sha256(token.encode()).hexdigest()


def find(session: Session, token: str) -> PackageLink | None:
    """The link of that token, whatever became of it."""
    if not looks_like_token(token):
        return None
    return session.scalars(select(PackageLink).where(PackageLink.token_hash == hashed(token))).first()


def facts(link: PackageLink) -> LinkFacts:
    """The link as `standing` decides on it."""
    return LinkFacts(link.expires_at, link.ended_why, link.openings)


def of_ticket(session: Session, ticket_id: int) -> Sequence[PackageLink]:
    """Every link that a ticket ever had, newest first."""
    query = select(PackageLink).where(PackageLink.ticket_id == ticket_id)
    return session.scalars(query.order_by(PackageLink.id.desc())).all()


def end_all(session: Session, ticket_id: int, why: LinkEnd, now: datetime) -> int:
    """End the ticket's links and whatever is open by them; returns how many links ended."""
    ended = 0
    for link in of_ticket(session, ticket_id):
        if not link.ended_why:
            link.ended_at, link.ended_why = now, why
            ended += 1
            end_openings(session, link.id, why, now)
    return ended


def end_openings(session: Session, link_id: int, why: str, now: datetime) -> int:
    """End what is open by a link; returns how many."""
    query = select(PackageOpening).where(PackageOpening.link_id == link_id, PackageOpening.ended_why == "")
    rows = session.scalars(query).all()
    for row in rows:
        row.ended_at, row.ended_why = now, why
    return len(rows)
