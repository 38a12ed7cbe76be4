"""Markdown with front matter → a `Policy` of passages with stable clause ids. Called by the sources and by
`privacydesk policy import`.

The rule of ids, made so that a citation still makes sense when it is read alone:
- A number that the policy wrote itself is the id ("2.1"); a section without numbered clauses is its number ("8"), a
  section without a number the words of its heading ("how-we-use-cookies"), text before the first "preamble".
- A paragraph that ends in a colon belongs with the list or block after it: together they are one clause.
- Letters name the unnumbered parts directly beneath a number: its paragraphs, where there are several ("1(a)",
  "1(b)"); otherwise the entries of its list ("2.1(e)"), which are passages beside their whole clause ("2.1"), with
  the lead-in as `context`. Entries too short to stand alone ("Fax") are only ever quoted with their lead-in.
"""

from __future__ import annotations

import hashlib
import re
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from knowledge.base import Passage, Policy
from knowledge.front_matter import PolicyError, conflicts_of, read_front_matter, topics_of
from knowledge.markdown import Block, blocks

MAX_CHARACTERS = 2_000_000
"""Longest policy read; the longest known is a tenth of it."""

_WORDS_TO_STAND_ALONE = 4
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\Z")
_SECTION_NUMBER = re.compile(r"(?:(?:section|clause|article)\s+)?(\d{1,3}(?:\.\d{1,3})*)[.):]?\s+(?=\S)", re.IGNORECASE)
_CLAUSE_NUMBER = re.compile(r"(\d{1,3}(?:\.\d{1,3})+)[.):]?\s+(?=\S)")


class Entry(NamedTuple):
    """One entry of a clause's list; `id` is empty where it is only quoted with its whole clause."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause as it stands: its whole text, and its list, where it has one, after the lead-in."""

    id: str
    text: str
    lead: str = ""
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its clauses, in the policy's order. `id` is "preamble" for what stands before the first."""

    id: str
    title: str
    clauses: tuple[Clause, ...]


class Parsed(NamedTuple):
    """A policy, its sections for showing it, and what looked wrong, each warning naming its line."""

    policy: Policy
    sections: tuple[Section, ...]
    warnings: tuple[str, ...]


@dataclass(slots=True)
class _Group:
    """Blocks that stand together: a paragraph, or a lead-in with what it leads to."""

    number: str
    blocks: list[Block]

    @property
    def line(self) -> int:
        return self.blocks[0].line


@dataclass(slots=True)
class _Heading:
    number: str
    title: str
    line: int
    groups: list[_Group] = field(default_factory=list)


def parse(text: str, *, defaults: Mapping[str, str] | None = None) -> Parsed:
    """Read one policy. `defaults` stand in for front matter that is missing. Raises PolicyError."""
    if len(text) > MAX_CHARACTERS:
        raise PolicyError(f"The policy has {len(text)} characters: split it, {MAX_CHARACTERS} are read at most.")
    if "\0" in text:
        raise PolicyError(f"Line {text[: text.index(chr(0))].count(chr(10)) + 1} holds a NUL: save it as plain UTF-8.")
    front, body, first_line = read_front_matter(text.replace("\r\n", "\n"))
    facts = {**(defaults or {}), **front}
    warnings: list[str] = []
    headings = list(_headings(body, first_line, warnings))
    taken: set[str] = set()
    sections = tuple(_section(heading, taken, warnings) for heading in headings if heading.groups)
    if not sections:
        raise PolicyError("The policy has no clauses: write headings (# 1. Title) with paragraphs beneath them.")
    _check_numbers(headings, warnings)
    passages = tuple(_passages(sections, topics_of(facts)))
    ids = {passage.id for passage in passages}
    warnings += [f"front matter: topics for {key!r}, which is no clause" for key in topics_of(facts) if key not in ids]
    return Parsed(_policy(facts, body, passages, conflicts_of(facts, ids)), sections, tuple(warnings))


def digest(text: str) -> str:
    """SHA-256 of a quotation, hex: what a citation carries to be checked years later."""
    return hashlib.sha256(text.encode()).hexdigest()


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


def _headings(body: str, first_line: int, warnings: list[str]) -> Iterator[_Heading]:
    """Headings with the groups beneath them; a first one without a title for what stands before."""
    current = _Heading("", "", first_line)
    leading = seen_heading = False
    for block in blocks(body, first_line):
        if block.kind == "heading":
            if leading:
                warnings.append(f"line {block.line}: a paragraph before it ends in a colon and leads to nothing")
            yield current
            current, leading = _heading(block, first=not seen_heading), False
            seen_heading = True
            continue
        number = _CLAUSE_NUMBER.match(block.text) if block.kind == "paragraph" else None
        joins = not number and current.groups and (leading or block.kind == "list")
        if block.kind == "list" and not joins:
            warnings.append(f"line {block.line}: a list stands without a sentence that leads to it")
        if joins:
            current.groups[-1].blocks.append(block)
        else:
            current.groups.append(_Group(number.group(1) if number else "", [block]))
        leading = block.kind == "paragraph" and block.text.endswith(":")
    if leading:
        warnings.append(f"line {current.groups[-1].line}: the last paragraph ends in a colon and leads to nothing")
    yield current


def _heading(block: Block, *, first: bool) -> _Heading:
    number = _SECTION_NUMBER.match(block.text)
    if number is None:
        return _Heading("preamble" if first and block.level == 1 else "", block.text, block.line)
    return _Heading(number.group(1), block.text[number.end() :], block.line)


def _section(heading: _Heading, taken: set[str], warnings: list[str]) -> Section:
    base = _free(heading.number or _slug(heading.title), taken)
    unnumbered = [group for group in heading.groups if not group.number]
    letters = iter(_letters())
    clauses = []
    for group in heading.groups:
        text = "\n".join(block.text for block in group.blocks)
        if group.number:
            if heading.number[:1].isdigit() and not group.number.startswith(heading.number + "."):
                warnings.append(f"line {group.line}: clause {group.number} stands in section {heading.number}")
            key = _free(group.number, taken)
            clauses.append(_clause(key, group, _CLAUSE_NUMBER.sub("", text, count=1), alone=True))
        else:
            several = len(unnumbered) > 1 or len(heading.groups) > 1
            clauses.append(_clause(f"{base}({next(letters)})" if several else base, group, text, alone=not several))
    return Section(base, heading.title, tuple(clauses))


def _clause(key: str, group: _Group, text: str, *, alone: bool) -> Clause:
    lists = [block for block in group.blocks if block.kind == "list"]
    if len(lists) != 1 or not group.blocks[0].text.endswith(":"):
        return Clause(key, text)
    lead = _CLAUSE_NUMBER.sub("", group.blocks[0].text, count=1)
    stand = alone and all(len(entry.split()) >= _WORDS_TO_STAND_ALONE for entry in lists[0].entries)
    named = zip(_letters(), lists[0].entries, strict=False)
    return Clause(key, text, lead, tuple(Entry(f"{key}({letter})" if stand else "", entry) for letter, entry in named))


def _free(key: str, taken: set[str]) -> str:
    """The id, or where it is taken already the next like it ("contact-2"); each id stands for one clause."""
    free, count = key, 1
    while free in taken:
        count += 1
        free = f"{key}-{count}"
    taken.add(free)
    return free


def _letters() -> Iterator[str]:
    """a, b, … z, aa, ab, …"""
    yield from string.ascii_lowercase
    for first in string.ascii_lowercase:
        yield from (first + second for second in string.ascii_lowercase)
    number = 1
    while True:
        yield f"#{number}"
        number += 1


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60] or "preamble"


def _passages(sections: tuple[Section, ...], topics: Mapping[str, tuple[str, ...]]) -> Iterator[Passage]:
    for section in sections:
        for clause in section.clauses:
            yield Passage(clause.id, clause.text, section.title, "", topics.get(clause.id, ()))
            for key, text in clause.entries:
                if key:
                    yield Passage(key, text, section.title, clause.lead, topics.get(key, ()))


def _check_numbers(headings: list[_Heading], warnings: list[str]) -> None:
    """Numbers that come twice or go backwards are named; two clauses never share an id silently."""
    last: tuple[int, ...] = ()
    for heading in headings:
        named = [(heading.number, heading.line), *((group.number, group.line) for group in heading.groups)]
        for number, line in named:
            if not number or number == "preamble":
                continue
            parts = tuple(int(part) for part in number.split("."))
            if parts <= last:
                warnings.append(f"line {line}: number {number} comes after {'.'.join(map(str, last))}")
            last = parts
