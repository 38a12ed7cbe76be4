"""Retention: what has had its time goes, the rest stays, a dry run changes nothing, and a desk beside it works on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, insert, select, text
from sqlalchemy.orm import Session

from bot import retaining, retention
from bot.audit.models import AuditEntry
from bot.engines import engine_for
from bot.messages.models import Inbox
from tests import prepared
from tests.support import NOON, running


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = engine_for(f"sqlite:///{prepared.database(tmp_path / 'desk.db')}")
    yield engine
    engine.dispose()


def runs(engine: Engine) -> retention.Run:
    def run(work: Callable[[Session], Any]) -> Any:
        with Session(engine) as session, session.begin():
            return work(session)

    return run


def delivery(key: str, age_days: float, state: str = "handled", payload: bytes = b"Body=hello") -> dict[str, object]:
    then = NOON - timedelta(days=age_days)
    return {
        "channel": "sms", "dedupe_key": key, "sender": "x", "payload": payload, "facts": {}, "received_at": then,
        "state": state, "attempts": 0, "error": "", "handled_at": then if state == "handled" else None,
    }  # fmt: skip


def fill(engine: Engine, rows: list[dict[str, object]]) -> None:
    runs(engine)(lambda session: session.execute(insert(Inbox), rows) and None)


def test_old_raw_deliveries_go_and_young_and_unhandled_ones_stay(engine: Engine) -> None:
    """After 90 days the raw payload is emptied; its row stays, so that a late repeat is still known."""
    fill(engine, [delivery("old", 91), delivery("young", 89), delivery("dead", 400, "dead")])
    run = runs(engine)
    assert retention.purge(run, NOON, dry_run=True)["raw deliveries"] == 1
    assert all(run(lambda session: session.scalars(select(Inbox.payload)).all()))
    assert retention.purge(run, NOON, dry_run=False)["raw deliveries"] == 1
    kept = run(lambda session: dict(list(session.execute(select(Inbox.dedupe_key, Inbox.payload)))))
    assert kept == {"old": b"", "young": b"Body=hello", "dead": b"Body=hello"}
    assert retention.purge(run, NOON, dry_run=False)["raw deliveries"] == 0
    assert run(lambda session: session.scalars(select(AuditEntry.action)).all()) == ["purged"]


def test_it_goes_in_short_transactions(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """By rows and by bytes; every row's turn comes, the oldest first, and one audit entry has the sum."""
    monkeypatch.setattr(retention, "BATCH", 10)
    monkeypatch.setattr(retention, "BATCH_BYTES", 1_000)
    monkeypatch.setattr(retention, "PAUSE", 0.0)
    fill(engine, [delivery(f"k{age}", 100 + age) for age in range(25)] + [delivery("large", 99, payload=b"x" * 5_000)])
    fill(engine, [delivery("next", 98)])
    updates: list[int] = []

    @event.listens_for(engine, "after_cursor_execute")
    def _count(_c: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("UPDATE inbox"):
            updates.append(cursor.rowcount)

    assert retention.purge(runs(engine), NOON, dry_run=False)["raw deliveries"] == 27
    assert updates == [10, 10, 6, 1]
    entries = runs(engine)(lambda session: session.scalars(select(AuditEntry.data)).all())
    assert [json.loads(entry)["raw deliveries"] for entry in entries] == [27]


def test_what_was_removed_before_a_failure_is_in_the_audit(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped in the middle, it says what it did."""
    monkeypatch.setattr(retention, "BATCH", 10)
    fill(engine, [delivery(f"k{age}", 100) for age in range(25)])

    def stop(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(retention.time, "sleep", stop)
    with pytest.raises(KeyboardInterrupt):
        retention.purge(runs(engine), NOON, dry_run=False)
    (entry,) = runs(engine)(lambda session: session.scalars(select(AuditEntry.data)).all())
    assert json.loads(entry)["raw deliveries"] == 10


def test_the_oldest_are_found_by_the_index(engine: Engine) -> None:
    """However many deliveries there are, a batch looks at those that it empties, and at none other."""
    query = (
        retaining.old_payloads(NOON).limit(retention.BATCH).compile(engine, compile_kwargs={"render_postcompile": True})
    )
    with engine.connect() as connection:
        given = [NOON.replace(tzinfo=None).isoformat(" "), 500, 0][: str(query).count("?")]
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", tuple(given)).all()
    told = " ".join(row[3] for row in plan)
    assert "ix_inbox_full" in told
    assert "SCAN inbox" not in told
    assert "TEMP" not in told


async def test_a_desk_that_runs_beside_it_goes_on_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While thousands of mails are emptied, the desk is never kept from the lock for as long as it would wait."""
    async with running(tmp_path) as desk:
        database = desk.desk.database
        rows = [delivery(f"k{number}", 100, payload=b"x" * 8_000) for number in range(3_000)]
        await database.write(lambda session: session.execute(insert(Inbox), rows) and None)
        engine = engine_for(desk.desk.settings.database)
        purging = asyncio.create_task(asyncio.to_thread(retention.purge, runs(engine), NOON, dry_run=False))
        turns, left = 0, []
        while not purging.done():
            await database.write(
                lambda session: session.execute(text("UPDATE inbox SET attempts = 1 WHERE id = 1")) and None
            )
            turns += 1
            left.append(
                await database.read(lambda s: s.scalar(select(func.count()).where(func.length(Inbox.payload) > 0)))
            )
        assert (await purging)["raw deliveries"] == 3_000
        engine.dispose()
    assert turns > 3
    assert any(0 < number < 3_000 for number in left)
