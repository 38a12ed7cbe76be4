"""A message's head, read defensively: bounded in count and size, in the order in which it came.

Raw 8-bit bytes, which the standard parser smuggles as lone surrogates, are read as text before anybody sees a value:
no database takes a surrogate.
"""

from __future__ import annotations

import re
from email.message import Message

from channels.mail.charsets import header_text, unescape

COUNT_LIMIT = 1000
VALUE_LIMIT = 20_000
IDS_LIMIT = 100
ID_LIMIT = 250

_ID = re.compile(r"<\s*([^<>\s]{1,250})\s*>")


class Head:
    """The headers of one message."""

    def __init__(self, message: Message) -> None:
        self.items: list[tuple[str, str]] = []
        for name, value in message.raw_items():
            if len(self.items) >= COUNT_LIMIT:
                break
            self.items.append((name.lower(), unescape(str(value)[:VALUE_LIMIT])))

    def all(self, name: str) -> list[str]:
        """Every raw value of a header (lower-case name), unfolded by nobody."""
        return [value for key, value in self.items if key == name]

    def first(self, name: str) -> str:
        """The first value as text on one line; empty when there is none."""
        for key, value in self.items:
            if key == name:
                return header_text(value)
        return ""

    def above_received(self) -> list[tuple[str, str]]:
        """The headers above the first Received: what the last server added, and no earlier hand could."""
        for index, (name, _) in enumerate(self.items):
            if name == "received":
                return self.items[:index]
        return []


def ids(raw: str) -> tuple[str, ...]:
    """The message ids of a References-like value, without angle brackets, in order, bounded; unprintable ones out."""
    return tuple(found for found in _ID.findall(raw[:VALUE_LIMIT])[-IDS_LIMIT:] if found.isprintable())


def message_id(raw: str) -> str:
    """One message id without angle brackets; tolerates a missing bracket, refuses what holds spaces."""
    found = ids(raw)
    if found:
        return found[0]
    bare = raw.strip().strip("<>")
    return bare if bare.isprintable() and not re.search(r"\s", bare) and len(bare) <= ID_LIMIT else ""


def references(head: Head) -> tuple[str, ...]:
    """The parents, nearest first: In-Reply-To, then References from its end."""
    raw_parents = "".join(head.all("in-reply-to"))
    parents = [*ids(raw_parents), *reversed(ids("".join(head.all("references"))))]
    return tuple(dict.fromkeys(parents))[:IDS_LIMIT]
