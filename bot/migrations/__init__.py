"""The schema's history, brought up to date at every start."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, inspect, text

HERE = Path(__file__).parent


def upgrade(engine: Engine) -> None:
    """Bring the database to the newest schema; harmless where it is there already.

    alembic is loaded only where there is something to do: it costs a start 10 MB and a tenth of a second.
    """
    if current(engine) == newest():
        return
    from alembic import command  # noqa: PLC0415  as said above
    from alembic.config import Config  # noqa: PLC0415  as said above

    config = Config()
    config.set_main_option("script_location", str(HERE))
    with _rebuilding(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def _rebuilding(engine: Engine) -> Iterator[Connection]:
    """A transaction in which tables may be built anew. SQLite changes a column only like that, and would take the
    rows that refer to the old table for orphans: it looks at them once, at the end.
    """
    sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        if sqlite:
            driver.execute("PRAGMA foreign_keys=OFF")  # does nothing within a transaction
        try:
            with connection.begin():
                yield connection
                orphans = connection.execute(text("PRAGMA foreign_key_check")).first() if sqlite else None
                if orphans is not None:
                    raise RuntimeError(f"the migration would leave rows of {orphans[0]!r} without what they refer to")
        finally:
            if sqlite:
                driver.execute("PRAGMA foreign_keys=ON")


def newest() -> str:
    """The newest revision that ships: revisions are numbers, and their files begin with them."""
    return max(file.name.partition("_")[0] for file in (HERE / "versions").glob("[0-9]*.py"))


def current(engine: Engine) -> str:
    """The revision of the database; "" where it is new."""
    with engine.begin() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return ""
        return str(connection.scalar(text("SELECT version_num FROM alembic_version")) or "")
