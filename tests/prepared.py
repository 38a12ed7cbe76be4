"""A database that is up to date, made once for all tests and copied: no desk of theirs need run every migration.

`tests/unit/test_migrations.py` proves the migrations themselves, and the tests of the command start from nothing.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from bot import migrations
from bot.engines import engine_for


@cache
def _made() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="desk-prepared-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    file = folder / "desk.db"
    engine = engine_for(f"sqlite:///{file}")
    migrations.upgrade(engine)
    engine.dispose()  # the last connection brings the log into the file
    return file


def database(file: Path) -> Path:
    """Put an empty database of the newest schema there, unless there is one; returns `file`."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_made(), file)
    return file
