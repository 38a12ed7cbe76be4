"""Who is at the console: accounts, server-side sessions, one-time links. Synchronous, inside somebody's unit of work.

Tokens leave as they are and are stored as their SHA-256 only: reading the database signs nobody in.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, cast

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.console.models import SignInLink, Staff, StaffSession

Role = Literal["agent", "lead", "admin"]
ROLES: tuple[Role, ...] = ("agent", "lead", "admin")

IDLE = timedelta(minutes=60)
LONGEST = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=2)
"""A session's last sight is written at most this often: reading a page should not cost a write."""
TRIES = 5
"""Tries at one account from one network address; more is what an attacker does, who must not lock anybody else out."""
MOST_TRIES = 50
"""Tries at one account from everywhere, against an attacker with many addresses."""
LOCKED_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in member of staff, with the session that they came in by."""

    id: int
    name: str
    email: str
    role: Role
    csrf: str
    session_id: str
    seen_at: datetime

    def may(self, role: Role) -> bool:
        """Say whether this person's role is at least `role`."""
        return ROLES.index(self.role) >= ROLES.index(role)

    def still_here(self, now: datetime) -> bool:
        """Say whether the session's last sight is recent enough to leave unwritten."""
        return now - self.seen_at < SEEN_EVERY


class Attempt(NamedTuple):
    """One try at an account: whose, and the hash to check. Both are empty for an unknown or locked account."""

    staff_id: int
    password_hash: str


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def account_name(email: str) -> str:
    """An email address as accounts are kept: trimmed, lower case."""
    return email.strip().lower()[:320]


def attempt(session: Session, email: str, now: datetime, *, last_here: bool = False) -> Attempt:
    """Count a try before it is checked, so that many at once can't outrun the lock.

    `Staff.locked_until` is where the window ends that began with the first failure; who has failed MOST_TRIES times
    within it rests for LOCKED_FOR. `last_here` says that the door lets no more pass from this network address.
    """
    query = select(Staff).where(Staff.email == account_name(email), Staff.active).with_for_update()
    staff = session.scalar(query)
    if staff is None:
        return Attempt(0, "")
    if staff.locked_until is None or staff.locked_until <= now:
        staff.failures, staff.locked_until = 0, now + LOCKED_FOR
    if staff.failures >= MOST_TRIES:
        return Attempt(0, "")
    staff.failures += 1
    if staff.failures >= MOST_TRIES:
        staff.locked_until = now + LOCKED_FOR
        _log(session, staff.id, "staff.locked", now, where="everywhere")
    elif last_here:
        _log(session, staff.id, "staff.locked", now, where="one network address")
    return Attempt(staff.id, staff.password_hash)


def enter(session: Session, staff_id: int, now: datetime, how: str = "password") -> str:
    """Open a session for somebody who has proved who they are; returns the token for their cookie."""
    session.execute(update(Staff).where(Staff.id == staff_id).values(failures=0, locked_until=None))
    session.execute(delete(StaffSession).where(StaffSession.expires_at < now))
    token = secrets.token_urlsafe(32)
    session.add(
        StaffSession(
            id=_digest(token),
            staff_id=staff_id,
            csrf=secrets.token_urlsafe(32),
            created_at=now,
            seen_at=now,
            expires_at=now + LONGEST,
        )
    )
    _log(session, staff_id, "staff.signed_in", now, how=how)
    return token


def visitor(session: Session, token: str, now: datetime) -> Visitor | None:
    """Who holds this cookie; None when it is unknown, too old, idle for too long, or of a disabled account."""
    found = session.execute(
        select(StaffSession, Staff)
        .join(Staff, Staff.id == StaffSession.staff_id)
        .where(StaffSession.id == _digest(token), Staff.active)
    ).first()
    if found is None:
        return None
    row, staff = found
    if now >= row.expires_at or now - row.seen_at >= IDLE:
        return None
    role = cast("Role", staff.role)
    return Visitor(staff.id, staff.name or staff.email, staff.email, role, row.csrf, row.id, row.seen_at)


def still_valid(session: Session, session_id: str, now: datetime) -> bool:
    """Say whether a session is still good, for a stream that holds no cookie any more."""
    query = select(StaffSession.id).join(Staff, Staff.id == StaffSession.staff_id)
    fresh = (StaffSession.expires_at > now, StaffSession.seen_at > now - IDLE, Staff.active)
    return session.scalar(query.where(StaffSession.id == session_id, *fresh)) is not None


def seen(session: Session, session_id: str, now: datetime) -> None:
    """Note that somebody used their session now."""
    session.execute(update(StaffSession).where(StaffSession.id == session_id).values(seen_at=now))


def leave(session: Session, who: Visitor, now: datetime) -> None:
    """End a session for good."""
    session.execute(delete(StaffSession).where(StaffSession.id == who.session_id))
    _log(session, who.id, "staff.signed_out", now)


def leave_everywhere(session: Session, staff_id: int) -> None:
    """End all sessions and unused links of one account."""
    session.execute(delete(StaffSession).where(StaffSession.staff_id == staff_id))
    session.execute(delete(SignInLink).where(SignInLink.staff_id == staff_id, SignInLink.used_at.is_(None)))


def sign_in_link(session: Session, staff_id: int, now: datetime, valid: timedelta = timedelta(hours=24)) -> str:
    """A token for /console/enter/TOKEN that signs one person in once."""
    token = secrets.token_urlsafe(32)
    session.add(SignInLink(id=_digest(token), staff_id=staff_id, expires_at=now + valid, used_at=None))
    return token


def link_holder(session: Session, token: str, now: datetime) -> str | None:
    """The name of whom an unused link would sign in; looking uses nothing up."""
    return session.scalar(
        select(Staff.email)
        .join(SignInLink, SignInLink.staff_id == Staff.id)
        .where(SignInLink.id == _digest(token), _usable(now), Staff.active)
    )


def use_link(session: Session, token: str, now: datetime) -> str | None:
    """Use a link up and open its session; None when it is used, expired, or unknown."""
    if link_holder(session, token, now) is None:
        return None
    used = update(SignInLink).where(SignInLink.id == _digest(token), _usable(now)).values(used_at=now)
    if cast("CursorResult[tuple[()]]", session.execute(used)).rowcount != 1:
        return None
    staff_id = session.scalars(select(SignInLink.staff_id).where(SignInLink.id == _digest(token))).one()
    return enter(session, staff_id, now, how="link")


def _usable(now: datetime) -> ColumnElement[bool]:
    return and_(SignInLink.used_at.is_(None), SignInLink.expires_at > now)


def _log(session: Session, staff_id: int, action: str, now: datetime, **data: str) -> None:
    who = f"staff:{staff_id}"
    audit.append(session, actor=who, action=action, subject=who, data=data, now=now)
