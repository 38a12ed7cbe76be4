"""What staff are told when something is odd about a package's link: a note in the conversation; a person takes over.

Called by `receiving` and `release`, inside somebody else's transaction. The same note stands once a day at most.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations import ownership, repository
from bot.conversations.models import Conversation, Message
from bot.tickets.models import Ticket

LAPSED = (
    "Somebody asked for a code to open the package of {reference}, but identity is no longer proved as far as it must "
    "be. No code was sent. Ask for identity again, then send a new link."
)
TWO_PLACES = (
    "The package of {reference} was opened from two places with right codes. The first opening was ended. Ask the "
    "customer whether both were theirs; if not, withdraw the package and report a breach."
)
BROKEN = (
    "The package of {reference} could not be opened: a sealed file is gone or was altered. Withdraw it, build it again "
    "and find out why."
)


def lapsed(session: Session, ticket: Ticket, now: datetime) -> None:
    """Identity is not proved far enough any more."""
    _tell(session, ticket, LAPSED, "identity lapsed before a package was opened", now)


def two_places(session: Session, ticket: Ticket, now: datetime) -> None:
    """One package, two right codes, two places at a time."""
    _tell(session, ticket, TWO_PLACES, "a package was opened from two places", now)


def broken(session: Session, ticket: Ticket, now: datetime) -> None:
    """A sealed file does not hold what was built."""
    _tell(session, ticket, BROKEN, "a package is not whole", now)


def conversation_of(session: Session, ticket: Ticket) -> Conversation:
    """The conversation that the ticket came from."""
    return repository.get(session, ticket.conversation_id)


def _tell(session: Session, ticket: Ticket, words: str, reason: str, now: datetime) -> None:
    conversation = conversation_of(session, ticket)
    text = words.format(reference=ticket.reference)
    same = select(Message.id).where(
        Message.conversation_id == conversation.id,
        Message.author == "system",
        Message.text == text,
        Message.created_at > now - timedelta(days=1),
    )
    if session.scalars(same.limit(1)).first() is None:
        repository.note(session, conversation, text, now)
    ownership.hand_over(session, conversation, reason, now)
