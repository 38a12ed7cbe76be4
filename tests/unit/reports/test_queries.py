"""The queries of the reports go by their own indexes, so that a hundred thousand requests are counted in no time."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine, event
from sqlalchemy.orm import Session

from bot import models
from bot.db import Base
from bot.reports.periods import usual
from bot.reports.service import REPORTS, Asked

NOW = datetime(2026, 11, 20, 12, tzinfo=ZoneInfo("Europe/London"))
PLANS = {
    "open": "COVERING INDEX ix_ticket_received",
    "overdue": "INDEX ix_ticket_queue (state=? AND due_on<?)",
    "on-time": "COVERING INDEX ix_ticket_settled (settled_on>? AND settled_on<?)",
    "days": "COVERING INDEX ix_ticket_settled (settled_on>? AND settled_on<?)",
    "kinds": "COVERING INDEX ix_ticket_received (received_at>? AND received_at<?)",
    "breaches": "INDEX ix_ticket_kind (kind=?)",
    "identity": "COVERING INDEX ix_ticket_event_type (type=? AND at>? AND at<?)",
}


@pytest.mark.parametrize("key", REPORTS)
def test_each_report_goes_by_its_index(key: str) -> None:
    """What SQLite says that it would do: never a walk over the whole table of tickets or events."""
    assert models.__name__  # imported, so that every table is known
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    asked: list[tuple[str, Any]] = []

    def kept(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", kept)
    with Session(engine) as session:
        day = date(2026, 11, 20)
        REPORTS[key](session, Asked(usual(day), NOW, ZoneInfo("Europe/London"), {}, {}, {}))
        event.remove(engine, "before_cursor_execute", kept)
        plans = []
        for statement, parameters in asked:
            rows = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans += [row[3] for row in rows]
    assert any(PLANS[key] in plan for plan in plans), plans
    assert not any(plan.startswith("SCAN ticket") and "COVERING INDEX" not in plan for plan in plans)
