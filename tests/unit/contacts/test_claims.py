"""What somebody says of themselves, read out of their own words; and where a code may be sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.contacts import claims
from bot.contacts.matching import FIELDS


@pytest.mark.parametrize(
    ("text", "details"),
    [
        ("Ann Baker, G1 1AA, account 4471", {"name": "Ann Baker", "postcode": "G1 1AA", "reference": "4471"}),
        ("my name is Ann Baker and my postcode is g11aa", {"name": "Ann Baker", "postcode": "G1 1AA"}),
        ("Ann Baker\nG12 8QQ", {"name": "Ann Baker", "postcode": "G12 8QQ"}),
        ("Hi, I'm Ann O'Neil-Baker. Account number is AB-4471", {"name": "Ann O'Neil-Baker", "reference": "AB-4471"}),
        ("Ann Baker 4471", {"name": "Ann Baker", "reference": "4471"}),
        ("Ann Baker born 3rd May 1980", {"name": "Ann Baker", "birth_date": "1980-05-03"}),
        ("Anne van der Berg, 03/05/1980", {"name": "Anne van der Berg", "birth_date": "1980-05-03"}),
        ("Jos\u00e9 \u00c1lvarez; 07700 900123", {"name": "Jos\u00e9 \u00c1lvarez", "phone": "+447700900123"}),
        ("Full name: Ann Baker. Postcode: G1 1AA.", {"name": "Ann Baker", "postcode": "G1 1AA"}),
        ("ann baker, Ann@Example.net", {"name": "ann baker", "email": "ann@example.net"}),
        ("31/02/1980", {}), ("Why do you need this?", {}), ("I don't want to", {}), ("please help me", {}), ("", {}),
    ],
)  # fmt: skip
def test_details_are_read_as_people_write_them(text: str, details: dict[str, str]) -> None:
    """In any order, with or without labels; a question or a refusal holds none."""
    assert claims.parse(text) == details


@given(st.text(max_size=3_000))
def test_reading_is_total(text: str) -> None:
    """Whatever comes: known fields with short, plain values, or nothing."""
    found = claims.parse(text)
    assert set(found) <= set(FIELDS)
    assert all(value and len(value) <= 400 for value in found.values())


@given(
    st.sampled_from(["Ann Baker", "Bob van Dyke", "Mary-Jane O'Neil"]), st.sampled_from(["G1 1AA", "SW1A 2BB"]),
    st.integers(1_000, 999_999), st.permutations(range(3)), st.sampled_from([", ", "\n", "; "]),
)  # fmt: skip
def test_the_order_does_not_matter(name: str, postcode: str, number: int, order: list[int], between: str) -> None:
    """Name, postcode and account number are found in every order."""
    pieces = [name, postcode, f"account {number}"]
    found = claims.parse(between.join(pieces[place] for place in order))
    assert found == {"name": name, "postcode": postcode, "reference": str(number)}


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Ann@Example.net", ("mail", "ann@example.net")),
        ("send it to ann@example.net please", ("mail", "ann@example.net")),
        ("my number is 07700 900123", ("sms", "+447700900123")),
        ("07700900123 or ann@example.net", None), ("123456", None), ("no", None), ("", None),
    ],
)  # fmt: skip
def test_one_address_is_read_for_a_code(text: str, address: tuple[str, str] | None) -> None:
    """Exactly one mailbox or number; nobody guesses between two."""
    assert claims.address(text) == address
