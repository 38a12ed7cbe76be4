"""A customer asks for their conversation by email: it goes, or a code goes first to the address that it is to go to.

Called by handling before the decision, as identity_turns is, and by that once a code was typed. What they are told is
the same whether or not an address of somebody else takes messages.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from bot.contacts import service as contacts
from bot.conversations import identity_codes, transcript_words, transcripts
from bot.conversations.arrivals import Arrival
from bot.conversations.identity_codes import Taken, Turn
from bot.conversations.models import Message

SHARED = "They ask for the conversation by email, and several people use this address: decide, and send it yourself."
RECENT = timedelta(minutes=30)
"""How long after asking a code that was typed still brings it."""
_KEYS = {"sent": "identity_transcript_sent", "too_many": "identity_transcript_later"}


def take(turn: Turn, *, stranger: bool) -> Taken | None:
    """What becomes of the message where it asks for that; None where it does not."""
    message = turn.arrival.message
    if stranger or message.automatic or message.consent or turn.arrival.undecodable:
        return None
    if not transcript_words.asks(message.text):
        return None
    kept = replace(turn.arrival, understanding=None)
    if turn.address.shared:
        return Taken("identity_transcript_staff", kept, handover=SHARED)
    if (sent := _sent(turn, kept)) is not None:
        return sent
    if turn.conversation.channel == "mail":
        return replace(identity_codes.sent(turn, turn.address, "link", None), arrival=kept)
    value = transcript_words.address(message.text)
    if not value:
        return Taken("identity_transcript_where", kept)
    given = contacts.find_or_create(turn.session, "mail", value, "", turn.now, sign=turn.house.sign)
    return replace(identity_codes.sent(turn, given, "link", None), arrival=kept)


def after_code(turn: Turn, kept: Arrival) -> Taken | None:
    """A code was right that they were sent because they had asked for the conversation: now it goes."""
    query = select(Message.text).where(
        Message.conversation_id == turn.conversation.id, Message.direction == "in",
        Message.created_at > turn.now - RECENT,
    )  # fmt: skip
    lately = turn.session.scalars(query.order_by(Message.id.desc()).limit(4)).all()
    return _sent(turn, kept) if any(transcript_words.asks(text) for text in lately) else None


def _sent(turn: Turn, kept: Arrival) -> Taken | None:
    verdict = transcripts.request(turn.session, turn.conversation, turn.now, house=turn.house, site=turn.arrival.site)
    return Taken(_KEYS[verdict], kept) if verdict in _KEYS else None
