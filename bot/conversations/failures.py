"""When an answer has not helped: what people say of it, when they are asked, and when a person takes over. Pure.

Asking is nagging, so it is done once in a conversation: below an answer that the bot is not quite sure of, or below the
second. What people say of an answer by themselves counts at any time right after it. Two failures in a row (an answer
that did not help or would be the same again, silence, a message not understood) are enough.
"""

from __future__ import annotations

import re

MOST_FAILURES = 2
_UNSURE = 0.6

NOT_HELPFUL = "the customer says that the answer did not help"
SILENT = "the policy is silent"
ALL_SAID = "the policy says no more on it"
ENCRYPTED = "their mail is encrypted again"
NOT_UNDERSTOOD = "the message was not understood"

AGREES = re.compile(
    r"^\W*(y|yes|yeah|yep|yup|ok|okay|sure|please|pls|plz|person|go on|yes,? please|please do|do)\W*$", re.IGNORECASE
)
DECLINES = re.compile(r"^\W*(n|no|nope|nah|no,? thanks|no,? thank you|not now|leave it)\W*$", re.IGNORECASE)

_WISHES = re.compile(r"^\W*(person|please|pls|plz|go on|please do)\W*$", re.IGNORECASE)
"""Of the words that agree to an offer, those that ask for what is offered: no word on whether an answer helped."""

_THIS = r"(?:that|this|it|you)"
_ME = r"(?: (?:it|me|that|my question|my q|the question|what i asked|anything))?"
_END = r"(?: (?:at all|really|much|though|sorry|thanks|thank you|thx|ta|a lot|cheers|either))*"
_NO = re.compile(
    rf"(?:(?:no|nope|nah|sorry|but|well) )*(?:"
    rf"{_THIS} (?:does|did|has|have|do)(?:nt| not)(?: really| even)? (?:answer(?:ed)?|help(?:ed)?){_ME}"
    rf"|(?:thats |its |{_THIS} (?:is |was ))?(?:still )?(?:not|no)(?: really| even| quite)? "
    rf"(?:it|right|helpful|help|answer|an answer|the answer|my question|the question|what i (?:asked|meant|wanted|mean)"
    rf"(?: (?:for|about|to know))?|answering (?:it|me|my question))"
    rf"|{_THIS} (?:is|was)nt (?:it|right|helpful|an answer|my question|what i (?:asked|meant|wanted)(?: for| about)?)"
    rf"|not (?:quite|really)"
    rf"|(?:thats |that is |the )?wrong (?:answer|question)|that was no help|unhelpful|(?:thats )?useless"
    rf"|you (?:didnt|did not) answer{_ME}){_END}"
)
_YES = re.compile(
    rf"(?:(?:y|yes|yeah|yep|great|perfect|ok|thanks|thank you) )*(?:{_THIS} (?:really )?(?:help(?:s|ed)|answer(?:s|ed))"
    rf"{_ME}|(?:(?:thats|that is|that was|very) )+helpful|{_THIS} (?:did|does)){_END}"
)


def verdict(text: str, *, asked: bool, answered: bool) -> bool | None:
    """Whether a message says that the answer helped, or did not; None where it says nothing of it.

    `asked` is true where the bot has just asked that, `answered` where its last words were an answer.
    """
    if asked and AGREES.match(text) and not _WISHES.match(text):
        return True
    if asked and DECLINES.match(text):
        return False
    if not asked and not answered:
        return None
    said = " ".join(re.findall(r"[\w]+", re.sub(r"['\u2019]", "", text.lower())))
    if _NO.fullmatch(said):
        return False
    return True if _YES.fullmatch(said) else None


def asks_whether(*, asked_before: bool, answers: int, confidence: float) -> bool:
    """Whether to ask if an answer helped. `answers` are those given before in the conversation."""
    return not asked_before and (answers > 0 or confidence < _UNSURE)


def handover(failures: int, what: str) -> str:
    """The reason for which a person takes over after that many failures in a row; "" where they do not yet."""
    return f"The bot could not help {failures} times in a row; now {what}." if failures >= MOST_FAILURES else ""
