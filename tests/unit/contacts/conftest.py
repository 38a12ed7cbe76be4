"""A session over a new database; each test's rows are taken back at its end."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot import migrations
from bot.engines import engine_for


@pytest.fixture(scope="module")
def kept() -> Iterator[Session]:
    with tempfile.TemporaryDirectory() as folder:
        engine = engine_for(f"sqlite:///{Path(folder) / 'desk.db'}")
        migrations.upgrade(engine)
        with Session(engine) as session:
            yield session
        engine.dispose()


@pytest.fixture
def session(kept: Session) -> Iterator[Session]:
    yield kept
    kept.rollback()
