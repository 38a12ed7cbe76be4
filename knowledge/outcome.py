"""What one version of a policy says to a question: quotations, silence, or that it is not about privacy. Pure; called
by library, which says which version.

Each part of a question on several things (parts.py) is decided by itself:
1. Read it for the probability of each topic (topics.py). Likely not about privacy, or on no topic → OffTopic.
2. Add up those that the version has clauses on, and the others. More on topics without a clause → Silent.
3. Otherwise quote the best-ranked clause, and up to two more that are nearly as good and on the same topic.
A question alike to one that staff taught (taught.py) is answered as they said; off topic only in nearly their words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import cast

import numpy as np

from knowledge.base import Answer, Choice, Citation, OffTopic, Silent
from knowledge.parts import joined, parts
from knowledge.taught import Teaching
from knowledge.ties import tied
from knowledge.topics import Reading
from knowledge.version import Version

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_MOST_SENTENCES = 20
_LONG_MESSAGE = 14
_OF_MESSAGE = 0.65
"""How much of what a sentence is about is told by its message; by cross-validation."""
_OFF_FROM = 0.45
_UNCLEAR = 0.4
_VAGUE = 0.15
"""Below this share the likeliest topic is a guess: of our own examples, two in three such messages are no question."""
_SILENT_FROM = 1.0
_NEARLY = 0.82
_MOST_CITED = 3
_CLEAR_TOPIC = 0.4


def outcome(
    version: Version, question: str, topic: str = "", teaching: Teaching | None = None
) -> Answer | Silent | OffTopic:
    """What the version says. `topic` is the key of what the question is about, where somebody chose that."""
    read = version.reader.read
    whole = read(question)
    if topic in version.reader.topics:
        return _found(version, question, _pointed(whole, version.reader.topics.index(topic)))
    if not any(map(str.isalpha, question)):
        return OffTopic("nonsense", 1.0)
    if taught := _as_taught(version, question, whole, teaching):
        return taught
    if not _off_topic(whole) or len(whole.words) >= _LONG_MESSAGE:
        asked = parts(question, read)
        if asked:
            each = [(version, part.text, part.reading) for part in asked]
            return joined([_as_taught(*one, teaching) or _found(*one) for one in each])
    question, reading = _focus(question, whole, read)
    if reading is not whole and (taught := _as_taught(version, question, reading, teaching)):
        return taught
    if _off_topic(reading):
        return OffTopic(cast("OffTopic", reading).kind, reading.off)
    found = _found(version, question, reading)
    tie = tied(reading, version.covered)
    return _with_choices(version, question, reading, found, tie) if tie else found


def best_on(version: Version, question: str, topic: int) -> Citation | None:
    """The clause that speaks best to a question, of those on a topic; None where none is."""
    ranked = version.index.search(question, _pointed(version.reader.read(question), topic))
    return next((version.cite(clause, score) for clause, score in ranked if version.has_topic(clause, topic)), None)


def _found(version: Version, question: str, reading: Reading) -> Answer | Silent:
    """What a version says to a question that is about privacy."""
    spoken = np.where(version.covered, reading.topics, 0)
    ranked = version.index.search(question, reading._replace(topics=spoken.astype(np.float32)))
    silent_on = _silent_on(version, reading)
    if silent_on is not None:
        nearest = tuple(version.cite(clause, score) for clause, score in ranked[:1])
        unspoken = float(reading.topics[~version.covered].sum())
        return Silent(version.name(silent_on), unspoken, nearest, key=version.reader.topics[silent_on])
    return _answer(version, reading, ranked)


def _with_choices(
    version: Version, question: str, reading: Reading, found: Answer | Silent, tie: tuple[int, int]
) -> Answer | Silent:
    """The answer with the topics that it may be meant for, unless one clause speaks to both."""
    each = [_found(version, question, _pointed(reading, topic)) for topic in tie]
    best = [answer.citations[0] for answer in each if isinstance(answer, Answer)]
    if len({citation.id for citation in best}) < len(tie) or not isinstance(found, Answer):
        return found
    choices = tuple(Choice(version.reader.topics[topic], version.name(topic)) for topic in tie)
    held = {citation.id for citation in found.citations}
    return found._replace(
        citations=(*found.citations, *(citation for citation in best if citation.id not in held)), choices=choices
    )


def _pointed(reading: Reading, topic: int) -> Reading:
    """The reading, but about one topic alone."""
    return reading._replace(topics=np.eye(1, len(reading.topics), topic, dtype=np.float32)[0])


def _focus(question: str, whole: Reading, read: Callable[[str], Reading]) -> tuple[str, Reading]:
    """The message, or the one sentence of it that asks about privacy, read within the message: a mail has more
    around its question, and its question ("What about yours?") leans on that.
    """
    sentences = [part for part in _SENTENCE_END.split(question) if part.strip()][:_MOST_SENTENCES]
    if len(sentences) < 2 or len(whole.words) < _LONG_MESSAGE:  # noqa: PLR2004 - a single sentence is the whole
        return question, whole
    readings = [(whole, question), *((read(sentence), sentence) for sentence in sentences)]
    best, sentence = max(readings, key=lambda each: float(each[0].topics.max()))
    return sentence, best if best is whole else _within(best, whole)


def _as_taught(version: Version, question: str, reading: Reading, teaching: Teaching | None) -> Answer | None:
    """What staff taught for a question: their clauses first; behind an example's, what the policy says besides on
    the topic. None where nothing was taught, or it is off topic and not in nearly the taught words.
    """
    match = teaching.find(version.policy, reading) if teaching else None
    if match is None or (_off_topic(reading) and not match.same):
        return None
    topic = version.main_topic(match.clauses, reading.topics)
    usual = _found(version, question, reading)
    said = {each.id: each for each in usual.citations} if isinstance(usual, Answer) else {}
    # Who answers from one of clauses that contradict each other hides the other; who names them all has decided.
    conflict = isinstance(usual, Answer) and usual.conflict and 0 < len({*said} & {*match.clauses}) < len(said)
    taken = {version.whole[clause] for clause in match.clauses}
    beside = [each for each in said if version.has_topic(each, topic) and version.whole[each] not in taken]
    more = [each for each in said if each not in match.clauses] if conflict else [] if match.text else beside
    cited = [version.cite(clause, match.likeness) for clause in match.clauses]
    cited += [said[each] for each in more][: len(more) if conflict else _MOST_CITED - len(cited)]
    return Answer(tuple(cited), version.name(topic), match.likeness, conflict, curated=match.text)


def _answer(version: Version, reading: Reading, ranked: Sequence[tuple[str, float]]) -> Answer:
    topic = int(np.where(version.covered, reading.topics, 0).argmax())
    confidence, key = float(reading.topics[version.covered].sum()), version.reader.topics[topic]
    for clauses in version.policy.conflicts:
        if all(version.has_topic(clause, topic) for clause in clauses):
            scores = dict(ranked)
            cited = sorted(clauses, key=lambda clause: -scores.get(clause, 0.0))
            both = tuple(version.cite(clause, scores.get(clause, 0.0)) for clause in cited)
            return Answer(both, version.name(topic), confidence, conflict=True, key=key)
    if reading.topics[topic] >= _CLEAR_TOPIC * confidence:
        ranked = [(clause, score) for clause, score in ranked if version.has_topic(clause, topic)] or ranked
    return Answer(_citations(version, topic, ranked), version.name(topic), confidence, key=key)


def _silent_on(version: Version, reading: Reading) -> int | None:
    """The topic on which the policy says nothing, when the question is rather about that."""
    unspoken = np.where(version.covered, 0, reading.topics)
    spoken = float(reading.topics.sum() - unspoken.sum())
    return int(unspoken.argmax()) if unspoken.sum() > _SILENT_FROM * spoken else None


def _within(sentence: Reading, whole: Reading) -> Reading:
    """A sentence's reading within its message: the sentence says whether it is about privacy, both say what about."""
    parts = [reading.topics / max(float(reading.topics.sum()), 1e-9) for reading in (whole, sentence)]
    topics = (_OF_MESSAGE * parts[0] + (1 - _OF_MESSAGE) * parts[1]) * np.float32(1 - sentence.off)
    return sentence._replace(topics=topics.astype(np.float32))


def _off_topic(reading: Reading) -> bool:
    """Not about privacy; or perhaps not, and on no topic in particular."""
    unclear = float(reading.topics.max()) < max(_VAGUE, _UNCLEAR * reading.off)
    return reading.off >= _OFF_FROM or unclear or not reading.words


def _citations(version: Version, topic: int, ranked: Sequence[tuple[str, float]]) -> tuple[Citation, ...]:
    """The best clause, and those nearly as good on the same topic; never a clause beside a part of itself.

    Where several entries of one list are nearly as good, and the whole has the topic too, the whole is cited.
    """
    best = ranked[0][1]
    near = [
        (clause, score)
        for clause, score in ranked
        if score == best or (score >= _NEARLY * best and version.has_topic(clause, topic))
    ]
    wholes = Counter(version.whole[clause] for clause, _score in near if version.whole[clause] != clause)
    cited: dict[str, float] = {}
    for clause, score in near:
        whole = version.whole[clause]
        named = whole if wholes[whole] > 1 and version.has_topic(whole, topic) else clause
        if named not in cited and not any(whole == version.whole[held] for held in cited):
            cited[named] = score
    return tuple(version.cite(clause, score) for clause, score in list(cited.items())[:_MOST_CITED])
