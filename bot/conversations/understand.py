"""What a message means for the desk: its intent, and for a question what the policy says. Pure, no database.

Called by the handler (step 4 of a message's way) and by `privacydesk ask`.

    request ..... a right is used, a complaint, a breach, or a question about a request: the desk's tickets settle it
    handoff ..... a person is asked for, or the answer is too unsure to be given by a machine; `reason` says which
    answered .... the policy speaks: quotations
    silent ...... a privacy question that the policy leaves open
    off_topic ... no privacy question
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

from bot.conversations.intents import REQUESTS, Intent, classify
from knowledge.base import Answer, OffTopic, Silent

Outcome = Literal["answered", "silent", "off_topic", "request", "handoff"]

ASKED_FOR_PERSON = "The customer asked for a person."
UNSURE = "The bot is not sure enough which clause answers this."

_ANSWER_FROM = 0.25  # below this share of a known topic a clause is not quoted
_DOUBTFUL = 0.3  # an intent less sure than this may as well be small talk
_OTHER_FROM = 0.5  # a message that does not sound like a question must be this clearly on a topic


class Asks(Protocol):
    """What is needed of `knowledge.library.Library`."""

    def ask(self, question: str, *, policy: str, as_of: date | None = None) -> Answer | Silent | OffTopic:
        """Answer from the version in force on a day."""
        ...


@dataclass(frozen=True, slots=True)
class Understanding:
    """One message, understood. `result` is what the library said, None for requests and for a person.

    `confidence` is 0 to 1: of the intent for requests, of the answer otherwise. `reason` is for staff, and set
    exactly when the outcome is "handoff".
    """

    intent: Intent
    outcome: Outcome
    result: Answer | Silent | OffTopic | None
    confidence: float
    reason: str = ""

    @property
    def curated(self) -> tuple[str, ...]:
        """Staff's own words in the answer, one for each of its parts that has some."""
        if not isinstance(self.result, Answer):
            return ()
        each = [self.result.curated, *(part.curated for part in self.result.parts if isinstance(part, Answer))]
        return tuple(dict.fromkeys(words for words in each if words))


def understand(text: str, library: Asks, *, policy: str, as_of: date | None = None) -> Understanding:
    """Understand a message of any length. Raises UnknownPolicy for a policy that the library has not."""
    intent = classify(text)
    if intent.name in REQUESTS:
        return Understanding(intent, "request", None, intent.confidence)
    if intent.name == "human":
        return Understanding(intent, "handoff", None, intent.confidence, ASKED_FOR_PERSON)
    return _weighed(intent, library.ask(text, policy=policy, as_of=as_of))


def _weighed(intent: Intent, result: Answer | Silent | OffTopic) -> Understanding:
    """What the library says, held against what the message sounds like."""
    confidence = round(min(1.0, max(0.0, result.confidence)), 3)
    if isinstance(result, OffTopic):
        return Understanding(intent, "off_topic", result, confidence)
    doubtful = intent.name == "other" or intent.confidence < _DOUBTFUL
    if doubtful and result.confidence < _OTHER_FROM:
        return Understanding(intent, "off_topic", OffTopic("other", intent.confidence), intent.confidence)
    if isinstance(result, Silent):
        return Understanding(intent, "silent", result, confidence)
    if result.confidence < _ANSWER_FROM:
        return Understanding(intent, "handoff", result, confidence, UNSURE)
    return Understanding(intent, "answered", result, confidence)
