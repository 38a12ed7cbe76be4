"""Retention: what has had its time goes, the rest stays, and a dry run changes nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from bot import migrations, retention
from bot.audit.models import AuditEntry
from bot.engines import engine_for
from bot.messages.models import Inbox
from tests.support import NOON


def delivery(key: str, age_days: int, state: str = "handled") -> dict[str, object]:
    then = NOON - timedelta(days=age_days)
    return {
        "channel": "sms", "dedupe_key": key, "sender": "x", "payload": b"Body=hello", "facts": {}, "received_at": then,
        "state": state, "attempts": 0, "error": "", "handled_at": then if state == "handled" else None,
    }  # fmt: skip


def test_old_raw_deliveries_go_and_young_and_unhandled_ones_stay(tmp_path: Path) -> None:
    """After 90 days the raw payload is emptied; its row stays, so that a late repeat is still known."""
    engine = engine_for(f"sqlite:///{tmp_path / 'desk.db'}")
    migrations.upgrade(engine)
    with Session(engine) as session, session.begin():
        session.execute(insert(Inbox), [delivery("old", 91), delivery("young", 89), delivery("dead", 400, "dead")])
        assert retention.purge(session, NOON, dry_run=True)["raw deliveries"] == 1
        assert all(session.scalars(select(Inbox.payload)))
        assert retention.purge(session, NOON, dry_run=False)["raw deliveries"] == 1
        kept = dict(list(session.execute(select(Inbox.dedupe_key, Inbox.payload))))
        assert kept == {"old": b"", "young": b"Body=hello", "dead": b"Body=hello"}
        assert session.scalars(select(AuditEntry.action)).all() == ["purged"]
        assert retention.purge(session, NOON, dry_run=False)["raw deliveries"] == 0
