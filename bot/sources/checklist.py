"""What must be looked through for a request, and when that is done. Pure.

The lines of a checklist are every data source, and every way in which the policy says that data is collected and that
no source covers: those are looked through by hand. Source of the ways: the policy's clause on them (iomart §1).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Literal, NamedTuple

from bot.sources.base import WAYS, Way
from knowledge.base import Policy

State = Literal["waiting", "running", "found", "nothing", "failed", "by_hand"]
DONE: tuple[State, ...] = ("found", "nothing")
HAND = "hand:"
"""Begins the name of a line that staff look through; the way stands behind it."""
TOPICS = frozenset({"sources", "collection"})
TITLES: Mapping[Way, str] = {
    "internet and email": "Internet and email",
    "telephone": "Telephone, fixed and mobile",
    "fax": "Fax",
    "text": "Text and multimedia messages",
    "post": "Letters and paper",
}
_WORDS: Mapping[Way, re.Pattern[str]] = {
    "internet and email": re.compile(r"\b(internet|e-?mails?|web\s?sites?|online|web forms?)\b", re.IGNORECASE),
    "telephone": re.compile(r"\b(tele)?phone|\bcalls?\b", re.IGNORECASE),
    "fax": re.compile(r"\bfax(es)?\b", re.IGNORECASE),
    "text": re.compile(r"\b(texts?|sms|mms|text messages?|multimedia)\b", re.IGNORECASE),
    "post": re.compile(r"\b(by post|postal|letters?|paper)\b", re.IGNORECASE),
}
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)


class Line(NamedTuple):
    """One line: the source's name (HAND and the way where staff look), and its words for people."""

    source: str
    title: str
    covers: tuple[Way, ...]


def ways(policy: Policy | None) -> tuple[Way, ...]:
    """The ways of collecting that the policy names; all but post where it names none, for what is not said may be."""
    passages = policy.passages if policy else ()
    said = " ".join(f"{each.text} {each.context}" for each in passages if TOPICS & set(each.topics))
    named = tuple(way for way in WAYS if _WORDS[way].search(said))
    return named or tuple(way for way in WAYS if way != "post")


def lines(sources: Iterable[Line], collected: Sequence[Way]) -> Sequence[Line]:
    """The whole checklist: the sources, then what is left to do by hand."""
    found = list(sources)
    covered = {way for line in found for way in line.covers}
    return [*found, *(Line(f"{HAND}{way}", TITLES[way], (way,)) for way in collected if way not in covered)]


def is_by_hand(source: str) -> bool:
    """Whether staff look through that line, and no program."""
    return source.startswith(HAND)


def complete(states: Sequence[str]) -> bool:
    """Whether the search is: there are lines, and each is found or nothing."""
    return bool(states) and all(state in DONE for state in states)


def pause(attempts: int) -> timedelta:
    """How long after that many failed attempts (from 1) a source is searched again: doubling, an hour at most."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * float(2 ** min(attempts - 1, 10)))
