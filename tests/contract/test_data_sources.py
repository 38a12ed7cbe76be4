"""What every data source promises, run over those that ship. A new kind is a line in KINDS."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from bot import migrations
from bot.contacts.matching import FIELDS, Claim
from bot.engines import engine_for
from bot.sealing import Sealer
from bot.sources import folder, own, registry, sql, values
from bot.sources.base import WAYS, DataSource, Setting, Subject
from bot.sources.collecting import collect
from tests.integration.console_support import customer, wrote
from tests.support import NOON

MAIL, NUMBER = "sam@example.com", "+447700900123"
STRANGER = Subject((("mail", "stranger@example.com"), ("sms", "+447700900999")), contacts=(999,))
NAMED = Subject((), names=("Sam Carter",), details={"name": "Sam Carter", "postcode": "G2 4JR"})
HEAD = "no,full_name,email,mobile,postcode\n"
ROWS = ["C-1,Sam Carter,SAM@example.com,07700 900123,G2 4JR", "C-2,Sam Carter,robin@example.com,07700900456,G2 4JR"]
MATCH = {"name": "full_name", "postcode": "postcode"}
Look = Callable[[Callable[[Session], Any]], Any]


def _own(_path: Path, look: Look) -> DataSource:
    return own.create(Setting("own", "This desk", ("text",), {}, lambda _name: "", look, "Europe/London"))


def _folder(path: Path, look: Look) -> DataSource:
    (path / "customers.csv").write_text(HEAD + "\n".join(ROWS) + "\n")
    files = [{"title": "Customer", "file": "customers.csv", "email": ["email"], "phone": ["mobile"], "reference": "no",
              "match": MATCH}]  # fmt: skip
    return folder.create(Setting("f", "Exports", (), {"path": str(path), "files": files}, lambda _name: "", look))


def _sql(path: Path, look: Look) -> DataSource:
    engine = engine_for(f"sqlite:///{path / 'company.db'}")
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE customer ({HEAD})")
        for row in ROWS:
            connection.exec_driver_sql("INSERT INTO customer VALUES (?, ?, ?, ?, ?)", tuple(row.split(",")))
    engine.dispose()
    query = {"title": "Customer", "sql": "SELECT * FROM customer WHERE lower(email) = :email", "reference": "no",
             "match": MATCH | {"email": "email"}}  # fmt: skip
    given = {"url": f"sqlite:///{path / 'company.db'}", "queries": [query]}
    return sql.create(Setting("s", "Database", (), given, lambda _name: "", look))


KINDS = {"own": _own, "folder": _folder, "sql": _sql}


@pytest.fixture(params=sorted(KINDS))
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[DataSource, Subject]]:
    """A source that holds something of Sam and of somebody else, with Sam as its subject."""
    engine = engine_for(f"sqlite:///{tmp_path / 'desk.db'}")
    migrations.upgrade(engine)
    with Session(engine) as session, session.begin():
        sam = customer(session, NOON, channel="mail", address=MAIL, name="Sam Carter")
        wrote(session, sam, "My own words", NOON)
        wrote(session, customer(session, NOON, address="+447700900456"), "Somebody else's words", NOON)
        contact = sam.contact_id

    def look(work: Callable[[Session], Any]) -> Any:
        with Session(engine, expire_on_commit=False) as session:
            return work(session)

    person = Subject((("mail", MAIL), ("sms", NUMBER)), contacts=(contact,))
    yield KINDS[request.param](tmp_path, look), person
    engine.dispose()


def test_every_kind_that_ships_is_held_to_this() -> None:
    """A kind that is added to the desk is added here."""
    assert set(KINDS) == set(registry.SHIPPED)


def test_it_gives_the_person_s_own_and_nobody_else_s(source: tuple[DataSource, Subject]) -> None:
    """Something of Sam's, nothing of another with the same name; a stranger gets nothing, a name alone neither."""
    asked, sam = source
    items = list(asked.search(sam))
    assert items
    assert not any("robin" in str(item).lower() or "Somebody else" in str(item) for item in items)
    assert list(asked.search(STRANGER)) == []
    assert list(asked.search(NAMED)) == []


def test_the_same_search_gives_the_same_again(source: tuple[DataSource, Subject]) -> None:
    """References and contents do not change by themselves, and each item has a reference of its own."""
    asked, sam = source
    first, second = list(asked.search(sam)), list(asked.search(sam))
    assert [values.digest(item) for item in first] == [values.digest(item) for item in second]
    references = [item.reference for item in first]
    assert all(references)
    assert len(set(references)) == len(references)


def test_what_it_gives_can_be_kept(source: tuple[DataSource, Subject]) -> None:
    """Each item is words for people and values that JSON has, with a day or none."""
    asked, sam = source
    for item in asked.search(sam):
        assert item.title
        assert item.kind
        assert item.collected_on is None or type(item.collected_on) is date
        assert json.loads(values.written(item.content))
    assert [packed for batch in collect(asked, sam, Sealer(b"key")) for packed in batch]


def test_a_match_needs_a_proved_address(source: tuple[DataSource, Subject]) -> None:
    """Right details without an address match nothing; fields that agree are of those that are known."""
    asked, _ = source
    details = {"name": "Sam Carter", "postcode": "G2 4JR"}
    assert list(asked.match(Claim((), details))) == []
    for match in asked.match(Claim((("mail", MAIL),), details)):
        assert match.source == asked.name
        assert match.reference
        assert set(match.fields) <= set(FIELDS)
        assert {"name", "postcode"} <= set(match.fields)


def test_it_tells_how_it_is_and_for_what_it_stands(source: tuple[DataSource, Subject]) -> None:
    """`check` finds it well, without a word about anybody; it covers only ways that there are."""
    asked, _ = source
    findings = list(asked.check())
    assert findings
    assert all(finding.ok for finding in findings), findings
    assert "sam" not in str(findings).lower()
    assert asked.title
    assert set(asked.covers) <= set(WAYS)
