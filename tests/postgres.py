"""PostgreSQL for tests: a database for each test, copied from one of the newest schema, and dropped at its end.

`DESK_TEST_POSTGRES` names a server and a database on it in which others may be made. `DESK_TEST_DATABASE=postgres` has
every desk of `tests.support` run there instead of on a file.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import create_engine, exc, make_url, text

from bot import migrations
from bot.engines import engine_for

SERVER = os.environ.get("DESK_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/test")
PATIENCE = 3
"""Seconds until a server that says nothing counts as none."""
_of_folders: dict[Path, str] = {}
_in_use: set[Path] = set()


def wanted() -> bool:
    """Whether desks of tests run on PostgreSQL."""
    return os.environ.get("DESK_TEST_DATABASE", "") == "postgres"


@cache
def missing() -> str:
    """Why there is no PostgreSQL for tests, with the mend; "" where there is."""
    if importlib.util.find_spec("psycopg") is None:
        return "psycopg is not installed: pip install -e '.[postgres]'"
    engine = create_engine(SERVER, connect_args={"connect_timeout": PATIENCE})
    try:
        engine.connect().close()
    except exc.OperationalError:
        where = make_url(SERVER).render_as_string()
        return f"no PostgreSQL answers at {where}: start one, or name another in DESK_TEST_POSTGRES"
    finally:
        engine.dispose()
    return ""


@contextmanager
def database(*, empty: bool = False) -> Iterator[str]:
    """The URL of a database of its own, of the newest schema or `empty`; skips the test where there is no server."""
    name = _made(None if empty else _newest())
    try:
        yield url_of(name)
    finally:
        _drop(name)


@contextmanager
def of_folder(folder: Path) -> Iterator[str]:
    """The database of a desk whose data lie in `folder`: a desk that starts there again finds what it left."""
    place = folder.resolve()
    if place not in _of_folders:
        _of_folders[place] = _made(_newest())
    _in_use.add(place)
    try:
        yield url_of(_of_folders[place])
    finally:
        _in_use.discard(place)


def tidy() -> None:
    """Drop the databases of desks that stand still; after each test."""
    for place in set(_of_folders) - _in_use:
        _drop(_of_folders.pop(place))


def url_of(name: str) -> str:
    """The address of a database on the server of the tests."""
    return make_url(SERVER).set(database=name).render_as_string(hide_password=False)


@cache
def _newest() -> str:
    """A database of the newest schema, made once for the tests of this process."""
    name = _made(None)
    atexit.register(_drop, name)
    engine = engine_for(url_of(name))
    migrations.upgrade(engine)
    engine.dispose()  # nobody may be connected to what is copied
    return name


def _made(like: str | None) -> str:
    if why := missing():
        pytest.skip(why)
    name = f"desk_test_{os.getpid()}_{secrets.token_hex(4)}"
    _run(f"CREATE DATABASE {name}" + (f" TEMPLATE {like}" if like else ""))
    return name


def _drop(name: str) -> None:
    _run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _run(sql: str) -> None:
    engine = create_engine(SERVER, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(sql))
    engine.dispose()


def cut(name: str) -> None:
    """End every connection to a database, as a restart of the server would."""
    _run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
