"""Where a customer can't be told: the step still happens, and staff see that somebody must tell them another way."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.actors import BOT
from bot.casework import reminding
from bot.clock import day_of
from bot.contacts.models import ContactAddress
from bot.conversations import calls, repository
from bot.conversations.by_hand import cannot_send
from bot.conversations.models import Conversation
from bot.tickets.models import Ticket

OPTED_OUT = "They opted out of messages here, so the desk did not tell them: finish it by another verified way."
BAD_ADDRESS = "Messages don't arrive at this address, so the desk did not tell them: finish it by another verified way."


def hindrance(session: Session, conversation: Conversation) -> str:
    """Why nothing can be said there, for staff; "" where it can."""
    if by_hand := cannot_send(conversation.channel, conversation.address):
        return by_hand
    if not repository.may_be_told(session, conversation):
        return calls.NOT_ASKED
    channel, value = calls.written_to(conversation.channel, conversation.address)
    query = select(ContactAddress).where(ContactAddress.channel == channel, ContactAddress.value == value)
    address = session.scalars(query).first()
    if address is None:
        return ""
    if address.opted_out_at is not None:
        return OPTED_OUT
    return BAD_ADDRESS if address.bad_since is not None else ""


TELL_PERSON = "tell_person"
"""The reminder that the person for whom an agent asks must hear of it; it stays until somebody is done with it."""


def to_be_told(session: Session, ticket: Ticket, conversation: Conversation, now: datetime) -> None:
    """Ask staff to tell the person themselves, by an address of theirs that is known already, that somebody asks for
    them. The desk can't: nothing is proved of that person, and the agent's own word leads back to the agent.
    """
    text = (
        f"{ticket.reference}: somebody's authority to ask for another adult was accepted. Tell that person so, by an "
        "address that we had of them before and never by one that the agent gave, and ask them to say if they don't "
        "want it. Then mark the reminder as done."
    )
    repository.note(session, conversation, text, now)
    reminding.make(session, ticket, TELL_PERSON, day_of(now, ticket.timezone or "UTC"), now)


def not_told(
    session: Session, ticket: Ticket, conversation: Conversation, key: str, why: str, now: datetime, *, text: str = ""
) -> None:
    """Note for staff, in the conversation and among the reminders, that the customer has not heard of a step. Where
    only a person can tell them, `text` stands there for the letter or the call.
    """
    said = f"{ticket.reference}: {why}"
    if text and (calls.is_call(conversation.channel) or cannot_send(conversation.channel)):
        said = f"{said}\n\nThe words for them:\n{text}"
    repository.note(session, conversation, said, now)
    reminding.make(session, ticket, "not_told", day_of(now, ticket.timezone or "UTC"), now)
    facts = {"wording": key, "channel": conversation.channel}
    subject = f"ticket:{ticket.reference}"
    audit.append(session, actor=BOT.name, action="ticket.not_told", subject=subject, data=facts, now=now)
