"""Retention: what is removed when its time has passed. Each category has its time and its reason in one table.

Conversations, tickets and the audit are not touched here: they are the record of what was asked and answered.

A desk that runs beside it needs the database's one write lock, and waits two seconds for it at most. So the work goes
in short transactions, with a pause after each.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, UpdateBase, delete, func, literal, select, text, update
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.console.models import SignInLink, StaffSession
from bot.messages.models import Inbox

Run = Callable[[Callable[[Session], Any]], Any]
"""Runs a unit of work in a transaction of its own, and gives what it returns."""

BATCH = 500
"""Rows in one transaction."""
BATCH_BYTES = 16_000_000
"""And bytes: every page of a large mail is looked at when it is freed."""
PAUSE = 0.15
"""Seconds between two: whoever waits for SQLite's lock looks for it every tenth of a second at the least."""
FULL = text("state = 'handled' AND length(payload) > 0")
"""The condition of the index ix_inbox_full, word for word: only so is it used."""


class Category(NamedTuple):
    """What is kept how long, and why no longer. `old` gives ids and sizes, oldest first; `remove` is for some ids."""

    name: str
    keep: timedelta
    reason: str
    old: Callable[[datetime], Select[Any]]
    remove: Callable[[Sequence[Any]], UpdateBase]


def old_payloads(before: datetime) -> Select[Any]:
    """Deliveries that were handled before that moment and still hold what was sent."""
    rows = select(Inbox.id, func.length(Inbox.payload)).where(FULL, Inbox.handled_at < before)
    return rows.order_by(Inbox.handled_at)


def _ended(table: type[StaffSession | SignInLink]) -> Callable[[datetime], Any]:
    return lambda before: select(table.id, literal(0)).where(table.expires_at < before)


CONTENT = "their content lives on in the conversation"
ENDED = "they open nothing any more"
CATEGORIES = (
    Category(
        "raw deliveries", timedelta(days=90), CONTENT, old_payloads,
        lambda ids: update(Inbox).where(Inbox.id.in_(ids)).values(payload=b"", facts={}),
    ),
    Category(
        "ended staff sessions", timedelta(days=1), ENDED, _ended(StaffSession),
        lambda ids: delete(StaffSession).where(StaffSession.id.in_(ids)),
    ),
    Category(
        "old sign-in links", timedelta(days=1), ENDED, _ended(SignInLink),
        lambda ids: delete(SignInLink).where(SignInLink.id.in_(ids)),
    ),
)  # fmt: skip


def purge(run: Run, now: datetime, *, dry_run: bool) -> Mapping[str, int]:
    """Remove what its time has passed; with `dry_run` only count. Returns how many of each category.

    Stopped in the middle, it has removed a part, says so in the audit, and goes on from there the next time.
    """
    found = {category.name: 0 for category in CATEGORIES}
    if dry_run:
        return {category.name: run(_tally(category, now - category.keep)) for category in CATEGORIES}
    try:
        for category in CATEGORIES:
            work = _batch(category, now - category.keep)
            while count := run(work):
                found[category.name] += count
                time.sleep(PAUSE)
    finally:
        if any(found.values()):
            run(
                lambda session: audit.append(session, actor="cli", action="purged", subject="desk", data=found, now=now)
            )
    return found


def _tally(category: Category, before: datetime) -> Callable[[Session], int]:
    query = select(func.count()).select_from(category.old(before).order_by(None).subquery())
    return lambda session: session.scalar(query) or 0


def _batch(category: Category, before: datetime) -> Callable[[Session], int]:
    def work(session: Session) -> int:
        ids, size = [], 0
        for row_id, length in session.execute(category.old(before).limit(BATCH)):
            ids.append(row_id)
            size += length
            if size >= BATCH_BYTES:
                break
        if ids:
            session.execute(category.remove(ids).execution_options(synchronize_session=False))
        return len(ids)

    return work
