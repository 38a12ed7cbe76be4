"""The fixture of the tests of tickets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot.db import Base
from bot.engines import engine_for
from bot.models import AuditEntry
from tests.unit.tickets.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A desk's tables with one customer, in a transaction that the test ends."""
    assert AuditEntry.metadata is Base.metadata
    engine = engine_for(f"sqlite:///{tmp_path / 'desk.db'}")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield World(session)
    engine.dispose()
