"""Migrations: they build exactly the tables that the code speaks of."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from bot import migrations
from bot.db import Base
from bot.engines import engine_for
from bot.models import AuditEntry


def test_the_migrations_and_the_models_agree(tmp_path: Path) -> None:
    """No table, column or index differs: what a fresh desk has is what the queries count on."""
    assert AuditEntry.metadata is Base.metadata
    engine = engine_for(f"sqlite:///{tmp_path / 'desk.db'}")
    migrations.upgrade(engine)
    migrations.upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


@pytest.mark.parametrize(
    ("state", "certainty", "expected"),
    [
        ("open", "received", "received"),
        ("assigned", "received", "received"),
        ("waiting", "received", "awaiting_clarification"),
        ("answered", "received", "answered"),
        ("closed", "received", "closed"),
        ("open", "suspected", "suspected"),
        ("waiting", "suspected", "suspected"),
        ("closed", "not_request", "not_request"),
        ("open", "not_request", "received"),
    ],
)
def test_tickets_of_before_get_the_states_of_now(tmp_path: Path, state: str, certainty: str, expected: str) -> None:
    """A desk with tickets, ledgers and all that refers to them is brought up to date; nothing is lost."""
    engine = engine_for(f"sqlite:///{tmp_path / 'desk.db'}")
    _upgrade(engine, "0006")
    day = "2026-11-02 10:00:00"
    with engine.begin() as connection:
        for sql in (
            f"INSERT INTO contact (id, name, created_at) VALUES (1, '', '{day}')",
            f"""INSERT INTO conversation (id, channel, address, contact_id, site, name, subject, state, owner,
                owner_since, asked, handover_reason, last_intent, last_topic, last_text, last_direction, last_seq,
                version, recipient, created_at, last_at) VALUES (1, 'sms', '+447700900001', 1, 'iomart', '', '',
                'open', 'bot', '{day}', '', '', '', '', '', 'in', 1, 1, '', '{day}', '{day}')""",
            f"""INSERT INTO ticket (id, reference, kind, state, certainty, conversation_id, contact_id, summary, reason,
                regime, calendar, timezone, received_at, due_on, trace, updated_at) VALUES (1, 'DR-1', 'access',
                '{state}', '{certainty}', 1, 1, 'wot', '', 'uk-gdpr', 'GB-SCT', 'Europe/London', '{day}', '2026-12-02',
                '["why"]', '{day}')""",
            f"INSERT INTO ticket_event (ticket_id, type, at, data) VALUES (1, 'received', '{day}', '{{}}')",
        ):
            connection.execute(text(sql))
    migrations.upgrade(engine)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT state, needed_tier, due_on, trace, internal_due_on FROM ticket")).one()
        assert tuple(found) == (expected, 2, "2026-12-02", '["why"]', None)
        assert connection.scalar(text("SELECT count(*) FROM ticket_event")) == 1
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
    engine.dispose()


def _upgrade(engine: Engine, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations.HERE))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
