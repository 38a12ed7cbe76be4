"""Which files go by text to whom, told before anything is sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversations.texted_files import MOST_BYTES, MOST_FILES, apart, refusal
from bot.files.values import File

US, CA, UK, AU = "+12015550123", "+15062345678", "+447400123456", "+61412345678"
PNG = File("a.png", "image/png", b"x")


@pytest.mark.parametrize(
    ("address", "sender", "goes"),
    [
        (US, "", True), (US, CA, True), (CA, US, True), (AU, AU, True), (US, "60777", True),
        (US, "MG" + "e" * 32, True),
        (US, UK, False), (US, AU, False), (AU, US, False), (UK, UK, False), (UK, "", False), ("+9", "", False),
        (f"whatsapp:{UK}", f"whatsapp:{UK}", True), (f"rcs:{UK}", "rcs:iomart_agent", True),
    ],
)  # fmt: skip
def test_files_go_where_they_are_carried(address: str, sender: str, goes: bool) -> None:
    """By plain text within a country that has them; by WhatsApp and RCS everywhere."""
    assert (refusal(address, sender, [PNG], reached=True) == "") is goes
    assert refusal(address, sender, [], reached=False) == ""


@given(sizes=st.lists(st.integers(1, MOST_BYTES), max_size=MOST_FILES + 3), way=st.sampled_from([US, f"rcs:{UK}"]))
def test_no_more_goes_than_a_text_takes(sizes: list[int], way: str) -> None:
    """Ten files and 5 MB together; what is refused says what to do instead."""
    blank = b"x" * MOST_BYTES
    files = [File("a.png", "image/png", memoryview(blank)[:size]) for size in sizes]  # type: ignore[arg-type]  # no copies
    said = refusal(way, "", files, reached=True)
    assert (said == "") is (len(sizes) <= MOST_FILES and sum(sizes) <= MOST_BYTES)
    assert said == "" or "email" in said


def test_a_desk_that_can_not_be_reached_sends_none() -> None:
    """The text names the setting."""
    assert "DESK_PUBLIC_URL" in refusal(US, "", [PNG], reached=False)


def test_each_file_is_a_message_where_only_one_goes_with_a_message() -> None:
    """On WhatsApp and RCS."""
    assert (apart(US), apart(f"whatsapp:{US}"), apart(f"rcs:{US}")) == (False, True, True)
