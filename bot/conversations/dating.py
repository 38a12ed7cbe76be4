"""For which day a reply is, and what other versions of the policy say on its point, as its wording names them.

The words are in bot/templates/dates.j2; here dates become words and changes what is told of them: for each clause what
it said before, the days of what came between, and what it says since.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Literal

from bot.conversations.quotes import Quote, full, quote
from knowledge.base import Answer, Change, OffTopic, Silent, When

_EXCERPT = 14
_AROUND = 3
"""Words of a change that a text shows, and how many of them lead to what differs."""


@dataclass(frozen=True, slots=True)
class Told:
    """One change. `until` is the last day of the words before it, `day` the first of those after; `seen` where the
    newer version was only seen then. `silent` where the answer is silence, `begins` where that ends. `clause` is named
    where several are cited or several things were asked, `topic` where one of several answers is silence. `quote` is
    None where there is nothing to quote: the clause is not in that version, or "between" says only that there was a
    change. `excerpt` is the part of the quotation that differs, its own words.
    """

    kind: Literal["before", "after", "between"]
    day: str
    until: str
    seen: bool = False
    coming: bool = False
    moved: bool = False
    silent: bool = False
    begins: bool = False
    clause: str = ""
    topic: str = ""
    quote: Quote | None = None
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Dating:
    """What a reply says about its day; that of today, where no version differs, says nothing.

    `asked` is the time in words ("in 2006"), "" for today; `of` the same beside a noun ("from 2006"). `tense` is the
    policy's in that time. `nearest` names the version that answers where none is `known` to have been in force.
    `unknown_before` is set where the time begins before the oldest version, `begun` where versions begin in it that do
    not differ on the point, `same` where it says the same today.
    """

    asked: str = ""
    of: str = ""
    tense: Literal["past", "present", "future"] = "present"
    known: bool = True
    nearest: str = ""
    unknown_before: str = ""
    begun: tuple[str, ...] = ()
    same: bool = False
    changes: tuple[Told, ...] = ()

    @property
    def chief(self) -> Told | None:
        """The one change that a text tells: of the first clause, for the past what is said since, for today what was
        said before; else whichever there is.
        """
        wanted = "after" if self.tense == "past" else "before"
        told = [change for change in self.changes if change.kind != "between"]
        return next((change for change in told if change.kind == wanted), told[0] if told else None)

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """What the changes quote."""
        return tuple(change.quote for change in self.changes if change.quote)


TODAY = Dating()
_UNSAID = {
    "past": ("didn't say", "said nothing about"),
    "present": ("doesn't say", "says nothing about"),
    "future": ("won't say", "will say nothing about"),
}


@lru_cache(maxsize=512)
def dating(result: Answer | Silent | OffTopic | None, base_url: str) -> Dating:
    """What is told of the day of an answer and of its changes."""
    if not isinstance(result, Answer | Silent) or result.when is None:
        return TODAY
    when = result.when
    changes = tuple(_changes(result, when.today or when.last, base_url))
    seen = "the one seen on" if when.dated == "seen" else "the one in force from"
    nearest = "" if when.known else f"{seen} {full(when.effective)}"
    if not when.past:
        return Dating(known=when.known, nearest=nearest, changes=changes)
    differs = any(change.kind != "before" and not change.coming for change in changes)
    return Dating(
        asked=in_words(when),
        of=in_words(when, of=True),
        known=when.known,
        nearest=nearest,
        tense="future" if when.today and when.first > when.today else "past",
        unknown_before=full(when.oldest) if when.known and when.first < when.oldest else "",
        begun=() if any(change.kind == "before" for change in changes) else tuple(full(day) for day in when.begun),
        same=when.known and when.today is not None and when.last < when.today and not differs,
        changes=changes,
    )


def unsaid(topic: str, told: Dating = TODAY) -> str:
    """That a policy is silent on a topic, to stand after "Our policy": a topic is a question or a thing."""
    says, nothing = _UNSAID[told.tense if told.known else "present"]
    asks = topic.split(" ", 1)[0] in ("what", "where", "when", "whether", "how", "who", "which", "why", "in")
    return f"{says} {topic}" if asks else f"{nothing} {topic}"


def in_words(when: When, *, of: bool = False) -> str:
    """A time as it is said: "on 3 May 2010", "in June 2009", "in 2006"; with `of` beside a noun: "from 2006"."""
    first, last = when.first, when.last
    after = last + timedelta(days=1) if last < date.max else last
    begins = first.day == 1 and after.day == 1
    if first == last:
        return f"{'from' if of else 'on'} {full(first)}"
    if begins and (first.year, first.month) == (last.year, last.month):
        return f"{'from' if of else 'in'} {first:%B %Y}"
    if begins and first.month == after.month == 1:
        return _years(first.year, last.year, "from" if of else "in")
    between = f"between {full(first)} and {full(last)}"
    return f"from the time {between}" if of else between


def _years(first: int, last: int, word: str) -> str:
    return f"{word} {first}" if first == last else f"from {first} to {last}"


def _changes(result: Answer | Silent, today: date, base_url: str) -> Iterator[Told]:
    """Of several changes after one another in one clause, the last is quoted, and the others' days are named."""
    texts = {cited.id: cited.text for cited in result.citations} if isinstance(result, Answer) else {}
    several = len(texts) > 1 or (isinstance(result, Answer) and len(result.parts) > 1)
    for (_clause, _topic, kind, coming), group in groupby(
        result.changes, lambda change: (change.clause, change.topic, change.kind, change.day > today)
    ):
        told = [_told(change, texts, base_url, coming=coming, several=several) for change in group]
        if kind == "before":
            yield told[0]
            yield from (replace(each, kind="between", quote=None) for each in told[1:])
            continue
        for number, each in enumerate(told[:-1]):
            begins = each.silent and not number and not coming
            yield replace(each, kind="between", quote=None, begins=begins)
        yield told[-1]


def _told(change: Change, texts: dict[str, str], base_url: str, *, coming: bool, several: bool) -> Told:
    return Told(
        kind=change.kind,
        day=full(change.day),
        until=full(change.day - timedelta(days=1)),
        seen=change.dated == "seen",
        coming=coming,
        moved=change.moved,
        silent=not change.clause,
        topic=change.topic,
        clause=change.clause if several else "",
        quote=quote(change.citation, base_url) if change.citation else None,
        excerpt=excerpt(change.citation.text, texts.get(change.clause, "")) if change.citation else "",
    )


def excerpt(text: str, beside: str) -> str:
    """The words of a clause where it begins to differ from another, cut with "..." on both sides."""
    words, others = text.split(), beside.split()
    if not others:
        return text if len(words) <= _EXCERPT else " ".join(words[:_EXCERPT]) + " ..."
    same = next((at for at, pair in enumerate(zip(words, others, strict=False)) if pair[0] != pair[1]), len(words))
    start = max(0, min(same, len(words) - 1) - _AROUND) if same > _AROUND + 1 else 0
    shown = words[start : start + _EXCERPT]
    return ("... " if start else "") + " ".join(shown) + (" ..." if start + _EXCERPT < len(words) else "")


def as_json(changes: Sequence[Change], base_url: str) -> list[dict[str, str]]:
    """Every change for programs, with the other version's own words where it has any."""
    return [_as_json(change, base_url) for change in changes]


def _as_json(change: Change, base_url: str) -> dict[str, str]:
    told = {"kind": change.kind, "clause": change.clause, "on": change.day.isoformat(), "dated": change.dated}
    cited = change.citation
    if cited is None:
        return told
    return told | {
        "id": cited.id,
        "text": cited.text,
        "policy": cited.policy,
        "effective": cited.effective.isoformat(),
        "url": base_url + cited.url,
        "digest": cited.digest,
    }
