"""One process for one data directory, and for one database file: two would handle everything twice."""

from __future__ import annotations

import fcntl
import os
from contextlib import ExitStack
from pathlib import Path

from bot.engines import sqlite_file
from bot.errors import InUse, SettingsError
from bot.settings import Settings


def hold(settings: Settings) -> ExitStack:
    """Hold the data directory and the database's file until the stack that is returned is closed.

    Raises:
        InUse: another desk holds one of them.
        SettingsError: one of them can't be written.
    """
    with ExitStack() as locks:
        folder = settings.data_dir
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _lock(locks, folder / "desk.lock", f"{folder}: stop it, or set DESK_DATA_DIR to another directory")
        except OSError as error:
            raise SettingsError(
                f"DESK_DATA_DIR {folder} can't be used ({error.strerror}): give a directory that can be written"
            ) from error
        file = _elsewhere(settings)
        if file is not None:
            try:
                place = file.with_name(file.name + ".lock")
                _lock(locks, place, f"the database {file}: stop it, or set DESK_DATABASE_URL to another file")
            except OSError as error:
                raise SettingsError(
                    f"the directory of the database {file} can't be written ({error.strerror}): "
                    "make it, or set DESK_DATABASE_URL to a file in another"
                ) from error
        return locks.pop_all()


def _lock(locks: ExitStack, place: Path, held: str) -> None:
    """Hold the file at `place`; `held` says what another desk has, and the mend."""
    file = locks.enter_context(place.open("a+"))
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        holder = file.read().strip()
        raise InUse(f"another desk{f' (process {holder})' if holder else ''} runs on {held}") from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()


def _elsewhere(settings: Settings) -> Path | None:
    """The SQLite file where it does not lie in the data directory itself, whose lock does not hold it then."""
    file = sqlite_file(settings.database)
    return None if file is None or file.parent == settings.data_dir.resolve() else file
