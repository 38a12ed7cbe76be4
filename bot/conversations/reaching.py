"""Reaching somebody at another address than the one they write from: its own conversation, found or opened.

Called where a secret goes by a second way: a link by mail, its code by text. Inside somebody else's transaction.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.actors import BOT
from bot.contacts import service as contacts
from bot.contacts.models import ContactAddress
from bot.conversations import belonging, calls, repository, sending
from bot.conversations.by_hand import cannot_send, may_begin
from bot.conversations.models import Conversation
from bot.errors import PermanentError
from channels.base import InboundMessage
from channels.context import Site


def conversation_with(
    session: Session, address: ContactAddress, now: datetime, *, site: Site, subject: str = ""
) -> Conversation:
    """The newest conversation of that address on that site, or a new one; `subject` is a new mail's, and that of the
    next one in a conversation where nobody has written but us: a link isn't found under "Your code".

    Raises:
        PermanentError: they opted out there, messages don't arrive there, or nobody can be written to first there.
    """
    sending.allowed(session, address.channel, address.value)
    if contacts.stopped_elsewhere(session, address):
        raise PermanentError("they said STOP on another form of this number: choose another verified address")
    if address.bad_since is not None:
        raise PermanentError("messages don't arrive at that address: choose another verified one")
    found = belonging.by_address(session, address.channel, address.value, site.key)
    if found is not None:
        if subject and not repository.has_written(session, found):
            found.subject = subject
        return found
    if not may_begin(address.channel):
        raise PermanentError("nobody can be written to first in a chat: choose an email address or a phone number")
    ours = {"sms": site.sms_numbers, "mail": site.mailboxes}.get(address.channel, ())
    message = InboundMessage(address.value, next(iter(ours), ""), "", subject=subject)
    opened = repository.create(
        session, message, channel=address.channel, site=site.key, contact=address.contact_id, now=now
    )
    facts = {"channel": address.channel, "site": site.key}
    audit.append(
        session, actor=BOT.name, action="conversation.begun", subject=f"conversation:{opened.id}", data=facts, now=now
    )
    return opened


def hindered(session: Session, conversation: Conversation) -> bool:
    """Whether nothing can be said in a conversation: they wrote on paper or called and asked for no text, they opted
    out there, or messages don't arrive.
    """
    if cannot_send(conversation.channel, conversation.address) or not repository.may_be_told(session, conversation):
        return True
    channel, value = calls.written_to(conversation.channel, conversation.address)
    query = select(ContactAddress).where(ContactAddress.channel == channel, ContactAddress.value == value)
    address = session.scalars(query).first()
    return address is not None and (address.opted_out_at is not None or address.bad_since is not None)
