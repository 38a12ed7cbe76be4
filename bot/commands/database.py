"""The desk's database for commands: opened beside a running desk too, brought up to date, one transaction a unit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import exc
from sqlalchemy.orm import Session

from bot import migrations, settings
from bot.engines import engine_for, is_down, looking_engine, sqlite_file
from bot.errors import DatabaseDown, SettingsError

T = TypeVar("T")


@contextmanager
def opened() -> Iterator[Callable[[Callable[[Session], T]], T]]:
    """Runs units of work, each in a transaction of its own.

    Raises:
        SettingsError: the data directory can't be written.
        DatabaseDown: the database can't be opened.
    """
    loaded = settings.load()
    try:
        loaded.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"DESK_DATA_DIR {loaded.data_dir} can't be written: {error.strerror}") from None
    engine = engine_for(loaded.database)

    def run(work: Callable[[Session], T]) -> T:
        with Session(engine, expire_on_commit=False) as session, session.begin():
            return work(session)

    try:
        migrations.upgrade(engine)
        yield run
    except exc.DBAPIError as error:
        if not is_down(error):
            raise
        raise DatabaseDown(
            f"the database can't be used ({error.orig}): "
            "see that DESK_DATA_DIR or DESK_DATABASE_URL is right, and the file whole"
        ) from None
    finally:
        engine.dispose()


@contextmanager
def looking() -> Iterator[Callable[[Callable[[Session], T]], T]]:
    """Runs units of work that only read, beside a running desk: no lock is held, so long ones keep nobody waiting.

    Raises:
        SettingsError: there is no database yet.
        DatabaseDown: the database can't be read.
    """
    loaded = settings.load()
    file = sqlite_file(loaded.database)
    if file is not None and not file.exists():
        raise SettingsError(f"there is no database at {file}: start the desk once, or see DESK_DATA_DIR")
    engine = looking_engine(loaded.database)

    def run(work: Callable[[Session], T]) -> T:
        with Session(engine, expire_on_commit=False, autoflush=False) as session:
            return work(session)

    try:
        yield run
    except exc.DBAPIError as error:
        raise DatabaseDown(
            f"the database can't be read ({error.orig}): "
            "see that DESK_DATA_DIR or DESK_DATABASE_URL is right, the file whole, and the desk was started since "
            "the program was renewed"
        ) from None
    finally:
        engine.dispose()
