"""Where SQLite and PostgreSQL differ in what the desk asks of them: the one home of that, beside the connections
themselves (engines.py) and the moments of a row (db.UTCDateTime).

Queries keep to what both say alike. In particular no rows are made distinct that hold JSON, which PostgreSQL can't
compare: ask with EXISTS or IN instead of joining.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.sql.schema import Table


def insert(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An insert that may say what is to happen where the row is there already (`on_conflict_do_nothing`)."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


class days_between(GenericFunction[int]):  # noqa: N801  named as it stands in the statement
    """`days_between(later, earlier)`: whole days from the one date to the other; moments count by their day in UTC."""

    type = Integer()
    inherit_cache = True


@compiles(days_between, "sqlite")  # type: ignore[no-untyped-call, untyped-decorator, unused-ignore]
def _sqlite_days(element: Any, compiler: Any, **values: Any) -> str:
    later, earlier = (compiler.process(each, **values) for each in element.clauses)
    # A moment is kept as text that begins with its day; cutting that off costs half of what reading it as a date does.
    return f"CAST(julianday(substr({later}, 1, 10)) - julianday(substr({earlier}, 1, 10)) AS INTEGER)"


@compiles(days_between, "postgresql")  # type: ignore[no-untyped-call, untyped-decorator, unused-ignore]
def _postgresql_days(element: Any, compiler: Any, **values: Any) -> str:
    later, earlier = (compiler.process(each, **values) for each in element.clauses)
    return f"(CAST({later} AS DATE) - CAST({earlier} AS DATE))"  # in the session's zone, which engines.py makes UTC
