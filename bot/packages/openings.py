"""Openings of a package: begun with a right code, used for each file, ended by time, by another place, or by us.

Without cookies, so an opening is a random key that the page's own forms carry along. It is bound to a keyed hash of the
network address and browser that gave the code, and kept as a keyed hash itself. Called by `receiving`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.packages import links
from bot.packages.link_models import PackageLink, PackageOpening
from bot.packages.standing import OpeningFacts, OpeningState, opening_state

Sign = Callable[[str, str], str]
"""A keyed hash, `desk.sign(purpose, text)`."""
KEY_BYTES = 32
LONGEST_KEY = 64
LONGEST_AGENT = 400


class Begun(NamedTuple):
    """A new opening, its key (told once), and whether it ended one that was used from another place."""

    opening: PackageOpening
    key: str
    from_another_place: bool


def client_of(sign: Sign, address: str, agent: str) -> str:
    """Who asks, as it is kept: a keyed hash of the network address and of what the browser calls itself."""
    return sign("package client", f"{address}\0{agent[:LONGEST_AGENT]}")


def begin(session: Session, link: PackageLink, client: str, sign: Sign, now: datetime) -> Begun:
    """Open the package for `client`; what was open by this link before ends."""
    before = [row for row in of_link(session, link.id) if not row.ended_why]
    alive = [row for row in before if opening_state(facts(row), row.client, now) == "good"]
    elsewhere = any(row.client != client for row in alive)
    links.end_openings(session, link.id, "another_place" if elsewhere else "replaced", now)
    key = secrets.token_urlsafe(KEY_BYTES)
    opening = PackageOpening(
        link_id=link.id, key_hash=_hashed(sign, key), client=client, opened_at=now, seen_at=now, ended_why=""
    )
    session.add(opening)
    link.openings += 1
    session.flush()
    return Begun(opening, key, elsewhere)


def use(
    session: Session, link: PackageLink, key: str, client: str, sign: Sign, now: datetime
) -> tuple[PackageOpening | None, OpeningState | None]:
    """The opening of that key and how it stands for `client`; it is noted as used only where it is good."""
    if not key or len(key) > LONGEST_KEY:
        return None, None
    query = select(PackageOpening).where(
        PackageOpening.key_hash == _hashed(sign, key), PackageOpening.link_id == link.id
    )
    opening = session.scalars(query).first()
    if opening is None:
        return None, None
    state = opening_state(facts(opening), client, now)
    if state == "good":
        opening.seen_at = now
    return opening, state


def facts(opening: PackageOpening) -> OpeningFacts:
    """The opening as `standing` decides on it."""
    return OpeningFacts(opening.opened_at, opening.seen_at, opening.ended_why, opening.client)


def of_link(session: Session, link_id: int) -> Sequence[PackageOpening]:
    """Every opening by a link, oldest first."""
    query = select(PackageOpening).where(PackageOpening.link_id == link_id)
    return session.scalars(query.order_by(PackageOpening.id)).all()


def _hashed(sign: Sign, key: str) -> str:
    return sign("package opening", key)
