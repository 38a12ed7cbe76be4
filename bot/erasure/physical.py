"""What is gone from the tables, gone from the files: SQLite's log is emptied, and its file is searched and, only where
bytes are still found in it, written anew.

With `PRAGMA secure_delete` (bot/engines.py) removed bytes are overwritten at once, but what was removed before a desk
had that, and old pages in the write-ahead log, may still hold them. PostgreSQL does this by its own vacuum.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from sqlalchemy import Engine

from bot.engines import LOCK_WAIT, sqlite_file

CHUNK = 1 << 20
TRIES = 40
WAIT = 0.25
"""Seconds between two tries to empty the log while somebody reads: room for whoever wants to write."""
PATIENCE = 200
"""Milliseconds of one try: while it waits for readers, nobody can write."""


def emptied(engine: Engine) -> bool:
    """Bring the write-ahead log into the file and cut it to nothing; False where readers kept it so long."""
    if engine.dialect.name != "sqlite":
        return True
    raw = engine.raw_connection()
    try:
        driver = raw.driver_connection
        assert driver is not None
        driver.execute(f"PRAGMA busy_timeout={PATIENCE}")
        try:
            for _ in range(TRIES):
                busy = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
                if not busy:
                    return True
                time.sleep(WAIT)
            return False
        finally:
            driver.execute(f"PRAGMA busy_timeout={round(LOCK_WAIT * 1000)}")
    finally:
        raw.close()


def clean(engine: Engine, words: Collection[bytes]) -> bool:
    """Empty the log, and write the file anew where one of `words` is still in it, or where they are not known any more
    (a run that was killed at its end); whether that was needed.

    VACUUM holds the write lock for as long as it copies (about a second for 100 MB), so nothing but need starts it.
    """
    emptied(engine)
    if engine.dialect.name != "sqlite" or (words and not found(engine, words)):
        return False
    raw = engine.raw_connection()
    try:
        driver = raw.driver_connection
        assert driver is not None
        driver.execute("VACUUM")
    finally:
        raw.close()
    emptied(engine)
    return True


def found(engine: Engine, words: Collection[bytes]) -> bool:
    """Whether the bytes of any of these words are in the database's files."""
    file = sqlite_file(engine.url.render_as_string(hide_password=False))
    if file is None:
        return False
    return any(holds(each, words) for each in (file, file.with_name(file.name + "-wal")) if each.exists())


def holds(file: Path, words: Collection[bytes]) -> bool:
    """Whether the file has any of these words (in lower case; any case counts), read in pieces that overlap."""
    wanted = [word for word in words if word]
    longest = max((len(word) for word in wanted), default=0)
    if not longest:
        return False
    tail = b""
    for piece in _pieces(_handle(file)):
        window = tail + piece.lower()
        if any(word in window for word in wanted):
            return True
        tail = window[-longest:]
    return False


_HANDLES: dict[tuple[int, int], int] = {}
"""Open descriptors by device and inode. They are never closed: where a process closes any descriptor of a file, POSIX
drops every lock that it has on that file, SQLite's too. Another process that looks at the database would then take
itself for the last one and remove the log, and what the desk goes on writing into it would be lost.
"""


def _handle(file: Path) -> int:
    found = file.stat()
    key = (found.st_dev, found.st_ino)
    if key not in _HANDLES:
        _HANDLES[key] = os.open(file, os.O_RDONLY)
    return _HANDLES[key]


def _pieces(handle: int) -> Iterator[bytes]:
    place = 0
    while piece := os.pread(handle, CHUNK, place):
        place += len(piece)
        yield piece
