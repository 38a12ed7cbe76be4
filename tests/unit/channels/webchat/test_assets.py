"""The widget's script as a file, and its words in other languages."""

from __future__ import annotations

import json
import re

import pytest

from channels.webchat.assets import LANGUAGES, Script
from channels.webchat.joining import STATIC

MODULES = sorted((STATIC / "widget").glob("*.js"))
ENGLISH = json.loads((LANGUAGES / "en.json").read_text())


def test_the_script_is_small_and_safe() -> None:
    """At most 20,000 bytes over the wire, no way from text to markup or code, no cookie, no lasting storage."""
    script = Script()
    assert len(script.packed) <= 20_000
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "localStorage",
        "document.cookie",
    ):
        assert word not in script.plain.decode()


def test_every_word_that_the_widget_says_is_in_the_catalogue_and_every_one_there_is_said() -> None:
    """A key that is missing would be shown as nothing; one that nobody says would be translated in vain."""
    source = "\n".join(path.read_text() for path in MODULES)
    # The conditional one in `t(a ? "b" : "c")` names two.
    calls = [f"{one} {two}" for one, two in re.findall(r"""\bt\((?:[^"()]*\? )?("\w+")(?: : ("\w+"))?""", source)]
    said = {key for call in calls for key in re.findall(r"\w+", call)}
    assert len(said) > 40
    assert said <= set(ENGLISH)
    assert set(ENGLISH) <= set(re.findall(r'"(\w+)"', source))


@pytest.mark.parametrize("code", sorted(path.stem for path in LANGUAGES.glob("*.json")))
def test_a_catalogue_says_no_more_than_the_english_one_and_fills_in_the_same(code: str) -> None:
    """Known keys only, each with no placeholder that the English sentence has not; plural forms have an "other"."""
    catalogue = json.loads((LANGUAGES / f"{code}.json").read_text())
    assert set(catalogue) - {"_", "dir"} <= set(ENGLISH)
    for key, mine in catalogue.items():
        if key in ENGLISH:
            assert _places(mine) <= _places(ENGLISH[key]), key
            assert isinstance(mine, str) or "other" in mine
    assert catalogue.get("dir", "ltr") in ("ltr", "rtl")


PLURALS = {"en": {"one", "other"}, "ar": {"one", "two", "few", "many", "other"}}
"""The forms that a number above nothing takes in each language (CLDR)."""


@pytest.mark.parametrize("code", sorted(path.stem for path in LANGUAGES.glob("*.json")))
def test_a_catalogue_is_whole(code: str) -> None:
    """Every sentence of the frame is there, each with all forms of its language: no chat speaks two languages."""
    catalogue = json.loads((LANGUAGES / f"{code}.json").read_text())
    assert set(catalogue) - {"_", "dir"} == set(ENGLISH)
    for key, mine in catalogue.items():
        if isinstance(ENGLISH.get(key), dict):
            assert set(mine) == PLURALS[code], key
        elif key in ENGLISH:
            assert _places(mine) == _places(ENGLISH[key]), key


def _places(words: str | dict[str, str]) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", json.dumps(words)))
