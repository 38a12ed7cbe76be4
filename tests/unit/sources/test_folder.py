"""The source "folder": exports of other systems, read whole or told where they can't be."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.contacts.matching import Claim
from bot.errors import SettingsError
from bot.sources import exports, folder
from bot.sources.base import Item, SourceBroken, SourceDown, Subject
from tests.unit.sources.a_source import SAM, setting

ORDERS = {
    "title": "Order",
    "file": "orders*.csv",
    "email": ["email", "invoice_email"],
    "phone": ["mobile"],
    "customer": "customer_no",
    "reference": "order_no",
    "collected": "ordered_on",
    "match": {"name": "name"},
}
HEAD = "order_no,customer_no,name,email,invoice_email,mobile,ordered_on\n"


def source(path: Path, *files: dict[str, Any]) -> folder.FolderSource:
    return folder.create(setting({"path": str(path), "files": list(files or (ORDERS,))}))


def found(source: folder.FolderSource, subject: Subject = SAM) -> tuple[list[Item], str]:
    """What a search gave, and what it told at its end."""
    items: list[Item] = []
    try:
        for item in source.search(subject):
            items.append(item)  # noqa: PERF402  what came before the trouble counts
    except SourceBroken as error:
        return items, str(error)
    return items, ""


def test_rows_are_found_by_any_of_their_addresses_or_the_customer_number(tmp_path: Path) -> None:
    """Case, blanks and the way of writing a number do not matter; others' rows stay where they are."""
    (tmp_path / "orders-1.csv").write_text(
        HEAD
        + "1,C-9,Sam,SAM@Example.com ,,,01/02/2010\n"
        + "2,C-9,Sam,,sam@example.com,,2010-02-03\n"
        + '3,C-9,Sam,,,"07700 900 123",3 March 2010\n'
        + "4,c1001,Sam,,,,\n"
        + "5,C-2,Robin,robin@example.com,,07700900456,2011-01-01\n",
        "utf-8",
    )
    items, told = found(source(tmp_path))
    assert [(item.reference, item.collected_on) for item in items] == [
        ("Order:1", date(2010, 2, 1)), ("Order:2", date(2010, 2, 3)), ("Order:3", date(2010, 3, 3)), ("Order:4", None),
    ]  # fmt: skip
    assert told == ""


def test_rows_without_an_address_are_nobodys(tmp_path: Path) -> None:
    """Somebody with no proved address does not get the rows that have none either."""
    (tmp_path / "orders.csv").write_text(HEAD + "1,,Sam Carter,,,,\n")
    assert found(source(tmp_path), Subject((("webchat", "x"),), names=("Sam Carter",))) == ([], "")


def test_bad_rows_are_told_and_the_good_ones_given(tmp_path: Path) -> None:
    """A row with a field too few does not pass in silence: its place is named, and none of its words."""
    (tmp_path / "orders.csv").write_text(HEAD + "1,C-9,Sam\n2,C-9,Sam,sam@example.com,,,\n3,C-9,a,b,c,d,e,f,g\n")
    items, told = found(source(tmp_path))
    assert [item.reference for item in items] == ["Order:2"]
    assert "orders.csv row 2 has 3 fields, not 7; orders.csv row 4 has 9 fields, not 7" in told
    assert "Sam" not in told


def test_an_unended_quotation_is_told(tmp_path: Path) -> None:
    """All that follows one can't be told apart: the search fails instead of ending early."""
    (tmp_path / "orders.csv").write_text(HEAD + '1,C-9,"Sam,sam@example.com,,,\n2,C-9,Sam,sam@example.com,,,\n')
    items, told = found(source(tmp_path))
    assert items == []
    assert "orders.csv from line" in told


def test_json_of_both_shapes_is_read(tmp_path: Path) -> None:
    """A list of objects, and an object on each line; what is no object is told by its place."""
    notes = [{"mail": "sam@example.com", "note": {"deep": [1, 2]}}, "rubbish", {"mail": "robin@example.com"}]
    (tmp_path / "notes.json").write_text(json.dumps(notes))
    (tmp_path / "lines.jsonl").write_text('{"mail": "sam@example.com"}\n{broken\n\n')
    files = [{"title": "Note", "file": name, "email": ["mail"]} for name in ("notes.json", "lines.jsonl")]
    items, told = found(source(tmp_path, *files))
    assert [item.reference for item in items] == ["notes.json:row 1", "lines.jsonl:row 1"]
    assert items[0].content == {"mail": "sam@example.com", "note": {"deep": [1, 2]}}
    assert "notes.json row 2" in told
    assert "lines.jsonl row 2" in told


@pytest.mark.parametrize("text", ["[1, 2", '{"a": 1}', "[" * 100_000, ""])
def test_json_that_is_no_list_is_told(tmp_path: Path, text: str) -> None:
    """Broken, of another shape, or nested to death: the file is named."""
    (tmp_path / "notes.json").write_text(text)
    _, told = found(source(tmp_path, {"title": "Note", "file": "notes.json", "email": ["mail"]}))
    assert "notes.json is no list of objects" in told


def test_a_link_out_of_the_folder_is_never_followed(tmp_path: Path) -> None:
    """A link to a file elsewhere is refused, a link within the folder is read."""
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (outside / "secret.csv").write_text(HEAD + "1,C-9,Sam,sam@example.com,,,\n")
    (inside / "orders-a.csv").symlink_to(outside / "secret.csv")
    items, told = found(source(inside))
    assert items == []
    assert "orders-a.csv is a link out of the folder" in told
    (inside / "orders-a.csv").unlink()
    (inside / "real.csv").write_text(HEAD + "2,C-9,Sam,sam@example.com,,,\n")
    (inside / "orders-a.csv").symlink_to(inside / "real.csv")
    assert [item.reference for item in found(source(inside))[0]] == ["Order:2"]


def test_a_file_that_is_not_there_is_no_empty_answer(tmp_path: Path) -> None:
    """A missing export, a missing column and a missing folder are told, for all would look like "nothing held"."""
    assert "no file in" in found(source(tmp_path))[1]
    (tmp_path / "orders.csv").write_text("order_no,email\n1,sam@example.com\n")
    assert "has no column" in found(source(tmp_path))[1]
    with pytest.raises(SourceDown, match="bring it back"):
        list(source(tmp_path / "gone").search(SAM))
    assert [finding.ok for finding in source(tmp_path / "gone").check()] == [False]


def test_text_of_another_encoding_is_told(tmp_path: Path) -> None:
    """Latin-1 is not read as something else."""
    (tmp_path / "orders.csv").write_bytes((HEAD + "1,C-9,Zoë,sam@example.com,,,\n").encode("latin-1"))
    assert "not in UTF-8" in found(source(tmp_path))[1]


def test_settings_that_lead_elsewhere_are_refused(tmp_path: Path) -> None:
    """A path in a file's name, an unknown ending, and an export that is nobody's."""
    for name in ("../orders.csv", "a/orders.csv", "..\\orders.csv", "orders.xlsx"):
        with pytest.raises(SettingsError, match=r"files\.0\.file"):
            source(tmp_path, {**ORDERS, "file": name})
    with pytest.raises(SettingsError, match="nothing says whose a row is"):
        source(tmp_path, {"title": "Order", "file": "orders.csv"})


def test_a_record_agrees_with_a_claim_by_its_columns(tmp_path: Path) -> None:
    """The columns of addresses count without being named in `match`."""
    (tmp_path / "orders.csv").write_text(HEAD + "1,C-1001,Sam Carter,sam@example.com,,07700900123,\n")
    claim = Claim((("mail", "sam@example.com"),), {"name": "Sam Carter", "reference": "C 1001"})
    (match,) = source(tmp_path).match(claim)
    assert (match.reference, set(match.fields), match.differs) == ("Order:1", {"name", "email", "reference"}, ())


def test_what_is_put_under_the_name_after_it_was_looked_at_keeps_nothing_waiting(tmp_path: Path) -> None:
    """A pipe, a link, or a file grown too large since: each is told at once, and none is read."""
    pipe, link, grown = tmp_path / "pipe.csv", tmp_path / "link.csv", tmp_path / "grown.json"
    os.mkfifo(pipe)
    link.symlink_to(tmp_path / "elsewhere")
    with grown.open("wb") as opened:
        opened.truncate(exports.LARGEST_FILE + 1)
    for file in (pipe, link, grown):
        with pytest.raises(SourceBroken, match=file.name):
            list(exports.rows(file, []))
