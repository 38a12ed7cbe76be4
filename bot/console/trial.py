"""What the desk would answer to questions, as things stand and with the drafts. Pure; called by the Questions pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bot.conversations import preview
from bot.conversations.understand import understand
from knowledge.library import Library

MOST = 20
"""Questions that are tried at once."""


class Told(NamedTuple):
    """What would be told: the outcome as `understand` names it, the clauses best first, and the reply in the chat."""

    outcome: str
    clauses: tuple[str, ...]
    text: str


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


def tried(
    questions: Sequence[tuple[int, str]], live: Library, draft: Library | None, policy: str, base_url: str
) -> list[Tried]:
    """Each different wording of questions (line, words) once, in the order given, at most MOST of them."""
    same: dict[str, list[int]] = {}
    for line, words in questions:
        same.setdefault(words, []).append(line)
    found = []
    for words, ids in list(same.items())[:MOST]:
        now = told(words, live, policy, base_url)
        after = told(words, draft, policy, base_url) if draft else now
        found.append(Tried(words, tuple(ids), now, after))
    return found


def told(words: str, library: Library, policy: str, base_url: str) -> Told:
    """What the desk would answer. Raises UnknownPolicy."""
    understood = understand(words, library, policy=policy)
    clauses = tuple(each.id for each in preview.cited(understood))
    company = library.in_force(policy).company
    return Told(understood.outcome, clauses, preview.reply(understood, company, base_url))
