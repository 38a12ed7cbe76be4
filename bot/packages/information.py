"""The information that goes with a copy (Article 15(1) and (2)): what the policy says under each heading, quoted, and
where it is silent. Nothing is said in the policy's name that it does not say; the law stands apart, labelled as law.

Composed from the library by its own topics: each heading asks for the topics that it is made of. Called by `building`
for the version in force now, and for each other version under which something in the package was collected.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from bot.conversations.dating import unsaid
from bot.conversations.quotes import Quote, quote
from bot.packages.law import LAW, Law
from knowledge.base import Answer, Citation, Policy
from knowledge.library import Library
from knowledge.policy import citation


class Heading(NamedTuple):
    """One heading: `topics` are asked for what the policy says, and where one of `owed` has no answer, that is said."""

    key: str
    title: str
    topics: tuple[str, ...]
    owed: tuple[str, ...]


HEADINGS: tuple[Heading, ...] = (
    Heading("purposes", "What your data is used for", ("purposes", "analysis", "marketing", "fraud", "calls"),
            ("purposes",)),
    Heading("categories", "What kinds of data are collected", ("collection", "sensitive", "logs", "location"),
            ("collection",)),
    Heading("recipients", "Who your data is shared with",
            ("sharing", "recipients", "processors", "legal", "handed", "sale", "partners"), ("sharing", "recipients")),
    Heading("retention", "How long your data is kept", ("retention", "disposal"), ("retention",)),
    Heading("rights", "Your rights to have data corrected, deleted or limited, and to object",
            ("rights", "rectification", "erasure", "objection", "portability"),
            ("rectification", "erasure", "objection")),
    Heading("complaint", "How to complain", ("complaints", "regulator"), ("complaints", "regulator")),
    Heading("source", "Where your data comes from", ("sources", "obtained"), ("sources",)),
    Heading("automated", "Decisions made by machines alone", ("automated",), ("automated",)),
    Heading("transfers", "Whether your data leaves the country", ("transfers", "places", "safeguards"),
            ("transfers", "safeguards")),
)  # fmt: skip
"""Article 15(1)(a) to (h) and 15(2), in an order that is good to read."""


class Told(NamedTuple):
    """What is said under a heading: quotations in the policy's order, then sentences on what it leaves open.

    `disagree` is true where quoted clauses are known to contradict each other. `law` stands apart.
    """

    key: str
    title: str
    quotes: tuple[Quote, ...]
    silent: tuple[str, ...]
    disagree: bool
    law: Law | None


class Information(NamedTuple):
    """All headings by one version of a policy."""

    policy: str
    title: str
    company: str
    effective: date
    dated: str
    told: tuple[Told, ...]


def information(library: Library, policy: Policy, regime: str, base_url: str) -> Information:
    """What that version of the policy says under every heading. Raises UnknownPolicy."""
    told = tuple(_told(library, policy, heading, regime, base_url) for heading in HEADINGS)
    return Information(policy.key, policy.title, policy.company, policy.effective, policy.dated, told)


def contact_block(library: Library, policy: Policy, base_url: str) -> Quote | None:
    """The clause that says how to reach the company, verbatim; None where the policy has none."""
    spoken = library.topics_of(policy.key, policy.effective)
    found = (each for each in policy.passages if spoken[each.id].topics[:1] == ("contact",))
    best = next(found, None) or next((each for each in policy.passages if "contact" in spoken[each.id].topics), None)
    return quote(citation(policy, best, 1.0), base_url) if best else None


def _told(library: Library, policy: Policy, heading: Heading, regime: str, base_url: str) -> Told:
    answers = {topic: _ask(library, policy, topic) for topic in heading.topics}
    cited = {each.id: each for found in answers.values() for each in found}
    disagree = [clauses for clauses in policy.conflicts if any(clause in cited for clause in clauses)]
    for clause in (each for clauses in disagree for each in clauses):
        passage = next(each for each in policy.passages if each.id == clause)
        cited.setdefault(clause, citation(policy, passage, 0.0))
    silent = [_silence(library.topics[topic]) for topic in heading.owed if not answers[topic]]
    law = LAW.get(regime, {}).get(heading.key)
    quotes = tuple(quote(each, base_url) for each in _in_order(policy, cited.values()))
    return Told(heading.key, heading.title, quotes, tuple(silent), bool(disagree), law)


def _silence(topic: str) -> str:
    """The sentence that a policy is silent, by the topic's name: some end "does not say …", others are things."""
    return f"The policy {unsaid(topic)}.".replace("doesn't", "does not")


def _ask(library: Library, policy: Policy, topic: str) -> Sequence[Citation]:
    """The clauses that speak of a topic; none where the version is silent on it."""
    found = library.ask(library.topics[topic], policy=policy.key, as_of=policy.effective, topic=topic)
    return found.citations if isinstance(found, Answer) else ()


def _in_order(policy: Policy, cited: Iterable[Citation]) -> list[Citation]:
    """As they stand in the policy; an entry of a list whose whole is cited is not cited again."""
    order = {passage.id: place for place, passage in enumerate(policy.passages)}
    result = sorted(cited, key=lambda each: order[each.id])
    wholes = [each for each in result if not each.context]
    return [
        each for each in result
        if not each.context or not any(each.text in whole.text and each.heading == whole.heading for whole in wholes)
    ]  # fmt: skip
