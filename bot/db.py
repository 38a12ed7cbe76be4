"""The database: units of work, group commit, readers.

    ticket = await database.write(lambda session: tickets.open(session, request, now))

`write` queues a unit of work for the writer thread. The writer takes all that wait, runs them in one transaction,
commits once, and then resolves their futures: one fsync for many messages. It is optimistic: when a unit fails, the
batch is rolled back and each unit runs again in a savepoint of its own, so that only the failing one fails. A unit may
therefore run twice: it touches nothing but its session. `wake(session, topic)` is published after the commit only.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import structlog
from sqlalchemy import DateTime, TypeDecorator, exc
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Session

from bot.engines import READERS, engine_for, is_down, reason_of
from bot.errors import Busy, DatabaseDown

T = TypeVar("T")
Work = Callable[[Session], T]
log = structlog.get_logger()

MOST_IN_BATCH = 500


class Base(DeclarativeBase):
    """The tables of every room; alembic compares its migrations against this."""


class UTCDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC. A naive one is refused: it would be a guess."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware → UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone; take it from the clock")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """What was stored is UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def wake(session: Session, topic: str) -> None:
    """Publish `topic` once this unit's transaction is committed."""
    session.info.setdefault("wakes", []).append(topic)


AS_WRITTEN = {"autoflush": False}
"""Options of a query that need not wait for what its session holds unwritten: none of that could alter its rows."""


def with_others(session: Session) -> None:
    """What this unit leaves unwritten is written with what the units beside it leave, which is cheaper. Only
    for changes that no query looks for.
    """
    session.info["with_others"] = True


class _Unreachable(DatabaseDown):
    """No transaction can begin: the database is locked or gone."""


class _Ended(Exception):
    """The database has ended the common transaction by itself."""


class _Unit:
    """One queued unit of work and who waits for it."""

    __slots__ = ("error", "future", "result", "work")

    def __init__(self, work: Work[Any], future: asyncio.Future[Any]) -> None:
        self.work = work
        self.future = future
        self.result: Any = None
        self.error: BaseException | None = None


class Database:
    """One writer thread with group commit, and a few reader threads. Build it on the event loop that uses it."""

    def __init__(
        self, url: str, *, publish: Callable[[Iterable[str]], None] | None = None, limit: int = 20_000
    ) -> None:
        self._publish = publish or (lambda _topics: None)
        self._limit = limit
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[_Unit | None] = queue.SimpleQueue()
        self._waiting = 0
        self._closed = False
        self.engine = engine_for(url)
        self._read_engine = engine_for(url, read_only=True)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="desk-read")
        self._writer = threading.Thread(target=self._run, name="desk-write", daemon=True)
        self._writer.start()

    @property
    def waiting(self) -> int:
        """How many units wait for the writer."""
        return self._waiting

    async def write(self, work: Work[T]) -> T:
        """Run the unit in the writer's next transaction; returns after the commit.

        Raises:
            Busy: more than the bound wait already.
            DatabaseDown: the database is locked, full or gone; nothing of the unit was kept.
        """
        if self._closed:
            raise DatabaseDown("the desk is stopping: try again when it is up")
        if self._waiting >= self._limit:
            raise Busy(f"{self._waiting} units of work wait: try again in a moment")
        future: asyncio.Future[T] = self._loop.create_future()
        self._waiting += 1
        self._queue.put(_Unit(work, future))
        return await future

    async def read(self, work: Work[T]) -> T:
        """Run `work` in a reader thread, over a snapshot of what is committed."""
        return await self._loop.run_in_executor(self._readers, self._read, work)

    def look(self, work: Work[T]) -> T:
        """As `read`, in the calling thread: for threads of their own, never on the event loop."""
        return self._read(work)

    def _read(self, work: Work[T]) -> T:
        try:
            with Session(self._read_engine, expire_on_commit=False, autoflush=False) as session:
                return work(session)
        except exc.DBAPIError as error:
            if not is_down(error):
                raise
            raise DatabaseDown(reason_of(error)) from error

    async def close(self) -> None:
        """Take nothing new, finish what was accepted, and close every connection."""
        if self._closed:
            return
        self._closed = True
        self._queue.put(None)
        await asyncio.to_thread(self._writer.join)
        self._readers.shutdown()
        await asyncio.sleep(0)  # lets the last futures reach whoever waits
        self.engine.dispose()
        self._read_engine.dispose()

    def _run(self) -> None:
        while True:
            first = self._queue.get()
            batch = [first]
            while len(batch) < MOST_IN_BATCH and batch[-1] is not None:
                try:
                    batch.append(self._queue.get_nowait())
                except queue.Empty:
                    break
            stop = batch[-1] is None
            units = [unit for unit in batch if unit is not None]
            if units:
                wakes = self._commit(units)
                self._loop.call_soon_threadsafe(self._resolve, units, wakes)
            if stop:
                return

    def _commit(self, units: list[_Unit]) -> list[str]:
        try:
            try:
                return self._together(units)
            except _Unreachable:
                raise
            except Exception:  # noqa: BLE001  any failure of a batch is looked into unit by unit
                return self._one_by_one(units)
        except Exception as error:  # noqa: BLE001  the commit itself failed: nobody's work was kept
            down = error if isinstance(error, DatabaseDown) else DatabaseDown(reason_of(error))
            log.warning("database unavailable", action="commit_failed", reason=type(error).__name__, units=len(units))
            for unit in units:
                unit.error = unit.error or down
            return []

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        """One transaction, begun at once: where none can begin, nothing that needs one is tried."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            try:
                session.connection()
            except exc.DBAPIError as error:
                raise _Unreachable(reason_of(error)) from error
            yield session

    def _together(self, units: list[_Unit]) -> list[str]:
        with self._transaction() as session:
            for unit in units:
                unit.result = unit.work(session)
                if not session.info.pop("with_others", False):
                    session.flush()
            session.flush()
            wakes = session.info.pop("wakes", [])
        return list(dict.fromkeys(wakes))

    def _one_by_one(self, units: list[_Unit]) -> list[str]:
        """Each unit in a savepoint of its own; in a transaction of its own where the database ended the common one."""
        try:
            with self._transaction() as session:
                kept = [wake for unit in units for wake in self._in_savepoint(session, unit)]
        except _Ended:
            kept = []
            for unit in units:
                unit.error = None
                try:
                    kept += self._together([unit])
                except Exception as error:  # noqa: BLE001  the unit's own error goes to whoever asked for it
                    unit.error = _told(error)
        return list(dict.fromkeys(kept))

    def _in_savepoint(self, session: Session, unit: _Unit) -> list[str]:
        session.info.pop("wakes", None)
        try:
            with session.begin_nested():
                unit.result = unit.work(session)
        except Exception as error:
            # A full disk makes SQLite roll back everything, not only the savepoint: what ran before is gone too, and
            # must not be answered as kept.
            if not session.is_active or not _in_transaction(session):
                raise _Ended from error
            unit.error = _told(error)
            return []
        wakes: list[str] = session.info.pop("wakes", [])
        return wakes

    def _resolve(self, units: list[_Unit], wakes: list[str]) -> None:
        self._waiting -= len(units)
        for unit in units:
            if unit.future.cancelled():
                continue
            if unit.error is None:
                unit.future.set_result(unit.result)
            else:
                unit.future.set_exception(unit.error)
        self._publish(wakes)


def _in_transaction(session: Session) -> bool:
    """Whether the driver still is in the transaction that the session believes in."""
    driver = session.connection().connection.dbapi_connection
    return bool(getattr(driver, "in_transaction", True))


def _told(error: Exception) -> Exception:
    """The error as whoever asked for the unit gets it."""
    return DatabaseDown(reason_of(error)) if is_down(error) else error
