"""Addresses and signed reply addresses: read tolerantly, trusted only when proved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.mail.addresses import Mailbox, normal, person, recipient, reply_address
from tests.unit.channels.mail.desk import sign

OURS = ("info@iomart.com", "a.very.long.mailbox.name.of.some.department@iomart.com")


@pytest.mark.parametrize(
    ("raw", "address", "name"),
    [
        ("Ann <Ann@Example.NET>", "ann@example.net", "Ann"),
        ('"Example, Ann" <ann@example.net>', "ann@example.net", "Example, Ann"),
        ("ann@example.net", "ann@example.net", ""),
        ("ann@example.net (Ann E.)", "ann@example.net", "Ann E."),
        ("=?utf-8?q?J=C3=B8rn?= <j@example.no>", "j@example.no", "Jørn"),
        ("Ann\r\n <ann@example.net>", "ann@example.net", "Ann"),
        ("one@a.example <two@b.example>", "two@b.example", "one@a.example"),
        ("First <a@x.example>, Second <b@x.example>", "a@x.example", "First"),
        ("Broken <not an address>", "", ""),
        ("<>", "", ""),
        ("", "", ""),
        ("Ann\u202e <ann@example.net>", "ann@example.net", "Ann"),
    ],
)
def test_senders_are_read_defensively(raw: str, address: str, name: str) -> None:
    """The address that is really there, and the name without tricks."""
    assert person(raw) == (address, name)


@given(st.from_regex(r"[a-z0-9][a-z0-9._-]{0,30}", fullmatch=True))
def test_a_reply_address_finds_its_conversation_again(key: str) -> None:
    """What was signed is recognised in any case, and fits a local part."""
    address = reply_address("info@iomart.com", key, sign)
    assert len(address.partition("@")[0]) <= 64
    assert recipient(address.upper(), OURS, sign) == Mailbox("info@iomart.com", key)


@pytest.mark.parametrize(
    "address",
    [
        "info+c1@iomart.com",
        "info+c1-0123456789abcdef0123@iomart.com",
        "info+c1-@iomart.com",
        "info+-@iomart.com",
        f"info+c2-{sign('reply', 'c1')[:20]}@iomart.com",
        f"info+c1-{sign('reply', 'c1')[:8]}@iomart.com",
        f"info+c1-{sign('other', 'c1')[:20]}@iomart.com",
        f"someone+c1-{sign('reply', 'c1')[:20]}@iomart.com",
        "info@iomart.com.example",
        "info@other.example",
        "info",
        "",
        "info+\udcff@iomart.com",
    ],
)
def test_nobody_guesses_a_reply_address(address: str) -> None:
    """A forged, shortened or misplaced hash is no mailbox of ours."""
    assert recipient(address, OURS, sign) is None


def test_the_plain_mailbox_is_ours_in_any_case() -> None:
    """Mail systems change the case of addresses."""
    assert recipient("INFO@Iomart.com", OURS, sign) == Mailbox("info@iomart.com", "")


def test_a_key_that_fits_no_address_is_left_out() -> None:
    """The reply then goes to the plain mailbox and is found by its references."""
    assert reply_address("info@iomart.com", "no spaces", sign) == "info@iomart.com"
    assert reply_address(OURS[1], "k" * 30, sign) == OURS[1]
    assert recipient(reply_address(OURS[1], "c1", sign), OURS, sign) is not None or len(OURS[1]) > 60


@pytest.mark.parametrize(
    "raw", ["A@Straße.example", "a@STRAßE.example", "a@xn--strae-oqa.example", "a@stra\u1e9ee.example"]
)
def test_one_domain_compares_equal_in_both_its_forms(raw: str) -> None:
    """Conversations are matched by A-labels."""
    assert normal(raw) == "a@xn--strae-oqa.example"


@given(st.text(max_size=80))
def test_any_text_is_an_address_or_is_not(raw: str) -> None:
    """Normalising never raises and never returns a space."""
    assert not any(character.isspace() for character in normal(raw))
    person(raw)
    recipient(raw, OURS, sign)
