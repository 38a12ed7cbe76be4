"""A customer asks for their conversation by email: it goes, or a code goes first to the address that it is to go to.

Called by handling before the decision, as identity_turns is, and by that once a code was typed. What they are told is
the same whether or not an address of somebody else takes messages.

The number of a text can be forged, as a From line can. So before a code goes to an address that a text names, one goes
to the number itself: else whoever shows somebody's number would have that person's conversation sent to themselves.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from bot.contacts import proving
from bot.contacts import service as contacts
from bot.contacts.forms import form
from bot.conversations import identity_codes, transcript_words, transcripts
from bot.conversations.arrivals import Arrival
from bot.conversations.identity_codes import Taken, Turn
from bot.conversations.models import Message

SHARED = "They ask for the conversation by email, and several people use this address: decide, and send it yourself."
RECENT = timedelta(minutes=30)
"""How long after asking a code that was typed still brings it."""
FORGED = frozenset({"mail", "sms"})
"""Channels on which anybody can show anybody's address."""
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
    if not holds(turn):
        return replace(identity_codes.sent(turn, turn.address, "link", None), arrival=kept)
    return _to_given(turn, kept, value)


def after_code(turn: Turn, kept: Arrival) -> Taken | None:
    """A code was right that they were sent because they had asked for the conversation: now it goes, or the next code
    does, to the address that they named.
    """
    query = select(Message.text).where(
        Message.conversation_id == turn.conversation.id, Message.direction == "in",
        Message.created_at > turn.now - RECENT,
    )  # fmt: skip
    lately = turn.session.scalars(query.order_by(Message.id.desc()).limit(6)).all()
    asked = next((text for text in lately if transcript_words.asks(text)), "")
    if not asked or not holds(turn):
        return None
    if (gone := _sent(turn, kept)) is not None:
        return gone
    value = transcript_words.address(asked)
    return _to_given(turn, kept, value) if value and turn.conversation.channel != "mail" else None


def holds(turn: Turn) -> bool:
    """Whether who writes has the address of the conversation before them: a chat's and WhatsApp's senders are known for
    sure, whoever texts or mails has just typed a code that went there.
    """
    if turn.conversation.channel not in FORGED or form(turn.address.value):
        return True
    since = turn.now - RECENT
    return proving.shown_lately(turn.session, turn.conversation.id, turn.address.id, since)


def _to_given(turn: Turn, kept: Arrival, value: str) -> Taken:
    """A code to the mail address that they named; it is typed here."""
    given = contacts.find_or_create(turn.session, "mail", value, "", turn.now, sign=turn.house.sign)
    return replace(identity_codes.sent(turn, given, "link", None), arrival=kept)


def _sent(turn: Turn, kept: Arrival) -> Taken | None:
    verdict = transcripts.request(turn.session, turn.conversation, turn.now, house=turn.house, site=turn.arrival.site)
    return Taken(_KEYS[verdict], kept) if verdict in _KEYS else None
