"""What does a message ask for? Pure; called by `understand` and by `privacydesk classify`.

Plain words (`intent_text`), a classifier trained on our own examples (`intent_model`), and the few rules that examples
teach badly (`intent_rules`), which add to its scores. The law wants no magic words, and a missed request cannot be
mended later, so access leans to recall: a doubtful one is `suspected`, and what is more likely something else may
still be `maybe_access`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from bot.conversations import pointing
from bot.conversations.hints import NONE, Hints, hints, without_withdrawal
from bot.conversations.intent_examples import NAMES
from bot.conversations.intent_model import likelihoods
from bot.conversations.intent_rules import Rule, rules
from bot.conversations.intent_text import plain, sentences
from bot.tickets.references import LIKE_A_REFERENCE
from bot.tickets.vocabulary import RIGHTS

REQUESTS = (*RIGHTS, "complaint", "breach", "status")
"""Intents that staff must settle: each makes or concerns a ticket."""
_COPY = ("access", "portability")
TALK = ("question", "other")

# Chosen by cross-validation of the whole decision over the corpus.
_ENOUGH = 0.25  # of what is else mere talk: a request for a copy as likely as this is one
_ENOUGH_BESIDE = 0.4  # of what is else another request, and so is seen by a person anyway
_SURE = 0.65  # from here on it is not merely suspected
_MAYBE = 0.15  # from here on a person looks, though something else is likelier
_FURTHER = 1.5  # further rules of the same intent add little: the strongest speaks, and a part of the next
_BESIDE = 0.6  # a sentence this likely another request makes a second one
_BURIED = 0.9  # a sentence this likely to ask makes the intent of a message that is mere talk as a whole
_SENTENCES = 0.35  # how much the sentences count beside the whole
_LEAST = 1e-3  # the weight of a sentence that asks nothing, so that there is always one


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
    hints: Hints = NONE


def classify(text: str) -> Intent:
    """The intent of a message of any length; without words, or with none but that something is attached, "other"."""
    words = pointing.rest(plain(LIKE_A_REFERENCE.sub(" ", text)))
    if not words:
        return Intent("other", 1.0)
    found = hints(words)
    if found.withdraws:
        # What takes a request back asks for nothing, whatever else the message asks.
        rest = without_withdrawal(words)
        return replace(_read(rest) if rest.count(" ") > 1 else Intent("status", 1.0), hints=found)
    return replace(_read(words), hints=found)


def _read(words: str) -> Intent:
    """The intent of plain words."""
    parts = [_shares(part) for part in _parts(words)]
    shares = _together(_shares(words), parts)
    name, copy = _chosen(shares, parts), sum(shares[name] for name in _COPY)
    return Intent(
        name,
        round(max(shares[name], *(part[name] for part in parts)) if parts else shares[name], 3),
        tuple(rule.name for rule in _spoken(words) if rule.intent == name),
        _also(name, parts),
        suspected=name in _COPY and copy < _SURE,
        maybe_access=name not in _COPY and copy >= _MAYBE,
    )


def _spoken(words: str) -> list[Rule]:
    return [rule for rule in rules() if rule.speaks(words)]


def _shares(words: str) -> dict[str, float]:
    """How likely each intent is, rules and classifier together; the sum is 1."""
    spoken = _spoken(words)
    powers = {
        name: float(share) * math.exp(_weight([rule.weight for rule in spoken if rule.intent == name]))
        for name, share in zip(NAMES, likelihoods(words), strict=True)
    }
    whole = sum(powers.values())
    return {name: power / whole for name, power in powers.items()}


def _parts(words: str) -> list[str]:
    """The first and last sentences, and the halves of one ("delete it all but send me a copy"); none for a single."""
    parts = [half for part in sentences(words) for half in part.split(" but ") if half.count(" ") > 1]
    return parts if len(parts) > 1 else []


def _together(whole: dict[str, float], parts: list[dict[str, float]]) -> dict[str, float]:
    """The message as a whole, and in part its sentences, of which those that plainly ask weigh most: who begins with
    the weather and ends with kind regards asks for no less.
    """
    if not parts:
        return whole
    asking = [((1 - part["other"]) * max(part.values())) ** 2 + _LEAST for part in parts]
    return {
        name: (1 - _SENTENCES) * share
        + _SENTENCES * sum(weight * part[name] for weight, part in zip(asking, parts, strict=True)) / sum(asking)
        for name, share in whole.items()
    }


def _weight(weights: list[float]) -> float:
    first = max(weights, default=0.0)
    return first + min(_FURTHER, 0.25 * (sum(weights) - first))


def _chosen(shares: dict[str, float], parts: list[dict[str, float]]) -> str:
    """The likeliest intent, but a request for a copy as soon as that is likely enough: recall before precision.

    What is mere talk as a whole may ask in one of its sentences.
    """
    best = max(NAMES, key=lambda name: shares[name])
    enough = _ENOUGH if best in TALK else _ENOUGH_BESIDE
    if best not in _COPY and sum(shares[name] for name in _COPY) >= enough:
        return max(_COPY, key=lambda name: shares[name])
    if best in TALK and parts:
        sought = REQUESTS if best == "question" else [name for name in NAMES if name != "other"]
        asked = max(sought, key=lambda name: max(part[name] for part in parts))
        if max(part[asked] for part in parts) >= _BURIED:
            return asked
    return best


def _also(name: str, parts: list[dict[str, float]]) -> tuple[str, ...]:
    """Other requests that stand in sentences of their own."""
    if name not in REQUESTS:
        return ()
    return tuple(other for other in REQUESTS if other != name and any(part[other] >= _BESIDE for part in parts))
