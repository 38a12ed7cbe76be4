"""Words of texts: split, spelt out, mended, stemmed."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.words import Speller, stem, stems, words

SPELLER = Speller(["information", "collect", "cookies", "retention", "delete", "privacy", "recorded", "telephone"])


@pytest.mark.parametrize(
    ("texted", "meant"),
    [
        ("wot info do u hav", "what information do you have"),
        ("plz delete ur info b4 2day", "please delete your information before today"),
        ("r u recorded 4 ne1", "are you recorded for anyone"),
        ("infromation", "information"),
        ("colect cookeis", "collect cookies"),
        ("retenttion", "retention"),
    ],
)
def test_texted_and_misspelt_words_are_mended(texted: str, meant: str) -> None:
    """A text is read as it was meant."""
    assert " ".join(SPELLER.spell(words(texted))) == meant


def test_words_of_english_are_left_alone() -> None:
    """A word that exists is never bent towards the policy's vocabulary."""
    assert SPELLER.spell(["weather", "correct", "pricey"])[:2] == ["weather", "correct"]


def test_forms_of_a_word_share_a_stem() -> None:
    """Collect, collects, collected, collecting are one; words that say nothing are left out."""
    assert {stem(word) for word in ("collect", "collects", "collected", "collecting")} == {"collect"}
    assert stems(["do", "you", "collect", "the", "data"]) == ["collect", "data"]


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_has_words_within_bounds(text: str) -> None:
    """No text breaks the splitting or the mending, and no word is longer than 40 characters."""
    found = words(text)
    assert all(0 < len(word) <= 40 for word in found)
    assert all(isinstance(word, str) for word in SPELLER.spell(found))


def test_stemming_is_safe_between_threads() -> None:
    """Threads that stem at once get the same stems: the library's stemmer keeps state, so each has its own."""
    given_words = [f"{root}{end}" for root in ("collect", "record", "transfer") for end in ("", "s", "ed", "ing")] * 50
    stem.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(stem.__wrapped__, given_words))
    assert set(found) == {"collect", "record", "transfer"}
