"""What a source gives is looked at, bounded and sealed before it is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.contacts.matching import Claim, Match
from bot.sealing import Sealer
from bot.sources import collecting, values
from bot.sources.base import File, Item, SourceBroken, SourceDown, Subject, TooMuch
from bot.sources.collecting import ITEM, Packed, collect
from channels.base import Finding
from tests.unit.sources.a_source import SAM

SEALER = Sealer(b"key")


class Given:
    """A source that gives what it was given."""

    name, title, covers = "crm", "Customer database", ()

    def __init__(self, items: Iterable[Any]) -> None:
        self._items = items

    def search(self, subject: Subject) -> Iterable[Item]:
        return self._items

    def match(self, claim: Claim) -> Sequence[Match]:
        return ()

    def check(self) -> Sequence[Finding]:
        return ()


def packed(items: Iterable[Any]) -> list[Packed]:
    return [item for batch in collect(Given(items), SAM, SEALER) for item in batch]


def test_contents_are_sealed_and_the_same_item_comes_once() -> None:
    """What is kept tells nothing of what it says; an item that a source gives twice is one."""
    (one,) = packed([Item("1", "Record", {"name": "Sam"}), Item("1", "Record", {"name": "Sam"})])
    assert b"Sam" not in one.content
    assert SEALER.open_text(one.content, ITEM) == '{"name":"Sam"}'


def test_items_come_in_batches_as_they_are_read() -> None:
    """The first batch is there before the source has been read to its end."""
    read: list[int] = []

    def items() -> Iterator[Item]:
        for number in range(1_000):
            read.append(number)
            yield Item(str(number), "Record", "words")

    first = next(collect(Given(items()), SAM, SEALER))
    assert len(first) == collecting.AT_ONCE == len(read)


@pytest.mark.parametrize(
    "rubbish",
    [None, 7, "text", ("1", "Record", "words"), Item(1, "Record", "x"), Item("1", None, "x"),  # type: ignore[arg-type]
     Item("1", "R", "x", collected_on="2010-01-01"), Item("1", "R", "x", collected_on=datetime(2010, 1, 1, tzinfo=UTC)),  # type: ignore[arg-type]
     Item("1", "R", "x", file=("a", "b", b"c")), Item("1", "R", "x", file=File("a", "b", "c"))],  # type: ignore[arg-type]
)  # fmt: skip
def test_rubbish_is_no_item(rubbish: Any) -> None:
    """Whatever a plug-in gives that is no item ends its search as broken, after what was good."""
    batches = collect(Given([*(Item(str(number), "R", "x") for number in range(200)), rubbish]), SAM, SEALER)
    assert len(next(batches)) == 200
    with pytest.raises(SourceBroken, match="Customer database gave something that is no item"):
        next(batches)


def test_what_a_source_raises_is_told_without_its_words() -> None:
    """A plug-in's own error may repeat a customer's data: only its kind is told."""

    def items() -> Iterator[Item]:
        raise RuntimeError("no row for sam@example.com")
        yield

    with pytest.raises(SourceDown, match="RuntimeError") as told:
        packed(items())
    assert "sam@" not in str(told.value)


def test_nothing_that_is_no_iterable_breaks_the_desk() -> None:
    """A source that returns None is told as failed."""
    with pytest.raises(SourceDown, match="TypeError"):
        packed(None)  # type: ignore[arg-type]


def test_bounds_hold() -> None:
    """Too many items, too many bytes, one item too large."""
    with pytest.raises(TooMuch, match="10000 items"):
        packed(Item(str(number), "R", "x") for number in range(collecting.MOST_ITEMS + 1))
    with pytest.raises(TooMuch, match="50 MB"):
        packed(Item(str(number), "R", "x" * 4_900_000) for number in range(12))
    with pytest.raises(TooMuch, match="more than 5 MB"):
        packed([Item("1", "R", "x", file=File("a.bin", "x/y", b"x" * 5_000_001))])


def test_a_long_reference_stays_its_own() -> None:
    """Two references that are alike for two hundred characters stay two."""
    found = packed([Item("x" * 300 + "1", "R", "a"), Item("x" * 300 + "2", "R", "a"), Item("", "R", "a")])
    assert len({item.reference for item in found}) == 3
    assert all(0 < len(item.reference) <= collecting.LONGEST for item in found)


_leaf = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.dates(), st.binary())
_value = st.recursive(_leaf, lambda deeper: st.lists(deeper) | st.dictionaries(st.text(), deeper), max_leaves=12)


@given(st.dictionaries(st.text(), _value))
def test_any_row_of_a_database_is_kept_as_json(content: dict[str, Any]) -> None:
    """Days, bytes, surrogates and nothing-numbers: every row can be sealed, and its digest is always the same."""
    item = Item("1", "R", content, collected_on=date(2010, 1, 1))
    assert values.digest(item) == values.digest(
        Item("1", "R", dict(reversed(content.items())), collected_on=date(2010, 1, 1))
    )
    assert len(packed([item])) == 1
