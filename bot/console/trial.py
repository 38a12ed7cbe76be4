"""What the desk would answer to questions, as things stand and with the drafts. Pure; called by the Questions pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from bot.conversations import preview
from bot.conversations.understand import understand
from bot.learning.questions import Question
from knowledge.library import Library

MOST = 20
"""Questions that are tried at once."""


class Told(NamedTuple):
    """What would be told: the outcome as `understand` names it, the clauses best first, the reply in the chat, and
    whether that is in staff's own words.
    """

    outcome: str
    clauses: tuple[str, ...]
    text: str
    curated: bool


class Tried(NamedTuple):
    """One question before and after; `ids` are the lines that ask it in these words."""

    words: str
    ids: tuple[int, ...]
    now: Told
    drafted: Told

    @property
    def changes(self) -> bool:
        """Whether the drafts change the answer."""
        return self.now != self.drafted


class House(NamedTuple):
    """Whose policy is asked, under which address the desk is reached, and the day."""

    policy: str
    base_url: str
    today: date


def tried(questions: Sequence[tuple[int, str]], live: Library, draft: Library | None, house: House) -> list[Tried]:
    """Each different wording of questions (line, words) once, in the order given, at most MOST of them."""
    same: dict[str, list[int]] = {}
    for line, words in questions:
        same.setdefault(words, []).append(line)
    found = []
    for words, ids in list(same.items())[:MOST]:
        now = told(words, live, house)
        after = told(words, draft, house) if draft else now
        found.append(Tried(words, tuple(ids), now, after))
    return found


def told(words: str, library: Library, house: House) -> Told:
    """What the desk would answer. Raises UnknownPolicy."""
    understood = understand(words, library, policy=house.policy, today=house.today)
    clauses = tuple(each.id for each in preview.cited(understood))
    company = library.in_force(house.policy, house.today).company
    return Told(
        understood.outcome, clauses, preview.reply(understood, company, house.base_url), bool(understood.curated)
    )


def better(question: Question, library: Library, house: House) -> bool:
    """Whether a question that was left open is answered now, or otherwise than it was."""
    now = told(question.words, library, house)
    was_answered = question.outcome == "answer"
    return now.outcome == "answered" and not (was_answered and now.clauses == question.clauses and not now.curated)
