"""A visitor asks that answers also go to their email address: they do, once a code that went there was typed here.

Called by handling before the decision, as transcript_turns is, and by identity_turns once a code was typed. Before the
code nothing goes to the address but the code's own mail, and of these only so many; whether it takes messages nobody
learns.
"""

from __future__ import annotations

from dataclasses import replace

from bot.audit.actors import CUSTOMER
from bot.contacts import proofs
from bot.contacts import service as contacts
from bot.contacts.models import ContactAddress
from bot.conversations import away, elsewhere, transcripts
from bot.conversations.arrivals import Arrival
from bot.conversations.elsewhere_words import asks_for_answers, asks_for_transcript, mail_address
from bot.conversations.identity_codes import Taken, Turn

SHARED = "They ask for answers by email, and several people use the address: ask them where to write, and reply there."
ON, WHERE, STAFF = "identity_away_on", "identity_away_where", "identity_away_staff"


def take(turn: Turn, *, stranger: bool) -> Taken | None:
    """What becomes of the message where it asks for that in a chat; None where it does not."""
    message = turn.arrival.message
    if turn.conversation.channel != "webchat" or not elsewhere.is_plain(turn, stranger=stranger):
        return None
    if not asks_for_answers(message.text):
        return None
    kept = replace(turn.arrival, understanding=None)
    value = mail_address(message.text)
    if not value:
        known = transcripts.where(turn.session, turn.conversation, turn.now)
        return (_begun(turn, known, kept) if known else None) or Taken(WHERE, kept)
    given = contacts.find_or_create(turn.session, "mail", value, "", turn.now, sign=turn.house.sign)
    if turn.address.shared:
        return Taken(STAFF, kept, handover=SHARED)
    proved = proofs.proved_addresses(turn.session, turn.conversation.contact_id, turn.now)
    if any(each.id == given.id for each in proved) and (begun := _begun(turn, given, kept)):
        return begun
    return elsewhere.code_to(turn, given, kept)


def after_code(turn: Turn, sent_to: ContactAddress, kept: Arrival) -> Taken | None:
    """A code was right that went to the address which they had named for their answers: now they go there."""
    for text, _at in elsewhere.lately(turn):
        if asks_for_transcript(text):
            return None
        if asks_for_answers(text) and mail_address(text) == sent_to.value:
            return _begun(turn, sent_to, kept)
    return None


def _begun(turn: Turn, address: ContactAddress, kept: Arrival) -> Taken | None:
    begun = away.begin(
        turn.session, turn.conversation, address, turn.now, site=turn.arrival.site, actor=CUSTOMER
    )  # fmt: skip
    return Taken(ON, kept) if begun else None
