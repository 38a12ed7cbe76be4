"""Which clause of one version is which of another: identities that stay when a clause moves, is renumbered or changed.

A printed number says where a clause stands, an identity which clause it is: the version and id under which it first
appeared ("2007-12-15/3.2"). It is not stored; it follows from the versions in their order, so that it is the same
whenever and wherever it is computed. Pure; called by difference, and by whatever follows a clause through time.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import Indel

from knowledge.base import Passage, Policy

_WORD = re.compile(r"\w+")

ALIKE = 0.6
"""Share of words in common, in their order, from which two clauses count as the same, changed."""
ALIKE_IN_PLACE = 0.4
"""The same for two that stand under the same number, or are the only ones left of their heading."""
_MOST_CANDIDATES = 8
_MOST_VISITS = 300
"""Clauses looked at, by their rarest words first, to find the candidates."""


class _Words(NamedTuple):
    """A passage with its words, by which it is compared."""

    at: int
    passage: Passage
    words: tuple[str, ...]


def match(old: Sequence[Passage], new: Sequence[Passage]) -> dict[str, str]:
    """Ids of `new` → ids of `old` that are the same clause, one to one. Wholes are matched with wholes, and entries of
    lists with entries: first those with the same words, then the most alike.
    """
    matched: dict[str, str] = {}
    for entries in (False, True):
        before = [_words(at, each) for at, each in enumerate(old) if bool(each.context) == entries]
        after = [_words(at, each) for at, each in enumerate(new) if bool(each.context) == entries]
        matched.update(_match(before, after))
    return matched


def identities(versions: Sequence[Policy]) -> tuple[Mapping[str, str], ...]:
    """For each version of one policy, oldest first, its passages' ids → their identities.

    A clause is looked for in the version before; one that was gone for a while and comes back in the same words is
    known again.
    """
    return _identities(tuple(versions))


@lru_cache(maxsize=8)
def _identities(versions: tuple[Policy, ...]) -> tuple[Mapping[str, str], ...]:
    found: list[Mapping[str, str]] = []
    gone: dict[tuple[str, ...], str] = {}  # the words of clauses of earlier versions → identity
    held: dict[str, str] = {}
    before: Sequence[Passage] = ()
    for version in versions:
        matched = match(before, version.passages)
        kept = {key: held[was] for key, was in matched.items()}
        used = set(kept.values())
        for passage in version.passages:
            if passage.id not in kept:
                known = gone.get(tuple(passage.text.split()))
                kept[passage.id] = known if known and known not in used else f"{version.effective}/{passage.id}"
                used.add(kept[passage.id])
        gone.update({tuple(passage.text.split()): kept[passage.id] for passage in version.passages})
        found.append(kept)
        held, before = kept, version.passages
    return tuple(found)


def history(versions: Sequence[Policy], effective: Policy, key: str) -> Iterator[tuple[Policy, Passage | None]]:
    """What each version says in the clause that `effective` has under this id; None where it has no such clause."""
    known = identities(versions)
    identity = known[list(versions).index(effective)][key]
    for version, ids in zip(versions, known, strict=True):
        own = next((clause for clause, each in ids.items() if each == identity), None)
        yield version, next((passage for passage in version.passages if passage.id == own), None)


def _words(at: int, passage: Passage) -> _Words:
    return _Words(at, passage, tuple(passage.text.split()))


def _bare(each: _Words) -> _Words:
    """With words that punctuation and capitals do not change."""
    return each._replace(words=tuple(_WORD.findall(each.passage.text.lower())))


def _match(old: Sequence[_Words], new: Sequence[_Words]) -> Iterator[tuple[str, str]]:
    exact = dict(_exact(old, new))
    yield from ((new[at].passage.id, old[was].passage.id) for at, was in exact.items())
    taken = set(exact.values())
    left_new = [each for at, each in enumerate(new) if at not in exact]
    left_old = [each for at, each in enumerate(old) if at not in taken]
    if left_new and left_old:
        yield from _alike([_bare(each) for each in left_old], [_bare(each) for each in left_new])


def _exact(old: Sequence[_Words], new: Sequence[_Words]) -> Iterator[tuple[int, int]]:
    """Places with the same words; of several, those under the same id or heading first, then in their order."""
    places: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for at, each in enumerate(old):
        places[each.words].append(at)
    waiting: list[int] = []
    for at, each in enumerate(new):
        same = next((was for was in places[each.words] if old[was].passage.id == each.passage.id), None)
        if same is None:
            waiting.append(at)
        else:
            places[each.words].remove(same)
            yield at, same
    for at in waiting:
        held = places[new[at].words]
        if held:
            heading = new[at].passage.heading
            was = next((was for was in held if old[was].passage.heading == heading), held[0])
            held.remove(was)
            yield at, was


def _alike(old: Sequence[_Words], new: Sequence[_Words]) -> Iterator[tuple[str, str]]:
    """The most alike first; the order of the versions decides between equals."""
    scored = sorted(
        (-score, after.at, before.at, after.passage.id, before.passage.id) for before, after, score in _scored(old, new)
    )
    used_old: set[str] = set()
    used_new: set[str] = set()
    for _score, _after, _before, key, was in scored:
        if key not in used_new and was not in used_old:
            used_new.add(key)
            used_old.add(was)
            yield key, was


def _scored(old: Sequence[_Words], new: Sequence[_Words]) -> Iterator[tuple[_Words, _Words, float]]:
    """Pairs that are alike enough, with their likeness; standing in the same place counts a little."""
    by_id = {each.passage.id: each for each in old}
    sharing = _sharing(old)
    for after in new:
        candidates = _candidates(after, old, sharing)
        if after.passage.id in by_id:
            candidates[by_id[after.passage.id].at] = by_id[after.passage.id]
        for before in candidates.values():
            in_place = before.passage.id == after.passage.id and before.passage.heading == after.passage.heading
            likeness = Indel.normalized_similarity(before.words, after.words)
            if likeness >= (ALIKE_IN_PLACE if in_place else ALIKE):
                yield before, after, likeness + (0.05 if in_place else 0.0)


def _sharing(old: Sequence[_Words]) -> dict[str, list[int]]:
    """Word → places of the clauses that have it."""
    sharing: dict[str, list[int]] = defaultdict(list)
    for at, each in enumerate(old):
        for word in set(each.words):
            sharing[word].append(at)
    return sharing


def _candidates(after: _Words, old: Sequence[_Words], sharing: Mapping[str, list[int]]) -> dict[int, _Words]:
    """The few clauses with most rare words in common: comparing each with each would take minutes for 10,000."""
    counts: dict[int, float] = defaultdict(float)
    visits = 0
    for word in sorted(set(after.words), key=lambda word: (len(sharing.get(word, ())), word)):
        places = sharing.get(word, ())
        visits += len(places)
        if visits > _MOST_VISITS and counts:
            break
        for at in places[:_MOST_VISITS]:
            counts[at] += 1 / len(places)
    best = sorted(counts, key=lambda at: (-counts[at], at))[:_MOST_CANDIDATES]
    return {old[at].at: old[at] for at in best}
