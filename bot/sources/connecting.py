"""Connections of the source "sql": for one search, read-only, limited in time; their password is never told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Engine, create_engine, make_url, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from bot.errors import SettingsError
from bot.sources.base import SourceDown

CONNECT_SECONDS = 10
STEPS = 20_000
"""Instructions of SQLite between two looks at the clock: well below a millisecond."""


class Reader:
    """Opens one read-only connection at a time to the database of the source `name`."""

    def __init__(self, name: str, url: str, seconds: float) -> None:
        try:
            self._url = make_url(url)
            self._engine = _engine(self._url)
        except ArgumentError:
            raise SettingsError(
                f"data source {name!r}: its url can't be read; write it as postgresql+psycopg://user@host/database, "
                "special characters in the password as %40"
            ) from None
        except (NoSuchModuleError, ModuleNotFoundError) as error:
            raise SettingsError(
                f"data source {name!r}: no driver for {self._url.drivername} is installed; install it beside the desk "
                f"({getattr(error, 'name', None) or self._url.drivername})"
            ) from None
        self._seconds, self._ends = seconds, 0.0

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection in a read-only transaction; whatever was done in it is rolled back."""
        with self._engine.connect() as connection:
            dialect = connection.dialect.name
            if dialect == "sqlite":
                driver: Any = connection.connection.dbapi_connection
                driver.set_progress_handler(self._is_late, STEPS)
            elif dialect in {"mysql", "mariadb"}:
                connection.execute(text("SET SESSION TRANSACTION READ ONLY"))
            try:
                yield connection
            finally:
                connection.rollback()

    def limit(self, connection: Connection) -> None:
        """Give the next query its time."""
        self._ends = time.monotonic() + self._seconds
        thousandths = max(1, int(self._seconds * 1000))
        dialect = connection.dialect.name
        if dialect == "postgresql":
            connection.execute(text(f"SET LOCAL statement_timeout = {thousandths}"))
        elif dialect == "mysql":
            connection.execute(text(f"SET SESSION max_execution_time = {thousandths}"))
        elif dialect == "mariadb":
            connection.execute(text(f"SET SESSION max_statement_time = {self._seconds}"))

    def words(self, error: Exception) -> str:
        """What the driver says, without the password."""
        said = " ".join(str(getattr(error, "orig", None) or error).split())[:300]
        password = str(self._url.password or "")
        return said.replace(password, "***") if password else said

    def _is_late(self) -> bool:
        return time.monotonic() > self._ends


def _engine(url: URL) -> Engine:
    """An engine that keeps nothing open and shows no values; a file of SQLite is opened for reading only."""
    if url.get_backend_name() != "sqlite":
        extra: dict[str, Any] = {}
        if url.get_backend_name() == "postgresql":
            extra = {"connect_args": {"connect_timeout": CONNECT_SECONDS},
                     "execution_options": {"postgresql_readonly": True}}  # fmt: skip
        return create_engine(url, poolclass=NullPool, hide_parameters=True, **extra)

    import sqlite3  # noqa: PLC0415  only a source in SQLite needs it here

    def connect() -> sqlite3.Connection:
        path = str(url.database or "")
        try:
            opened = sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, timeout=5, check_same_thread=False)
        except sqlite3.OperationalError:
            raise SourceDown(f"the file {path} can't be opened: see that it is there and may be read") from None
        opened.execute("PRAGMA query_only=ON")
        return opened

    return create_engine("sqlite://", creator=connect, poolclass=NullPool, hide_parameters=True)
