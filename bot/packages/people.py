"""Names of people in a text, found by how they are written. Pure; called by `detection`.

There is no model behind it: a person confirms each, so it finds rather too many than too few. Evidence, strongest
first: a title ("Dr Patel"), a line of a mail's head, a relation ("my neighbour John Smith"), a greeting or a signature,
an initial, a given name, two capitalised words within a sentence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from bot.packages.given import AMBIGUOUS, COMMON, GIVEN, THINGS
from bot.packages.numbers import Hit

_NAME = r"[^\W\d_a-z][^\W\d_]{0,30}(?:['\u2019\-][^\W\d_]{1,30}){0,3}"
"""A word that begins with a letter other than a small Latin one: scripts without capitals count too."""
_PARTICLE = r"(?:(?:van|von|de|del|della|der|den|di|da|la|le|bin|ibn|al|el|ap|mac|mc|st\.?)[ \u00a0]){0,2}"
_FULL = rf"{_NAME}(?:[ \u00a0]{_PARTICLE}{_NAME}){{0,3}}"
_TITLED = re.compile(
    r"(?<!\w)(?:mr|mrs|ms|miss|mx|dr|prof|professor|sir|lady|lord|rev|revd|reverend|dame|cllr|sgt|pc|judge)\.?[ \u00a0]"
    rf"(?P<name>(?-i:(?:[A-Z]\.?[ \u00a0]){{0,3}}{_FULL})|[^\W\d_]{{2,30}})",
    re.IGNORECASE,
)
_RELATIONS = (
    "neighbour|neighbor|wife|husband|partner|spouse|fianc[ée]e?|ex|mother|father|mum|mam|mom|dad|brother|sister|son|"
    "daughter|child|uncle|aunt|auntie|cousin|nephew|niece|grand(?:mother|father|son|daughter)|gran|granny|nan|grandad|"
    "friend|boyfriend|girlfriend|flatmate|housemate|roommate|landlord|landlady|tenant|lodger|boss|manager|supervisor|"
    "colleague|employee|assistant|secretary|accountant|solicitor|lawyer|doctor|nurse|teacher|client|customer|carer"
)
_RELATED = re.compile(
    rf"(?<!\w)(?:my|his|her|their|our|your|the|a)[ ](?:(?:ex|late|old|next[ -]door|step|former|upstairs)[ -])?"
    rf"(?:{_RELATIONS})s?,?[ ](?:(?:is[ ])?(?:called|named)[ ]|,[ ]?)?"
    rf"(?P<name>(?-i:{_FULL})|[^\W\d_]{{2,30}}(?:[ ][^\W\d_]{{2,30}})?)",
    re.IGNORECASE,
)
_GREETED = re.compile(rf"(?i:(?<!\w)(?:dear|hi|hello|hey|hiya|morning|afternoon|evening)),?[ ](?P<name>{_FULL})")
_SIGNED = re.compile(
    r"(?i:(?:regards|thanks|thank you|cheers|sincerely|faithfully|wishes|love|yours|truly))[ ]?[,.!]?[ ]{0,3}\r?\n"
    rf"(?:[ \t]{{0,8}}\r?\n){{0,2}}[ \t]{{0,8}}(?P<name>{_FULL})(?=[ \t,.]{{0,8}}(?:\r?\n|$))"
)
_HEADED = re.compile(
    r"^[> \t]{0,8}(?i:from|to|cc|bcc|reply-to|sender|von|de|attn|c/o)[ \t]?:[ \t]{0,4}\"?"
    rf"(?P<name>{_FULL}(?:,[ ]{_NAME})?)\"?",
    re.MULTILINE,
)
_WROTE = re.compile(rf"(?P<name>{_FULL})(?=[ ](?:<[^<>\s]{{1,320}}>[ ]?)?(?:wrote|writes|said)[:,]?)")
_INITIALED = re.compile(
    rf"(?<!\w)(?P<name>(?:[A-Z]\.[ \u00a0]?|[A-Z][ \u00a0]){{1,3}}(?=[^\s\d]{{1,3}}[a-z]){_NAME})(?!\w)"
)
_CLAN = re.compile(r"(?<!\w)(?P<name>(?:O['\u2019]|Mc|Mac|Fitz)[A-Z][a-z]{2,20})(?!\w)")
_PAIR = re.compile(
    rf"(?<![\w@])(?P<name>{_NAME}[ \u00a0]{_PARTICLE}{_NAME}(?:[ \u00a0]{_PARTICLE}{_NAME}){{0,2}})(?![\w@])"
)
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019\-][^\W\d_]+){0,3}")
_SENTENCE_BEGINS = re.compile(r"(?:^|[.!?:;\n\"\u201c(\[>•\-*\u2013\u2014|])[ \t\"\u201c(>]{0,8}$")


_NO_NAMES = COMMON | THINGS
_SURELY = GIVEN - AMBIGUOUS


class _Rule(NamedTuple):
    """A way of writing names: its pattern, how sure it makes, and which words in small letters it takes for names."""

    pattern: re.Pattern[str]
    confidence: float
    small: Literal["", "given", "any"] = ""


_RULES = (
    _Rule(_TITLED, 0.95, "any"),
    _Rule(_HEADED, 0.9),
    _Rule(_WROTE, 0.85),
    _Rule(_RELATED, 0.9, "given"),
    _Rule(_GREETED, 0.85),
    _Rule(_SIGNED, 0.85),
    _Rule(_INITIALED, 0.7),
    _Rule(_CLAN, 0.7),
)


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name, folded for comparing."""
    composed = unicodedata.normalize("NFC", name)
    return tuple(found[0].casefold().replace("\u2019", "'") for found in _WORD.finditer(composed))


def people(text: str, known: Sequence[str] = ()) -> Iterator[Hit]:
    """Names in a text, in no order, perhaps overlapping. `known` are names that stand elsewhere in the same case."""
    hits = [hit for rule in _RULES for hit in _by_rule(text, rule)]
    hits += _pairs(text)
    yield from hits
    sure = {word for hit in hits if hit.confidence >= 0.6 for word in words_of(text[hit.start : hit.end])}  # noqa: PLR2004
    sure |= {word for name in known for word in words_of(name)}
    yield from _alone(text, sure)


def _by_rule(text: str, rule: _Rule) -> Iterator[Hit]:
    for found in rule.pattern.finditer(text):
        start, end = _trimmed(text, *found.span("name"), small=rule.small)
        if start < end:
            yield Hit(start, end, "name", rule.confidence)


def _trimmed(text: str, start: int, end: int, *, small: str = "") -> tuple[int, int]:
    """The span without common words at its ends ("Dear Tom Please"); empty where nothing is left that may be a name."""
    parts = [(start + each.start(), start + each.end(), each[0]) for each in _WORD.finditer(text[start:end])]
    while parts and not _may_be_name(parts[0][2], small):
        parts.pop(0)
    taken = parts[:1]
    for part in parts[1:]:
        folded = part[2].casefold()
        if folded in _NO_NAMES and folded not in GIVEN:
            break
        taken.append(part)
    return (taken[0][0], taken[-1][1]) if taken else (start, start)


def _may_be_name(word: str, small: str) -> bool:
    folded = word.casefold()
    if word[:1].islower():
        return folded in _SURELY if small == "given" else small == "any" and folded not in _NO_NAMES
    return folded in GIVEN or folded not in _NO_NAMES


def _pairs(text: str) -> Iterator[Hit]:
    """Two to four capitalised words together; at a sentence's start only where the first may be a name."""
    for found in _PAIR.finditer(text):
        start, end = found.span("name")
        parts = _WORD.findall(found["name"])
        if any(part.casefold() in THINGS for part in parts if part.casefold() not in GIVEN):
            continue
        start, end = _trimmed(text, start, end)
        parts = _WORD.findall(text[start:end])
        if not parts:
            continue
        given = parts[0].casefold() in GIVEN
        if len(parts) == 1:
            if given and parts[0].casefold() not in AMBIGUOUS:
                yield Hit(start, end, "name", 0.6)
            continue
        begins = bool(_SENTENCE_BEGINS.search(text[max(0, start - 12) : start])) or start == 0
        shouting = text[start:end].isupper()
        yield Hit(start, end, "name", 0.9 if given else 0.4 if begins or shouting else 0.6)


def _alone(text: str, sure: set[str]) -> Iterator[Hit]:
    """Single words that are a given name, or belong to a name that stands elsewhere."""
    for found in _WORD.finditer(text):
        word = found[0].casefold().replace("\u2019", "'")
        bare = word.removesuffix("'s")
        end = found.end() - (len(word) - len(bare))
        if bare in COMMON or len(bare) < 2 or found[0][:1].islower():  # noqa: PLR2004 - an initial alone is nobody
            if bare in sure and bare in _SURELY:
                yield Hit(found.start(), end, "name", 0.5)
            continue
        if bare in sure:
            yield Hit(found.start(), end, "name", 0.6)
        elif bare in _SURELY:
            yield Hit(found.start(), end, "name", 0.5)
