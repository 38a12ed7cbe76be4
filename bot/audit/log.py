"""Appends to the audit, inside somebody else's transaction: an entry exists exactly when what it tells of does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from bot.audit.chain import FIELDS, GENESIS, Row, entry_hash
from bot.audit.models import AuditEntry
from bot.statements import Statement

# Every message appends, so these are built once: building them costs more than running them.
_TABLE = cast("Table", AuditEntry.__table__)
_HEAD = Statement(select(_TABLE.c.seq, _TABLE.c.hash).order_by(_TABLE.c.seq.desc()).limit(1))
_APPEND = Statement(insert(_TABLE), [*FIELDS, "previous", "hash"])
_LAST = "the audit's last entry"
"""Where a session keeps the transaction in which it appended last, with that entry's number and hash: until the
transaction ends nobody else can append.
"""


def append(session: Session, *, actor: str, action: str, subject: str, data: Mapping[str, Any], now: datetime) -> int:
    """Add one entry and return its number.

    `actor` is "bot", "customer", "staff:ID", "system" or "cli"; `subject` names a thing ("ticket:DR-…",
    "conversation:7"). `data` holds facts about the change, never words or addresses of a person: entries outlive them.
    """
    last = _appended(session) or _stored(session)
    seq, previous = (last[0] + 1, last[1]) if last else (1, GENESIS)
    entry = {
        "seq": seq,
        "at": now.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": actor,
        "action": action,
        "subject": subject,
        "data": json.dumps(dict(data), sort_keys=True, separators=(",", ":"), ensure_ascii=False),
    }
    digest = entry_hash(previous, entry)
    _APPEND.run(session, {**entry, "previous": previous, "hash": digest})
    # What is appended in a savepoint may be undone without its transaction.
    session.info[_LAST] = None if session.in_nested_transaction() else (session.get_transaction(), seq, digest)
    return seq


def _appended(session: Session) -> tuple[int, str] | None:
    """The number and hash of the last entry, where this very transaction appended it."""
    known = session.info.get(_LAST)
    if known is None or known[0] is not session.get_transaction() or session.in_nested_transaction():
        return None
    return known[1], known[2]


def _stored(session: Session) -> tuple[int, str] | None:
    """The same of the last entry that there is."""
    found: Any = _HEAD.run(session, {}).first()
    return (int(found[0]), str(found[1])) if found else None


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
