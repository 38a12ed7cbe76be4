"""Which conversation a message belongs to, and what it may lean on there: queries, for handling and the worker."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.contacts.models import ContactAddress
from bot.conversations.models import Conversation, Message
from bot.db import AS_WRITTEN
from channels.base import InboundMessage

LONGEST_ID = 18
# Asked for every message, so built once: building it costs more than asking.
_BY_ADDRESS = (
    select(Conversation)
    # An address that went to somebody else begins anew: what was said before stays with whom it was said to.
    .join(ContactAddress, (ContactAddress.contact_id == Conversation.contact_id))
    .where(
        ContactAddress.channel == bindparam("channel"),
        ContactAddress.value == bindparam("address"),
        Conversation.channel == bindparam("channel"),
        Conversation.address == bindparam("address"),
        Conversation.site == bindparam("site"),
    )
    .order_by(Conversation.id.desc())
    .limit(1)
)


def by_address(session: Session, channel: str, address: str, site: str) -> Conversation | None:
    """The newest conversation of that address: where a channel has no threads, one goes on for ever."""
    place = {"channel": channel, "address": address, "site": site}
    return session.scalars(_BY_ADDRESS, place, execution_options=AS_WRITTEN).first()


def by_references(session: Session, channel: str, references: Sequence[str]) -> Conversation | None:
    """The conversation that holds the nearest of the referenced messages."""
    for reference in references[:50]:
        query = (
            select(Conversation)
            .join(Message, Message.conversation_id == Conversation.id)
            .where(Message.rfc_id == reference, Conversation.channel == channel)
            .limit(1)
        )
        found = session.scalars(query).first()
        if found is not None:
            return found
    return None


def by_token(session: Session, channel: str, token: str) -> Conversation | None:
    """The conversation that a proved reply address names."""
    found = session.get(Conversation, int(token)) if token.isdecimal() and len(token) <= LONGEST_ID else None
    return found if found is not None and found.channel == channel else None


def of_message(session: Session, channel: str, message: InboundMessage, site: str) -> tuple[Conversation | None, bool]:
    """The conversation that a message belongs to, None for a new one, and whether a stranger quotes somebody else's."""
    if channel != "mail":
        return by_address(session, channel, message.address, site), False
    # What it replies to is nearer than the address that it went to: mail programs complete an address of long ago.
    found = by_references(session, channel, message.references)
    if found is None or found.address != message.address:
        found = by_token(session, channel, message.reply_token) or found
    if found is not None and found.address == message.address and not _still_theirs(session, found):
        return None, False
    if found is not None and (found.address != message.address or "authors" in message.evidence):
        # A reference or a forwarded reply address never lets somebody into another person's conversation, and a
        # mail that names several authors may be anybody's.
        return None, True
    return found, False


def _still_theirs(session: Session, conversation: Conversation) -> bool:
    """Whether the address is still the person's with whom the conversation was."""
    wanted = (ContactAddress.channel == conversation.channel, ContactAddress.value == conversation.address)
    return session.scalar(select(ContactAddress.contact_id).where(*wanted)) == conversation.contact_id


def leaned_on(
    session: Session, channel: str, message: InboundMessage, site: str, since: datetime
) -> tuple[str, Sequence[str]]:
    """The question that a message may lean on, and the keys of the topics to choose from; ("", ()) where the bot's
    last words were no answer, or are older than `since`.
    """
    found, _stranger = of_message(session, channel, message, site)
    if found is None or found.owner != "bot" or found.last_at < since:
        return "", ()
    return found.question, tuple(found.offered) if found.asked == "choice" else ()
