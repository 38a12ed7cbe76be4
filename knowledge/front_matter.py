"""The front matter of a policy's Markdown: lines of `name: value` between two lines of three hyphens. Called by policy
and by `privacydesk policy import`.

Beside the policy's facts it may hold what a person found in reading it: `topics.2.1(e): marketing, partners` tags a
clause, `conflict: 1(b), 6.2` names clauses that contradict each other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*$\n*", re.DOTALL | re.MULTILINE)
_FIELDS = ("title", "company", "key", "effective", "dated", "source", "conflict")


class PolicyError(ValueError):
    """A policy text that can't be read; the message names the place and the mend."""


def front_matter(facts: Mapping[str, str]) -> str:
    """Front matter as it is written to a file."""
    return "---\n" + "".join(f"{name}: {value}\n" for name, value in facts.items()) + "---\n\n"


def split_front_matter(text: str) -> tuple[dict[str, str], str]:
    """The front matter's fields and the Markdown after it. Raises PolicyError naming the line."""
    front, body, _line = read_front_matter(text.replace("\r\n", "\n"))
    return front, body


def read_front_matter(text: str) -> tuple[dict[str, str], str, int]:
    """The fields, the Markdown after them, and the line that it begins on. Raises PolicyError naming the line."""
    text = text.removeprefix("\ufeff")
    if not text.startswith("---"):
        return {}, text, 1
    found = _FRONT.match(text)
    if found is None:
        raise PolicyError("Line 1 opens front matter that nothing closes: end it with a line of three hyphens.")
    facts: dict[str, str] = {}
    for number, line in enumerate(found.group(1).splitlines(), start=2):
        if not line.strip() or line.startswith("#"):
            continue
        name, colon, value = line.partition(": ")
        name = name.strip()
        if not colon or not (name in _FIELDS or name.startswith("topics.")):
            raise PolicyError(
                f"Line {number} of the front matter, {line[:60]!r}: write one of {', '.join(_FIELDS)}, "
                "or topics.CLAUSE, then a colon, a space and the value."
            )
        if name in facts and name != "conflict":
            raise PolicyError(f"Line {number} of the front matter repeats {name!r}: keep one of them.")
        facts[name] = f"{facts[name]}; {value.strip()}" if name in facts else value.strip()
    return facts, text[found.end() :], text[: found.end()].count("\n") + 1


def topics_of(facts: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Clause id → topic keys, from lines such as `topics.2.1(e): marketing, partners`."""
    return {
        name.removeprefix("topics."): tuple(topic.strip() for topic in value.split(",") if topic.strip())
        for name, value in facts.items()
        if name.startswith("topics.")
    }


def conflicts_of(facts: Mapping[str, str], ids: set[str]) -> tuple[tuple[str, ...], ...]:
    """Sets of clauses that a person has found to contradict each other, from lines such as `conflict: 1(b), 6.2`."""
    found = []
    for line in facts.get("conflict", "").split(";"):
        clauses = tuple(part.strip() for part in line.split(",") if part.strip())
        unknown = [clause for clause in clauses if clause not in ids]
        if unknown:
            raise PolicyError(f"'conflict: {line.strip()}' names {unknown[0]!r}, which is no clause: mend the id.")
        if clauses:
            found.append(clauses)
    return tuple(found)
