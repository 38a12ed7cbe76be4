"""Messages that lean on what came before: "and abroad?", "why?", or the choice of one of two topics. Pure.

The handler asks `may_lean` first, since only such a message is worth asking the database what it leans on (`Before`);
`understand` then reads it together with that question, where the two are clearer than the message alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple, Protocol

from bot.conversations.failures import AGREES, DECLINES
from bot.conversations.intents import REQUESTS, classify
from knowledge.base import Choice
from knowledge.parts import cut, opens
from knowledge.words import STOP, words

RECENT = timedelta(days=1)
"""How long an answer is what the next message may lean on; later, people have forgotten its words."""
MOST_QUESTION = 300
_MOST_READ = 4_000
"""Characters of a message in which its questions are looked for."""
_MOST_WORDS = 8
_FEW = 3
_CLEAR = 0.8
_CLEAR_SENTENCE = 0.5
_CLEAR_TOGETHER = 0.4
_OFF = 0.45

_LEADS = re.compile(
    r"(?:(?:and|but|so|or|also|ok|okay|then|no|sorry|i meant?)\b[\s,]*)*"
    r"(?:(?:wh?at|how|hw|wot)\s+(?:about|abt|if)\b)?[\s,]*",
    re.IGNORECASE,
)
WHAT_IT_SAYS = re.compile(
    r"(?:wh?at|wot)(?:'?s| is| was| did| does| do| will| would) "
    r"(?:it|that|this|they|you|u|(?:the|your|ur|that) (?:privacy )?(?:policy|clause))"
    r"(?: (?:say|said|state))?(?: (?:about|on) (?:it|that|this))?(?: (?:back|like))*\b\W*",
    re.IGNORECASE,
)
"""Words that ask only what a policy says, not on what: "what did it say", "what was your policy"."""
_NARROWS = re.compile(r"(?:for|with|from|to|by|in|on|within|outside|even|only|after|before|until)\b", re.IGNORECASE)
_CARRIES = re.compile(r"\W*(?:and\s+|for\s+)?(?:h(?:o)?w\s+(?:long|often|soon|much)|when|wen|why)\b", re.IGNORECASE)
"""Questions whose question word holds for what is named next: "how long do you keep my data", "and recordings?"."""
_ASKING = "come often who whom why how what when where which whose really y wot wat wen wher hw so else"
_ASKS = frozenset(_ASKING.split())
_POINTING = "it that this they them those these he she him its their theirs there mine"
_POINTS = frozenset(_POINTING.split())
_POINTED = re.compile(r"\b(?:it|them|that|those|these)\b", re.IGNORECASE)
"""Words for what was spoken of: after an answer from a privacy policy, that is data."""
_NUMBERS = {"1": 0, "one": 0, "first": 0, "1st": 0, "2": 1, "two": 1, "second": 1, "2nd": 1, "last": -1, "latter": -1,
            "former": 0}  # fmt: skip
_BESIDE = "the a one number no option please pls i mean meant it is its that thats about was choice"
_AROUND = frozenset(_BESIDE.split())
_BOTH = frozenset(("both", "all", "either", "1 and 2", "1 2", "both please", "both of them", "one and two"))
_GREETS = re.compile(r"\W*(?:hi|hello|hey|dear|good (?:morning|afternoon|evening))\b[^?\n]{0,40}$", re.IGNORECASE)
_SIGNED = 4


class Clear(NamedTuple):
    """How clearly a question is about one topic, and how likely it is not about privacy at all, both 0 to 1."""

    topic: float
    off: float


class Reads(Protocol):
    """What is needed of `knowledge.library.Library`."""

    def clearness(self, question: str) -> tuple[float, float]:
        """How likely a question is about one topic, and how likely about none."""
        ...


@dataclass(frozen=True, slots=True)
class Before:
    """What a message may lean on: the question answered last, and the topics that the bot has asked to choose from."""

    question: str
    choices: tuple[Choice, ...] = ()


def core(text: str) -> str:
    """A short message without its greeting and the name below it; any other message as it is, and so is one that asks
    for something there: "Hi, send me all my data".
    """
    lines = [line.strip() for line in text.strip().splitlines()]
    first = 1 if len(lines) > 1 and _GREETS.match(lines[0]) else 0
    while first < len(lines) and not lines[first]:
        first += 1
    last = lines.index("", first) if "" in lines[first:] else len(lines)
    above, below = lines[0] if first else "", " ".join(lines[last:])
    if len(words(below)) > _SIGNED or "?" in below:
        last, below = len(lines), ""
    if any(_asks(beside) for beside in (above, below) if beside):
        first, last = 0, len(lines)
    return "\n".join(lines[first:last]).strip()


def _asks(said: str) -> bool:
    """Whether words beside a message are more than a greeting or a name: a request, or a person is wished for."""
    found = classify(said[:_MOST_READ])
    return found.name in (*REQUESTS, "human") or found.maybe_access


def may_lean(text: str, names: Collection[str]) -> bool:
    """Whether a message looks as if it leaned on the one before, or chose. `names` are those of all topics."""
    if len(text) > MOST_QUESTION:
        return False
    if leans(text) or WHAT_IT_SAYS.match(without_lead(text)):
        return True
    return _counts(words(text)) or _plain(text) in _named(tuple(names))


@lru_cache(maxsize=2)
def _named(names: tuple[str, ...]) -> frozenset[str]:
    """The names as a message is compared with them. Every message asks, and those of the topics stay the same."""
    return frozenset(map(_plain, names))


def leans(text: str) -> bool:
    """Short, and begins like a continuation, points at something, only asks "why?", or is no whole sentence."""
    found = words(text)
    if not found or len(found) > _MOST_WORDS or _counts(found):
        return False
    if "?" not in text and (AGREES.match(text) or DECLINES.match(text)):
        return False  # "y" and "n" are also how "why" and "and" are texted
    continues = without_lead(text) != text.strip() or _NARROWS.match(without_lead(text))
    return bool(continues) or len(found) <= _FEW or bare(text) or not _POINTS.isdisjoint(found)


def _counts(found: Sequence[str]) -> bool:
    """Whether words only choose by number: "the second one"."""
    return not _NUMBERS.keys().isdisjoint(found) and (_AROUND | _NUMBERS.keys()).issuperset(found)


def bare(text: str) -> bool:
    """Whether a message says nothing of a subject: "why?", "who are they?"."""
    return (STOP | _ASKS | _POINTS).issuperset(words(text))


def chosen(text: str, choices: Sequence[Choice]) -> Choice | None:
    """The choice that a message makes: by number, by its words, or by a word that only one of them has."""
    said = _plain(text)
    for choice in choices:
        if said == _plain(choice.name):
            return choice
    rest = [word for word in said.split() if word not in _AROUND] or [word for word in said.split() if word == "one"]
    if len(rest) == 1 and rest[0] in _NUMBERS and choices:
        number = _NUMBERS[rest[0]]
        return choices[number] if number < len(choices) else None
    if not rest or len(rest) > _FEW:
        return None
    fitting = [choice for choice in choices if set(rest) <= {*_plain(choice.name).split(), choice.key}]
    return fitting[0] if len(fitting) == 1 else None


def all_of_them(text: str) -> bool:
    """Whether somebody who was to choose wants everything."""
    return _plain(text) in _BOTH


def in_context(text: str, before: Before, library: Reads) -> str:
    """The question that a message means: itself, or together with the one it leans on where that is clearer. Where the
    message names a time, `before` is to be without its own.
    """
    if not before.question or not leans(text):
        return text
    alone, rest = Clear(*library.clearness(text)), without_lead(text)
    clear = _CLEAR_SENTENCE if opens(rest) else _CLEAR
    if alone.off >= _OFF and opens(rest) and (named := _POINTED.sub("my data", rest, count=1)) != rest:
        spoken = Clear(*library.clearness(named))
        if spoken.off < _OFF and spoken.topic >= _CLEAR_TOGETHER:
            return named
    narrows = bool(_NARROWS.match(rest))
    carries = bool(_CARRIES.match(before.question)) and not opens(rest) and rest != text.strip()
    if not bare(text) and (alone.off >= _OFF or (alone.topic >= clear and not narrows and not carries)):
        return text
    together = f"{before.question.rstrip(' .?!')} {rest}"
    both = Clear(*library.clearness(together))
    if both.off >= _OFF or both.topic < _CLEAR_TOGETHER:
        return text
    return together if bare(text) or carries or both.topic > alone.topic else text


def names_something(text: str, before: Before) -> bool:
    """Whether a message is a word or two that may be a matter of its own, as "sharing": nothing ties it to the question
    before, whose question word does not hold for it, and it asks nothing of that ("ever?").
    """
    found = words(text)
    tied = (
        "?" in text
        or without_lead(text) != text.strip()
        or _NARROWS.match(text.strip())
        or not _POINTS.isdisjoint(found)
    )
    return len(found) <= _FEW and not tied and not bare(text) and not _CARRIES.match(before.question)


def stands_on(text: str) -> str:
    """What of a message is kept for the next to lean on: its questions, where it is long."""
    short = " ".join(text.split())
    if len(short) <= MOST_QUESTION:
        return short
    return " ".join(" ".join(cut(text[:_MOST_READ])[:3]).split())[:MOST_QUESTION]


def without_lead(text: str) -> str:
    """A message without the words that only tie it to the one before."""
    lead = _LEADS.match(text.strip())
    return text.strip()[lead.end() if lead else 0 :] or text.strip()


def _plain(text: str) -> str:
    return " ".join(words(text)).replace("'", "")
