"""Request or question? "Would you tell a court what you know of me" sounds like a request for one's data, and asks what
the policy says. Pure; called by `understand` with what a message sounds like (`intents`) and what it is about (the
library). Recall comes first: what may ask for a copy is marked so still, and a person looks.

Evidence is added up as log-odds: how sure the request is, how clear the topic is and whether a request would be about
it, and how the message is put. The weights were fitted to our own examples, each judged by classifiers that had not
seen it, and rounded: of some 3,200 requests that the intents told, 66 are taken for questions, three in four of which
still get a ticket.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace

from bot.conversations.intents import Intent
from bot.tickets.vocabulary import RIGHTS
from knowledge.base import Answer, OffTopic, Silent

_COPY = ("access", "portability")
_OF_REQUESTS = frozenset((*RIGHTS, "optout", "withdraw", "complaints", "breach"))
"""Topics of the ontology that somebody speaks of who makes a request."""
_OF_POLICIES = frozenset(
    (
        *("links", "scope", "websites", "earlier", "about", "commitment", "lawful", "compliance", "fee"),
        *("international", "safeguards", "governance", "formats", "unrecorded", "anonymity"),
    )
)
"""Topics that no request is about, whatever it sounds like."""
_OF_USES = frozenset(
    (
        *("purposes", "analysis", "fraud", "sharing", "processors", "legal", "authorities", "sale", "handed"),
        *("partners", "marketing", "advertising", "consent", "security", "payment", "transfers", "calls", "ai"),
        *("collection", "sources", "cookies", "cardkeeping"),
    )
)
"""Topics of what a company does with data: who asks in general asks the policy."""
_QUESTION = re.compile(
    r"\?|^\W*(?:(?:hi|hello|and|so|but|please)\W+)*(?:do(?! not\b)|does|did|are|r|is|am|will|would|can|could|may|might|"
    r"must|should|if|wh(?:at|en|ere|ich|o|om|ose|y)|wot|wat|wen|how)\b"
    r"|\b(?:know|ask|wonder(?:ed|ing)?|tell me|confirm|promise|assure me) (?:if|whether|that|how|why|ur|you|u)\b"
    r"|^\W*(?:please |kindly )?(?:explain|describe|state|set out|tell me) (?:every|each|why|how|the|your)\b",
    re.IGNORECASE,
)
_GENERAL = re.compile(
    r"\b(?:would|will|wud|may|might|do|does) (?:you|u|ya|ye|your|my|the|any|information|personal|customer|outside|other"
    r"|third|partners?|agents?)\b|\bcan (?:the|my|your|other|third|outside|an?|information|customer)\b|\bis it true\b",
    re.IGNORECASE,
)
"""What is done in general, or may come: the policy says it. Who asks for their own data asks what was done with it."""
_PARTICULAR = re.compile(
    r"\b(?:have|has|had|did|gave|given|still|was|were|want|need|send|show|cop(?:y|ies)|(?:let|give|tell) me)\b",
    re.IGNORECASE,
)
_PAST = re.compile(r"\b(?:have|has|did|was|were|been|already|yet|ago|still|asked|sent)\b", re.IGNORECASE)
_MINE = re.compile(r"\b(?:my|mine|me)\b", re.IGNORECASE)
_CONDITION = re.compile(r"\b(?:if|when|before|after|once|unless|without)\b", re.IGNORECASE)
_OWN_REQUEST = re.compile(
    r"\b(?:my|the|our) (?:\w+ ){0,2}(?:request|d?sar|complaint|letter|form|copy)\b|\bwhen will i\b", re.IGNORECASE
)
_ENTITLED = re.compile(
    r"\b(?:do|have) (?:i|we|customers|people) (?:have |got )?(?:a|the|any) (?:\w+ )?rights?\b"
    r"|\bis there (?:a|any) right\b|\b(?:am i|are (?:we|customers|people)) (?:able|allowed|entitled)\b"
    r"|\b(?:can|may) (?:a|the|your|any) (?:customer|person|user|client)s?\b"
    r"|\b(?:under|in|does) (?:your|the) (?:privacy )?policy\b",
    re.IGNORECASE,
)
"""Whether one may, not that one does: the policy says it, or is silent."""
_EVER = re.compile(
    r"\b(?:have|has|do|does|did|would|will) (?:you|u|there|any|your|customer) .{0,200}"
    r"\b(?:ever|before|customers?|people|everyone|us)\b"
    r"|\b(?:would|will|do) (?:you|u) (?:tell|let|inform|notify|warn)\b.{0,200}\b(?:if|when|in case)\b",
    re.IGNORECASE | re.DOTALL,
)
"""Whether there ever was a breach, or what would happen in one: nobody reports one."""
_SENTENCE = re.compile(r"[^.!?\n]+[.!?\n]?")
_OF_DATA = re.compile(r"\b(?:data|info\w*|details|records?|file|personal|privacy|recordings?)\b", re.IGNORECASE)
_PLEASE = re.compile(r"\b(?:please|pls|plz|send|want|need|like to|let me|show me|stop|delete|remove)\b", re.IGNORECASE)
_CLEAR_BREACH = 0.6  # a question on breaches in general
_QUESTION_FROM = 0.3  # log-odds from which on a message is the question
_DOUBTED_FROM = 0.0  # the same where the request was doubtful from the start: a person looks all the same
_TALK_FROM = 1.2  # the same for small talk
_KINDS = {"support": 0.9, "sales": 0.4, "account": -0.6, "other": -0.6, "nonsense": -0.4}


def as_question(intent: Intent, text: str, result: Answer | Silent | OffTopic) -> Intent | None:
    """The intent of what sounds like a request and asks, or is small talk; None where the request stands."""
    copy = intent.name in _COPY
    if isinstance(result, OffTopic):
        if _talks(intent, text, result) < _TALK_FROM:
            return None
        return replace(intent, name="other", suspected=False, maybe_access=copy or intent.maybe_access)
    general_breach = intent.name == "breach" in _keys(result) and _EVER.search(text)
    enough = _DOUBTED_FROM if copy and intent.suspected else _QUESTION_FROM
    if not (general_breach and result.confidence >= _CLEAR_BREACH) and _asks(intent, text, result) < enough:
        return None
    return replace(intent, name="question", suspected=False, maybe_access=copy or intent.maybe_access)


def _asks(intent: Intent, text: str, result: Answer | Silent) -> float:
    """The log-odds that a message asks what the policy says, and requests nothing."""
    keys, asked = _keys(result), _asked(text)
    evidence = (
        (2.0, _QUESTION.search(text)),
        (0.75, _is_general(text)),
        (0.5 if "access" in keys else 4.0, _ENTITLED.search(text)),
        (0.7, _CONDITION.search(asked)),
        (-0.45, _PAST.search(asked)),
        (-0.6, _MINE.search(text)),
        (-0.6, _OWN_REQUEST.search(text)),
        (1.6, keys <= _OF_POLICIES),
        (0.5, keys <= _OF_USES),
        (-1.3, keys & _OF_REQUESTS),
        (0.8, intent.name == "breach"),
    )
    added = sum(weight for weight, holds in evidence if holds)
    return added - 2.3 - 0.55 * _log_odds(intent.confidence) + 0.45 * _log_odds(result.confidence)


def _talks(intent: Intent, text: str, result: OffTopic) -> float:
    """The log-odds that a message is small talk, and requests nothing."""
    evidence = (
        (0.8, _QUESTION.search(text)),
        (-1.1, "?" in text),
        (-1.0, _OF_DATA.search(text)),
        (-0.5, _PLEASE.search(text)),
        (-0.9, intent.also),
        (-1.0, intent.name == "breach"),
    )
    added = sum(weight for weight, holds in evidence if holds) + _KINDS.get(result.kind, 0.0)
    return added - 1.0 - 0.5 * _log_odds(intent.confidence) + 0.6 * _log_odds(result.confidence)


def _keys(result: Answer | Silent) -> frozenset[str]:
    """The topics that a result is about, of all its parts."""
    parts = result.parts if isinstance(result, Answer) else ()
    return frozenset(each.key for each in parts or (result,))


def _log_odds(share: float) -> float:
    share = min(max(share, 0.001), 0.999)
    return math.log(share / (1 - share))


def _is_general(text: str) -> bool:
    """Whether a message asks what is done in general."""
    asked = _asked(text)
    return _GENERAL.search(asked) is not None and not _PARTICULAR.search(asked)


def _asked(text: str) -> str:
    """The sentences of a message with a question mark, or all of it: what went before a question is no part of it."""
    # Not one pattern that must end in "?": without any it would begin again at every letter of a long text.
    return " ".join(each for each in _SENTENCE.findall(text) if each.endswith("?")) or text
