"""Accounts of staff, as `privacydesk staff` makes, lists and disables them. Synchronous; each change is audited."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.console import auth
from bot.console.models import Staff
from bot.errors import NotFound, PermanentError

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,250}")


def add(session: Session, *, email: str, name: str, role: auth.Role, password_hash: str, now: datetime) -> Staff:
    """Make an account, or make a disabled one active again with its new role and password.

    Raises:
        PermanentError: that is no email address, or the account is there and active.
    """
    email = auth.account_name(email)
    if not _EMAIL.fullmatch(email):
        raise PermanentError(f"{email!r} is no email address: write it like sam@example.com")
    staff = session.scalar(select(Staff).where(Staff.email == email))
    if staff is not None and staff.active:
        raise PermanentError(f"{email} has an account already: disable it first, or use its password")
    if staff is None:
        staff = Staff(email=email, created_at=now, failures=0)
        session.add(staff)
    staff.name = " ".join(name.split())[:120] or staff.name or ""
    staff.role, staff.password_hash, staff.active = role, password_hash, True
    staff.failures, staff.locked_until = 0, None
    session.flush()
    _log(session, staff.id, "staff.added", now, role=role)
    return staff


def all_staff(session: Session) -> Sequence[Staff]:
    """Every account, active ones first."""
    return session.scalars(select(Staff).order_by(Staff.active.desc(), Staff.email)).all()


def by_email(session: Session, email: str) -> Staff:
    """The active account of that address.

    Raises:
        NotFound: there is none.
    """
    email = auth.account_name(email)
    staff = session.scalar(select(Staff).where(Staff.email == email, Staff.active))
    if staff is None:
        raise NotFound(f"there is no active account {email}: see privacydesk staff list")
    return staff


def disable(session: Session, email: str, now: datetime) -> None:
    """Disable an account: its sessions and unused links end at once; what it did stays under its name.

    Raises:
        NotFound: there is no active account of that address.
    """
    staff = by_email(session, email)
    staff.active = False
    auth.leave_everywhere(session, staff.id)
    _log(session, staff.id, "staff.disabled", now)


def link(session: Session, email: str, now: datetime) -> str:
    """A one-time sign-in link's token for an account.

    Raises:
        NotFound: there is no active account of that address.
    """
    staff = by_email(session, email)
    _log(session, staff.id, "staff.link_made", now)
    return auth.sign_in_link(session, staff.id, now)


def _log(session: Session, staff_id: int, action: str, now: datetime, **data: str) -> None:
    audit.append(session, actor="cli", action=action, subject=f"staff:{staff_id}", data=data, now=now)
