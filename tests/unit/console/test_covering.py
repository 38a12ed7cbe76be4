"""Abusive words are covered, however they are spelt, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.console.covering import COVER, LONGEST_READ, cover


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("You f*cking idiots, send me my data", f"You {COVER}, send me my data"),
        ("FUUUUCK you", f"{COVER} you"),
        ("what a sh1t service.", f"what a {COVER} service."),
        ("f.u.c.k", COVER),
        ("you f**k, you m#th-rf****r", f"you {COVER}, you {COVER}"),
        ("just p.i.s.s   off", f"just {COVER}"),
        ("who are you, morons?", f"who are you, {COVER}?"),
    ],
)
def test_insults_are_covered_and_the_rest_is_read(text: str, shown: str) -> None:
    """What they want still stands there."""
    assert cover()(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "", "Do you sell my data?", "Mr Dick of Scunthorpe", "a classic assessment", "Shitterton, Dorset",
        "the country", "Delete it all!!!", "I will complain to the regulator, this is a disgrace",
    ],
)  # fmt: skip
def test_names_places_and_anger_in_plain_words_are_not(text: str) -> None:
    """Parts of longer words are no insult, and to be cross is none either."""
    assert cover()(text) == ""


def test_a_company_s_own_words_come_beside_and_off_covers_none() -> None:
    """Single words and several, in any case, with their endings."""
    own = cover("muppet, Waste of Space")
    assert own("You muppets are a waste  of space") == f"You {COVER} are a {COVER}"
    assert cover()("You muppets") == ""
    assert own("shit") == COVER
    assert cover("off")("shit") == ""


@given(st.text(alphabet="fuckshi*t1!$ .@-o\n", max_size=300), st.text(max_size=60))
def test_a_covered_text_needs_no_second_cover(angry: str, other: str) -> None:
    """What is shown has nothing to cover any more, and has no sign that the text had not."""
    shown = cover()(f"{angry} {other}")
    assert cover()(shown) == ""
    assert set(shown) <= set(angry + other + " " + COVER)


@pytest.mark.parametrize(
    "text",
    [
        "f" * 200_000, "fu" * 100_000, "f*" * 100_000, "s5$" * 70_000, "piss " * 40_000,
        "m" + "*" * 200_000, f"m{'-' * 40}x " * 5_000, f"m{'o*' * 20}x " * 5_000, f"a{'s' * 40}x " * 5_000,
    ],
)  # fmt: skip
def test_no_text_is_read_again_and_again(text: str) -> None:
    """However long and hostile, a bounded beginning is looked through, and nothing of the rest is lost."""
    shown = cover()(f"idiot {text}")
    assert shown.startswith(COVER)
    assert shown.endswith(text[-100:])
    assert len(shown) >= len(text) - LONGEST_READ
