"""The words that the normaliser knows: how people shorten them, and which ones it repairs (corpus/words.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from bot.conversations.intent_examples import CORPUS


@dataclass(frozen=True, slots=True)
class Words:
    """The word lists. `short` and `contractions` map what is written to what is meant, perhaps several words.

    `vocabulary` is what misspellings are repaired to; `known` is never repaired. `units` are what a figure counts
    ("2 weeks" is not "to weeks"); after one of `before_figures` a figure is a figure ("article 4"). `classes` says of
    a word which others it stands for in a sentence ("hold" for "keep" and "have").
    """

    short: Mapping[str, str]
    contractions: Mapping[str, str]
    vocabulary: tuple[str, ...]
    known: frozenset[str]
    units: frozenset[str]
    before_figures: frozenset[str]
    classes: Mapping[str, str]


@cache
def words() -> Words:
    """The lists that ship, read at first use."""
    written = tomllib.loads((CORPUS / "words.toml").read_text("utf-8"))
    short = _by_form(written["short"])
    vocabulary = tuple(written["vocabulary"].split())
    return Words(
        short=short,
        contractions=_by_form(written["contractions"]),
        vocabulary=vocabulary,
        known=frozenset((*vocabulary, *written["guarded"].split(), *short)),
        units=frozenset(written["units"].split()),
        before_figures=frozenset(written["before_figures"].split()),
        # The first class that names a word keeps it: later ones are written over by earlier ones.
        classes={word: kind for kind, named in reversed(written["classes"].items()) for word in named.split()},
    )


def _by_form(meant: Mapping[str, str]) -> dict[str, str]:
    return {form: meaning for meaning, forms in meant.items() for form in forms.split()}
