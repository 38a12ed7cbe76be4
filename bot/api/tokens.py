"""Tokens of integrations: made, listed, revoked, recognised. Synchronous, inside somebody's unit of work.

`privacydesk token` makes and revokes them; the API's gate asks whose one is.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, cast

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.api.models import ApiToken
from bot.audit import log as audit
from bot.audit.actors import Actor
from bot.console import accounts
from bot.console.auth import ROLES, Role
from bot.console.models import Staff
from bot.errors import NotFound, PermanentError

PREFIX = "pd_"
"""So that people and secret scanners know what they have found."""
SHAPE = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose token it is: one of the staff, with the role that they have now."""

    token_id: int
    staff_id: int
    role: Role
    last_used_at: datetime | None

    @property
    def actor(self) -> Actor:
        """As services and the audit name them."""
        return Actor(self.role, self.staff_id)

    def may(self, role: Role) -> bool:
        """Say whether the role is at least `role`."""
        return ROLES.index(self.role) >= ROLES.index(role)


class Listed(NamedTuple):
    """A token as it is listed: all that is known of it, which is not the token."""

    token: ApiToken
    email: str
    active: bool


def digest(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def add(session: Session, email: str, name: str, now: datetime) -> str:
    """Make a token for one of the staff; returns it, this once.

    Raises:
        NotFound: there is no active account of that address.
        PermanentError: the name is empty or too long.
    """
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise PermanentError(f"a token needs a name of 1 to {LONGEST_NAME} characters that says what it is for")
    staff = accounts.by_email(session, email)
    token = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken(staff_id=staff.id, name=name, digest=digest(token), created_at=now)
    session.add(row)
    session.flush()
    _log(session, row, "token.added", now)
    return token


def listed(session: Session) -> Sequence[Listed]:
    """Every token, newest first."""
    query = select(ApiToken, Staff.email, Staff.active).join(Staff, Staff.id == ApiToken.staff_id)
    return [Listed(*row) for row in session.execute(query.order_by(ApiToken.id.desc()))]


def revoke(session: Session, token_id: int, now: datetime) -> None:
    """End a token at once and for good.

    Raises:
        NotFound: there is none of that number that still works.
    """
    row = session.get(ApiToken, token_id)
    if row is None or row.revoked_at is not None:
        raise NotFound(f"there is no token {token_id} that still works: see privacydesk token list")
    row.revoked_at = now
    _log(session, row, "token.revoked", now)


def revoke_all(session: Session, email: str, now: datetime) -> None:
    """End every token of an account, so that none comes back to life with it."""
    query = select(ApiToken).join(Staff, Staff.id == ApiToken.staff_id)
    for row in session.scalars(query.where(Staff.email == email, ApiToken.revoked_at.is_(None))):
        row.revoked_at = now
        _log(session, row, "token.revoked", now)


def holder(session: Session, token: str) -> Holder | None:
    """Who holds this token; None when it is unknown, revoked, or of a disabled account."""
    if not SHAPE.fullmatch(token):
        return None
    hashed = digest(token)
    query = select(ApiToken, Staff.role).join(Staff, Staff.id == ApiToken.staff_id)
    found = session.execute(query.where(ApiToken.digest == hashed, ApiToken.revoked_at.is_(None), Staff.active)).first()
    if found is None or not hmac.compare_digest(found[0].digest, hashed):
        return None
    row, role = found
    return Holder(row.id, row.staff_id, cast("Role", role), row.last_used_at)


def hour_of(now: datetime) -> datetime:
    """The full hour: as exactly as a token's use is kept."""
    return now.replace(minute=0, second=0, microsecond=0)


def used(session: Session, token_id: int, now: datetime) -> None:
    """Note the hour in which a token was used."""
    session.execute(update(ApiToken).where(ApiToken.id == token_id).values(last_used_at=hour_of(now)))


def _log(session: Session, row: ApiToken, action: str, now: datetime) -> None:
    subject = f"staff:{row.staff_id}"
    audit.append(session, actor="cli", action=action, subject=subject, data={"token": row.id}, now=now)
