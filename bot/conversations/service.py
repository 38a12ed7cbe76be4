"""What staff do with a conversation: take over, give back, reply, note, assign, close. Each is audited.

All run inside somebody else's transaction and never commit.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.actors import Actor
from bot.contacts import service as contacts
from bot.conversations import repository
from bot.conversations.models import Conversation, Message
from bot.conversations.states import RIGHTS, STOPPED_EARLY
from bot.db import wake
from bot.errors import NotFound, PermanentError
from bot.messages import outbox
from bot.messages.models import Outbox
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from bot.tickets.service import Terms
from channels.base import OutboundMessage
from channels.context import Site

LONGEST_REPLY = 20_000


class Stale(PermanentError):
    """The customer wrote while the reply was being written: read it, then send again."""


def send(
    session: Session,
    conversation: Conversation,
    text: str,
    now: datetime,
    *,
    site: Site,
    author: str = "bot",
    staff_id: int | None = None,
    outcome: str = "",
    citations: Sequence[dict[str, object]] = (),
    choices: Sequence[str] = (),
    confidence: float | None = None,
    parent: Message | None = None,
    evidence: Mapping[str, str] | None = None,
) -> Message:
    """Add an outgoing line and queue its delivery on the customer's own channel.

    `parent` is the customer's line that it answers; without it, their last one. `evidence` is what the answer rests on,
    beside its citations: see `evidence.of_answer`.
    """
    parent = parent or repository.last_of_customer(session, conversation.id)
    domain = conversation.recipient.rpartition("@")[2] or "desk.invalid"
    rfc_id = f"desk.{conversation.id}.{secrets.token_hex(8)}@{domain}" if conversation.channel == "mail" else ""
    line = repository.add_line(
        session, conversation, now, direction="out", author=author, staff_id=staff_id, text=text, rfc_id=rfc_id,
        outcome=outcome, citations=list(citations), choices=list(choices), confidence=confidence,
        evidence=dict(evidence or {}),
        references=[*parent.references, parent.rfc_id] if parent and parent.rfc_id else [],
    )  # fmt: skip
    message = OutboundMessage(
        key="",
        address=conversation.address,
        sender=conversation.recipient,
        text=text,
        site=site.key,
        name=conversation.name,
        subject=conversation.subject,
        message_id=rfc_id,
        in_reply_to=parent.rfc_id if parent else "",
        references=tuple(parent.references) if parent else (),
        reply_token=str(conversation.id),
        automatic=author == "bot",
    )
    outbox.enqueue(
        session,
        conversation_id=conversation.id,
        message_id=line.id,
        channel=conversation.channel,
        message=message,
        now=now,
    )
    return line


def opted_out(session: Session, *, channel: str, address: str, by: str, now: datetime) -> int:
    """They want no more messages, by STOP or by what the provider says; returns how many waiting ones are cancelled.

    `by` is who said so: "customer" or "provider". A request under the law goes on all the same, so a person takes
    over each conversation of theirs in which one is open.
    """
    known = contacts.find_or_create(session, channel, address, "", now)
    contacts.opt_out(session, known, now, by=by)
    cancelled = outbox.cancel(session, channel, address, "they opted out")
    if cancelled:
        subject = f"contact:{known.contact_id}"
        facts = {"channel": channel, "messages": cancelled}
        audit.append(session, actor=by, action="deliveries.cancelled", subject=subject, data=facts, now=now)
    for conversation in repository.with_open_tickets(session, channel, address, RIGHTS):
        hand_over(session, conversation, STOPPED_EARLY, now)
    return cancelled


def hand_over(session: Session, conversation: Conversation, reason: str, now: datetime) -> None:
    """From the bot to people; the start of the human stretch is recorded."""
    if conversation.owner == "human":
        return
    conversation.owner, conversation.owner_since, conversation.state = "human", now, "open"
    conversation.handover_reason = reason[:200]
    conversation.asked = ""
    _audit(session, conversation, "conversation.handed_over", Actor("bot"), {"reason": reason}, now)


def take_over(session: Session, conversation_id: int, actor: Actor, now: datetime) -> None:
    """One of the staff takes the conversation; from now on the bot is silent in it."""
    conversation = repository.get(session, conversation_id)
    conversation.owner, conversation.owner_since = "human", now
    conversation.assignee_id, conversation.state = actor.staff_id, "open"
    conversation.asked = ""
    conversation.version += 1
    for ticket in tickets.of_conversation(session, conversation_id):
        if ticket.assignee_id is None:
            tickets.assign(session, ticket.id, actor.staff_id, actor, now)
    _audit(session, conversation, "conversation.taken_over", actor, {}, now)


def give_back(session: Session, conversation_id: int, actor: Actor, now: datetime) -> None:
    """The bot answers again; the end of the human stretch is recorded."""
    conversation = repository.get(session, conversation_id)
    conversation.owner, conversation.owner_since = "bot", now
    conversation.assignee_id, conversation.handover_reason = None, ""
    conversation.question, conversation.failures = "", 0
    conversation.version += 1
    _audit(session, conversation, "conversation.given_back", actor, {}, now)


def assign(session: Session, conversation_id: int, staff_id: int | None, actor: Actor, now: datetime) -> None:
    """Give the conversation to somebody, or to whoever takes it next."""
    conversation = repository.get(session, conversation_id)
    conversation.assignee_id = staff_id
    conversation.version += 1
    if staff_id is not None and conversation.owner == "bot":
        conversation.owner, conversation.owner_since, conversation.asked = "human", now, ""
        _audit(session, conversation, "conversation.handed_over", actor, {"reason": "assigned"}, now)
    _audit(session, conversation, "conversation.assigned", actor, {"to": staff_id or 0}, now)


def reply(
    session: Session, conversation_id: int, actor: Actor, text: str, *, seen_seq: int, site: Site, now: datetime,
    citations: Sequence[dict[str, object]] = (),
) -> Message:  # fmt: skip
    """A person's reply, on the customer's channel. Whoever replies takes the conversation.

    Raises:
        Stale: the customer wrote after line `seen_seq`.
        PermanentError: the text is empty or too long, or they opted out.
    """
    text = text.replace("\0", "").strip()
    if not text:
        raise PermanentError("the reply is empty: write something first")
    if len(text) > LONGEST_REPLY:
        raise PermanentError(f"the reply has more than {LONGEST_REPLY} characters: shorten it or send two")
    conversation = repository.get(session, conversation_id)
    _allowed(session, conversation.channel, conversation.address)
    newest = repository.last_of_customer(session, conversation_id)
    if newest is not None and (newest.seq or 0) > seen_seq:
        raise Stale("the customer wrote meanwhile: read it, then send again")
    if conversation.owner == "bot" or conversation.assignee_id is None:
        take_over(session, conversation_id, actor, now)
    line = send(
        session, conversation, text, now, site=site, author="staff", staff_id=actor.staff_id, citations=citations
    )
    _audit(session, conversation, "conversation.replied", actor, {"message": line.id}, now)
    return line


def note(session: Session, conversation_id: int, actor: Actor, text: str, now: datetime) -> Message:
    """An internal note: customers never see it, and it is never quoted to them."""
    text = text.replace("\0", "").strip()[:LONGEST_REPLY]
    if not text:
        raise PermanentError("the note is empty: write something first")
    conversation = repository.get(session, conversation_id)
    line = repository.add_line(
        session, conversation, now, direction="note", author="staff", staff_id=actor.staff_id, text=text
    )
    _audit(session, conversation, "conversation.noted", actor, {"message": line.id}, now)
    return line


def close(session: Session, conversation_id: int, actor: Actor, now: datetime) -> None:
    """Done; the customer's next message opens it again, with the bot."""
    conversation = repository.get(session, conversation_id)
    conversation.state, conversation.owner, conversation.owner_since = "closed", "bot", now
    conversation.assignee_id, conversation.asked, conversation.handover_reason = None, "", ""
    conversation.question, conversation.failures = "", 0
    conversation.version += 1
    _audit(session, conversation, "conversation.closed", actor, {}, now)


def reopen(session: Session, conversation_id: int, actor: Actor, now: datetime) -> None:
    """Not done after all, say staff or a new message of the customer's."""
    conversation = repository.get(session, conversation_id)
    conversation.state = "open"
    conversation.version += 1
    _audit(session, conversation, "conversation.reopened", actor, {}, now)


def open_ticket(
    session: Session, conversation_id: int, kind: str, summary: str, actor: Actor, now: datetime, *, terms: Terms
) -> Ticket:
    """A person opens a ticket that the bot did not; it counts from when the customer's last message came in."""
    conversation = repository.get(session, conversation_id)
    return tickets.open_ticket(
        session,
        kind=kind,
        certainty="received",
        conversation=conversation,
        summary=summary,
        received_at=repository.customer_wrote_at(session, conversation),
        terms=terms,
        now=now,
        actor=actor,
    )


def retry_delivery(session: Session, outbox_id: int, actor: Actor, now: datetime) -> None:
    """Send a failed message once more.

    Raises:
        NotFound: it is not failed.
        PermanentError: they opted out.
    """
    row = session.get(Outbox, outbox_id)
    if row is not None:
        _allowed(session, row.channel, row.recipient)
    if not outbox.retry(session, outbox_id, now):
        raise NotFound("that message is not waiting for another try: look at the conversation again")
    audit.append(session, actor=actor.name, action="delivery.retried", subject=f"outbox:{outbox_id}", data={}, now=now)


def _allowed(session: Session, channel: str, address: str) -> None:
    if contacts.is_opted_out(session, channel, address):
        raise PermanentError("they opted out of messages here: finish it by another verified way")


def _audit(
    session: Session, conversation: Conversation, action: str, actor: Actor, data: dict[str, object], now: datetime
) -> None:
    subject = f"conversation:{conversation.id}"
    audit.append(session, actor=actor.name, action=action, subject=subject, data=data, now=now)
    wake(session, "console")
