"""Retention: what is removed when its time has passed. Each category has its time and its reason in one table.

Conversations, tickets and the audit are not touched here: they are the record of what was asked and answered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, CursorResult, delete, func, select, update
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.console.models import SignInLink, StaffSession
from bot.messages.models import Inbox


class Category(NamedTuple):
    """What is kept how long, and why no longer."""

    name: str
    keep: timedelta
    reason: str
    tally: Callable[[Session, datetime], int]
    remove: Callable[[Session, datetime], int]


def _count_payloads(session: Session, before: datetime) -> int:
    query = select(func.count()).select_from(Inbox).where(*_old_payloads(before))
    return session.scalar(query) or 0


def _remove_payloads(session: Session, before: datetime) -> int:
    return _changed(session.execute(update(Inbox).where(*_old_payloads(before)).values(payload=b"", facts={})))


def _old_payloads(before: datetime) -> tuple[ColumnElement[bool], ...]:
    return (Inbox.state == "handled", Inbox.handled_at < before, func.length(Inbox.payload) > 0)


def _count_sessions(session: Session, before: datetime) -> int:
    return session.scalar(select(func.count()).select_from(StaffSession).where(StaffSession.expires_at < before)) or 0


def _remove_sessions(session: Session, before: datetime) -> int:
    return _changed(session.execute(delete(StaffSession).where(StaffSession.expires_at < before)))


def _count_links(session: Session, before: datetime) -> int:
    return session.scalar(select(func.count()).select_from(SignInLink).where(SignInLink.expires_at < before)) or 0


def _remove_links(session: Session, before: datetime) -> int:
    return _changed(session.execute(delete(SignInLink).where(SignInLink.expires_at < before)))


def _changed(result: object) -> int:
    assert isinstance(result, CursorResult)
    return int(result.rowcount)


CONTENT = "their content lives on in the conversation"
ENDED = "they open nothing any more"
CATEGORIES = (
    Category("raw deliveries", timedelta(days=90), CONTENT, _count_payloads, _remove_payloads),
    Category("ended staff sessions", timedelta(days=1), ENDED, _count_sessions, _remove_sessions),
    Category("old sign-in links", timedelta(days=1), ENDED, _count_links, _remove_links),
)


def purge(session: Session, now: datetime, *, dry_run: bool) -> Mapping[str, int]:
    """Remove what its time has passed; with `dry_run` only count. Returns how many of each category."""
    found: dict[str, int] = {}
    for category in CATEGORIES:
        work = category.tally if dry_run else category.remove
        found[category.name] = work(session, now - category.keep)
    if not dry_run and any(found.values()):
        audit.append(session, actor="cli", action="purged", subject="desk", data=found, now=now)
    return found
