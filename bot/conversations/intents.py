"""What does a message ask for? Pure; called by `understand` and by `privacydesk classify`.

Three steps: plain words (`intent_text`), clear signals (`intent_rules`), likeness to our own examples
(`intent_examples`). The law wants no magic words, and a missed request cannot be mended later, so access leans to
recall: a doubtful one is `suspected`, and what is more likely something else may still be `maybe_access`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from bot.conversations.intent_examples import NAMES, likelihoods
from bot.conversations.intent_grammar import governed
from bot.conversations.intent_rules import Rule, rules
from bot.conversations.intent_text import plain, sentences

RIGHTS = ("access", "portability", "erasure", "rectification", "objection", "restriction")
"""Requests under the law, each of which makes a ticket."""

REQUESTS = (*RIGHTS, "complaint", "breach", "status")
"""Intents that staff must settle: each makes or concerns a ticket."""
_YIELDING = ("erasure", "rectification", "objection", "restriction", "complaint")
_TALK = ("question", "other")  # what a message is when nothing speaks for a request

_LIKENESS = 4.0  # what a certain likeness weighs beside a clear rule's 3
_ALONE = 0.5  # likeness from which an intent counts without any rule
_UNMISTAKABLE = 0.85  # the same where no word of it is about data
_AGAINST = 0.75  # the same where a rule speaks against it
_CLEAR = 2.4  # rule weight from which a second request in the same message counts
_SURE_ACCESS = 2.6
_MAYBE_ACCESS = 1.7
_LEANING = 2.0  # how much weightier talk must be to outweigh a clear request for a copy
_ABOUT_DATA = re.compile(
    r"\b(?:data|information|details|records?|files?|recordings?|calls?|cctv|notes|held|hold|stored?|keep|kept|stuff|"
    r"copy|name|number|address|email|emails|texts|phone|surname|birth|list|marketing|contact\w*|consent|privacy|"
    r"customers?|client|requests?|complain\w*|ico|database|systems?|letter|person|human|someone|somebody|newsletter|"
    r"about me)\b"
)
_TO_SEE = re.compile(
    r"\b(?:send|give|show|provide|supply|let me|let us|let s|copy|copies|see|view|read|tell|know|disclose|printout|"
    r"what (?:do|have|data|information|personal|details|is on|is in))\b"
)


@dataclass(frozen=True, slots=True)
class Intent:
    """What a message asks for.

    `confidence` is 0 to 1. `signals` name the rules that spoke, for staff. `also` are other requests in the same
    message. `suspected` marks an access or portability request that may be none; `maybe_access` marks a message that
    is likelier something else and still may ask for access: both open a ticket that only a person dismisses.
    """

    name: str
    confidence: float
    signals: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    suspected: bool = False
    maybe_access: bool = False


def classify(text: str) -> Intent:
    """The intent of a message of any length; a message without words is "other"."""
    words = plain(text)
    if not words:
        return Intent("other", 1.0)
    clear, signals = _signals(words)
    like = _likeness(words)
    total = {name: clear[name] + _LIKENESS * like[name] for name in NAMES}
    name = _chosen(total, clear, like, words)
    also = tuple(
        other for other in REQUESTS if other != name and clear[other] >= _CLEAR and total[other] >= 0.5 * total[name]
    )
    return Intent(
        name,
        _confidence(name, total),
        signals[name],
        also,
        suspected=name in {"access", "portability"} and clear[name] < _SURE_ACCESS,
        maybe_access=name not in {"access", "portability"} and _maybe_access(total, clear, like, words),
    )


def _signals(words: str) -> tuple[dict[str, float], dict[str, tuple[str, ...]]]:
    """For each intent the weight of its rules (the strongest, and a little for each further) and their names."""
    spoken: dict[str, list[Rule]] = {name: [] for name in NAMES}
    for rule in rules():
        if _speaks(rule, words):
            spoken[rule.intent].append(rule)
    return {name: _weight(found) for name, found in spoken.items()}, {
        name: tuple(rule.name for rule in found if rule.weight > 0) for name, found in spoken.items()
    }


def _speaks(rule: Rule, words: str) -> bool:
    """Whether the rule's pattern stands in the text; for access, outside the object of another request."""
    if rule.intent != "access" or rule.weight < 0:
        return rule.pattern.search(words) is not None
    return any(not governed(words, found.start(), found.end()) for found in rule.pattern.finditer(words))


def _weight(found: list[Rule]) -> float:
    speaking = sorted((rule.weight for rule in found if rule.weight > 0), reverse=True)
    against = min((rule.weight for rule in found if rule.weight < 0), default=0.0)
    if not speaking:
        return 0.6 * against
    return speaking[0] + 0.25 * min(2, len(speaking) - 1) + against


def _likeness(words: str) -> dict[str, float]:
    """Likeness of the whole and of its sentences: a long letter asks in one of them."""
    parts = sentences(words)
    shares = likelihoods([words, *parts] if len(parts) > 1 else [words])
    whole = shares[0]
    if len(parts) > 1:
        whole = (whole + shares[1:].max(axis=0)) / 2
    return dict(zip(NAMES, (float(share) for share in whole), strict=True))


def _chosen(total: dict[str, float], clear: dict[str, float], like: dict[str, float], words: str) -> str:
    """The weightiest intent; a clear request for a copy leads beside another right ("delete it, but a copy first")."""
    alone = _ALONE if _ABOUT_DATA.search(words) else _UNMISTAKABLE
    needed = {name: alone if clear[name] >= 0 else max(alone, _AGAINST) for name in NAMES}
    likely = [name for name in NAMES if name in _TALK or clear[name] > 0 or like[name] >= needed[name]]
    best = max(likely, key=lambda name: total[name])
    if best in _YIELDING and clear["access"] >= _CLEAR and _TO_SEE.search(words):
        return "access"
    copy = max(("access", "portability"), key=lambda name: total[name])
    if best in _TALK and clear[copy] >= _SURE_ACCESS and total[copy] >= total[best] - _LEANING:
        return copy
    return best


def _maybe_access(total: dict[str, float], clear: dict[str, float], like: dict[str, float], words: str) -> bool:
    """Whether enough speaks for access to let a person look, though something else is likelier."""
    heard = clear["access"] > 0 or (like["access"] >= _ALONE and _ABOUT_DATA.search(words) is not None)
    return heard and total["access"] >= _MAYBE_ACCESS


def _confidence(name: str, total: dict[str, float]) -> float:
    """The share of the chosen among all, as a softmax; 0.5 where it leads by rule and not by weight."""
    parts = {other: math.exp(min(score - total[name], 0.0)) for other, score in total.items()}
    return round(1 / sum(parts.values()), 3)
