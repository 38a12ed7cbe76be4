"""The time in the past that a question is about: "I signed up in 2006", "back in March", "03/05/2010". Pure: the caller
says which day it is. Called by history for each question, and by whatever reads a message for its intent.

Rather none than a wrong one: a date counts only with a word before or around it that makes it the time of something.
Times to come, deadlines, spans that reach until now, births, laws, prices and numbers move nothing, nor does any date
where the question says that it is about today ("still", "now"). Dates are read the British way, the day first.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from typing import NamedTuple

from knowledge.periods import NUMBERS, SEASONS, Period, period

MOST_READ = 4_000
"""Characters of a question that are read."""
_MOST_DATES = 40
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_YEAR = r"(?:(?:19|20)\d\d|'\d\d)"
_DAY = r"[0-3]?\d(?:st|nd|rd|th)?"
_SEASON = "|".join(SEASONS)
_WHEN = re.compile(
    rf"""(?<![\w£$€#/.,:'-])(?:
      (?:the\ )?(?P<d1>{_DAY})(?:\ of)?[ -](?P<m1>{_MONTH}),?[ -](?P<y1>{_YEAR})
    | (?P<m2>{_MONTH})\ (?:the\ )?(?P<d2>{_DAY}),?\ (?P<y2>{_YEAR})
    | (?P<y3>(?:19|20)\d\d)-(?P<m3>\d\d)-(?P<d3>\d\d)
    | (?P<d4>[0-3]?\d)(?P<mark>[/.-])(?P<m4>[01]?\d)(?P=mark)(?P<y4>(?:(?:19|20)\d\d|\d\d))
    | (?:the\ )?(?P<part>early|mid|late|(?:start|beginning|middle|end)(?=\ of))(?:\ of)?[ -](?P<y5>{_YEAR})
    | (?:the\ )?(?P<season>{_SEASON})(?:\ of)?\ (?P<y6>{_YEAR})
    | (?P<m7>{_MONTH})(?:\ of|,)?\ (?P<y7>{_YEAR})
    | (?P<decade>(?:the\ )?(?:(?:19|20)|')?\d0'?s)
    | (?P<year>{_YEAR}|0\d)
    | last\ (?P<last>year|month|week|{_SEASON}|{_MONTH})(?:'s)?
    | (?P<count>\d{{1,3}}|an?(?:\ couple\ of)?|{"|".join(list(NUMBERS)[:12])})\ (?P<unit>year|yr|month|week|day)s?\ ago
    | (?P<yesterday>yesterday)
    | (?:(?:the\ )?(?P<d8>{_DAY})(?:\ of)?\ )?(?P<m8>{_MONTH})
    )(?![\w'£$€%-]|[/.,:]\d)""",
    re.VERBOSE,
)
_HINT = re.compile(rf"\d\d|\bago\b|\blast\b|yesterday|\bin\s+{_MONTH}|\bon\s+(?:the\s+)?{_DAY}")
_NOW = re.compile(
    r"\b(?:still|nowadays|now(?!\s+that)|today|currently|at present|these days|any ?more|at the moment"
    r"|(?:new|newest|current|latest|present) (?:privacy )?policy)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[.!?;](?:\s|$)")
_IN = re.compile(r"\b(?:in|on|during|around|circa|as of|as at|as on|dated?)(?: about| around)?(?: the)? $")
_AT = re.compile(r"\b(?:at|towards) $")
_VERSION_OF = re.compile(r"\b(?:policy|version|terms|notice) (?:of|from) $")
_BACK = re.compile(r"\bback (?:in|on) (?:the )?$")
_BEFORE = re.compile(r"\b(?:before|prior to) $")
_OPEN = re.compile(
    r"\b(?:since|by|until|till|til|after|from|to|through|over|than|within|every|per|for|next|under|least|past|between)"
    r"(?: the)? $"
)
_RANGE_FROM = re.compile(r"\b(?:from|between) (?:the )?$")
_RANGE_TO = re.compile(r" (?:to|and|until|till|-|\u2013) (?:the )?$")
_OTHER = re.compile(
    r"\b(?:born|birth|birthday|dob|gdpr|dpa|acts?|regulations?|laws?|directive|brexit|ref|reference|invoice|number"
    r"|wrote|written|e-?mailed|mailed|texted|rang|phoned|contacted|complained|asked you|requested"
    r"|my (?:letter|e-?mail|message|request|ticket|complaint))\b"
)
_LEAD = re.compile(
    r"\b(?:back )?(?:in|on|at|during|around|circa|as of|as at|as on|dated?|before|prior to|from|between|of|towards)"
    r"(?: about| around)?(?: the)? $"
)
_PREAMBLE = re.compile(
    r"(?:(?:hi|hello|hey|so|well|as|when),? )*(?:i|we)(?:'ve| have| had)?(?: first)?"
    r" (?:joined|signed|registered|subscribed|bought|ordered|opened|became|started|enrolled|moved|created"
    r"|switched|came|was an? (?:customer|member|user|client|subscriber))(?: [\w'-]+){0,4} ?"
)
_TOKEN = re.compile(r"\S+")
_LETTER = re.compile(r"[^\W\d_]{2}")
_NOT_A_YEAR = re.compile(
    r"\s*(?:acts?|regulations?|directive|gdpr|dpa|law|pounds?|quid|gbp|usd|euros?|pence|people|users|customers"
    r"|servers|sites|domains|e?mails|years?|days?|hours?|hrs|minutes|mins|months?|weeks?|times|gb|mb|am|pm|of)\b"
)
_VERSION = re.compile(r" (?:privacy )?(?:policy|version|terms|notice|rules)\b")
_PAST = re.compile(
    r"\b(?:did|didn't|was|wasn't|were|had|said|joined|signed|registered|subscribed|bought|purchased|ordered|opened"
    r"|became|gave|started|began|enrolled|moved|left|closed|cancelled|agreed|consented|ticked|accepted|created"
    r"|switched|came|handed|applied|took)\b"
)
_COMING = re.compile(r"\b(?:will|shall|won't|going to|gonna|can|could|would|next|\w+'ll)\b")


class Found(NamedTuple):
    """The time that a question is about, from the first to the last that it names, None where that is today; and the
    question without these words, so that they are not taken for its subject.
    """

    period: Period | None
    rest: str


class _Cut(NamedTuple):
    """A date that counts, and where its words stand, with those that only lead to it."""

    period: Period
    start: int
    end: int


def asked_about(question: str, today: date) -> Found:
    """Read a question of any length on that day."""
    read = question[:MOST_READ].lower().replace("\u2019", "'").replace("\u2018", "'")
    if not _HINT.search(read) or _NOW.search(" ".join(read.split())):
        return Found(None, question)
    tokens = [*_TOKEN.finditer(question[:MOST_READ])]
    text, starts = _normal(question, tokens)
    found = [cut for cut in _cuts(text, today) if cut.period.first <= today]
    if not found:
        return Found(None, question)
    last = min(today, max(cut.period.last for cut in found))
    return Found(Period(min(cut.period.first for cut in found), last), _without(question, tokens, starts, found))


def of_today(text: str) -> str | None:
    """A text without the words that say that it is about today ("still", "now"); None where it has none."""
    read = " ".join(text[:MOST_READ].split())
    rest, found = _NOW.subn("", read)
    return rest if found else None


def _normal(question: str, tokens: list[re.Match[str]]) -> tuple[str, list[int]]:
    """The words in small letters with one space between them, a stop where a paragraph ends; and where each begins."""
    parts: list[str] = []
    starts: list[int] = []
    length, end = 0, 0
    for token in tokens:
        gap = "" if not parts else " ; " if question.count("\n", end, token.start()) > 1 else " "
        word = token[0].lower().replace("\u2019", "'").replace("\u2018", "'")
        starts.append(length + len(gap))
        parts += (gap, word)
        length, end = length + len(gap) + len(word), token.end()
    return "".join(parts), starts


def _without(question: str, tokens: list[re.Match[str]], starts: list[int], cuts: list[_Cut]) -> str:
    """The question without what is cut, in whole words but for the stops behind them; itself where that is all."""
    kept: list[str] = []
    at = 0
    for cut in cuts:
        first, last = bisect_left(starts, cut.start), bisect_left(starts, cut.end) - 1
        beyond = starts[last] + len(tokens[last][0]) - cut.end
        kept.append(question[at : tokens[first].start()])
        at = max(at, tokens[last].end() - max(0, beyond))
    rest = "".join(kept) + question[at:]
    return rest if _LETTER.search(rest) else question


def _cuts(text: str, today: date) -> Iterator[_Cut]:
    sentences = [0, *(end.end() for end in _SENTENCE.finditer(text)), len(text)]
    at, before = 0, -1  # the sentence; where a range's first half ended
    for match in islice(_WHEN.finditer(text), _MOST_DATES):
        while sentences[at + 1] <= match.start() < len(text):
            at += 1
        lead = text[max(sentences[at], match.start() - 60) : match.start()]
        second = before >= 0 and _RANGE_TO.fullmatch(text[before : match.start()]) is not None
        named = period(match, today)
        if named is None or _OTHER.search(lead):
            before = -1
        elif _RANGE_FROM.search(lead) and not second:
            before, pending = match.end(), _Cut(named, match.start(), match.end())
        elif second:
            both = Period(pending.period.first, max(pending.period.last, named.last))
            yield _widened(_Cut(both, pending.start, match.end()), text, sentences[at])
            before = -1
        else:
            around = text[max(sentences[at], match.start() - 200) : min(sentences[at + 1], match.end() + 200)]
            if _counts(match, lead, around, text[match.end() : match.end() + 30]):
                eve = max(date.min + timedelta(days=1), named.first) - timedelta(days=1)
                named = Period(eve, eve) if _BEFORE.search(lead) else named
                yield _widened(_Cut(named, match.start(), match.end()), text, sentences[at])


def _widened(cut: _Cut, text: str, sentence: int) -> _Cut:
    """With the word that leads to the date, and all of "I signed up in 2006": the question stands beside it."""
    lead = _LEAD.search(text, max(sentence, cut.start - 20), cut.start)
    start = lead.start() if lead else cut.start
    if _PREAMBLE.fullmatch(text, sentence, start):
        return _Cut(cut.period, sentence, cut.end)
    return cut._replace(start=start)


def _counts(match: re.Match[str], lead: str, around: str, after: str) -> bool:
    """Whether the date is the time of something past, by the words before it, after it and around it."""
    leads = (_IN, _VERSION_OF, _AT) if match["part"] else (_IN, _VERSION_OF)
    placed = any(words.search(lead) for words in leads)
    past = _PAST.search(around) is not None
    if match["m8"]:
        return _BACK.search(lead) is not None or (placed and past and not _COMING.search(around))
    if _VERSION.match(after):
        return True
    if _OPEN.search(lead) and not _VERSION_OF.search(lead):
        return False
    if match["last"] or match["unit"] or match["yesterday"]:
        return _IN.search(lead) is None  # "in the last year" is a span that reaches until now
    if _NOT_A_YEAR.match(after):
        return False
    if match["year"]:
        named = placed or _BEFORE.search(lead) is not None
        return named and (past or len(match["year"]) > 2)  # noqa: PLR2004 - of two digits: "joined in 08"
    return placed or past or _BEFORE.search(lead) is not None
