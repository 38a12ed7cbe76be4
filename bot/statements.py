"""Statements of the way of a message, compiled once: half of what SQLAlchemy's own way to the driver costs for each.

    _HANDLED = Statement(update(TABLE).where(TABLE.c.id == bindparam("row")).values(state="handled"))
    _HANDLED.run(session, {"row": 7})

SQLAlchemy asks for every execution which statement it is, what the dialect makes of it, how each value is bound, and
what comes back. Here that is asked once. Only SQLite's statements are prepared so; another database gets them in the
usual way. Nothing that the session holds unwritten is written before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, cast

from sqlalchemy import CursorResult, Executable
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement

Bind = Callable[[Any], Any]


class _Plan(NamedTuple):
    """The text, and for each place in it the name of its value, how that is bound, and the value where it is fixed."""

    text: str
    places: tuple[tuple[str, Bind | None, Any], ...]

    def bound(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """The values in their places, as the driver takes them."""
        return tuple(
            [
                (values[name] if bind is None else bind(values[name])) if name in values else fixed
                for name, bind, fixed in self.places
            ]
        )


class Statement:
    """An INSERT, UPDATE or SELECT. Of a SELECT the rows come as the driver gives them: ask for numbers and texts only.

    `columns` are an INSERT's, where it has no values of its own. It holds no list of values ("IN").
    """

    def __init__(self, element: Executable, columns: Sequence[str] | None = None) -> None:
        self._element, self._columns = element, columns
        self._plan: _Plan | None = None

    def run(self, session: Session, values: Mapping[str, Any]) -> CursorResult[Any]:
        """Execute it with a value for each of its parameters."""
        connection = session.connection()
        if connection.dialect.name != "sqlite":
            return cast("CursorResult[Any]", connection.execute(self._element, dict(values)))
        plan = self._plan = self._plan or self._planned(connection.dialect)
        return connection.exec_driver_sql(plan.text, plan.bound(values))

    def run_all(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> CursorResult[Any]:
        """Execute an INSERT of these rows, one at least, as one statement: either all of them are judged or none is."""
        connection = session.connection()
        if connection.dialect.name != "sqlite":
            return cast("CursorResult[Any]", connection.execute(self._element, [dict(row) for row in rows]))
        plan = self._plan = self._plan or self._planned(connection.dialect)
        one = f"({', '.join('?' * len(plan.places))})"
        if plan.text.count(one) != 1:
            raise ValueError("only an INSERT whose values are all parameters takes several rows")
        text = plan.text.replace(one, ", ".join([one] * len(rows)))
        return connection.exec_driver_sql(text, tuple(value for row in rows for value in plan.bound(row)))

    def add(self, session: Session, values: Mapping[str, Any]) -> int:
        """Execute an INSERT of one row; returns the id that the database gave it."""
        done = self.run(session, values)
        key = done.lastrowid if done.context.compiled is None else (done.inserted_primary_key or (None,))[0]
        if key is None:
            raise LookupError("the statement inserted no row, or more than one")
        return int(key)

    def _planned(self, dialect: Dialect) -> _Plan:
        element = cast("ClauseElement", self._element)
        compiled = cast("SQLCompiler", element.compile(dialect=dialect, column_keys=self._columns))
        if compiled.post_compile_params:
            raise ValueError("a statement with a list of values is another for each: give each value a name of its own")
        return _Plan(str(compiled), tuple(_place(compiled, name, dialect) for name in compiled.positiontup or ()))


def _place(compiled: SQLCompiler, name: str, dialect: Dialect) -> tuple[str, Bind | None, Any]:
    """One place. Its value is fixed where the statement itself names one."""
    parameter = compiled.binds[name]
    bind = parameter.type.dialect_impl(dialect).bind_processor(dialect)
    fixed = None if parameter.required else parameter.effective_value
    return name, bind, bind(fixed) if bind and fixed is not None else fixed
