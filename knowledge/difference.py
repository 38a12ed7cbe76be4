"""What changed between two versions of a policy, clause by clause: added, removed, changed word by word, moved. Pure;
called by the page "what changed" and by `privacydesk policy diff`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Literal, NamedTuple

from knowledge.base import Passage, Policy
from knowledge.identity import match

Piece = tuple[Literal["same", "del", "ins"], str]
Kind = Literal["added", "removed", "changed", "moved"]
_LONG = 1_000_000
_WORD = re.compile(r"\s+|\S+")


class Difference(NamedTuple):
    """One clause that differs. `id` is its number in the newer version, or in the older one where it was removed; `was`
    is its number in the older version, "" where it was added. `pieces` read in order are its words. A clause that
    changed and moved is "changed", with another number in `was`.
    """

    id: str
    kind: Kind
    heading: str
    pieces: tuple[Piece, ...]
    was: str = ""


@lru_cache(maxsize=32)
def compare(old: Policy, new: Policy, *, words: bool = True) -> tuple[Difference, ...]:
    """What differs in whole clauses, in the newer version's order; what went away comes last. Without `words` a changed
    clause has its whole old and new text as pieces, which is enough for counting and much faster.
    """
    before = {passage.id: passage for passage in old.passages if not passage.context}
    after = [passage for passage in new.passages if not passage.context]
    same = match(tuple(before.values()), after)
    moved = _moved(list(before), [(passage.id, same[passage.id]) for passage in after if passage.id in same])
    told = pieces if words else _whole
    found = [_difference(passage, before, same, moved, told) for passage in after]
    kept = set(same.values())
    gone = [
        Difference(passage.id, "removed", passage.heading, (("del", passage.text),), passage.id)
        for passage in before.values()
        if passage.id not in kept
    ]
    return (*(each for each in found if each is not None), *gone)


def summary(differences: Sequence[Difference]) -> str:
    """How many of each: "2 added, 1 changed"."""
    counts = [
        (kind, sum(each.kind == kind for each in differences)) for kind in ("added", "removed", "changed", "moved")
    ]
    return ", ".join(f"{count} {kind}" for kind, count in counts if count) or "nothing changed"


def _difference(
    passage: Passage,
    before: dict[str, Passage],
    same: dict[str, str],
    moved: set[str],
    told: Callable[[str, str], tuple[Piece, ...]],
) -> Difference | None:
    was = same.get(passage.id)
    if was is None:
        return Difference(passage.id, "added", passage.heading, (("ins", passage.text),))
    old = before[was].text
    if old != passage.text:
        return Difference(passage.id, "changed", passage.heading, told(old, passage.text), was)
    if was != passage.id or passage.id in moved:
        return Difference(passage.id, "moved", passage.heading, (("same", passage.text),), was)
    return None


def _moved(order: Sequence[str], pairs: Sequence[tuple[str, str]]) -> set[str]:
    """Ids of clauses that left their place: those outside of the longest run that kept its order."""
    place = {key: at for at, key in enumerate(order)}
    tails: list[int] = []
    ends: list[int] = []  # for each length of a run, the pair that ends the best one
    before: list[int] = []
    for at, (_key, was) in enumerate(pairs):
        length = bisect_left(tails, place[was])
        before.append(ends[length - 1] if length else -1)
        tails[length : length + 1] = [place[was]]
        ends[length : length + 1] = [at]
    kept: set[str] = set()
    at = ends[-1] if ends else -1
    while at >= 0:
        kept.add(pairs[at][0])
        at = before[at]
    return {key for key, _was in pairs} - kept


def pieces(old: str, new: str) -> tuple[Piece, ...]:
    """Word by word: what stayed, what was struck out, what was put in; joined they give both texts."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    start = _alike(before, after)
    end = _alike(before[start:][::-1], after[start:][::-1])
    middle = _pieces(before[start : len(before) - end], after[start : len(after) - end])
    found = [("same", "".join(before[:start])), *middle, ("same", "".join(before[len(before) - end :]))]
    return tuple((kind, text) for kind, text in found if text)


def _alike(old: Sequence[str], new: Sequence[str]) -> int:
    """How many words are the same from the beginning."""
    return next(
        (at for at, (one, two) in enumerate(zip(old, new, strict=False)) if one != two), min(len(old), len(new))
    )


def _whole(old: str, new: str) -> tuple[Piece, ...]:
    return ("del", old), ("ins", new)


def _pieces(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    junk = len(old) * len(new) > _LONG  # then words that come often are no anchors: much faster, a little coarser
    for kind, start, end, into, until in SequenceMatcher(None, old, new, autojunk=junk).get_opcodes():
        if kind == "equal":
            yield "same", "".join(old[start:end])
            continue
        if end > start:
            yield "del", "".join(old[start:end])
        if until > into:
            yield "ins", "".join(new[into:until])
