"""Looking for bytes in the database's file leaves SQLite's locks on it: nobody else removes the log under the desk."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine

from bot.engines import engine_for
from bot.erasure import physical

LOOK = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); print(c.execute('SELECT count(*) FROM t').fetchone()[0])"


def looked(file: Path) -> int:
    """How many rows another process sees, which then closes the database."""
    done = subprocess.run([sys.executable, "-c", LOOK, str(file)], capture_output=True, text=True, check=True)
    return int(done.stdout)


def write(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO t VALUES ('a word')")


def test_what_is_written_after_the_search_is_seen_by_everybody(tmp_path: Path) -> None:
    """Another process that opens and closes the database in between neither removes the log nor loses a row."""
    file = tmp_path / "desk.db"
    engine = engine_for(f"sqlite:///{file}")
    with engine.connect() as kept:
        kept.exec_driver_sql("CREATE TABLE t (word TEXT)")
        kept.commit()
        write(engine)
        assert physical.found(engine, [b"a word"])
        assert not physical.found(engine, [b"no such word"])
        assert looked(file) == 1
        assert file.with_name("desk.db-wal").exists()
        write(engine)
        assert looked(file) == 2
        write(engine)
    engine.dispose()
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (3,)
