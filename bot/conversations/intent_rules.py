"""What examples teach badly, as patterns over plain words (`intent_text.plain`); they stand in corpus/rules.toml.

Names of statutes and rights, opt-out words, references, and whose verb it is. A rule adds its weight to the
classifier's score of an intent: 3 outweighs it unless it is certain of another, 2 decides between likely ones. A second
pattern silences the rule: the same words about another matter.
`<name>` in a pattern stands for a group of words. Sources: ICO guidance on recognising a request (no magic words, any
statute), UK GDPR Articles 15 to 21, Data Protection Act 1998 section 7 (which people still cite).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from bot.conversations.intent_examples import CORPUS


class Rule(NamedTuple):
    """One pattern that speaks for an intent. `name` is what staff see."""

    intent: str
    weight: float
    name: str
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None

    def speaks(self, words: str) -> bool:
        """Whether the rule speaks at plain words."""
        return self.pattern.search(words) is not None and not (self.unless and self.unless.search(words))


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule in the file's order, compiled at first use."""
    written = tomllib.loads((CORPUS / "rules.toml").read_text("utf-8"))
    return tuple(
        Rule(intent, weight, name, *_compiled(patterns, written["groups"]))
        for intent, named in written["rules"].items()
        for name, (weight, *patterns) in named.items()
    )


def _compiled(patterns: Sequence[str], groups: Mapping[str, str]) -> tuple[re.Pattern[str], re.Pattern[str] | None]:
    pattern, *unless = (re.compile(expanded(pattern, groups)) for pattern in patterns)
    return pattern, unless[0] if unless else None


def expanded(pattern: str, groups: Mapping[str, str]) -> str:
    """The pattern with its `<groups>` written out; KeyError for a group that is not there."""
    while (wider := re.sub(r"<(\w+)>", lambda found: groups[found[1]], pattern)) != pattern:
        pattern = wider
    return pattern
