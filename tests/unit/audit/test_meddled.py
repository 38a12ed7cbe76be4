"""The audit in a real database file with which somebody meddled past the desk: nothing that is in it goes unseen."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot.audit import log, receipts
from bot.audit.chain import Broken, Head, Row, Whole, entry_hash, verify
from bot.audit.models import AuditEntry
from bot.db import Base
from bot.engines import engine_for
from tests.support import NOON

FORGED = ("2026-11-24T06:00:00+00:00", "staff:1", "identity.checked", "ticket:DR-7K3MB-9QX4T", "{}")


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    """A database with seven entries."""
    path = tmp_path / "desk.db"
    engine = engine_for(f"sqlite:///{path}")
    Base.metadata.create_all(engine, tables=[Base.metadata.tables[AuditEntry.__tablename__]])
    with Session(engine) as session, session.begin():
        for number in range(7):
            log.append(session, actor="bot", action="ticket.opened", subject=f"ticket:{number}", data={}, now=NOON)
    yield path
    engine.dispose()


def looked(file: Path, head: Head | None = None) -> Whole | Broken:
    """What `audit verify` finds."""
    engine = engine_for(f"sqlite:///{file}")
    try:
        with Session(engine) as session:
            return verify(log.rows(session, batch=2), head)
    finally:
        engine.dispose()


def meddle(file: Path, sql: str, *values: object) -> None:
    with sqlite3.connect(file) as driver:
        driver.execute(sql, values)
    driver.close()


@pytest.mark.parametrize("seq", [0, -1, -5])
def test_an_entry_slipped_in_before_the_first_is_seen(file: Path, seq: int) -> None:
    """Pages show entries by what they are about, whatever their number: none stands outside the chain."""
    entry = dict(zip(("seq", "at", "actor", "action", "subject", "data"), (seq, *FORGED), strict=True))
    values = (seq, *FORGED, "", entry_hash("", entry))
    meddle(file, "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?)", *values)
    broken = looked(file)
    assert isinstance(broken, Broken)
    assert (broken.seq, broken.kind) == (seq, "moved")


@pytest.mark.parametrize(
    "harm",
    [
        lambda f: meddle(f, "UPDATE audit SET data = x'7b7d' WHERE seq = 3"),
        lambda f: meddle(f, "UPDATE audit SET hash = x'00' WHERE seq = 3"),
        lambda f: meddle(f, "UPDATE audit SET action = 'ticket.closed' WHERE seq = 3"),
        lambda f: meddle(f, "UPDATE audit SET subject = 'ticket:6' WHERE seq = 3"),
    ],
)
def test_what_was_altered_in_the_file_is_named(file: Path, harm: Callable[[Path], None]) -> None:
    """Also bytes where a text was: the check says which entry, and never ends in an error of its own."""
    harm(file)
    broken = looked(file)
    assert isinstance(broken, Broken)
    assert (broken.seq, broken.kind) == (3, "altered")


def test_a_tail_written_anew_fits_neither_a_kept_head_nor_a_receipt(file: Path) -> None:
    """Whoever alters an entry and makes all hashes behind it fit is found by what was kept elsewhere."""
    engine = engine_for(f"sqlite:///{file}")
    with Session(engine) as session:
        whole = verify(log.rows(session))
        assert isinstance(whole, Whole)
        receipt = receipts.of(session, "ticket:4", "ticket.opened")
        rows = list(log.rows(session))
    made: list[Row] = rows[:4]
    for row in rows[4:]:
        changed = row._replace(actor="customer" if row.seq == 5 else row.actor, previous=made[-1].hash)
        made.append(changed._replace(hash=entry_hash(changed.previous, changed._asdict())))
    for row in made:
        meddle(file, "UPDATE audit SET actor = ?, previous = ?, hash = ? WHERE seq = ?",
               row.actor, row.previous, row.hash, row.seq)  # fmt: skip
    assert isinstance(looked(file), Whole)
    assert isinstance(looked(file, Head(whole.count, whole.head)), Broken)
    with Session(engine) as session:
        assert not receipts.check(session, receipt).stands
    engine.dispose()
