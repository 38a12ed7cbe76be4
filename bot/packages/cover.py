"""The cover note of a package: what was asked, what is here, what is not and why, how to complain. Pure.

Plain English for a reading age of 12. What was left out is counted by reason and never described.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from bot.conversations.quotes import Quote, full
from bot.packages.law import Law

BY = {"mail": "by email", "sms": "by text message", "webchat": "in our web chat", "phone": "by telephone",
      "letter": "by letter", "fax": "by fax", "counter": "in person"}  # fmt: skip
"""Channel → how a request came."""

NOT_PROVIDED = "not_provided"
REASONS: Mapping[str, str] = {
    "somebody_else": "about somebody else",
    "both": "about you and somebody else, who could not be taken out of it",
    "privilege": "advice from or to our lawyers, which the law lets us keep to ourselves",
    "replaced": "replaced by a copy in which other people's details are covered",
    "not_theirs": "not about you after all",
    NOT_PROVIDED: "something that we wrote, not you; the right to take data elsewhere leaves that out, and you may ask "
    "us for a copy of it",
    "law": "something that the law does not let us give you, or does not make us give you",
}
"""Why a whole item is withheld, for the person to read behind "because it is"."""

REMOVED: Mapping[str, str] = {
    "name": "names of other people", "staff": "names of our staff", "address": "addresses of other people",
    "phone": "telephone numbers", "email": "email addresses", "card": "card numbers",
    "nino": "national insurance numbers", "ip": "internet addresses", "bank": "bank details",
    "other": "other words about other people",
}  # fmt: skip
"""Kind of a redaction → what was taken out, for the person to read."""


class Facts(NamedTuple):
    """What a cover note says. `words` are the person's own, redacted as the package is; `contents` are (what, how many)
    by source; `withheld` counts items by key of REASONS, `removed` places by key of REMOVED.
    """

    name: str
    reference: str
    kind: str
    channel: str
    words: str
    received_on: date
    made_on: date
    company: str
    contents: Sequence[tuple[str, int]]
    withheld: Mapping[str, int]
    removed: Mapping[str, int]
    complaint: Law | None
    contact: Quote | None


class Part(NamedTuple):
    """A heading ("" for none) with paragraphs, then perhaps a list, then perhaps words quoted as they are."""

    heading: str
    paragraphs: tuple[str, ...]
    entries: tuple[str, ...] = ()
    quoted: str = ""


class Cover(NamedTuple):
    """The note in parts, first the greeting."""

    parts: tuple[Part, ...]


def cover(facts: Facts) -> Cover:
    """The note for that request."""
    return Cover((_opening(facts), _inside(facts), *_outside(facts), _complaint(facts), *_contact(facts)))


def _opening(facts: Facts) -> Part:
    asked = f"You asked us {BY.get(facts.channel, 'for this')} on {full(facts.received_on)}"
    what = {
        "portability": f"{asked} for your data in a form that you can take to another company.",
    }.get(facts.kind, f"{asked} for the data that we hold about you.")
    greeting = f"Dear {facts.name}," if facts.name else "Hello,"
    more = (f"Your request has the reference {facts.reference}. This is our answer of {full(facts.made_on)}.",)
    words = ("You wrote:",) if facts.words.strip() else ()
    return Part("", (greeting, what, *more, *words), quoted=facts.words.strip())


def _inside(facts: Facts) -> Part:
    if not facts.contents:
        return Part("What is in this package", ("We searched for data about you and have none to give you.",))
    lines = tuple(f"{title}: {count} {_items(count)}" for title, count in facts.contents)
    data = (
        "data.json and data.csv hold your data in forms that other systems can read."
        if facts.kind == "portability"
        else "report.html and report.pdf are for reading. data.json and data.csv hold the same for a computer."
    )
    return Part("What is in this package", (data, "Your data comes from:"), lines)


def _outside(facts: Facts) -> Sequence[Part]:
    withheld = [
        f"{count} {_items(count)} we left out as a whole, because {'it is' if count == 1 else 'they are'} "
        f"{REASONS.get(reason, REASONS['law'])}"
        for reason, count in sorted(facts.withheld.items())
    ]
    removed = [
        f"{REMOVED.get(kind, REMOVED['other'])}: {count} {'place' if count == 1 else 'places'}"
        for kind, count in sorted(facts.removed.items())
    ]
    if not withheld and not removed:
        return (Part("What we left out", ("We left nothing out.",)),)
    parts = []
    if withheld:
        parts.append(Part("What we left out", ("These are not in the package:",), tuple(withheld)))
    if removed:
        why = (
            "To protect other people, and to keep card numbers safe, we took some words out. A mark such as "
            "[name removed] stands in their place."
        )
        parts.append(Part("What we took out of what is here", (why,), tuple(removed)))
    return parts


def _complaint(facts: Facts) -> Part:
    first = f"If you think that something is missing or wrong, tell us and give the reference {facts.reference}."
    law = (f"{facts.complaint.text} ({facts.complaint.source})",) if facts.complaint else ()
    return Part("If you are not happy with this answer", (first, *law))


def _contact(facts: Facts) -> Sequence[Part]:
    if facts.contact is None:
        return ()
    return (Part("How to reach us", (f"{facts.contact.label}:",), quoted=facts.contact.text),)


def _items(count: int) -> str:
    return "item" if count == 1 else "items"
