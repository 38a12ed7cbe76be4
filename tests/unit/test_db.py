"""The database: group commit, units that fail alone, order, the bound, and a clean end."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import column, event, select, table, text
from sqlalchemy.orm import Session

from bot import engines
from bot.db import Database, UTCDateTime, wake
from bot.errors import Busy, DatabaseDown


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    found = Database(f"sqlite:///{tmp_path / 'test.db'}")
    await found.write(lambda session: session.execute(text("CREATE TABLE t (n INTEGER PRIMARY KEY)")) and None)
    yield found
    await found.close()


def insert(number: int) -> Callable[[Session], int]:
    return lambda session: session.execute(text("INSERT INTO t VALUES (:n)"), {"n": number}) and number


async def numbers(database: Database) -> list[int]:
    return await database.read(lambda session: list(session.scalars(text("SELECT n FROM t ORDER BY rowid"))))


class Gate:
    """A unit that holds the writer until the test opens it, so that what follows waits together."""

    def __init__(self) -> None:
        self.entered, self.open = threading.Event(), threading.Event()

    def __call__(self, _session: Session) -> None:
        self.entered.set()
        self.open.wait(10)


async def test_what_was_written_as_sql_for_the_writer_serves_the_readers_and_other_databases(
    database: Database, tmp_path: Path
) -> None:
    """A statement is compiled once in a process, not for each of its engines; values are no part of it."""
    asked = iter(range(9))

    def found(session: Session) -> list[int]:
        return list(session.scalars(select(column("n")).select_from(table("t")).where(column("n") != next(asked))))

    await database.write(found)
    kept = len(engines._STATEMENTS)
    await database.read(found)
    another = Database(f"sqlite:///{tmp_path / 'another.db'}")
    await another.write(lambda session: session.execute(text("CREATE TABLE t (n INTEGER PRIMARY KEY)")) and None)
    await another.write(found)
    await another.read(found)
    await another.close()
    assert 0 < kept == len(engines._STATEMENTS)


async def test_all_that_waits_is_committed_once(database: Database) -> None:
    """Fifty units that wait together cost one transaction: that is what makes accepting fast."""
    commits: list[int] = []
    event.listen(database.engine, "commit", lambda _connection: commits.append(1))
    gate = Gate()
    held = asyncio.ensure_future(database.write(gate))
    await asyncio.to_thread(gate.entered.wait, 10)
    waiting = [asyncio.ensure_future(database.write(insert(n))) for n in range(50)]
    await asyncio.sleep(0)
    gate.open.set()
    assert await asyncio.gather(*waiting) == list(range(50))
    await held
    assert len(commits) == 2  # the gate's, and one for all that waited


async def test_a_failing_unit_fails_alone_and_the_rest_is_kept_in_order(database: Database) -> None:
    """One bad unit in a batch gets its own error; the others are kept, in the order in which they were asked."""
    gate = Gate()
    held = asyncio.ensure_future(database.write(gate))
    await asyncio.to_thread(gate.entered.wait, 10)
    asked = [3, 1, 1, 2]
    waiting = [asyncio.ensure_future(database.write(insert(n))) for n in asked]
    await asyncio.sleep(0)
    gate.open.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    await held
    assert [type(result).__name__ for result in results] == ["int", "int", "IntegrityError", "int"]
    assert sorted(await numbers(database)) == [1, 2, 3]


async def test_a_failing_unit_leaves_nothing_of_itself(database: Database) -> None:
    """What a unit wrote before it failed is rolled back."""

    def half(session: Session) -> None:
        session.execute(text("INSERT INTO t VALUES (7)"))
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await database.write(half)
    assert await numbers(database) == []


async def test_wake_ups_come_after_the_commit_and_never_for_what_failed(tmp_path: Path) -> None:
    """Who is woken finds the row committed; a unit that failed wakes nobody, nor does its first run in the batch."""
    seen: list[str] = []
    database = Database(f"sqlite:///{tmp_path / 'w.db'}", publish=seen.extend)

    def good(session: Session) -> None:
        wake(session, "good")

    def bad(session: Session) -> None:
        wake(session, "bad")
        raise ValueError

    await asyncio.gather(database.write(good), database.write(bad), database.write(good), return_exceptions=True)
    assert "bad" not in seen
    assert "good" in seen
    await database.close()


async def test_more_than_the_bound_is_refused(tmp_path: Path) -> None:
    """Back-pressure: beyond the bound a write is refused at once, and memory does not grow."""
    database = Database(f"sqlite:///{tmp_path / 'b.db'}", limit=2)
    gate = Gate()
    first = asyncio.ensure_future(database.write(gate))
    await asyncio.to_thread(gate.entered.wait, 10)
    second = asyncio.ensure_future(database.write(lambda _session: None))
    await asyncio.sleep(0)
    with pytest.raises(Busy, match="try again"):
        await database.write(lambda _session: None)
    gate.open.set()
    await asyncio.gather(first, second)
    await database.close()


async def test_closing_finishes_what_was_accepted(tmp_path: Path) -> None:
    """A stop loses nothing: every unit that was taken is committed before the database closes."""
    path = tmp_path / "c.db"
    database = Database(f"sqlite:///{path}")
    await database.write(lambda session: session.execute(text("CREATE TABLE t (n INTEGER)")) and None)
    waiting = [asyncio.ensure_future(database.write(insert(n))) for n in range(200)]
    await asyncio.sleep(0)
    await database.close()
    await asyncio.gather(*waiting)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (200,)
    with pytest.raises(DatabaseDown):
        await database.write(lambda _session: None)


async def test_a_locked_database_is_a_temporary_error_and_heals(database: Database, tmp_path: Path) -> None:
    """While somebody else holds the file nothing is kept and the error is Temporary; afterwards it goes on."""
    thief = sqlite3.connect(tmp_path / "test.db", isolation_level=None)
    thief.execute("BEGIN EXCLUSIVE")
    event.listen(database.engine, "checkout", lambda dbapi, *_: dbapi.execute("PRAGMA busy_timeout=50"))
    with pytest.raises(DatabaseDown):
        await database.write(insert(1))
    thief.execute("ROLLBACK")
    thief.close()
    assert await database.write(insert(1)) == 1
    assert await numbers(database) == [1]


async def test_a_full_database_is_a_temporary_error_and_keeps_what_was_there(database: Database) -> None:
    """When the disk is full (here: the page limit is reached) the unit fails as Temporary; earlier rows stay."""
    await database.write(insert(1))

    @event.listens_for(database.engine, "checkout")
    def _limit(dbapi: sqlite3.Connection, *_: object) -> None:
        dbapi.execute("PRAGMA max_page_count=3")

    def big(session: Session) -> None:
        session.execute(text("CREATE TABLE big (b BLOB)"))
        session.execute(text("INSERT INTO big VALUES (zeroblob(1000000))"))

    with pytest.raises(DatabaseDown, match="disk"):
        await database.write(big)
    assert await numbers(database) == [1]


async def test_a_file_that_was_taken_away_is_a_temporary_error_and_heals(database: Database, tmp_path: Path) -> None:
    """SQLite would go on committing into a deleted file; we refuse to write and to read until the file is back."""
    await database.write(insert(1))
    assert await numbers(database) == [1]
    (tmp_path / "test.db").rename(tmp_path / "away.db")
    for _ in range(2):
        with pytest.raises(DatabaseDown, match="not where it was"):
            await database.write(insert(2))
        with pytest.raises(DatabaseDown, match="not where it was"):
            await numbers(database)
    (tmp_path / "away.db").rename(tmp_path / "test.db")
    await database.write(insert(3))
    assert await numbers(database) == [1, 3]


async def test_a_damaged_file_is_a_temporary_error(database: Database, tmp_path: Path) -> None:
    """Neither reading nor writing raises what nobody expects: callers say "try again" while it is restored."""
    await database.write(insert(1))
    assert await numbers(database) == [1]
    database.engine.dispose()
    database._read_engine.dispose()
    with (tmp_path / "test.db").open("r+b") as file:
        file.write(b"no database" * 500)
    for _ in range(2):
        with pytest.raises(DatabaseDown):
            await database.write(insert(2))
        with pytest.raises(DatabaseDown):
            await numbers(database)


async def test_a_disk_that_fills_within_a_batch_takes_nobody_s_accepted_work(database: Database) -> None:
    """A full SQLite rolls back the whole transaction: what ran before in the batch is done again or refused."""

    @event.listens_for(database.engine, "checkout")
    def _limit(dbapi: sqlite3.Connection, *_: object) -> None:
        dbapi.execute("PRAGMA max_page_count=40")

    await database.write(lambda session: session.execute(text("CREATE TABLE big (b BLOB)")) and None)
    gate = Gate()
    held = asyncio.ensure_future(database.write(gate))
    await asyncio.to_thread(gate.entered.wait, 10)

    def big(session: Session) -> None:
        session.execute(text("INSERT INTO big VALUES (zeroblob(1000000))"))

    asked = [database.write(insert(1)), database.write(big), database.write(insert(3))]
    waiting = [asyncio.ensure_future(each) for each in asked]
    await asyncio.sleep(0)
    gate.open.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    await held
    assert [type(result).__name__ for result in results] == ["int", "DatabaseDown", "int"]
    assert await numbers(database) == [1, 3]


def test_a_naive_moment_is_refused_and_an_aware_one_is_stored_in_utc() -> None:
    """UTC everywhere: a moment without its zone would be a guess."""
    from sqlalchemy.dialects import sqlite

    column, dialect = UTCDateTime(), sqlite.dialect()
    with pytest.raises(ValueError, match="time zone"):
        column.process_bind_param(datetime(2026, 1, 1), dialect)  # noqa: DTZ001  the very thing that is refused
    summer = datetime(2026, 7, 1, 1, 30, tzinfo=timezone(timedelta(hours=1)))
    stored = column.process_bind_param(summer, dialect)
    assert stored == datetime(2026, 7, 1, 0, 30)  # noqa: DTZ001  SQLite's own form
    assert column.process_result_value(stored, dialect) == datetime(2026, 7, 1, 0, 30, tzinfo=UTC)
