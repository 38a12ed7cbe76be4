"""What asks for what, as patterns over plain words (`intent_text.plain`); the patterns stand in corpus/rules.toml.

A rule carries a weight: 4 settles the matter against most others, 3 is clear, 2 likely, 1 a hint; a negative weight
speaks against the intent. `<name>` in a pattern stands for a group of words; `<3>` for at most three words of the
same sentence. Sources: ICO guidance on recognising a request (no magic words, any statute), UK GDPR Articles 15 to 21.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

CORPUS = Path(__file__).parent / "corpus"
"""Where the rules and the examples of intents stand."""


class Rule(NamedTuple):
    """One pattern that speaks for (or, with a negative weight, against) an intent. `name` is what staff see."""

    intent: str
    weight: float
    name: str
    pattern: re.Pattern[str]


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule in the file's order, compiled at first use."""
    written = tomllib.loads((CORPUS / "rules.toml").read_text("utf-8"))
    return tuple(
        Rule(intent, weight, name, re.compile(expanded(pattern, written["groups"])))
        for intent, named in written["rules"].items()
        for name, (weight, pattern) in named.items()
    )


def expanded(pattern: str, groups: Mapping[str, str]) -> str:
    """The pattern with its `<groups>` and `<gaps>` written out; KeyError for a group that is not there."""
    while (wider := re.sub(r"<(\w+)>", lambda found: _group(found[1], groups), pattern)) != pattern:
        pattern = wider
    return pattern


def _group(name: str, groups: Mapping[str, str]) -> str:
    return rf"(?:[^\s.?!]+ ){{0,{name}}}" if name.isdigit() else groups[name]
