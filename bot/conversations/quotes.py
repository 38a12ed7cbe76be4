"""A citation as wordings and channels use it: with its label, its date in words and its whole address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from knowledge.base import Citation


@dataclass(frozen=True, slots=True)
class Quote:
    """One citation, as wordings and channels use it; `url` is absolute.

    `text` is verbatim: the clause, behind the lead-in of its list where it is an entry of one. `digest` is the
    SHA-256 of the clause alone.
    """

    id: str
    text: str
    url: str
    label: str
    dated_short: str
    digest: str
    policy: str
    effective: str
    score: float

    def stored(self) -> dict[str, Any]:
        """What is kept with the message as evidence, and sent to the web chat."""
        names = ("id", "url", "text", "label", "digest", "policy", "effective")
        return {name: getattr(self, name) for name in names} | {"score": round(self.score, 4)}


@lru_cache(maxsize=2_048)
def quote(citation: Citation, base_url: str) -> Quote:
    """The citation in words: "iomart privacy policy, clause 3.2, as seen on 15 December 2007"."""
    seen = citation.dated == "seen"
    short = f"{'seen' if seen else 'from'} {citation.effective.day} {citation.effective:%b %Y}"
    brand = short_name(citation.company)
    dated = f"{'as seen on' if seen else 'in force from'} {full(citation.effective)}"
    label = f"{brand} privacy policy, clause {citation.id}, {dated}"
    return Quote(
        id=citation.id,
        text=" … ".join(filter(None, (citation.context, citation.text))),
        url=base_url + citation.url,
        label=label,
        dated_short=short,
        digest=citation.digest,
        policy=citation.policy,
        effective=citation.effective.isoformat(),
        score=citation.score,
    )


def short_name(company: str) -> str:
    """The company without its legal form: "iomart Limited" is spoken of as "iomart"."""
    for form in (" Limited", " Ltd", " Ltd.", " plc", " PLC", " LLP", " Inc.", " Inc", " LLC", " GmbH"):
        company = company.removesuffix(form)
    return company


def full(day: date) -> str:
    """A day in words: "15 December 2007"."""
    return f"{day.day} {day:%B %Y}"
