"""Connections to the database: how SQLite is set up and watched, and what counts as the database's own fault."""

from __future__ import annotations

import importlib.util
import sqlite3
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Engine, create_engine, event, exc, make_url
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.util import LRUCache

from bot.errors import DatabaseDown, SettingsError

READERS = 3
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY", "secure_delete=ON")
"""secure_delete: what is removed is overwritten with zeros, so that no erased words stay in the file."""
LOCK_WAIT = 2.0
"""Seconds to wait for another process's lock: providers must hear an answer in time (Twilio gives 15 s in all)."""
SESSION = "-c timezone=UTC -c lock_timeout=2s"
"""Of PostgreSQL: a moment's day is its day in UTC, and who waits for a lock hears so, as with SQLite."""
_STATEMENTS: LRUCache[Any, Any] = LRUCache(1_000)
"""Compiled statements for SQLite; it locks itself. As many as two engines would keep by themselves."""


def _sqlite_engine(url: str, *, read_only: bool) -> Engine:
    engine = create_engine(
        url, connect_args={"check_same_thread": False, "timeout": LOCK_WAIT}, pool_size=READERS, hide_parameters=True
    )

    same_file = _watch(Path(engine.url.database or ""))

    @event.listens_for(engine, "do_connect")
    def _connect(*_: object) -> None:
        same_file()

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves: the driver's own breaks savepoints
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        if read_only:
            connection.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        same_file()
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    _share_statements(engine)
    return engine


@cache
def _dialect() -> Dialect:
    """What writes statements for SQLite. It asks SQLite once what it can, over a database of its own in memory."""
    engine = create_engine("sqlite://")
    engine.connect().close()
    engine.dispose()
    return engine.dialect


def _share_statements(engine: Engine) -> None:
    """Have a statement that was written for one engine serve them all: a desk's writer and its readers.

    SQLAlchemy keeps what it has compiled by engine and dialect, and makes a dialect for every engine: a desk would
    hold each statement twice, and write it anew for either. How a connection is opened stays the engine's own.
    """
    engine.dialect = _dialect()
    engine.update_execution_options(compiled_cache=_STATEMENTS)


def _watch(path: Path) -> Callable[[], None]:
    """A check that the path still names the file that it named first.

    SQLite goes on writing to a file that was deleted or moved, and makes a new one in its place for the next
    connection: what it commits there would be lost.
    """
    first: list[tuple[int, int]] = []

    def same_file() -> None:
        try:
            found = path.stat()
        except OSError:
            found = None
        now = (found.st_dev, found.st_ino) if found else None
        if not first and now:
            first.append(now)
        if first and now != first[0]:
            raise DatabaseDown(f"the database file {path} is not where it was: bring it back, or restart the desk")

    same_file()
    return same_file


def engine_for(url: str, *, read_only: bool = False) -> Engine:
    """An engine for the URL: SQLite with write-ahead log and full synchronisation, or PostgreSQL, where a reader sees
    one state of it for as long as it looks.

    Raises:
        SettingsError: the driver for PostgreSQL is not installed.
    """
    if url.startswith("sqlite"):
        return _sqlite_engine(url, read_only=read_only)
    if importlib.util.find_spec("psycopg") is None:
        raise SettingsError(
            "DESK_DATABASE_URL needs a driver that is not installed: pip install 'privacydesk[postgres]'"
        )
    looks = {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"} if read_only else {}
    named = _by_psycopg(url)
    theirs = named.query.get("options", "")  # such as a search_path: where their tables are
    return create_engine(
        named, pool_pre_ping=True, hide_parameters=True, pool_size=READERS, execution_options=looks,
        connect_args={"options": f"{theirs if isinstance(theirs, str) else ' '.join(theirs)} {SESSION}".strip()},
    )  # fmt: skip


def looking_engine(url: str) -> Engine:
    """An engine for one look beside a running desk: it changes nothing, and takes none of our locks."""
    file = sqlite_file(url)
    if file is None:
        return engine_for(url, read_only=True)
    uri = f"file:{quote(str(file))}?mode=ro"
    return create_engine("sqlite://", creator=lambda: sqlite3.connect(uri, uri=True, timeout=LOCK_WAIT))


def _by_psycopg(url: str) -> URL:
    """The URL with our driver, where it names none: postgresql://… is what everybody writes."""
    parsed = make_url(url)
    return parsed.set(drivername="postgresql+psycopg") if parsed.drivername in ("postgresql", "postgres") else parsed


def sqlite_file(url: str) -> Path | None:
    """The file of an SQLite URL; None for another database, and for one in memory."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        return None
    return Path(parsed.database.removeprefix("file:").partition("?")[0]).resolve()


def is_down(error: BaseException) -> bool:
    """Whether the database itself is at fault, not what was asked of it; the bare kind is a damaged SQLite file."""
    return isinstance(error, exc.OperationalError | exc.InterfaceError) or type(error) is exc.DatabaseError


def reason_of(error: BaseException) -> str:
    """The driver's own words, without the statement and its parameters, which may hold a customer's data."""
    text = str(getattr(error, "orig", None) or type(error).__name__)
    return f"the database can't be used now ({text}): see that it runs and that its disk has room"
