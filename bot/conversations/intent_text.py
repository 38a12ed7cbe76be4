"""From a message as people type it to plain words that the rules and the classifier can read. Pure.

Called by `intents`. The result is lower case, one space between tokens; sentences end in " . " or " ? "; apostrophes
are gone ("don't" is "do not"); telephone numbers, addresses and references are one token each.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.conversations.intent_words import words as word_lists

HEAD, TAIL = 5_000, 1_000
"""Characters read from the beginning and the end of a message: a request stands in one of them, and a hostile
message must not cost more."""

PHONE, EMAIL, LINK, REFERENCE = "phonenumber", "emailaddress", "webaddress", "referencecode"
"""The tokens that stand for what must not be split into words."""

_ENDS = 8  # sentences looked at from the beginning and from the end

_SHORTEST, _LONGEST, _TWO_SLIPS = 4, 24, 9
"""Letters of a word that is repaired, and from which it may have two slips."""
REMEMBERED = 4_096
"""Words that are remembered with their repair. One longer than `_LONGEST` is never repaired, and not kept either."""

_SINGLES = (
    (re.compile(r"https?://\S{1,500}|www\.\S{1,500}", re.IGNORECASE), LINK),
    (re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}"), EMAIL),
    (
        re.compile(r"\b(?:DR|AR|SAR|DSAR|REF|REQ)[- ]?(?=[A-Z-]*\d)[0-9A-Z]{4}[- ]?[0-9A-Z]{4,8}\b", re.IGNORECASE),
        REFERENCE,
    ),
    (re.compile(r"(?<![\w£$])\+?\d(?:[ -]?\d){8,14}\b"), PHONE),
)
_QUOTES = str.maketrans(
    dict.fromkeys(
        "\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}`\N{ACUTE ACCENT}\N{MODIFIER LETTER APOSTROPHE}",
        "'",
    )
)
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*'?|[.!;:\n?,]+", re.UNICODE)
_INITIALS = re.compile(r"\b((?:[a-z]\.){2,6})(?=[\s?!,]|$)", re.IGNORECASE)


def plain(text: str) -> str:
    """The message in plain words; "" for one without any."""
    tokens = _TOKEN.findall(_cleaned(text))
    words: list[str] = []
    for place, token in enumerate(tokens):
        following = tokens[place + 1] if place + 1 < len(tokens) else ""
        words.extend(_word(token, words[-1] if words else "", following))
    return " ".join(words).strip(" .,")


def sentences(words: str) -> list[str]:
    """The sentences of `plain` text that have two words or more; of many, the first eight and the last eight."""
    parts = (part.strip(" ,") for part in re.split(r"(?<= [.])|(?<= [?])", words))
    found = [part for part in parts if part.count(" ") >= 1]
    return found if len(found) <= 2 * _ENDS else [*found[:_ENDS], *found[-_ENDS:]]


def _cleaned(text: str) -> str:
    if len(text) > HEAD + TAIL:
        text = f"{text[:HEAD]}\n{text[-TAIL:]}"
    text = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    text = "".join(
        letter for letter in text if letter in "\n\t" or unicodedata.category(letter) not in {"Cc", "Cf", "Cs"}
    )
    for pattern, token in _SINGLES:
        text = pattern.sub(f" {token} ", text)
    return _INITIALS.sub(lambda found: found[0].replace(".", ""), text).lower()


def _word(token: str, before: str, following: str) -> tuple[str, ...]:
    if not token[0].isalnum():
        mark = "?" if "?" in token else "," if set(token) == {","} else "."
        return () if before in {"", ".", "?"} and mark != "?" else (mark,)
    if token in {"2", "4"}:
        return (_figure(token, before, following),)
    token = token.rstrip("'")
    lists = word_lists()
    spelt = lists.contractions.get(token) or lists.short.get(token)
    if spelt is not None:
        return tuple(spelt.split())
    if "'" in token:
        return (token.replace("'s", "").replace("'", ""), *(("s",) if token.endswith("'s") else ()))
    return tuple(_repaired(token).split()) if len(token) <= _LONGEST else (token,)


def _figure(token: str, before: str, following: str) -> str:
    """Texters' 2 and 4, unless it counts something ("2 weeks", "article 4")."""
    if not following[:1].isalpha() or following in word_lists().units or before in word_lists().before_figures:
        return token
    return "to" if token == "2" else "for"  # noqa: S105, a figure and no secret


@lru_cache(maxsize=REMEMBERED)
def _repaired(word: str) -> str:
    """The desk's own word that this one misspells, or the word itself.

    One slip is allowed in short words and two from nine letters on; common words that look alike are left alone.
    """
    lists = word_lists()
    if not (_SHORTEST <= len(word) <= _LONGEST and word.isascii() and word.isalpha()) or word in lists.known:
        return word
    slips = 2 if len(word) >= _TWO_SLIPS else 1
    found = process.extractOne(word, lists.vocabulary, scorer=OSA.distance, score_cutoff=slips)
    if found is None or found[0][0] != word[0]:
        return word
    return found[0]
