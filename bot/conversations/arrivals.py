"""One message on its way to a decision: what came in, decoded and understood, before the database is asked anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from bot.conversations.understand import Understanding
from channels.base import InboundMessage
from channels.context import Site


class Asked(NamedTuple):
    """What was asked of the knowledge: the number of its version, the words, the date of the policy's version that
    answered, and the day of asking, from which the words' own dates count.
    """

    knowledge: int
    words: str
    effective: date
    today: date


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message, decoded and understood. `undecodable` is the reason where it could not be read.

    `words` are those that were understood where they are more than its text: a mail's subject, which may say it all.
    """

    inbox_id: int
    channel: str
    received_at: datetime
    message: InboundMessage
    digests: tuple[str, ...]
    understanding: Understanding | None
    site: Site
    undecodable: str = ""
    words: str = ""
    asked: Asked | None = None

    @property
    def said(self) -> str:
        """The customer's own words, as understood."""
        return self.words or self.message.text
