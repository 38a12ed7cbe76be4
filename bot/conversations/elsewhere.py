"""What those who want something by another channel have in common: their conversation, answers, or to go on there.

Called by the three `…_turns` that carry it out, inside the handling's own transaction.

The number of a text can be forged, as a From line can. So before a code goes to an address that a text names, one goes
to the number itself: else whoever shows somebody's number would have what is that person's sent to themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from bot.contacts import proving
from bot.contacts.forms import form
from bot.contacts.models import ContactAddress
from bot.conversations import identity_codes
from bot.conversations.arrivals import Arrival
from bot.conversations.identity_codes import Taken, Turn
from bot.conversations.models import Message

RECENT = timedelta(minutes=30)
"""How long after asking a code that was typed still brings what was asked for."""
FORGED = frozenset({"mail", "sms"})
"""Channels on which anybody can show anybody's address."""
LOOKED_AT = 6
"""Messages among which the one that asked is looked for."""


def is_plain(turn: Turn, *, stranger: bool) -> bool:
    """Whether the message may ask for something elsewhere: a readable one, of somebody who is known by their address,
    and no machine's.
    """
    message = turn.arrival.message
    return not (stranger or message.automatic or message.consent or turn.arrival.undecodable)


def lately(turn: Turn) -> Sequence[str]:
    """What they wrote in the conversation since RECENT, newest first."""
    query = select(Message.text).where(
        Message.conversation_id == turn.conversation.id, Message.direction == "in",
        Message.created_at > turn.now - RECENT,
    )  # fmt: skip
    return turn.session.scalars(query.order_by(Message.id.desc()).limit(LOOKED_AT)).all()


def holds(turn: Turn) -> bool:
    """Whether who writes has the address of the conversation before them: a chat's and WhatsApp's senders are known for
    sure, whoever texts or mails has just typed a code that went there.
    """
    if turn.conversation.channel not in FORGED or form(turn.address.value):
        return True
    since = turn.now - RECENT
    return proving.shown_lately(turn.session, turn.conversation.id, turn.address.id, since)


def code_to(turn: Turn, address: ContactAddress, kept: Arrival) -> Taken:
    """A code goes to the address, and is typed here; of whether it takes messages nobody learns."""
    return replace(identity_codes.sent(turn, address, "link", None), arrival=kept)
