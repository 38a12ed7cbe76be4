"""What of persons' content has had its time: whole conversations, requests that ended, and persons of whom nothing is
left. Queries for `bot.retention`, and the removal by the same table of fates as an erasure on request.

Nothing of a person under a legal hold is old, nor a conversation that shows what they permit. What staff taught stays:
lessons name nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, exists, literal, or_, select
from sqlalchemy.orm import Session, aliased

from bot.contacts import holds
from bot.contacts.consent import MESSAGES
from bot.contacts.models import ERASED, Contact, ContactAddress
from bot.contacts.record_models import ConsentEntry
from bot.contacts.suppression import Sign
from bot.conversations.models import Continuation, Conversation, Message
from bot.erasure import removing
from bot.erasure.models import ErasureRun
from bot.erasure.scope import Whose
from bot.messages.models import Inbox, Outbox
from bot.tickets.models import Ticket
from bot.tickets.vocabulary import RIGHTS

Ids: TypeAlias = "Select[Any, Any]"
"""A query for ids and sizes in bytes (0 where they don't matter), oldest first."""
EVIDENT = (*RIGHTS, "complaint", "breach")
"""Kinds of tickets whose content is kept longer: it may be needed against a complaint or a claim."""
TOGETHER = 10
"""Conversations whose content goes in one transaction."""


def old_talks(before: datetime) -> Ids:
    """Conversations in which nothing happened since, without a request under the law."""
    evident = exists().where(_of_talk(), Ticket.kind.in_(EVIDENT))
    return _talks(before).where(~evident)


def old_requests(before: datetime) -> Ids:
    """Conversations with requests under the law, all of which ended before that moment."""
    evident = exists().where(_of_talk(), Ticket.kind.in_(EVIDENT))
    return _talks(before).where(evident)


def _of_talk() -> ColumnElement[bool]:
    """Requests of a conversation, also those that went on with it elsewhere."""
    moved = select(Continuation.to_id).where(
        Continuation.conversation_id == Conversation.id, Continuation.how == "moved"
    )
    return or_(Ticket.conversation_id == Conversation.id, Ticket.conversation_id.in_(moved.correlate(Conversation)))


def _talks(before: datetime) -> Ids:
    ticket, talk = Ticket, Conversation
    young = exists().where(_of_talk(), or_(ticket.closed_at.is_(None), ticket.closed_at >= before))
    waits = exists().where(Outbox.conversation_id == talk.id, Outbox.state == "waiting")
    comes = exists().where(Inbox.channel == talk.channel, Inbox.sender == talk.address, Inbox.state == "accepted")
    return (
        select(talk.id, literal(0))
        .where(
            talk.last_at < before,
            ~talk.address.startswith(ERASED, autoescape=True),
            talk.contact_id.not_in(holds.held_contacts()),
            talk.id.not_in(_showing_a_permission()),
            ~young, ~waits, ~comes,
        )
        .order_by(talk.last_at)
    )  # fmt: skip


def _showing_a_permission() -> Select[Any]:
    """Conversations with a line that is the evidence of a permission which still stands, but for messages: without it
    nothing would be left to show for it. Once it is taken back, they age like all others.
    """
    later = aliased(ConsentEntry)
    since = exists().where(
        later.contact_id == ConsentEntry.contact_id, later.purpose == ConsentEntry.purpose,
        or_(later.at > ConsentEntry.at, and_(later.at == ConsentEntry.at, later.id > ConsentEntry.id)),
    )  # fmt: skip
    return (
        select(Message.conversation_id)
        .join(ConsentEntry, ConsentEntry.message_id == Message.id)
        .where(ConsentEntry.state == "granted", ConsentEntry.purpose != MESSAGES, ~since)
    )


def forget_talks(session: Session, ids: Sequence[int], now: datetime) -> None:
    """Remove the content of these conversations, whole; their tickets keep reference, dates and states."""
    whose = Whose(conversations=ids)
    for fate in removing.here():
        while removing.batch(session, fate, whose, now):
            pass


def left_behind(before: datetime) -> Ids:
    """Persons all of whose conversations lost their content, known since before that moment, who permitted nothing
    that still counts and whose erasure is not under way.
    """
    living = exists().where(
        Conversation.contact_id == Contact.id, ~Conversation.address.startswith(ERASED, autoescape=True)
    )
    # Whoever permitted something once is left alone here: their last word is for the ledger to tell, not for SQL.
    permitted = exists().where(
        ConsentEntry.contact_id == Contact.id, ConsentEntry.state == "granted", ConsentEntry.purpose != MESSAGES
    )
    comes = exists().where(Conversation.contact_id == Contact.id, Conversation.last_at >= before)
    asked = exists().where(ErasureRun.contact_id == Contact.id, ErasureRun.state.in_(("requested", "confirmed")))
    return (
        select(Contact.id, literal(0))
        .where(
            Contact.erased_at.is_(None),
            Contact.created_at < before,
            Contact.id.not_in(holds.held_contacts()),
            ~living, ~permitted, ~comes, ~asked,
        )
        .order_by(Contact.created_at)
    )  # fmt: skip


def forget_persons(session: Session, ids: Sequence[int], sign: Sign, now: datetime) -> None:
    """Take what is left of these persons: names, addresses (a keyed hash of one that said STOP stays)."""
    whose = Whose(contacts=ids)
    for fate in removing.here():
        while removing.batch(session, fate, whose, now):
            pass
    removing.finish(session, ids, sign, now)


def held_deliveries() -> ColumnElement[bool]:
    """Of a delivery: it became a line of somebody under a hold, or came from an address of theirs."""
    lines = (
        select(Message.inbox_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Conversation.contact_id.in_(holds.held_contacts()), Message.inbox_id.is_not(None))
    )
    sent = exists().where(
        ContactAddress.channel == Inbox.channel,
        ContactAddress.value == Inbox.sender,
        ContactAddress.contact_id.in_(holds.held_contacts()),
    )
    return or_(Inbox.id.in_(lines), sent)


def ended_tickets(before: datetime) -> Select[Any]:
    """The tickets that ended before that moment, of persons under no hold."""
    return select(Ticket.id).where(
        Ticket.closed_at.is_not(None), Ticket.closed_at < before, Ticket.contact_id.not_in(holds.held_contacts())
    )
