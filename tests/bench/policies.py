"""Policies that the bench makes itself: the same each time, of words as varied as a policy's. Called by asking and
importing.

A passage is a statement of the topics' own examples among sentences of their words, the common ones often and the rare
ones rarely, as in any language; a question is one of their questions with more such words.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date
from html import escape
from typing import Literal

from knowledge.base import Passage, Policy
from knowledge.topics import classifier
from knowledge.training import corpus

Form = Literal["md", "html", "txt"]
Section = tuple[str, list[str], list[str]]  # heading, clauses, entries of a list
SEED = 20_071_215
_SLIPS = 0.25


class Writer:
    """Writes sentences of words drawn by their rank."""

    def __init__(self, seed: int = SEED) -> None:
        self.chance = random.Random(seed)
        self._words = sorted(classifier().vocabulary)
        self.chance.shuffle(self._words)
        self._shares = [1 / (rank + 5) for rank in range(len(self._words))]
        examples = [each for each in corpus().examples if not each.label.startswith("off:")]
        self._questions = [each.text for each in examples if each.asked]
        self._statements = [each.text for each in examples if not each.asked]

    def words(self, count: int) -> list[str]:
        """That many words."""
        return self.chance.choices(self._words, self._shares, k=count)

    def sentence(self, words: int) -> str:
        """One sentence."""
        return " ".join(self.words(words)).capitalize() + "."

    def passage(self) -> str:
        """One passage, of 20 to 120 words."""
        lengths = (self.chance.randint(10, 30) for _ in range(self.chance.randint(1, 3)))
        return " ".join([self.chance.choice(self._statements), *(self.sentence(words) for words in lengths)])

    def question(self) -> str:
        """One question, in four a slip of the fingers."""
        words = f"{self.chance.choice(self._questions)} {' '.join(self.words(self.chance.randint(0, 4)))}".split()
        if self.chance.random() < _SLIPS:
            at = self.chance.randrange(len(words))
            words[at] = words[at][:-2] + words[at][-2:][::-1]
        return " ".join(words)


def policy(passages: int, seed: int = SEED) -> Policy:
    """A policy of that many passages."""
    writer = Writer(seed)
    made = tuple(
        Passage(f"{number // 20 + 1}.{number % 20 + 1}", writer.passage(), " ".join(writer.words(3)))
        for number in range(passages)
    )
    return Policy("bench", "Bench", "Bench", date(2026, 1, 1), "in force", "", "", made)


def versions(count: int, characters: int, seed: int = SEED) -> list[list[Section]]:
    """Versions of one policy of about that many characters; from each to the next clauses change, come and move."""
    writer = Writer(seed)
    sections: list[Section] = []
    while len(written(sections, "txt")) < characters:
        clauses = [writer.passage() for _ in range(4)]
        entries = [writer.sentence(8) for _ in range(writer.chance.randint(0, 5))]
        sections.append((" ".join(writer.words(3)).capitalize(), clauses, entries))
    made = [sections]
    for _ in range(count - 1):
        sections = [(heading, list(clauses), list(entries)) for heading, clauses, entries in sections]
        for _heading, clauses, _entries in writer.chance.sample(sections, 3):
            clauses[0] += f" {writer.sentence(12)}"
            clauses[-1] = " ".join(clauses[-1].split()[: len(clauses[-1].split()) * 3 // 4]).rstrip(".") + "."
        _heading, clauses, _entries = writer.chance.choice(sections)
        clauses[writer.chance.randrange(len(clauses))] = writer.passage()
        sections.insert(writer.chance.randrange(len(sections)), sections.pop(writer.chance.randrange(len(sections))))
        made.append(sections)
    return made


def written(sections: Sequence[Section], form: Form) -> str:
    """One version as a company would publish it in this format."""
    return {"md": _markdown, "html": _html, "txt": _plain}[form](sections)


def _markdown(sections: Sequence[Section]) -> str:
    lines = ["# Privacy policy"]
    for number, (heading, clauses, entries) in enumerate(sections, start=1):
        lines.append(f"## {number}. {heading}")
        lines += [f"{number}.{at} {text}" for at, text in enumerate(clauses, start=1)]
        lines.append("\n".join(f"- {entry}" for entry in entries))
    return "\n\n".join(line for line in lines if line) + "\n"


def _html(sections: Sequence[Section]) -> str:
    parts = ["<!DOCTYPE html><html><head><title>Privacy policy</title></head><body><h1>Privacy policy</h1>"]
    for number, (heading, clauses, entries) in enumerate(sections, start=1):
        parts.append(f'<h2 class="heading" id="s{number}"><span>{number}. {escape(heading)}</span></h2>')
        parts += [f'<p class="clause"><b>{number}.{at}</b> {escape(text)}</p>' for at, text in enumerate(clauses, 1)]
        parts.append("<ul>" + "".join(f"<li>{escape(entry)}</li>" for entry in entries) + "</ul>" if entries else "")
    return "\n".join([*parts, "</body></html>"])


def _plain(sections: Sequence[Section]) -> str:
    lines = ["PRIVACY POLICY"]
    for number, (heading, clauses, entries) in enumerate(sections, start=1):
        lines.append(f"{number}. {heading}")
        lines += [f"{number}.{at} {text}" for at, text in enumerate(clauses, start=1)]
        lines.append("\n".join(f"  * {entry}" for entry in entries))
    return "\n\n".join(line for line in lines if line) + "\n"
