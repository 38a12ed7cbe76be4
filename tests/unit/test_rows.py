"""Rows and statements beside the unit of work: what they write is what it would write, and fails as it does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import bindparam, exc, func, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from bot import models, rows
from bot.audit import log as audit
from bot.audit.chain import Whole, verify
from bot.contacts.models import Contact, ContactAddress
from bot.db import Base
from bot.engines import engine_for
from bot.messages.models import Inbox
from bot.statements import Statement

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
assert models.AuditEntry.metadata is Base.metadata


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    engine = engine_for(f"sqlite:///{tmp_path / 'test.db'}")
    Base.metadata.create_all(engine)
    with Session(engine, expire_on_commit=False) as found:
        yield found
    engine.dispose()


def test_a_row_is_read_back_as_the_unit_of_work_writes_it(session: Session) -> None:
    """Every column of a delivery: times in UTC, JSON, defaults, and what nobody named."""
    values = {"channel": "sms", "sender": "+44", "payload": b"\x00", "facts": {"a": ["ü"]}, "received_at": NOW}
    ours = rows.add(session, Inbox, dedupe_key="1", **values)
    theirs = Inbox(dedupe_key="2", **values)
    session.add(theirs)
    session.commit()
    session.expire_all()
    assert ours.id + 1 == theirs.id
    names = [column.key for column in Inbox.__table__.columns if column.key not in ("id", "dedupe_key")]
    assert [getattr(ours, name) for name in names] == [getattr(theirs, name) for name in names]


def test_a_row_is_the_sessions_own_and_its_changes_are_written(session: Session) -> None:
    """It is found by its id without a question, and a later change reaches the database."""
    contact = rows.add(session, Contact, name="Ann", created_at=NOW)
    assert session.get(Contact, contact.id) is contact
    contact.name = "Anna"
    session.commit()
    assert session.scalar(select(Contact.name)) == "Anna"


def test_new_objects_are_written_before_a_row_that_needs_them(session: Session) -> None:
    """What the session holds unwritten may be what the row refers to."""
    session.add(Contact(id=7, name="Ann", created_at=NOW))
    address = rows.add(session, ContactAddress, contact_id=7, channel="sms", value="+44")
    session.commit()
    assert (address.contact_id, address.shared, address.opted_out_at) == (7, False, None)


def test_a_row_that_may_not_be_fails_as_any(session: Session) -> None:
    """A second address of the same value, and an attribute that there is not."""
    contact = rows.add(session, Contact, name="", created_at=NOW)
    rows.add(session, ContactAddress, contact_id=contact.id, channel="sms", value="+44")
    with pytest.raises(exc.IntegrityError):
        rows.add(session, ContactAddress, contact_id=contact.id, channel="sms", value="+44")
    with pytest.raises(TypeError, match="Contact has no nmae"):
        rows.add(session, Contact, nmae="Ann", created_at=NOW)


def test_the_id_of_a_row_that_was_undone_is_free_again(session: Session) -> None:
    """The writer goes on in its session after one unit of work has failed, while somebody still holds what it made."""
    undone = session.begin_nested()
    gone = rows.add(session, Contact, name="Ann", created_at=NOW)
    undone.rollback()
    there = rows.add(session, Contact, name="Bob", created_at=NOW)
    assert there.id == 1
    there.name = "Rob"
    session.commit()
    assert gone not in session
    assert session.scalars(select(Contact.name)).all() == ["Rob"]


def test_a_statement_binds_what_it_is_given_and_what_it_names_itself(session: Session) -> None:
    """Of an UPDATE both the parameters and the fixed values, a time among them, reach the row."""
    contact = rows.add(session, Contact, name="Ann", created_at=NOW)
    erased = update(Contact.__table__).where(Contact.__table__.c.id == bindparam("row"))
    statement = Statement(erased.values(name="", erased_at=NOW))
    assert statement.run(session, {"row": contact.id}).rowcount == 1
    assert statement.run(session, {"row": contact.id + 1}).rowcount == 0
    session.expire_all()
    assert (contact.name, contact.erased_at) == ("", NOW)


def test_a_statement_with_a_list_of_values_is_refused(session: Session) -> None:
    """Its text would be another for each number of values."""
    with pytest.raises(ValueError, match="give each value a name of its own"):
        Statement(select(Contact.__table__.c.id).where(Contact.__table__.c.id.in_([1, 2]))).run(session, {})


def test_several_rows_are_one_statement_and_what_it_says_comes_back(session: Session) -> None:
    """Each row's values are bound as the columns want them; of rows that were had, nothing comes back."""
    columns = ("channel", "dedupe_key", "sender", "payload", "facts", "received_at", "state", "attempts", "error")
    fresh = {"channel": "sms", "sender": "+44", "payload": b"\x00", "facts": {"a": ["ü"]}, "received_at": NOW}
    made = [fresh | {"dedupe_key": key, "state": "accepted", "attempts": 0, "error": ""} for key in ("1", "2", "1")]
    into = insert(Inbox.__table__).on_conflict_do_nothing(index_elements=["channel", "dedupe_key"])
    statement = Statement(into.returning(Inbox.__table__.c.dedupe_key), columns)
    assert statement.run_all(session, made[:1]).scalars().all() == ["1"]
    assert statement.run_all(session, made).scalars().all() == ["2"]
    kept = session.scalars(select(Inbox).order_by(Inbox.id)).all()
    said = {"facts": {"a": ["ü"]}, "received_at": NOW, "payload": b"\x00"}
    assert [row.dedupe_key for row in kept] == ["1", "2"]
    assert all(getattr(row, name) == value for row in kept for name, value in said.items())


def test_several_rows_are_for_an_insert_alone(session: Session) -> None:
    """A statement that has no one place for a row's values says so."""
    erased = update(Contact).where(Contact.id == bindparam("row")).values(name="")
    with pytest.raises(ValueError, match="only an INSERT"):
        Statement(erased).run_all(session, [{"row": 1}, {"row": 2}])


def test_the_audit_goes_on_after_a_savepoint_was_undone(session: Session) -> None:
    """What was appended in it is gone, and the chain without it is whole; the next transaction goes on from there."""

    def append(action: str) -> int:
        return audit.append(session, actor="bot", action=action, subject="conversation:1", data={}, now=NOW)

    assert (append("a"), append("b")) == (1, 2)
    undone = session.begin_nested()
    assert (append("c"), append("d")) == (3, 4)
    undone.rollback()
    with session.begin_nested():
        assert append("e") == 3
    assert append("f") == 4
    session.commit()
    assert append("g") == 5
    session.rollback()
    assert append("h") == 5
    session.commit()
    found = verify(audit.rows(session))
    assert isinstance(found, Whole)
    assert found.count == session.scalar(select(func.count()).select_from(models.AuditEntry)) == 5
