"""Request or question? "Would you tell a court what you know of me" sounds like a request for one's data, and asks what
the policy says. Pure; called by `understand` with what a message sounds like (`intents`) and what it is about (the
library). Recall comes first: what may ask for a copy is marked so still, and a person looks.
"""

from __future__ import annotations

import re
from dataclasses import replace

from bot.conversations.intents import Intent
from bot.conversations.states import RIGHTS
from knowledge.base import Answer, OffTopic, Silent

_SURE_REQUEST = 0.7  # a request as sure as this is one, whatever it speaks of
_CLEAR_QUESTION = 0.8  # what may be a request, or a question, is the question when it is as clear as this
_CLEAR_USE = 0.9  # the same for what sounds like a sure request
_CLEAR_BREACH = 0.6  # a question on breaches in general
_CLEAR_TALK = 0.98  # what may ask for a copy is small talk only when it is as clear as this
_COPY = ("access", "portability")
_REPORTED = ("breach", "status")
_OPPOSED = ("objection", "restriction")
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
    )
)
"""Topics of what a company does with data: who asks in general asks the policy."""
_OF_WAYS = frozenset(("collection", "sources", "breach", "cookies", "cardkeeping"))
"""The same, but of these somebody may speak too who asks for a copy."""
_QUESTION = re.compile(
    r"\?|^\W*(?:(?:hi|hello|and|so|but|please)\W+)*(?:do|does|did|are|r|is|am|will|would|can|could|may|might|must|should|"
    r"if|wh(?:at|en|ere|ich|o|om|ose|y)|wot|wen|how)\b",
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
_ENTITLED = re.compile(
    r"\b(?:do|have) (?:i|we|customers|people) (?:have |got )?(?:a|the|any) (?:\w+ )?rights?\b"
    r"|\bis there (?:a|any) right\b|\b(?:am i|are (?:we|customers|people)) (?:able|allowed|entitled)\b"
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
_ASKED = re.compile(r"[^.!?\n]+\?")
_HELD = re.compile(r"\bstill\b|\b(?:u|you|ya|ye) (?:\w+ )?(?:got|keep|kept|stored?)\b|\bgot my\b", re.IGNORECASE)


def may_ask(intent: Intent, text: str) -> bool:
    """Whether a message that sounds like a request may be a question on the policy, so that the library is worth
    asking.
    """
    if not _QUESTION.search(text):
        return False
    return _is_sure(intent) or intent.name not in _COPY or _is_general(text) or not _HELD.search(text)


def as_question(intent: Intent, text: str, result: Answer | Silent | OffTopic) -> Intent | None:
    """The intent of what may ask, where that is what it is about; None where the request stands."""
    copy = intent.name in _COPY
    if isinstance(result, OffTopic):
        talk = copy and not _is_sure(intent) and result.confidence >= _CLEAR_TALK
        return replace(intent, name="other", suspected=False, maybe_access=True) if talk else None
    if not result.key:
        return None
    if intent.name in RIGHTS and intent.name != "access" and _ENTITLED.search(text):
        about, floor = True, _CLEAR_QUESTION
    elif intent.name == result.key == "breach" and _EVER.search(text):
        about, floor = True, _CLEAR_BREACH
    elif _is_sure(intent):
        asked = _OF_USES if copy else _OF_USES | _OF_WAYS
        if intent.name == "complaint":
            return None
        general = intent.name not in _OPPOSED and _is_general(text)
        of_policy = result.key in _OF_POLICIES and intent.name != "status"
        about = of_policy or (general and result.key in asked)
        floor = _CLEAR_QUESTION if of_policy and not copy else _CLEAR_USE
    else:
        about, floor = result.key not in _OF_REQUESTS, _CLEAR_QUESTION
    if not about or result.confidence < floor:
        return None
    return replace(intent, name="question", suspected=False, maybe_access=copy or intent.maybe_access)


def _is_sure(intent: Intent) -> bool:
    """Whether a request is sure enough; a report of trouble is taken for one at once."""
    if intent.name in _COPY:
        return not intent.suspected
    return intent.confidence >= _SURE_REQUEST or bool(intent.also) or intent.name in _REPORTED


def _is_general(text: str) -> bool:
    """Whether a message asks what is done in general: its sentences with a question mark, or all of it."""
    asked = " ".join(_ASKED.findall(text)) or text
    return _GENERAL.search(asked) is not None and not _PARTICULAR.search(asked)
