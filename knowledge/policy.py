"""A policy's text → a `Policy` of passages with stable clause ids. Called by the sources, by formats and by
`privacydesk policy import`. The rule of ids stands in structure.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from knowledge.base import Citation, Passage, Policy
from knowledge.blocks import Block
from knowledge.checks import check, check_characters
from knowledge.entries import Entry
from knowledge.front_matter import PolicyError, conflicts_of, read_front_matter, topics_of
from knowledge.markdown import blocks
from knowledge.outline import Warned
from knowledge.structure import Clause, Section, structure

__all__ = ["MAX_CHARACTERS", "Clause", "Entry", "Parsed", "Section", "digest", "in_force", "parse", "warnings_of"]

MAX_CHARACTERS = 2_000_000
"""Longest policy read; the longest known is a tenth of it."""

_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\Z")


class Parsed(NamedTuple):
    """A policy, its sections for showing it, and what looked wrong, each warning naming its line."""

    policy: Policy
    sections: tuple[Section, ...]
    warnings: tuple[str, ...]


def parse(
    text: str,
    *,
    defaults: Mapping[str, str] | None = None,
    first_line: int | None = None,
    checked: bool = True,
) -> Parsed:
    """Read one policy. `defaults` stand in for front matter that is missing; `first_line` is the number of the line
    after the front matter for warnings, where it is not that of this text; without `checked` nothing is looked for that
    would be warned of, which a start with hundreds of versions need not wait for. Raises PolicyError.
    """
    if len(text) > MAX_CHARACTERS:
        raise PolicyError(f"The policy has {len(text)} characters: split it, {MAX_CHARACTERS} are read at most.")
    if "\0" in text:
        raise PolicyError(f"Line {text[: text.index(chr(0))].count(chr(10)) + 1} holds a NUL: save it as plain UTF-8.")
    front, body, own_line = read_front_matter(text.replace("\r\n", "\n"))
    first_line = first_line or own_line
    facts = {**(defaults or {}), **front}
    sections, warned = _read(list(blocks(body, first_line)), checked=checked)
    passages = tuple(_passages(sections, topics_of(facts)))
    if not passages:
        raise PolicyError("The policy has no clauses: write headings (# 1. Title) with paragraphs beneath them.")
    warned += check_characters(body.split("\n"), first_line) if checked else ()
    warnings = _sorted(warned)
    ids = {passage.id for passage in passages}
    warnings += [f"front matter: topics for {key!r}, which is no clause" for key in topics_of(facts) if key not in ids]
    return Parsed(_policy(facts, body, passages, conflicts_of(facts, ids)), sections, tuple(warnings))


def warnings_of(found: Sequence[Block], lines: Sequence[str]) -> list[str]:
    """What looks wrong in blocks read from another format, and in the lines of that file."""
    return _sorted([*_read(found)[1], *check_characters(lines)])


def _read(found: Sequence[Block], *, checked: bool = True) -> tuple[tuple[Section, ...], list[Warned]]:
    warned: list[Warned] = []
    headings, sections = structure(found, warned)
    warned += check(headings, found) if checked else ()
    return sections, warned


def _sorted(warned: Iterable[Warned]) -> list[str]:
    return [f"line {each.line}: {each.what}" for each in sorted(set(warned))]


def digest(text: str) -> str:
    """SHA-256 of a quotation, hex: what a citation carries to be checked years later."""
    return hashlib.sha256(text.encode()).hexdigest()


def citation(policy: Policy, passage: Passage, score: float) -> Citation:
    """The passage of that version as a quotation: with its date, its link and its digest."""
    return Citation(
        id=passage.id,
        text=passage.text,
        heading=passage.heading,
        policy=policy.key,
        company=policy.company,
        effective=policy.effective,
        dated=policy.dated,
        url=f"/policy/{policy.key}/{policy.effective.isoformat()}#{passage.id}",
        digest=digest(passage.text),
        score=score,
        context=passage.context,
    )


def in_force(versions: Sequence[Policy], as_of: date | None = None) -> Policy:
    """The version that counts on a day, of versions oldest first: the last one dated on or before it; the latest
    for None.

    For a day before the first version the first is given: a date "seen" is no beginning, and an answer carries its
    version's date, so that nobody is misled.
    """
    begun = [policy for policy in versions if as_of is None or policy.effective <= as_of]
    return begun[-1] if begun else versions[0]


def _policy(
    facts: Mapping[str, str], body: str, passages: tuple[Passage, ...], conflicts: tuple[tuple[str, ...], ...]
) -> Policy:
    missing = [name for name in ("title", "key", "effective") if not facts.get(name)]
    if missing:
        raise PolicyError(f"The front matter lacks {', '.join(missing)}: add a line such as 'effective: 2007-12-15'.")
    if not _KEY.match(facts["key"]):
        raise PolicyError(f"The key {facts['key']!r} won't do in a web address: use a-z, 0-9 and hyphens, 63 at most.")
    dated = facts.get("dated", "in force")
    if dated not in ("seen", "in force"):
        raise PolicyError(f"'dated: {dated}' is not known: write 'seen' or 'in force'.")
    return Policy(
        key=facts["key"],
        title=facts["title"],
        company=facts.get("company", facts["title"]),
        effective=_day(facts["effective"]),
        dated="seen" if dated == "seen" else "in force",
        source=facts.get("source", ""),
        markdown=body,
        passages=passages,
        conflicts=conflicts,
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise PolicyError(f"'effective: {text}' is no date: write it as 2007-12-15.") from None


def _passages(sections: tuple[Section, ...], topics: Mapping[str, tuple[str, ...]]) -> Iterator[Passage]:
    for section in sections:
        for clause in section.clauses:
            if clause.text:
                yield Passage(clause.id, clause.text, section.path, "", topics.get(clause.id, ()))
            for key, text, context in clause.entries:
                if key:
                    yield Passage(key, text, section.path, context, topics.get(key, ()))
