"""What STOP and START bring, beyond the address: messages that wait, and who has the conversations.

A request under the law goes on after a STOP, so a person takes over where one is open; START gives back what only the
STOP had taken from the bot. All run inside somebody else's transaction and never commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.actors import BOT, CUSTOMER
from bot.contacts import consent, forms
from bot.contacts import service as contacts
from bot.contacts.models import ContactAddress
from bot.conversations import ownership, repository
from bot.conversations.models import Conversation
from bot.conversations.states import STOPPED_EARLY
from bot.messages import outbox
from bot.tickets.vocabulary import RIGHTS

WELCOME_AGAIN = "They want messages here again: the bot answers, and what happens in their request is told again."
WELCOME_TO_PERSON = (
    "They want messages here again, so you can write to them here; what happens in their request is told again."
)


def opted_out(
    session: Session, *, channel: str, address: str, by: str, now: datetime, message_id: int | None = None,
    policy: consent.Policy = consent.UNKNOWN,
) -> int:  # fmt: skip
    """They want no more messages, by STOP or by what the provider says; returns how many waiting ones are cancelled.

    `by` is who said so: "customer" (in the line `message_id`, under `policy`) or "provider". A request under the law
    goes on all the same, so a person takes over each conversation of theirs in which one is open.
    """
    known = contacts.find_or_create(session, channel, address, "", now)
    new = known.opted_out_at is None
    contacts.opt_out(session, known, now, by=by, message_id=message_id, policy=policy)
    together = _together(channel, address)
    cancelled = sum(outbox.cancel(session, channel, each, "they opted out") for each in together)
    if cancelled:
        subject = f"contact:{known.contact_id}"
        facts = {"channel": channel, "messages": cancelled}
        audit.append(session, actor=by, action="deliveries.cancelled", subject=subject, data=facts, now=now)
    for each in together:
        for conversation in repository.with_open_tickets(session, channel, each, RIGHTS):
            ownership.hand_over(session, conversation, STOPPED_EARLY, now)
            if new:
                repository.note(session, conversation, STOPPED_EARLY, now)
                ownership.audited(session, conversation, "conversation.opted_out", BOT, {"by": by}, now)
    return cancelled


def opted_in(
    session: Session, address: ContactAddress, now: datetime, *, message_id: int, policy: consent.Policy
) -> None:
    """Messages are welcome again, by their line `message_id`. The bot has again what only the STOP had brought to
    people; what one of the staff has taken since, or had before, stays theirs.
    """
    stopped = address.opted_out_at is not None
    contacts.opt_in(session, address, now, message_id=message_id, policy=policy)
    if not stopped:
        return
    for conversation in _handed_over(session, address):
        taken = conversation.assignee_id is not None
        if not taken:
            ownership.give_back(session, conversation.id, BOT, now)
        repository.note(session, conversation, WELCOME_TO_PERSON if taken else WELCOME_AGAIN, now)
        ownership.audited(session, conversation, "conversation.opted_in", CUSTOMER, {}, now)


def _handed_over(session: Session, address: ContactAddress) -> Sequence[Conversation]:
    """The conversations that people have, or had when one of them took over, because of a STOP."""
    query = select(Conversation).where(
        Conversation.channel == address.channel, Conversation.address.in_(_together(address.channel, address.value)),
        Conversation.owner == "human", Conversation.handover_reason == STOPPED_EARLY,
    )  # fmt: skip
    return session.scalars(query.order_by(Conversation.id)).all()


def _together(channel: str, address: str) -> Sequence[str]:
    """The addresses that a STOP there ends."""
    return forms.stopped_together(address) if channel == "sms" else (address,)
