"""Appends to the audit, inside somebody else's transaction: an entry exists exactly when what it tells of does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from bot.audit.chain import GENESIS, Row, entry_hash
from bot.audit.models import AuditEntry

# Every message appends, so these are built once: building them costs more than running them.
_TABLE = cast("Table", AuditEntry.__table__)
_HEAD = select(_TABLE.c.seq, _TABLE.c.hash).order_by(_TABLE.c.seq.desc()).limit(1)
_APPEND = insert(_TABLE)


def append(session: Session, *, actor: str, action: str, subject: str, data: Mapping[str, Any], now: datetime) -> int:
    """Add one entry and return its number.

    `actor` is "bot", "customer", "staff:ID", "system" or "cli"; `subject` names a thing ("ticket:DR-…",
    "conversation:7"). `data` holds facts about the change, never words or addresses of a person: entries outlive them.
    """
    last = session.execute(_HEAD).first()
    seq, previous = (last.seq + 1, last.hash) if last else (1, GENESIS)
    entry = {
        "seq": seq,
        "at": now.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": actor,
        "action": action,
        "subject": subject,
        "data": json.dumps(dict(data), sort_keys=True, separators=(",", ":"), ensure_ascii=False),
    }
    session.execute(_APPEND, {**entry, "previous": previous, "hash": entry_hash(previous, entry)})
    return int(seq)


def rows(session: Session, batch: int = 5_000) -> Iterator[Row]:
    """Every row of the table in order, streamed: also one of a number that no entry of ours has."""
    columns = (
        AuditEntry.seq, AuditEntry.at, AuditEntry.actor, AuditEntry.action, AuditEntry.subject, AuditEntry.data,
        AuditEntry.previous, AuditEntry.hash,
    )  # fmt: skip
    query, last = select(*columns).order_by(AuditEntry.seq).limit(batch), None
    while True:
        found = session.execute(query if last is None else query.where(AuditEntry.seq > last)).all()
        if not found:
            return
        for row in found:
            yield Row(*row)
        last = found[-1].seq
