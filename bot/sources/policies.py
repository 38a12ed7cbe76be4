"""Which policy a request is under: the ways of collecting that it names, and the version that counts for a day.

Source of the rule: §8 of the policy, by which the terms at the time of collection apply.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.conversations.models import Conversation
from bot.sources import checklist
from bot.sources.base import Way
from bot.sources.running import InForce
from bot.tickets.models import Ticket
from channels.context import Site
from knowledge.library import Library, UnknownPolicy


class Policies(NamedTuple):
    """The library in force now, and the site of a key."""

    library: Callable[[], Library]
    site: Callable[[str], Site]

    def ways(self, session: Session, ticket: Ticket) -> Sequence[Way]:
        """The ways of collecting that the policy names on the day of the request."""
        try:
            policy = self.library().in_force(
                self._key(session, ticket), day_of(ticket.received_at, ticket.timezone or "UTC")
            )
        except UnknownPolicy:
            return checklist.ways(None)
        return checklist.ways(policy)

    def in_force(self, session: Session, ticket: Ticket, day: date | None) -> InForce:
        """The version that counts for what was collected on that day; none where the day is not known."""
        key = self._key(session, ticket)
        if day is None:
            return InForce("", None)
        try:
            policy = self.library().in_force(key, day)
        except UnknownPolicy:
            return InForce("", None)
        return InForce(key, policy.effective, day < policy.effective)

    def _key(self, session: Session, ticket: Ticket) -> str:
        conversation = session.get(Conversation, ticket.conversation_id)
        return self.site(conversation.site if conversation else "").policy
