"""What those who want something by another channel have in common: their conversation, answers, or to go on there.

Called by the three `…_turns` that carry it out, inside the handling's own transaction.

The number of a text can be forged, as a From line can. So before a code goes to an address that a text names, one goes
to the number itself: else whoever shows somebody's number would have what is that person's sent to themselves. A code
from before they asked does not count: its owner typed it for something else, and whoever asks now may be another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

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


class Wrote(NamedTuple):
    """What they wrote, and when it was taken in."""

    text: str
    at: datetime


def is_plain(turn: Turn, *, stranger: bool) -> bool:
    """Whether the message may ask for something elsewhere: a readable one, of somebody who is known by their address,
    and no machine's.
    """
    message = turn.arrival.message
    return not (stranger or message.automatic or message.consent or turn.arrival.undecodable)


def lately(turn: Turn) -> Sequence[Wrote]:
    """What they wrote in the conversation since RECENT, newest first."""
    query = select(Message.text, Message.created_at).where(
        Message.conversation_id == turn.conversation.id, Message.direction == "in",
        Message.created_at > turn.now - RECENT,
    )  # fmt: skip
    return [Wrote(text, at) for text, at in turn.session.execute(query.order_by(Message.id.desc()).limit(LOOKED_AT))]


def is_sure(turn: Turn) -> bool:
    """Whether the channel itself shows who writes, as a chat and WhatsApp do: nobody else can show that address."""
    return turn.conversation.channel not in FORGED or bool(form(turn.address.value))


def holds(turn: Turn, asked_at: datetime) -> bool:
    """Whether who asked at that time has the address of the conversation before them: whoever texts or mails has typed
    a code since that went there because of it.
    """
    return is_sure(turn) or proving.shown_since(turn.session, turn.conversation.id, turn.address.id, asked_at)


def code_to(turn: Turn, address: ContactAddress, kept: Arrival) -> Taken:
    """A code goes to the address, and is typed here; of whether it takes messages nobody learns. One that goes to the
    address that asks says what it is for, and not where to: that may be a forger's words, and lead somewhere.
    """
    taken = identity_codes.sent(turn, address, "link", None)
    return replace(taken, arrival=kept, said={**taken.said, "elsewhere": True})
