"""Messages that ask the question before them for another time: "and in 2006?", "what did it say in 2006?", "what about
now?". Pure.

Called by `understand`, before a message is read together with that question word by word: with two times in it, it
would be on all the days between them.
"""

from __future__ import annotations

import re
from datetime import date

from bot.conversations.follow_ups import MOST_QUESTION, WHAT_IT_SAYS, Before, leans, without_lead
from knowledge.dates import asked_about, of_today
from knowledge.words import STOP, words

_ASKS_MORE = frozenset(("why", "how", "who", "whom", "where", "when", "which", "what"))
_BESIDE = (
    (STOP - _ASKS_MORE)
    | {"right", "well", "back", "though", "true", "case", "really", "pls"}
    | {"say", "said", "same", "different"}
)
"""Words that leave a message one on its time alone."""
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def names_time(text: str, today: date) -> bool:
    """Whether a message says for which time it asks."""
    return bool(_YEAR.search(text)) or of_today(text) is not None or asked_about(text, today).period is not None


def undated(question: str, today: date) -> str:
    """A question without the words for the time that it is about."""
    timeless = of_today(question)
    rest = asked_about(question if timeless is None else timeless, today).rest
    return " ".join(rest.split()).strip(" .,;") or question


def at_another_time(text: str, before: Before, today: date) -> str:
    """The question before, for the time that a message names and says nothing else; "" for any other message."""
    rest = without_lead(text)
    says = WHAT_IT_SAYS.match(rest)
    if not before.question or not (leans(text) or says):
        return ""
    rest, question = rest[says.end() :] if says else rest, undated(before.question, today).rstrip(" .?!")
    if STOP.issuperset(words(question)):
        return ""
    now = of_today(rest)
    if now is not None:
        return question if _BESIDE.issuperset(words(now)) else ""
    question = question[: MOST_QUESTION - len(rest) - len(" in ")]
    for named in (rest, f"in {rest}"):
        together = f"{question} {named}"
        found = asked_about(together, today)
        if found.period is not None and _BESIDE.issuperset(words(found.rest)[len(words(question)) :]):
            return together
    return ""
