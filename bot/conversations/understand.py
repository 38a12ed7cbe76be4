"""What a message means for the desk: its intent, and for a question what the policy says. Pure, no database.

A message that leans on the one before it (follow_ups.py) is read together with that.

Called by the handler (step 4 of a message's way) and by `privacydesk ask`.

    request ..... a right is used, a complaint, a breach, or a question about a request: the desk's tickets settle it
    handoff ..... a person is asked for, or the answer is too unsure to be given by a machine; `reason` says which
    answered .... the policy speaks: quotations
    silent ...... a privacy question that the policy leaves open
    off_topic ... no privacy question
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Literal, Protocol

from bot.conversations import doubtful, follow_ups, languages, other_times
from bot.conversations.follow_ups import Before
from bot.conversations.intents import REQUESTS, TALK, Intent, classify
from knowledge.base import Answer, Choice, OffTopic, Silent
from knowledge.dates import asked_about

Outcome = Literal["answered", "silent", "off_topic", "request", "handoff"]

ASKED_FOR_PERSON = "The customer asked for a person."
UNSURE = "The bot is not sure enough which clause answers this."

_YES_OR_NO = re.compile(r"[^\w?]*[yn][^\w?]*$", re.IGNORECASE)
"""Letters that answer a question of the bot's; the library reads them as texted for "why" and "and"."""
_DID = re.compile(r"(\W*(?:(?:and|so|but|ok|okay|hi|hello|hey)\W+)*)did (?=(?:you|u|ya)\b)", re.IGNORECASE)
_OWN = re.compile(r"\b(?:i|me|my|mine|myself|we|us|our)\b", re.IGNORECASE)
_ANSWER_FROM = 0.25  # below this share of a known topic a clause is not quoted
_DOUBTFUL = 0.3  # an intent less sure than this may as well be small talk
_OF_ITSELF = 0.85  # a word or two with an answer as sure as this ask for it
_OTHER_FROM = 0.5  # a message that does not sound like a question must be this clearly on a topic


class Asks(Protocol):
    """What is needed of `knowledge.library.Library`."""

    def ask(
        self, question: str, *, policy: str, as_of: date | None = None, today: date | None = None, topic: str = ""
    ) -> Answer | Silent | OffTopic:
        """Answer from the version in force on a day (`as_of`, else the day asked about, else `today`), about one topic
        where its key is given.
        """
        ...

    def clearness(self, question: str) -> tuple[float, float]:
        """How likely a question is about one topic, and how likely about none."""
        ...


@dataclass(frozen=True, slots=True)
class Understanding:
    """One message, understood. `result` is what the library said, None for requests and for a person.

    `confidence` is 0 to 1: of the intent for requests, of the answer otherwise. `reason` is for staff, and set
    exactly when the outcome is "handoff". `question` is what the next message may lean on; "" for requests.
    `asked` is what the library was asked where that is more than the message's own words, `topic` the key chosen.
    `leans` is true where it was read together with the question before it, for the same time. `language` is the code
    of another language than English, which is read by a person only.
    """

    intent: Intent
    outcome: Outcome
    result: Answer | Silent | OffTopic | None
    confidence: float
    reason: str = ""
    question: str = ""
    asked: str = ""
    topic: str = ""
    leans: bool = False
    language: str = ""

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The topics between which the question leaves it open."""
        return self.result.choices if self.outcome == "answered" and isinstance(self.result, Answer) else ()

    @property
    def effective(self) -> date | None:
        """The date of the policy's version that was answered from; None where none was asked, or for no day."""
        when = self.result.when if isinstance(self.result, Answer | Silent) else None
        return when.effective if when else None

    @property
    def curated(self) -> tuple[str, ...]:
        """Staff's own words in the answer, one for each of its parts that has some."""
        if not isinstance(self.result, Answer):
            return ()
        each = [self.result.curated, *(part.curated for part in self.result.parts if isinstance(part, Answer))]
        return tuple(dict.fromkeys(words for words in each if words))


def understand(
    text: str,
    library: Asks,
    *,
    policy: str,
    as_of: date | None = None,
    today: date | None = None,
    before: Before | None = None,
) -> Understanding:
    """Understand a message of any length. `before` is given where the message looks as if it leaned on that.

    Raises:
        UnknownPolicy: the library has no such policy.
    """
    if language := languages.language_of(text):
        return _unread(language)
    return _read(text, library, partial(library.ask, policy=policy, as_of=as_of, today=today), today, before)


def _unread(language: str) -> Understanding:
    """A message that only a person can read. It may ask for data, in words that the desk does not know."""
    intent = Intent("other", 0.0, maybe_access=True)
    reason = f"They write in {languages.name_of(language)}, which the desk does not read."
    return Understanding(intent, "handoff", None, 0.0, reason, language=language)


def _read(
    text: str, library: Asks, ask: Callable[..., Answer | Silent | OffTopic], today: date | None, before: Before | None
) -> Understanding:
    """A message in English, understood."""
    if before and before.choices and (found := _chosen(text, ask, before)):
        return found
    said = follow_ups.core(text) if before else text
    elsewhen = other_times.at_another_time(said, before, today) if before and today else ""
    if elsewhen:
        understood = _weighed(Intent("question", 1.0), ask(elsewhen), sure=True)
        return replace(understood, question=elsewhen, asked=elsewhen)
    intent = _intent(text, today)
    if before and today and other_times.names_time(said, today):
        before = replace(before, question=other_times.undated(before.question, today))
    question = follow_ups.in_context(said, before, library) if before else text
    if before and question != said and _speaks_for_itself(said, question, before, ask):
        return replace(_weighed(intent, ask(said), sure=True), question=said)
    if before and question != said and (intent.name in TALK or intent.suspected):
        # Read in its context it is a question; alone it may still ask for a copy, which a person then looks at.
        asks = replace(intent, name="question", suspected=False, maybe_access=intent.maybe_access or intent.suspected)
        understood = _weighed(asks, ask(question), sure=True)
        return replace(understood, question=before.question, asked=question, leans=True)
    if intent.name in REQUESTS:
        result = ask(text)
        rather = doubtful.as_question(intent, text, result)
        if rather is None:
            return Understanding(intent, "request", None, intent.confidence)
        return replace(_weighed(rather, result, sure=True), question=follow_ups.stands_on(said))
    if intent.name == "human":
        return Understanding(intent, "handoff", None, intent.confidence, ASKED_FOR_PERSON)
    if _YES_OR_NO.match(text):
        return Understanding(intent, "off_topic", OffTopic("other", 1.0), 1.0)
    understood = _weighed(intent, ask(text))
    return replace(understood, question=follow_ups.stands_on(said))


def _speaks_for_itself(
    said: str, question: str, before: Before, ask: Callable[..., Answer | Silent | OffTopic]
) -> bool:
    """Whether a word or two have an answer of their own, while the question before outweighs them where they are read
    together ("sharing", after one on security): it would be answered once more.
    """
    if not follow_ups.names_something(said, before):
        return False
    alone, together, first = (ask(each) for each in (said, question, before.question))
    if not isinstance(alone, Answer) or isinstance(together, OffTopic) or isinstance(first, OffTopic):
        return False
    return alone.confidence >= _OF_ITSELF and alone.key != together.key == first.key


def _intent(text: str, today: date | None) -> Intent:
    """What a message asks for. The words of a time make a question look like a request ("in 2006, how long did you keep
    my data"): what is a question without them is one, and so is what was done in general ("did you record calls in
    2010"), where it is one of what is done.
    """
    intent = classify(text)
    if today is not None and intent.name in REQUESTS:
        rest = asked_about(text, today).rest
        without = classify(rest) if rest != text else intent
        if rest != text and without.name != "question" and _DID.match(rest) and not _OWN.search(rest):
            without = classify(_DID.sub(r"\1do ", rest))
        return without if without.name == "question" else intent
    return intent


def _chosen(text: str, ask: Callable[..., Answer | Silent | OffTopic], before: Before) -> Understanding | None:
    """The answer on the topic chosen, or on all of them; None where the message chooses nothing."""
    said = follow_ups.core(text)
    choice = follow_ups.chosen(said, before.choices)
    if choice is None and not follow_ups.all_of_them(said):
        return None
    result = ask(before.question, topic=choice.key if choice else "")
    if isinstance(result, Answer):
        result = result._replace(choices=())
    question = f"{before.question} {choice.name}" if choice else before.question
    understood = _weighed(Intent("question", 1.0), result, sure=True)
    return replace(understood, question=question, asked=before.question, topic=choice.key if choice else "")


def _weighed(intent: Intent, result: Answer | Silent | OffTopic, *, sure: bool = False) -> Understanding:
    """What the library says, held against what the message sounds like; `sure` where that it asks is beyond doubt."""
    confidence = round(min(1.0, max(0.0, result.confidence)), 3)
    if isinstance(result, OffTopic):
        return Understanding(intent, "off_topic", result, confidence)
    wavering = not sure and (intent.name == "other" or intent.confidence < _DOUBTFUL)
    if wavering and result.confidence < _OTHER_FROM:
        return Understanding(intent, "off_topic", OffTopic("other", intent.confidence), intent.confidence)
    if isinstance(result, Silent):
        return Understanding(intent, "silent", result, confidence)
    if result.confidence < _ANSWER_FROM:
        return Understanding(intent, "handoff", result, confidence, UNSURE)
    return Understanding(intent, "answered", result, confidence)
