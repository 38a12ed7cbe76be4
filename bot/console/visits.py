"""The record of looks at pages that show people's names and words: one audit entry a visit, not one a click."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.models import AuditEntry
from bot.db import Database

VISIT = timedelta(minutes=30)
"""Looks of one colleague at one thing that follow each other within this time are one visit."""


def known(session: Session, action: str, subject: str, staff_id: int, now: datetime) -> bool:
    """Whether the audit has that look of that colleague already, within this visit."""
    query = select(AuditEntry.at).where(
        AuditEntry.subject == subject, AuditEntry.actor == f"staff:{staff_id}", AuditEntry.action == action
    )
    last = session.scalar(query.order_by(AuditEntry.seq.desc()).limit(1))
    return last is not None and now - datetime.fromisoformat(last) < VISIT


def keep(
    session: Session, action: str, subject: str, staff_id: int, facts: Mapping[str, object], now: datetime
) -> None:
    """Keep that a colleague looked, once a visit. `facts` never hold a name, an address or what was searched for."""
    if not known(session, action, subject, staff_id, now):
        audit.append(session, actor=f"staff:{staff_id}", action=action, subject=subject, data=facts, now=now)


async def looked(
    database: Database, action: str, subject: str, staff_id: int, facts: Mapping[str, object], now: datetime
) -> None:
    """`keep`, for pages that are opened all day: within a visit nobody waits for the writer's turn."""
    if not await database.read(lambda session: known(session, action, subject, staff_id, now)):
        await database.write(lambda session: keep(session, action, subject, staff_id, facts, now))
