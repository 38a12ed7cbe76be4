"""New rows of the way of a message, written at once: a quarter of what SQLAlchemy's unit of work costs for each.

    line = rows.add(session, Message, conversation_id=7, …)

The unit of work finds out for every flush what is new, what changed and what must come before what. Where each message
writes the same few rows in the same order, that costs more than writing them. What is added here is an object of the
session like any other: what changes in it later is written with the next flush.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple, TypeVar, cast

from sqlalchemy import Column, Table, insert, inspect
from sqlalchemy.orm import Mapper, Session, configure_mappers, make_transient_to_detached
from sqlalchemy.sql.schema import CallableColumnDefault, ScalarElementColumnDefault

from bot.db import Base
from bot.statements import Statement

Row = TypeVar("Row", bound=Base)


class _Plan(NamedTuple):
    """How rows of one class are written: the statement, each attribute with its column and default, and the key."""

    mapper: Mapper[Any]
    statement: Statement
    columns: tuple[tuple[str, str, Callable[[], Any]], ...]
    key: str


@cache
def _plan(kind: type[Base]) -> _Plan:
    configure_mappers()
    mapper = inspect(kind)
    table = cast("Table", mapper.local_table)
    (key,) = mapper.primary_key
    columns = tuple(
        (mapper.get_property_by_column(column).key, column.key, _default(column))
        for column in table.columns
        if column is not key
    )
    statement = Statement(insert(table), [column for _, column, _ in columns])
    return _Plan(mapper, statement, columns, mapper.get_property_by_column(key).key)


def _default(column: Column[Any]) -> Callable[[], Any]:
    """What a column holds that nobody named."""
    default = column.default
    if isinstance(default, CallableColumnDefault):
        made: Callable[[Any], Any] = default.arg
        return lambda: made({})  # SQLAlchemy has it take the context of the statement
    value = default.arg if isinstance(default, ScalarElementColumnDefault) else None
    return lambda: value


def add(session: Session, kind: type[Row], **values: Any) -> Row:
    """Write a new row of that class, whose id the database gives. What the session holds unwritten of other new rows is
    written before.

    Raises:
        TypeError: the class has no attribute of such a name.
    """
    if session.new:
        session.flush()
    plan = _plan(kind)
    known = {name: values.pop(name) if name in values else default() for name, _, default in plan.columns}
    if values:
        raise TypeError(f"{kind.__name__} has no {', '.join(values)}: look at its columns")
    key = plan.statement.add(session, {column: known[name] for name, column, _ in plan.columns})
    known[plan.key] = key
    undone = session.identity_map.get(plan.mapper.identity_key_from_primary_key((key,)))
    if undone is not None:
        session.expunge(undone)  # a row that was rolled back: its id is free again
    row = cast("Row", plan.mapper.class_manager.new_instance())
    row.__dict__.update(known)
    make_transient_to_detached(row)
    session.add(row)
    return row
