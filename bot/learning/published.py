"""The lessons that are published, for a command beside the desk: one look at its database, which changes nothing there.

No lock is taken and no migration is run: a desk may be running on it, and a database of before lessons teaches nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, exc, inspect, select

from bot.engines import looking_engine, sqlite_file
from bot.errors import DeskError
from bot.learning.models import KnowledgeVersion
from knowledge.lessons import LessonError, Lessons, from_json


class Unreadable(DeskError):
    """There is a database, and it can't be read, or its lessons can't; the text names the mend."""


def lessons(url: str) -> Sequence[Lessons]:
    """What the newest knowledge version of the desk with this database teaches; nothing where there is none yet.

    Raises:
        Unreadable: there is a database, but it does not tell.
    """
    try:
        file = sqlite_file(url)
        if file is not None and not file.exists():
            return ()
        engine = looking_engine(url)
        try:
            return [from_json(each) for each in _newest(engine)]
        finally:
            engine.dispose()
    except (exc.SQLAlchemyError, ImportError, OSError, LessonError, ValueError, AttributeError, TypeError) as error:
        reason = getattr(error, "orig", None) or type(error).__name__
        raise Unreadable(
            f"what staff taught can't be read ({reason}), so this is without it: "
            "see that DESK_DATA_DIR or DESK_DATABASE_URL is right, and the database whole"
        ) from error


def _newest(engine: Engine) -> Sequence[Any]:
    """The lessons of the newest version, as they are stored."""
    with engine.connect() as connection:
        if not inspect(connection).has_table(KnowledgeVersion.__tablename__):
            return ()
        newest = select(KnowledgeVersion.lessons).order_by(KnowledgeVersion.number.desc()).limit(1)
        return connection.scalars(newest).first() or ()
