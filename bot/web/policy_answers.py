"""What the policy page's question box says: the policy's own words, or honestly that there are none.

Called by policy_pages. The box keeps nothing, so it can't take a request about somebody's own data: it says where to
send one, beside what the policy says.
"""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import date
from typing import Literal, NamedTuple

from bot.conversations import intents
from bot.conversations.dating import TODAY, Dating, dating
from knowledge.base import Answer, Citation, Policy, Silent
from knowledge.library import Library

MOST_CHARACTERS = 500
"""Longest question that the box takes; longer ones are letters, and belong in a mail."""

Kind = Literal["answered", "silent", "off_topic", "too_long", "busy"]


class Part(NamedTuple):
    """The answer to one of the things asked: its quotations, or without any the `topic` that the policy is silent on.
    `curated` are staff's own words, which rest on the quotations.
    """

    citations: tuple[Citation, ...] = ()
    topic: str = ""
    curated: str = ""


class Found(NamedTuple):
    """An answer to show, in the order asked. `topic` is what a silent policy does not speak of, `nearest` what stands
    nearest to that; `conflict` as in `Answer`. `request` is true where the words may ask for something to be done,
    which only happens where they are kept. A box that is `busy` has not looked. `dating` says for which other time than
    the page's it is, and what other versions say.
    """

    kind: Kind
    parts: tuple[Part, ...] = ()
    topic: str = ""
    nearest: tuple[Citation, ...] = ()
    conflict: bool = False
    request: bool = False
    dating: Dating = TODAY


def tidy(question: str) -> str:
    """The question in one line, without NUL."""
    return " ".join(question.replace("\0", "").split())


def too_long(question: str) -> bool:
    """Say whether a question is longer than the box takes, as the desk will read it: one letter may stand for many."""
    if len(question) > MOST_CHARACTERS:
        return True
    return len(unicodedata.normalize("NFKC", question).casefold()) > MOST_CHARACTERS


def find(library: Library, policy: Policy, question: str, today: date) -> Found:
    """Answer from this version of the policy; on the page of the one in force today, from the one in force at the time
    that the question is about. Slow enough to be called outside the event loop.
    """
    if too_long(question):
        return Found("too_long")
    intent = intents.classify(question)
    request = intent.name in intents.REQUESTS or intent.maybe_access
    current = library.in_force(policy.key, today) is policy
    answer = library.ask(question, policy=policy.key, as_of=None if current else policy.effective, today=today)
    told = dating(answer, "")
    told = told if current else replace(told, asked="")  # whoever reads another version's page asks about that one
    if isinstance(answer, Answer):
        parts = tuple(map(_part, answer.parts or (answer,)))
        return Found("answered", parts, conflict=answer.conflict, request=request, dating=told)
    if isinstance(answer, Silent):
        return Found("silent", topic=answer.topic, nearest=answer.nearest, request=request, dating=told)
    return Found("off_topic", request=request)


def _part(answer: Answer | Silent) -> Part:
    if isinstance(answer, Silent):
        return Part(topic=answer.topic)
    return Part(answer.citations, answer.topic, answer.curated)
