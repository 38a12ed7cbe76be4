"""What a person provided themselves, for data that they take elsewhere (UK GDPR and GDPR, Article 20(1)). Pure.

That right covers what the person gave and what their use of a service left behind, and not what the company wrote or
concluded. So of the desk's own things what they wrote and sent and told counts; what other sources hold of them, and
what staff added, counts as well, since nobody but staff can tell. Staff decide otherwise item by item.
"""

from __future__ import annotations

from bot.sources.registry import OWN

_OURS = ("note", "ticket", "conversation", "proof")
_SENT_BY_US = "Message sent"


def by_person(source: str, kind: str, title: str) -> bool:
    """Whether an item of that source, kind and title is something that the person provided."""
    return source != OWN or not (kind in _OURS or title == _SENT_BY_US)


def aside(ticket_kind: str, source: str, kind: str, title: str) -> bool:
    """Whether an item is left out by itself, until staff put it in."""
    return ticket_kind == "portability" and not by_person(source, kind, title)
