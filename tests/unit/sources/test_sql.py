"""The source "sql": a company's database asked by bound, read-only, limited queries."""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.contacts.matching import Claim
from bot.errors import SettingsError
from bot.sources import sql
from bot.sources.base import SourceBroken, SourceDown, Subject
from tests.unit.sources.a_source import SAM, company, setting

CUSTOMERS = {
    "title": "Customer record",
    "sql": "SELECT * FROM customer WHERE lower(email) = :email",
    "reference": "id",
    "collected": "joined",
    "match": {"name": "full_name", "postcode": "postcode", "email": "email", "phone": "mobile"},
}
CALLS = {"title": "Call", "sql": "SELECT * FROM call WHERE number = :phone_national", "reference": "at"}


def source(url: str, *queries: dict[str, Any], **more: Any) -> sql.SqlSource:
    return sql.create(setting({"url": url, "queries": list(queries), **more}))


def test_a_person_is_found_by_address_and_number_as_they_are_written_there(tmp_path: Path) -> None:
    """The mail address in any case, the number as it is dialled at home; the same row is one item."""
    items = list(source(company(tmp_path), CUSTOMERS, CALLS).search(SAM))
    assert [(item.title, item.reference, item.collected_on) for item in items] == [
        ("Customer record", "Customer record:C-1001", date(2007, 3, 2)),
        ("Call", "Call:2008-05-06", None),
    ]
    assert items[0].content["postcode"] == "G2 4JR"  # type: ignore[call-overload,index]


def test_a_name_alone_finds_nobody(tmp_path: Path) -> None:
    """Whoever has no proved address gets nothing by their name, and a query that asks by name alone is refused."""
    by_either = {**CUSTOMERS, "sql": "SELECT * FROM customer WHERE email = :email OR full_name LIKE :name"}
    found = source(company(tmp_path), by_either).search(Subject((("webchat", "chat-1"),), names=("Sam Carter",)))
    assert list(found) == []
    with pytest.raises(SettingsError, match="a name alone proves nobody"):
        source("sqlite:///x.db", {**CUSTOMERS, "sql": "SELECT * FROM customer WHERE full_name = :name"})


@pytest.mark.parametrize("name", ["' OR '1'='1", "x'; DROP TABLE customer; --", "%", "\\", "\0", "*"])
def test_a_name_that_is_sql_is_only_a_name(tmp_path: Path, name: str) -> None:
    """Injection in a name or a reference finds nothing, changes nothing."""
    url = company(tmp_path)
    query = {**CUSTOMERS, "sql": "SELECT * FROM customer WHERE id = :reference AND full_name = :name OR email = :email"}
    person = Subject((("mail", f"{name}@example.com"),), names=(name,), details={"reference": name})
    assert list(source(url, query).search(person)) == []
    with sqlite3.connect(url.removeprefix("sqlite:///")) as database:
        assert database.execute("SELECT count(*) FROM customer").fetchone() == (4,)
    database.close()


@pytest.mark.parametrize(
    "text",
    ["DELETE FROM customer WHERE email = :email", "SELECT 1 WHERE :email; DROP TABLE customer", "PRAGMA user_version",
     "  ;  "],
)  # fmt: skip
def test_only_one_select_is_a_query(text: str) -> None:
    """A query that would do more than read is refused when the desk starts."""
    with pytest.raises(SettingsError, match="one SELECT"):
        source("sqlite:///x.db", {**CUSTOMERS, "sql": text})


def test_a_select_that_writes_is_refused_by_the_database(tmp_path: Path) -> None:
    """Behind WITH something may still write: the connection cannot."""
    url = company(tmp_path)
    reader = sql.SqlSource(setting({}), sql.Reader("crm", url, 5), [sql.Query(**CUSTOMERS)])
    object.__setattr__(reader._queries[0], "sql", "DELETE FROM customer WHERE email = :email")
    with pytest.raises(SourceDown):
        list(reader.search(SAM))
    with sqlite3.connect(url.removeprefix("sqlite:///")) as database:
        assert database.execute("SELECT count(*) FROM customer").fetchone() == (4,)
    database.close()


def test_a_query_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    """The database is stopped at its limit, and the search fails as one that may go through later."""
    slow = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT i AS id FROM n WHERE i = -1 OR :email = i"
    )
    with pytest.raises(SourceDown, match="see that it runs"):
        list(source(company(tmp_path), {"title": "Slow", "sql": slow, "reference": "id"}, seconds=0.1).search(SAM))


def test_neither_password_nor_person_is_told(tmp_path: Path) -> None:
    """Errors of settings, of a search and of the doctor's look repeat no password and no address."""
    secret = "hunter2-secret"
    with pytest.raises(SettingsError) as wrong:
        source(f"not a url {secret}", CUSTOMERS)
    with pytest.raises(SettingsError) as none:
        source(f"oracledb+nothing://desk:{secret}@db/crm", CUSTOMERS)
    with pytest.raises(SettingsError) as slip:
        sql.create(setting({"url": f"sqlite:///{secret}", "querys": [CUSTOMERS], "queries": [CUSTOMERS]}))
    assert "the nearest is queries" in str(slip.value)
    missing = source(f"sqlite:///{tmp_path}/none.db", CUSTOMERS)
    with pytest.raises(SourceDown, match="may be read") as down:
        list(missing.search(SAM))
    broken = source(company(tmp_path), {**CUSTOMERS, "sql": "SELECT * FROM custmer WHERE email = :email"})
    with pytest.raises(SourceDown) as gone:
        list(broken.search(SAM))
    told = " ".join(str(each.value) for each in (wrong, none, slip, down, gone))
    assert secret not in told
    assert "sam@" not in told.lower()


def test_the_doctor_asks_with_no_values_and_names_the_mend(tmp_path: Path) -> None:
    """A wrong table and a missing column are told; what is well is told as such."""
    url = company(tmp_path)
    assert [finding.ok for finding in source(url, CUSTOMERS, CALLS).check()] == [True]
    wrong = {**CUSTOMERS, "sql": "SELECT * FROM custmer WHERE email = :email"}
    assert "custmer" in source(url, wrong).check()[0].text
    column = source(url, {**CUSTOMERS, "collected": "since"}).check()[0]
    assert not column.ok
    assert "no column since" in column.text
    assert not source(f"sqlite:///{tmp_path}/none.db", CUSTOMERS).check()[0].ok


def test_a_missing_column_is_told_not_passed_over(tmp_path: Path) -> None:
    """A reference that the query does not give ends the search as broken."""
    with pytest.raises(SourceBroken, match="no column number"):
        list(source(company(tmp_path), {**CUSTOMERS, "reference": "number"}).search(SAM))


def test_a_placeholder_that_does_not_exist_is_named() -> None:
    """The nearest is named, and an unknown field of `match`."""
    with pytest.raises(SettingsError, match=r"no placeholder :e_mail; the nearest is :email"):
        source("sqlite:///x.db", {**CUSTOMERS, "sql": "SELECT * FROM customer WHERE email = :e_mail"})
    with pytest.raises(SettingsError, match="'surname' is nothing that people are asked for"):
        source("sqlite:///x.db", {**CUSTOMERS, "match": {"surname": "full_name"}})


def test_records_that_agree_say_in_which_fields(tmp_path: Path) -> None:
    """A proved address leads to the record; each claimed field agrees, differs, or is left out."""
    crm = source(company(tmp_path), CUSTOMERS)
    claim = Claim((("mail", "sam@example.com"),), {"name": "carter, sam", "postcode": "g24jr"})
    assert [(match.reference, match.fields, match.differs) for match in crm.match(claim)] == [
        ("Customer record:C-1001", ("name", "postcode", "email"), ())
    ]
    wrong = Claim((("mail", "sam@example.com"),), {"name": "Robin Okafor", "postcode": "EH1 1YZ"})
    assert crm.match(wrong)[0].fields == ("email",)
    assert crm.match(wrong)[0].differs == ("name", "postcode")
    assert crm.match(Claim((), {"name": "Sam Carter", "postcode": "G2 4JR"})) == []


def test_a_url_comes_from_the_environment_first(tmp_path: Path) -> None:
    """DESK_CRM_URL wins over the table, and one of them is needed."""
    given = setting({"url": "sqlite:///none.db", "queries": [CUSTOMERS]}, secrets={"url": company(tmp_path)})
    assert len(list(sql.create(given).search(SAM))) == 1
    with pytest.raises(SettingsError, match="DESK_CRM_URL"):
        sql.create(setting({"queries": [CUSTOMERS]}))
