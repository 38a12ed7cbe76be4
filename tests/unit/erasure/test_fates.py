"""Every table and every column is decided on: whoever adds one says what becomes of it when a person is erased."""

from __future__ import annotations

from bot.erasure.fates import FATES, STAYS
from bot.models import AuditEntry

TABLES = AuditEntry.metadata.tables


def test_every_table_is_named_once() -> None:
    """A table that is in neither list fails here: add a Fate, or its reason to STAYS, in bot/erasure/fates.py."""
    named = [fate.table for fate in FATES]
    assert len(set(named)) == len(named)
    assert set(named).isdisjoint(STAYS)
    assert {*named, *STAYS} == set(TABLES)


def test_every_column_of_a_row_that_stays_is_decided_on() -> None:
    """A new column fails here: give it its blank value in the table's Fate, or name it in `stays`."""
    for fate in FATES:
        if fate.blank is None:
            assert not fate.stays, fate.table
            continue
        columns = {column.name for column in TABLES[fate.table].columns}
        assert {*fate.blank, *fate.stays.split()} | {"id"} == columns | {"id"}, fate.table
        assert not set(fate.blank) & set(fate.stays.split()), fate.table
        assert not fate.mark or fate.mark in fate.blank


def test_no_row_goes_that_another_table_still_needs() -> None:
    """What points at a row that is removed is removed before it, or points at nothing by then."""
    removed = [fate.table for fate in FATES if fate.blank is None] + ["contact_address"]
    blanks = {fate.table: fate.blank or {} for fate in FATES}
    for table in TABLES.values():
        for key in table.foreign_keys:
            target = key.column.table.name
            if target in removed:
                earlier = table.name in removed and removed.index(table.name) < removed.index(target)
                cleared = key.parent.nullable and blanks.get(table.name, {}).get(key.parent.name, "") is None
                assert earlier or cleared, (table.name, target)
