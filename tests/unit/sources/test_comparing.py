"""Fields of records and of claims are compared as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.contacts.matching import FIELDS, Claim
from bot.sources import comparing


@pytest.mark.parametrize(
    ("field", "claimed", "recorded", "verdict"),
    [
        ("email", "Sam@Example.com", " sam@example.com ", True),
        ("email", "sam@example.com", "sam@example.org", False),
        ("email", "sam", "sam", None),
        ("phone", "+447700900123", "07700 900-123", True),
        ("phone", "+447700900123", "0044 7700 900123", True),
        ("phone", "+447700900123", "07700900124", False),
        ("phone", "+447700900123", "ext. 12", None),
        ("name", "Sam Carter", "Mr. CARTER, Sam J.", True),
        ("name", "Zoë Müller", "zoe muller", True),
        ("name", "Sam", "Sam Carter", False),
        ("name", "S J Carter A B", "Carter, S. J.", None),
        ("name", "S J", "Carter, S. J. Anne", False),
        ("name", "Sam Carter", "Sam Okafor", False),
        ("name", "", "Sam Carter", None),
        ("postcode", "g2 4jr", "G24JR", True),
        ("postcode", "G2 4JR", "G2 4JS", False),
        ("reference", "c-1001", "C 1001", True),
        ("birth_date", "1978-04-16", "16/04/1978", True),
        ("birth_date", "1978-04-16", date(1978, 4, 16), True),
        ("birth_date", "1978-04-16", "04/16/1978", None),
        ("birth_date", "1978-04-16", None, None),
    ],
)
def test_fields_agree_as_people_write_them(field: str, claimed: str, recorded: object, verdict: bool | None) -> None:
    """Agrees, differs, or says nothing that can be compared."""
    assert comparing.agrees(field, claimed, recorded) is verdict


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2007-12-31", date(2007, 12, 31)),
        ("2007-12-31T10:00:00Z", date(2007, 12, 31)),
        ("31/12/2007", date(2007, 12, 31)),
        ("31 December 2007", date(2007, 12, 31)),
        (datetime(2007, 12, 31, 23, tzinfo=UTC), date(2007, 12, 31)),
        ("12/31/2007", None),
        ("long ago", None),
        (20071231.5, None),
    ],
)
def test_days_are_read_or_left_open(written: object, read: date | None) -> None:
    """A day that can't be read is none, never a guess."""
    assert comparing.day(written) == read


@given(
    st.sampled_from(FIELDS), st.text(max_size=80), st.one_of(st.text(max_size=80), st.none(), st.integers(), st.dates())
)
def test_anything_can_be_compared(field: str, claimed: str, recorded: object) -> None:
    """No value of a record or a claim breaks a search, and what agrees with itself agrees both ways."""
    verdict = comparing.agrees(field, claimed, recorded)
    assert verdict in {True, False, None}
    assert comparing.agrees(field, claimed, claimed) in {True, None} or field == "name"


def test_addresses_count_only_as_they_are_proved() -> None:
    """A mail address in the claim's own words is not compared: only proved ones are."""
    claim = Claim((("sms", "+447700900123"),), {"email": "sam@example.com", "name": "Sam Carter"})
    assert comparing.compared(claim, {"email": "sam@example.com", "phone": "07700900123", "name": "Sam Carter"}) == (
        ("phone", "name"), (),
    )  # fmt: skip


def test_numbers_as_they_are_dialled_at_home() -> None:
    """Another country's number, and what is none, have no such form."""
    assert comparing.phone_at_home("+447700900123") == "07700900123"
    assert comparing.phone_at_home("+33123456789") == ""
    assert comparing.phone_at_home("+") == ""


def test_a_misspelt_name_counts_only_beside_another_detail() -> None:
    """One letter off is no difference; but by itself it proves nothing, and another name differs as before. Beside a
    postcode alone it differs: it may be somebody else of the household.
    """
    details = {"name": "Jon Smith", "postcode": "G1 1AA", "reference": "4471", "birth_date": "1980-02-01"}
    claim = Claim((("sms", "+447700900123"),), details)
    record = {"phone": "07700900123", "name": "Smith, John"}
    assert comparing.compared(claim, {**record, "reference": "4471"}) == (("phone", "reference", "name"), ())
    assert comparing.compared(claim, {**record, "birth_date": "1.2.1980"}) == (("phone", "birth_date", "name"), ())
    assert comparing.compared(claim, {**record, "postcode": "g11aa"}) == (("phone", "postcode"), ("name",))
    assert comparing.compared(claim, record) == (("phone",), ())
    assert comparing.compared(claim, {**record, "postcode": "G2 2BB"}) == (("phone",), ("postcode",))
    assert comparing.compared(claim, {**record, "name": "Joan Smythe"}) == (("phone",), ("name",))
