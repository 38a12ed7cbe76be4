"""A customer asks for their conversation by email: it goes, or a code goes first to the address that it is to go to.

Called by handling before the decision, as identity_turns is, and by that once a code was typed. What they are told is
the same whether or not an address of somebody else takes messages.
"""

from __future__ import annotations

from dataclasses import replace

from bot.contacts import service as contacts
from bot.conversations import elsewhere, transcripts
from bot.conversations.arrivals import Arrival
from bot.conversations.elsewhere_words import asks_for_transcript, mail_address
from bot.conversations.identity_codes import Taken, Turn

SHARED = "They ask for the conversation by email, and several people use this address: decide, and send it yourself."
_KEYS = {"sent": "identity_transcript_sent", "too_many": "identity_transcript_later"}


def take(turn: Turn, *, stranger: bool) -> Taken | None:
    """What becomes of the message where it asks for that; None where it does not."""
    message = turn.arrival.message
    if not elsewhere.is_plain(turn, stranger=stranger) or not asks_for_transcript(message.text):
        return None
    kept = replace(turn.arrival, understanding=None)
    if turn.address.shared:
        return Taken("identity_transcript_staff", kept, handover=SHARED)
    if (sent := _sent(turn, kept)) is not None:
        return sent
    if turn.conversation.channel == "mail":
        return elsewhere.code_to(turn, turn.address, kept)
    value = mail_address(message.text)
    if not value:
        return Taken("identity_transcript_where", kept)
    if not elsewhere.is_sure(turn):
        return elsewhere.code_to(turn, turn.address, kept)
    return _to_given(turn, kept, value)


def after_code(turn: Turn, kept: Arrival) -> Taken | None:
    """A code was right that they were sent because they had asked for the conversation: now it goes, or the next code
    does, to the address that they named.
    """
    asked = next((each for each in elsewhere.lately(turn) if asks_for_transcript(each.text)), None)
    if asked is None or not elsewhere.holds(turn, asked.at):
        return None
    if (gone := _sent(turn, kept)) is not None:
        return gone
    value = mail_address(asked.text)
    return _to_given(turn, kept, value) if value and turn.conversation.channel != "mail" else None


def _to_given(turn: Turn, kept: Arrival, value: str) -> Taken:
    """A code to the mail address that they named; it is typed here."""
    given = contacts.find_or_create(turn.session, "mail", value, "", turn.now, sign=turn.house.sign)
    return elsewhere.code_to(turn, given, kept)


def _sent(turn: Turn, kept: Arrival) -> Taken | None:
    verdict = transcripts.request(turn.session, turn.conversation, turn.now, house=turn.house, site=turn.arrival.site)
    return Taken(_KEYS[verdict], kept) if verdict in _KEYS else None
