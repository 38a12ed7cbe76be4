"""Codes on their way to somebody who shows who they are: in the reply, to another address, or to where a request that
they ask after came from.

Called by identity_turns.py, and by handling where they ask after a request from elsewhere; inside the handling's own
transaction. Whether another address takes messages, or had codes already, nobody learns: the reply is the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.contacts import proving
from bot.contacts.codes import LIMITS, Purpose
from bot.contacts.models import ContactAddress
from bot.conversations import identity, repository
from bot.conversations.arrivals import Arrival
from bot.conversations.by_hand import WHILE_THERE
from bot.conversations.models import Conversation
from bot.conversations.saying import by_the_clock
from bot.conversations.states import ELSEWHERE
from bot.conversations.wording import House
from bot.errors import PermanentError
from bot.messages import masked
from bot.messages.masked import Secret
from bot.tickets.models import Ticket

NOT_SENT = "No code could be sent to the address that they gave, which they were not told."


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of such a message: the reply, the message as it is kept, and what the wording names. `secret` goes out
    in the reply.
    """

    reply: str
    arrival: Arrival
    handover: str = ""
    secret: Secret | None = None
    said: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of somebody who shows who they are."""

    session: Session
    arrival: Arrival
    address: ContactAddress
    conversation: Conversation
    house: House
    now: datetime


def ask_elsewhere(
    session: Session, arrival: Arrival, reference: str, conversation: Conversation, house: House, now: datetime
) -> Taken:
    """Somebody asks after a request that did not come from here: a code goes to where it came from, if there is one.
    They are told the same either way, and type the code here.
    """
    wanted = select(Ticket).where(Ticket.reference == reference)
    return asked_after(session, arrival, session.scalars(wanted).first(), conversation, house, now)


def asked_after(
    session: Session, arrival: Arrival, ticket: Ticket | None, conversation: Conversation, house: House, now: datetime
) -> Taken:
    """The same for a ticket, None where there is none; or that it is too soon for another code."""
    try:
        until = _status_code(session, arrival, ticket, conversation, house, now)
    except proving.TooMany as error:
        return later(arrival, error, house, now)
    return Taken(ELSEWHERE, arrival, said={"until": by_the_clock(until, now, house.terms.timezone)})


def _status_code(
    session: Session, arrival: Arrival, ticket: Ticket | None, conversation: Conversation, house: House, now: datetime
) -> datetime:
    """Send it, or pretend to; only what they ask too often themselves is told. Raises TooMany."""
    owner = session.get(Conversation, ticket.conversation_id) if ticket else None
    address = identity.address_of(session, owner) if owner else None
    asked_too_often = proving.may_again_at(session, None, conversation.contact_id, "status", now)
    if asked_too_often is None and ticket and address and address.channel not in WHILE_THERE:
        try:
            return identity.code_to(
                session, address, "status", ticket, conversation, now, house=house, site=arrival.site, told_here=False
            )
        except PermanentError:
            pass  # too many went there, or they opted out: whoever asks from elsewhere is not told
    proving.pretend(session, "status", conversation.contact_id, conversation.id, now, house.sign)
    return now + LIMITS.good_for


def later(arrival: Arrival, error: proving.TooMany, house: House, now: datetime) -> Taken:
    """When they may ask for a code again."""
    return Taken("identity_later", arrival, said={"until": by_the_clock(error.again_at, now, house.terms.timezone)})


def sent(turn: Turn, address: ContactAddress, purpose: Purpose, ticket: Ticket | None) -> Taken:
    """A code on its way: in the reply itself where it goes to this very address. Of another one nobody learns here
    whether it takes messages, or had codes already; staff do.
    """
    try:
        if address.id == turn.address.id:
            return _in_reply(turn, purpose, ticket)
        until = _there(turn, address, purpose, ticket)
    except proving.TooMany as error:
        return later(turn.arrival, error, turn.house, turn.now)
    said = {"until": by_the_clock(until, turn.now, turn.house.terms.timezone)}
    return Taken("identity_given", turn.arrival, said=said)


def _there(turn: Turn, address: ContactAddress, purpose: Purpose, ticket: Ticket | None) -> datetime:
    """Send a code to another address, or pretend to; until when it is good. Raises TooMany for what they asked."""
    contact_id = turn.conversation.contact_id
    again_at = proving.may_again_at(turn.session, None, contact_id, purpose, turn.now)
    if again_at is not None:
        raise proving.TooMany(again_at)
    try:
        return identity.code_to(
            turn.session, address, purpose, ticket, turn.conversation, turn.now, house=turn.house,
            site=turn.arrival.site, told_here=False,
        )  # fmt: skip
    except PermanentError as error:
        text = f"{NOT_SENT} {str(error)[:1].upper()}{str(error)[1:]}."
        repository.note(turn.session, turn.conversation, text, turn.now)
    proving.pretend(turn.session, purpose, contact_id, turn.conversation.id, turn.now, turn.house.sign)
    return turn.now + LIMITS.good_for


def _in_reply(turn: Turn, purpose: Purpose, ticket: Ticket | None) -> Taken:
    issued = proving.issue(
        turn.session, turn.address, purpose, ticket.id if ticket else None, turn.now, turn.house.sign,
        conversation_id=turn.conversation.id,
    )  # fmt: skip
    until = by_the_clock(issued.until, turn.now, turn.house.terms.timezone)
    said = {"until": until, "reference": ticket.reference if ticket else ""}
    secret = masked.secret(turn.house.sealer, issued.code, issued.until)
    return Taken("identity_code", turn.arrival, secret=secret, said=said)
