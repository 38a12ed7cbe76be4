"""Migrations: they build exactly the tables that the code speaks of."""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

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
