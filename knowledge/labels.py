"""The numbers and letters that a policy's own headings and clauses begin with, and ids made of words. Pure; called by
structure and formats.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from typing import Literal, NamedTuple

_NUMBER = r"(\d{1,3}(?:\.\d{1,3})*[A-Z]?)"
_WORD = r"(?:(?:section|sect\.?|clause|article|art\.|paragraph|para\.|question)\s+|§{1,2}\s*)"
_END = r"[.):]?(?:\s*[\u2013\u2014-](?=\s))?(?:\s+|\Z)"
_SECTION = re.compile(rf"{_WORD}?{_NUMBER}{_END}", re.IGNORECASE)
_LETTERED = re.compile(r"(?:\(([a-z]{1,4}|[A-Z])\)|([A-Z]|[IVX]{1,6})[.)])(?:\s+|\Z)")
_PART = re.compile(
    r"(part|schedule|annex|appendix|chapter|exhibit)\s+([A-Z]|\d{1,3}|[IVX]{1,6})(?![\w])", re.IGNORECASE
)
_AFTER_PART = re.compile(r"[.):]?\s*(?:[\u2013\u2014-]\s+)?")
_CLAUSE = re.compile(
    rf"(?:(\d{{1,3}}(?:\.\d{{1,3}})+)[.):]?|{_WORD}{_NUMBER}[.):]?(?:\s*[\u2013\u2014](?=\s))?)(?:\s+|\Z)"
)
_ALONE = re.compile(r"(\d{1,3})[.)]?\s*\Z")
_TERM = re.compile(
    r"[\u201c\"\u2018'«]([^\u201c\u201d\"\u2019»\n]{1,60})[\u201d\"\u2019'»](?:\s*\([^)\n]{1,60}\))?[,:]?\s*(?:means?|is|are|has|have|refers?|includes?|[\u2013\u2014-])\s"
)
_MOST_SLUG = 60


class Label(NamedTuple):
    """What a heading or clause begins with: `printed` with the space after it, `key` of the id, and its make."""

    printed: str
    key: str
    kind: Literal["number", "letter", "part"]


def heading_label(text: str) -> Label | None:
    """The label of a heading: 3. · 3.1 · Article 5 · § 7 · A. · (a) · IV. · Part B · Schedule 2."""
    part = _PART.match(text)
    if part:
        after = _AFTER_PART.match(text, part.end())
        return Label(text[: after.end() if after else part.end()], f"{part[1]}-{part[2]}".lower(), "part")
    number = _SECTION.match(text)
    if number:
        return Label(number[0], number[1], "number")
    letter = _LETTERED.match(text)
    return Label(letter[0], letter[1] or letter[2], "letter") if letter else None


def clause_label(text: str) -> Label | None:
    """The number that a paragraph begins with: 3.1 · 3.1.2) · Article 5 · § 7; or is."""
    found = _CLAUSE.match(text) or _ALONE.match(text)
    return Label(found[0], next(group for group in found.groups() if group), "number") if found else None


def term_of(text: str) -> str:
    """The slug of the term that a paragraph explains ("Personal data" means …); "" where it explains none."""
    found = _TERM.match(text)
    return slug(found[1]) if found else ""


def parts_of(number: str) -> tuple[int, ...]:
    """3.10 → (3, 10); a letter after the last number (3.1A) does not count."""
    return tuple(int(part) for part in re.findall(r"\d+", number))


def is_next(last: tuple[int, ...], number: tuple[int, ...]) -> bool:
    """Whether a number may come next: 3.2 → 3.3, 3.2.1, 4, 4.1; the first of all may be anything."""
    if not last or number == last:
        return True
    depth = next(
        (at for at, (a, b) in enumerate(zip(last, number, strict=False)) if a != b), min(len(last), len(number))
    )
    if depth == len(number):
        return False  # 3 after 3.1 goes back
    begins = all(part <= 1 for part in number[depth + 1 :])
    return begins and (number[depth] == last[depth] + 1 if depth < len(last) else number[depth] <= 1)


def letters() -> Iterator[str]:
    """a, b, … z, aa, ab, … zz, then #1, #2, …"""
    yield from string.ascii_lowercase
    for first in string.ascii_lowercase:
        yield from (first + second for second in string.ascii_lowercase)
    number = 1
    while True:
        yield f"#{number}"
        number += 1


def slug(title: str) -> str:
    """Words as they may stand in an id; "" where there are none in Latin letters or digits."""
    return (
        re.sub(r"[^a-z0-9]+", "-", title.lower().replace("\u2019", "").replace("'", ""))
        .strip("-")[:_MOST_SLUG]
        .strip("-")
    )
