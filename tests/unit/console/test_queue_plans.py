"""The queue of a desk with many conversations: no view narrowed by a filter reads all of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from bot.console import queue_queries
from bot.console.queue_queries import VIEWS, Filters, View
from bot.engines import engine_for
from tests import prepared


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An empty database as the migrations make it."""
    folder: Path = tmp_path_factory.mktemp("plans")
    made = engine_for(f"sqlite:///{prepared.database(folder / 'desk.db')}")
    yield made
    made.dispose()


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.key)
def test_a_kind_narrows_by_index_or_not_at_all(engine: Engine, view: View) -> None:
    """All conversations of a kind are found by its index; a view's own few are found first and then looked at."""
    plans: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def explain(connection, _cursor, statement, parameters, *_rest) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002  as the driver calls it
        if not plans and statement.startswith("SELECT"):
            plans.append("")  # not of the question itself
            rows = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans[:] = [row[3] for row in rows]

    with Session(engine) as session:
        queue_queries.page(session, view, 1, date(2026, 11, 20), Filters(kind="breach"))
    event.remove(engine, "before_cursor_execute", explain)
    assert plans
    assert not [step for step in plans if step.startswith(("SCAN conversation", "SCAN ticket", "SCAN message"))]
    by_intent = any("ix_conversation_intent" in step for step in plans)
    assert by_intent is (view.key == "all")
