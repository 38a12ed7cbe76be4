"""References: made unguessable, found again however they are texted."""

from __future__ import annotations

import random
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tickets.references import ALPHABET, find_references, new_reference, parse_reference

references = st.integers(0, 2**32).map(lambda seed: new_reference(randomness=Seeded(seed)))


class Seeded:
    """Repeatable randomness."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def randbelow(self, exclusive_upper_bound: int, /) -> int:
        return self._random.randrange(exclusive_upper_bound)


def test_a_reference_reads_well() -> None:
    """A prefix and two groups of five, with no letter that looks like a digit or another letter."""
    for _ in range(500):
        assert re.fullmatch(rf"DR-[{ALPHABET}]{{5}}-[{ALPHABET}]{{5}}", new_reference())
    assert new_reference("PD").startswith("PD-")
    assert not set("OILU") & set(ALPHABET)


def test_references_are_drawn_from_all_of_45_bits() -> None:
    """A thousand are all different, and every place but the check takes every character."""
    drawn = [new_reference(randomness=Seeded(seed)) for seed in range(1_000)]
    assert len(set(drawn)) == 1_000
    for place in range(9):
        assert {reference.replace("-", "")[2 + place] for reference in drawn} == set(ALPHABET)


@given(references, st.sampled_from(["", " ", "-", "\u2013", " - ", ".", "\u00a0"]), st.booleans(), st.booleans())
def test_a_texted_reference_is_found(reference: str, separator: str, lower: bool, alike: bool) -> None:
    """Any case, any dash, none at all, and O, I or l for 0 and 1, in the middle of a sentence."""
    texted = separator.join(reference.split("-"))
    if alike:
        texted = texted[:2] + texted[2:].replace("0", "O").replace("1", "I")
    if lower:
        texted = texted.lower().replace("i", "l")
    assert parse_reference(f"hi, about {texted}, any news?") == reference
    assert parse_reference(texted) == reference


@given(references, st.integers(0, 9), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(reference: str, place: int, other: str) -> None:
    """Changing any single character, the check included, makes it no reference."""
    digits = list(reference.replace("-", "")[2:])
    wrong = digits[place] != other
    digits[place] = other
    assert parse_reference("DR-" + "".join(digits)) == (None if wrong else reference)


@given(references, st.integers(0, 8))
def test_two_swapped_neighbours_are_noticed(reference: str, place: int) -> None:
    """Swapping two characters that stand side by side makes it no reference."""
    digits = list(reference.replace("-", "")[2:])
    swapped = digits[place] != digits[place + 1]
    digits[place], digits[place + 1] = digits[place + 1], digits[place]
    assert parse_reference("DR" + "".join(digits)) == (None if swapped else reference)


@pytest.mark.parametrize(
    "text",
    ["", "DR", "Dr Montgomery-Smith", "what data do you hold on me", "DR-00000-0000", "DR-00000-000000",
     "XDR-00000-00000", "DR-UUUUU-UUUUU", "00000-00000", "DR-00000-00001", "DR\N{SNOWMAN}00000-00000", "\x00" * 50],
)  # fmt: skip
def test_what_is_no_reference_is_not_taken_for_one(text: str) -> None:
    """Too short, too long, no prefix, inside another word, foreign letters, a wrong check."""
    assert parse_reference(text) is None


def test_the_smallest_reference_is_one() -> None:
    """All zeros carry the check zero: the texts refused above differ from this one only in what is wrong with them."""
    assert parse_reference("DR-00000-00000") == "DR-00000-00000"


@given(references, references)
def test_every_reference_in_a_text_is_found_in_order(first: str, second: str) -> None:
    """A false start before them swallows neither."""
    assert list(find_references(f"Dr Drummond, DR {first} and also {second.lower()}")) == [first, second]


@given(st.text(max_size=200))
def test_no_text_breaks_the_search(text: str) -> None:
    """Whatever is written, the answer is a reference or nothing."""
    found = parse_reference(text)
    assert found is None or parse_reference(found) == found


def test_a_hostile_text_is_searched_quickly() -> None:
    """Megabytes made to mislead the pattern take well under a second."""
    started = time.perf_counter()
    for text in ("DR" * 500_000, "DR-" + "0 " * 500_000, "D" + " " * 1_000_000, "DR" + "-" * 1_000_000):
        parse_reference(text)
    assert time.perf_counter() - started < 1
