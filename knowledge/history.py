"""The day that an answer is for, and what other versions say on its point. Pure; called by library.

A clause is followed by its identity, so that one that moved or was renumbered has not changed. Where another version
has no such clause, its best clause on the same topic is named, if it has any that the answering version has not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from typing import Literal

from knowledge.base import Answer, Change, Citation, Passage, Policy, Silent, When
from knowledge.dates import asked_about
from knowledge.identity import identities
from knowledge.periods import Period
from knowledge.policy import citation, in_force

MOST_LOOKED_AT = 24
"""Versions that are searched for one that speaks where the answering one is silent."""

Kind = Literal["before", "after"]
Elsewhere = Callable[[Policy, str], Citation | None]
"""The best clause of a version on the topic of an answer, by its name; None where it has none."""
OnTopic = Callable[[Policy], Citation | None]


def asked_for(
    versions: Sequence[Policy], question: str, as_of: date | None, today: date | None
) -> tuple[When | None, str]:
    """The day that a question is for and the version, of versions oldest first, that answers for it, None where no day
    is known; and the question without the words for that day.
    """
    day = today or as_of
    if day is None:
        return None, question
    found, rest = asked_about(question, day)
    period = Period(as_of, as_of) if as_of else found or Period(day, day)
    policy = in_force(versions, period.last)
    begun = tuple(each.effective for each in versions[1:] if period.first < each.effective <= period.last)
    return When(*period, today, policy.effective, policy.dated, versions[0].effective, begun), rest


class History:
    """What each version of a policy has in each clause's place. Built once, since following clauses takes a while."""

    def __init__(self, versions: Sequence[Policy]) -> None:
        self.versions = tuple(versions)
        self._identities = identities(self.versions)
        self._said = [
            {ids[passage.id]: passage for passage in policy.passages}
            for policy, ids in zip(self.versions, self._identities, strict=True)
        ]

    def before(self, at: int, clause: str) -> Iterator[tuple[int, Passage | None]]:
        """Each version before number `at`, the last first, after which this clause of it changed, with what it says."""
        identity = self._identities[at][clause]
        held: Passage | None = self._said[at][identity]
        for earlier in range(at - 1, -1, -1):
            said = self._said[earlier].get(identity)
            if not _same(said, held):
                yield earlier, said
            held = said

    def after(self, at: int, clause: str) -> Iterator[tuple[int, Passage | None]]:
        """Each version after number `at` in which this clause of it changes, with what it says then."""
        identity = self._identities[at][clause]
        held: Passage | None = self._said[at][identity]
        for later in range(at + 1, len(self.versions)):
            said = self._said[later].get(identity)
            if not _same(said, held):
                yield later, said
            held = said

    def holds(self, at: int, cited: Citation, policy: Policy) -> bool:
        """Whether version number `at` has this clause of another version in the same words."""
        other = self.versions.index(policy)
        identity = self._identities[other][cited.id]
        return _same(self._said[at].get(identity), self._said[other][identity])


def _same(one: Passage | None, other: Passage | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.text.split() == other.text.split()


def changes(
    history: History, policy: Policy, result: Answer | Silent, when: When, elsewhere: Elsewhere
) -> tuple[Change, ...]:
    """What the versions beside `policy` say on the point of its answer, clause by clause, in the order of time.

    For today: what was said before it last changed, and what is to come. For another time: what changed in that time
    and since.
    """
    at = next(number for number, each in enumerate(history.versions) if each.effective == policy.effective)
    parts = (isinstance(result, Answer) and result.parts) or (result,)
    found: list[Change] = []
    for part in parts:
        on = partial(_on, elsewhere, part.topic)
        if isinstance(part, Silent):
            topic = part.topic if len(parts) > 1 else ""
            found += (change._replace(topic=topic) for change in _of_silence(history, at, when, on))
            continue
        for number, cited in enumerate(part.citations):
            found += _of_clause(history, at, when, cited, on if number == 0 else None)
    return tuple(found)


def _on(elsewhere: Elsewhere, topic: str, policy: Policy) -> Citation | None:
    return elsewhere(policy, topic)


def _of_clause(history: History, at: int, when: When, cited: Citation, elsewhere: OnTopic | None) -> Iterator[Change]:
    earlier: list[Change] = []
    for number, said in history.before(at, cited.id):
        if when.past and history.versions[number + 1].effective not in when.begun:
            break
        earlier.insert(0, _change(history, at, ("before", number, number + 1), cited, said, elsewhere))
        if not when.past:
            break
    yield from earlier
    for number, said in history.after(at, cited.id):
        yield _change(history, at, ("after", number, number), cited, said, elsewhere)


def _change(
    history: History, at: int, how: tuple[Kind, int, int], cited: Citation, said: Passage | None,
    elsewhere: OnTopic | None,
) -> Change:  # fmt: skip
    kind, number, began = how
    policy, new = history.versions[number], history.versions[began]
    if said is not None:
        return Change(kind, cited.id, new.effective, new.dated, citation(policy, said, 0.0))
    other = elsewhere(policy) if elsewhere else None
    if other is not None and history.holds(at, other, policy):
        other = None  # it was there beside the clause, and is still
    return Change(kind, cited.id, new.effective, new.dated, other, moved=other is not None)


def _of_silence(history: History, at: int, when: When, elsewhere: OnTopic) -> Iterator[Change]:
    """The nearest versions that speak where this one is silent."""
    for number in range(at - 1, max(-1, at - 1 - MOST_LOOKED_AT), -1):
        new = history.versions[number + 1]
        if when.past and new.effective not in when.begun:
            break
        cited = elsewhere(history.versions[number])
        if cited is not None:
            # Words that still stand went away for nobody: only their topics were given otherwise.
            if not history.holds(at, cited, history.versions[number]):
                yield Change("before", "", new.effective, new.dated, cited)
            break
    for number in range(at + 1, min(len(history.versions), at + 1 + MOST_LOOKED_AT)):
        policy = history.versions[number]
        cited = elsewhere(policy)
        if cited is not None and history.holds(at, cited, policy):
            break
        if cited is not None:
            yield Change("after", "", policy.effective, policy.dated, cited)
            for later, said in history.after(number, cited.id):
                new = history.versions[later]
                again = citation(new, said, 0.0) if said is not None else elsewhere(new)
                yield Change("after", "", new.effective, new.dated, again)
            break


def told(result: Answer | Silent, when: When, found: tuple[Change, ...]) -> Answer | Silent:
    """The answer with its day and its changes. Staff's own words are on the policy as it is: where its clauses said
    otherwise at the time that is asked about, they are left out.
    """
    if found and when.past and isinstance(result, Answer):
        parts = tuple(part._replace(curated="") if isinstance(part, Answer) else part for part in result.parts)
        result = result._replace(curated="", parts=parts)
    return result._replace(when=when, changes=found)
