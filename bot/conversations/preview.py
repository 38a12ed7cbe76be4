"""What the desk would answer to a message, without doing anything: for `privacydesk ask` and the API's /ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.conversations import dating, languages, replies
from bot.conversations.dating import TODAY, Dating
from bot.conversations.understand import Understanding
from knowledge.base import Answer, Citation, OffTopic, Silent

_REQUEST = "This is a request{what}. Sent by text, by email or in the chat, it opens a ticket with a due date."
_STATUS = "This asks how a request stands. The desk answers it in the conversation that the request belongs to."
_HUMAN = "I'm passing this to a person. They have our whole conversation; you needn't repeat it."


def shown(understood: Understanding, company: str, base_url: str) -> dict[str, Any]:
    """The answer as the JSON-lines contract has it: intent, outcome, passages best first, reply, confidence; and where
    the policy was looked into, for which day, what is to be noted of that, and what other versions say.
    """
    return {
        "intent": understood.intent.name,
        "outcome": understood.outcome,
        "passages": [_passage(citation, base_url) for citation in cited(understood)],
        "reply": reply(understood, company, base_url),
        "confidence": understood.confidence,
        **({"reason": understood.reason} if understood.reason else {}),
        **_dated(understood, base_url),
    }


def _dated(understood: Understanding, base_url: str) -> dict[str, Any]:
    result = understood.result
    if understood.outcome not in ("answered", "silent") or not isinstance(result, Answer | Silent) or not result.when:
        return {}
    return {
        "as_of": result.when.last.isoformat(),
        "note": replies.note(_dating(understood, base_url)),
        "changes": dating.as_json(result.changes, base_url),
    }


def _dating(understood: Understanding, base_url: str) -> Dating:
    return dating.dating(understood.result, base_url) if understood.outcome in ("answered", "silent") else TODAY


def cited(understood: Understanding) -> Sequence[Citation]:
    """The clauses that answer; a clause that is merely near never passes for an answer."""
    result = understood.result
    return result.citations if understood.outcome == "answered" and isinstance(result, Answer) else ()


def _passage(citation: Citation, base_url: str) -> dict[str, str]:
    return {
        "id": citation.id,
        "text": citation.text,
        "policy": citation.policy,
        "effective": citation.effective.isoformat(),
        "url": base_url + citation.url,
    }


def reply(understood: Understanding, company: str, base_url: str) -> str:
    """What the desk would say in the chat; of a request, only that it is one, since this opens no ticket."""
    result = understood.result
    if understood.language:
        values = replies.Values(company, company, own_language=languages.own_words(understood.language))
        return replies.render("webchat", "other_language", values).text
    if understood.outcome == "handoff":
        return _HUMAN
    if understood.outcome == "request":
        what = replies.KIND_WORDS.get(understood.intent.name, "")
        return _REQUEST.format(what=what and f" {what}") if understood.intent.name != "status" else _STATUS
    quotes = tuple(replies.quote(citation, base_url) for citation in cited(understood))
    values = replies.Values(
        company=replies.short_name(company),
        site=company,
        citations=quotes,
        curated=result.curated if isinstance(result, Answer) and understood.outcome == "answered" else "",
        parts=replies.parts(result, base_url),
        topic=result.topic if isinstance(result, Answer | Silent) else "",
        off_topic=result.kind if isinstance(result, OffTopic) else "",
        dating=_dating(understood, base_url),
    )
    wording = {"answered": "answer", "silent": "silent", "off_topic": "off_topic"}[understood.outcome]
    return replies.render("webchat", wording, values).text
