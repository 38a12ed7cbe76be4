"""Questions on two things: "do you sell my data and do you use cookies?". Pure; called by library.

A question is cut at its sentences' ends and at "and", "or" and "also", but only where what stands on both sides asks by
itself: "do you rent and share my data" stays one question. What is left over belongs to the question before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from knowledge.base import Answer, Citation, Silent
from knowledge.topics import Reading
from knowledge.words import STOP, words

MOST_PARTS = 3
_MOST_PIECES = 20
_CLEAR = 0.4
_OFF = 0.4
_FEW = 3
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_JOIN = re.compile(r"[,;]?\s+(?:and also|or also|and|or|also|plus|n|&)\s+|;\s+", re.IGNORECASE)
_OPENING = re.compile(
    r"\W*(?:(?:and|also|but|so|or|please|hi|hello)\W+)*(?:(?:for|to|with|from|by|in|under|on)\s+)?(?:"
    r"wh(?:at|ats|at's|o|os|o's|om|ose|ich|en|ere|eres|y)|how|hows|how's|if|whether|do|does|did|don't|dont|am|are|is|"
    r"isn't|was|were|will|would|can|could|should|may|might|must|has|have|had|wot|wat|wen|wher|hw|y|r|cud|wud|"
    r"tell\s+me|i(?:'d|\s+would)\s+like\s+to\s+know|i\s+want\s+to\s+know)\b",
    re.IGNORECASE,
)
_VERBS = """
access accessed amend change changed collect collected correct corrected delete deleted disclose disclosed erase erased
gather gathered get give given hold held keep kept know lend like monitor monitored pass passed process processed
protect read receive received record recorded remove removed rent rented see seen sell send sent share shared sold
store stored track tracked trade transfer transferred update updated use used view want
"""
_HANGING = frozenset(_VERBS.split())
"""Verbs that want an object: after one of them, what follows the "and" shares the object."""

_LEANING = re.compile(r"\b(?:he|she|him|his|hers?|against (?:it|that|this|them))\b", re.IGNORECASE)
"""What points back at the person or the harm just named ("have you an officer, and what is her name")."""


class Part(NamedTuple):
    """One of the questions in a message, read for its topics."""

    text: str
    reading: Reading


def parts(question: str, read: Callable[[str], Reading]) -> tuple[Part, ...]:
    """The questions of a message in their order, each clear on a topic of its own; () where there are not two."""
    pieces = cut(question)
    if len(pieces) < 2:  # noqa: PLR2004 - a single piece is the whole
        return ()
    found: dict[int, Part] = {}
    for piece in pieces:
        reading = read(piece)
        topic = int(reading.topics.argmax())
        if reading.words and reading.off < _OFF and reading.topics[topic] >= _CLEAR:
            found.setdefault(topic, Part(piece, reading))
    return tuple(found.values())[:MOST_PARTS] if len(found) > 1 else ()


def joined(found: Sequence[Answer | Silent]) -> Answer | Silent:
    """The answers to the parts as one, in their order: an `Answer` as soon as the policy speaks to any of them.

    A clause is quoted once: a part that only repeats what an earlier one cites is answered with it.
    """
    told: list[Answer | Silent] = []
    cited: dict[str, Citation] = {}
    for each in found:
        if isinstance(each, Answer):
            new = tuple(citation for citation in each.citations if citation.id not in cited)
            if not new and not each.curated:
                continue
            new = new or each.citations
            cited |= {citation.id: citation for citation in new}
            told.append(each._replace(citations=new))
        else:
            told.append(each)
    confidence = min(each.confidence for each in told)
    if not cited:
        nearest = tuple(citation for each in told if isinstance(each, Silent) for citation in each.nearest[:1])
        return Silent(" or ".join(each.topic for each in told), confidence, nearest[:1])
    if len(told) == 1:
        return told[0]
    conflict = any(isinstance(each, Answer) and each.conflict for each in told)
    topic = " and ".join(each.topic for each in told if isinstance(each, Answer))
    return Answer(tuple(cited.values()), topic, confidence, conflict, parts=tuple(told))


def cut(question: str) -> list[str]:
    """The pieces that may each be a question; fewer than two where nothing parts them."""
    sentences = [part.strip() for part in _SENTENCE_END.split(question) if part.strip()]
    if len(sentences) == 1 and not _JOIN.search(question):
        return sentences
    asking = [sentence for sentence in sentences if len(sentences) == 1 or _asks(sentence)]
    return [piece for sentence in asking for piece in _clauses(sentence)][:_MOST_PIECES]


def opens(text: str) -> bool:
    """Whether words open like a question or a wish to know."""
    return _OPENING.match(text) is not None


def _clauses(sentence: str) -> Sequence[str]:
    """The clauses of one sentence that "and" joins, each of which asks by itself."""
    asking = opens(sentence)
    joins = [*_JOIN.finditer(sentence)]
    ends = [*(join.start() for join in joins), len(sentence)]
    starts = [0, *(join.end() for join in joins)]
    pieces: list[str] = []
    first = 0
    for at, end in enumerate(ends):
        if pieces and not _parted(pieces[-1], sentence[starts[at] : end], asking=asking):
            pieces[-1] = sentence[starts[first] : end]
        else:
            pieces.append(sentence[starts[at] : end])
            first = at
    return pieces


def _parted(before: str, after: str, *, asking: bool) -> bool:
    """Whether two pieces are two questions: the second opens like one, or each is whole without the other.

    `asking` says that their sentence opens like a question: else it may be a list of two subjects.
    """
    first, second = words(before), words(after)
    if not first or not second or STOP.issuperset(first) or _LEANING.search(after):
        return False
    if opens(after):
        return True
    if _HANGING & {first[-1], second[-1]}:
        return False
    if asking:
        return second[0] in _HANGING and "," not in before
    return len(first) <= _FEW and len(second) <= _FEW


def _asks(sentence: str) -> bool:
    return sentence[-3:].count("?") > 0 or opens(sentence)
