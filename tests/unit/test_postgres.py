"""The desk's tables on PostgreSQL: the same migrations, there and back, and what both databases are asked alike."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, exc, inspect, select, text
from sqlalchemy.orm import Session

from bot import dialects, migrations
from bot.db import Base
from bot.engines import engine_for, is_down
from bot.errors import SettingsError
from bot.messages import inbox
from bot.messages.models import Inbox
from bot.models import AuditEntry
from channels.base import Received
from tests import postgres

NOW = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)


@pytest.fixture
def engine() -> Iterator[Engine]:
    with postgres.database() as url:
        made = engine_for(url)
        yield made
        made.dispose()


def test_the_migrations_go_up_and_down_and_agree_with_the_models() -> None:
    """A fresh database gets what the queries count on; all the way back leaves none of it; and up again."""
    assert AuditEntry.metadata is Base.metadata
    with postgres.database(empty=True) as url:
        engine = engine_for(url)
        for _ in range(2):
            migrations.upgrade(engine)
            assert migrations.current(engine) == migrations.newest()
            with engine.connect() as connection:
                assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
            _down(engine)
            assert inspect(engine).get_table_names() == ["alembic_version"]
        engine.dispose()


def test_what_is_there_already_is_not_written_twice(engine: Engine) -> None:
    """Of two deliveries of one message the second is none, and says so."""
    new = dialects.insert("postgresql", Base.metadata.tables["inbox"]).on_conflict_do_nothing(
        index_elements=["channel", "dedupe_key"]
    )
    row = {
        "channel": "sms", "dedupe_key": "SM1", "sender": "+447700900001", "payload": b"x", "facts": {}, "attempts": 0,
        "received_at": NOW, "state": "accepted", "error": "",
    }  # fmt: skip
    with Session(engine) as session, session.begin():
        written = [len(session.execute(new.returning(Inbox.id), row).all()) for _ in range(2)]
    assert written == [1, 0]


def test_each_of_several_deliveries_hears_whether_it_is_new(engine: Engine) -> None:
    """What the inbox stores together: one that was had, a new one, and the new one once more."""
    had, new = (Received("sms", key, "+447700900001", b"x", NOW, {"kind": "message"}) for key in ("SM1", "SM2"))
    with Session(engine) as session, session.begin():
        assert inbox.store(session, [had]) == [True]
        assert inbox.store(session, [had, new, new]) == [False, True, False]
        assert session.scalars(select(Inbox.facts).order_by(Inbox.id)).all() == [{"kind": "message"}] * 2


def test_moments_come_back_in_utc_and_count_by_their_day_there(engine: Engine) -> None:
    """Wherever the server stands: half past eleven at night is a day before the next morning."""
    with Session(engine) as session, session.begin():
        session.execute(text("INSERT INTO contact (id, name, created_at) VALUES (1, '', :now)"), {"now": NOW})
        table = Base.metadata.tables["contact"]
        assert session.scalar(select(table.c.created_at)) == NOW
        days = dialects.days_between(date(2026, 11, 21), table.c.created_at)
        assert session.scalar(select(days)) == 1


def test_who_only_reads_can_change_nothing() -> None:
    """The desk's readers, and commands that look beside a running desk."""
    with postgres.database() as url:
        reader = engine_for(url, read_only=True)
        with reader.connect() as connection, pytest.raises(exc.DBAPIError, match="read-only"):
            connection.execute(text("DELETE FROM contact"))
        reader.dispose()


def test_a_database_that_is_gone_is_down_and_not_the_question_s_fault(engine: Engine) -> None:
    """Its connections are cut and it is not there any more: what it was asked may be asked again later."""
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        postgres.cut(engine.url.database or "")
        with pytest.raises(exc.OperationalError) as raised:
            connection.execute(text("SELECT 1"))
    assert is_down(raised.value)


def test_the_driver_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk without the extra says at its start what to install."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(SettingsError, match=r"privacydesk\[postgres\]"):
        engine_for("postgresql://desk@db.example/desk")


def _down(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations.HERE))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
