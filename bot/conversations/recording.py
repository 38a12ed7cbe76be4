"""What stays of a message that came: the conversation it belongs to, its line there, and its word on being written to.

Called by `handling.handle`, inside its unit of work.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.audit.actors import CUSTOMER
from bot.contacts import consent
from bot.contacts.models import ContactAddress
from bot.conversations import belonging, identifying, opting, ownership, repository
from bot.conversations.arrivals import Arrival
from bot.conversations.models import Conversation, Message
from bot.conversations.standing import Decision, Heard
from bot.conversations.understand import Understanding
from bot.files import service as files
from knowledge.base import Answer, Silent

LONGEST_TEXT = 200_000
"""Characters of a message, and of what it quotes, that are kept."""


def conversation_of(
    session: Session, arrival: Arrival, address: ContactAddress, now: datetime, *, new: bool
) -> tuple[Conversation, bool]:
    """The conversation that the message belongs to, and whether a stranger quoted somebody else's. Where the address is
    `new`, nobody has written from it.
    """
    message, channel = arrival.message, arrival.channel
    found, stranger = None, False
    if channel == "mail" or not new:
        found, stranger = belonging.of_message(session, channel, message, arrival.site.key)
    if found is None:
        found = repository.create(
            session, message, channel=channel, site=arrival.site.key, contact=address.contact_id, now=now
        )
    elif found.state == "closed" and not message.automatic:
        ownership.reopen(session, found.id, CUSTOMER, now)
    if message.recipient:
        # They wrote there last, so the answer comes from there.
        found.recipient, found.account = message.recipient[:320], message.account[:64]
    return found, stranger


def record(
    session: Session, conversation: Conversation, arrival: Arrival, heard: Heard, decision: Decision, now: datetime, *,
    scans: bool,
) -> Message:  # fmt: skip
    """The message as a line of its conversation, with its files and the evidence that came with it."""
    message, understood = arrival.message, arrival.understanding
    line = repository.add_line(
        session,
        conversation,
        now,
        direction="in",
        author="you",
        text=identifying.without_links(message.text[:LONGEST_TEXT]),
        quoted=identifying.without_secrets(message.quoted[:LONGEST_TEXT]),
        subject=message.subject[:500],
        rfc_id=message.message_id[:250],
        references=list(reversed(message.references[:50])),
        inbox_id=arrival.inbox_id,
        intent=heard.intent if understood else "",
        confidence=understood.confidence if understood else None,
        outcome=decision.reply or "silence",
        evidence=_evidence(arrival, decision),
        state="undecodable" if arrival.undecodable else "",
    )
    if message.attachments:
        files.keep(session, line.id, message.attachments, now, scans=scans, digests=arrival.digests)
    conversation.last_intent = heard.intent if understood else conversation.last_intent
    conversation.last_topic = _topic(understood)[:120] or conversation.last_topic
    if message.name and not conversation.name:
        conversation.name = message.name[:200]
    return line


def _evidence(arrival: Arrival, decision: Decision) -> dict[str, str]:
    found = dict(arrival.message.evidence)
    if decision.why_silent:
        found["why_silent"] = decision.why_silent
    if arrival.undecodable:
        found["undecodable"] = arrival.undecodable
    if arrival.message.automatic:
        found["automatic"] = arrival.message.automatic
    return found


def _topic(understood: Understanding | None) -> str:
    return understood.result.topic if understood and isinstance(understood.result, Answer | Silent) else ""


def note_consent(session: Session, address: ContactAddress, arrival: Arrival, line: Message, now: datetime) -> None:
    """What a stop or start word in it changes, with the line as its evidence."""
    if not arrival.message.consent:
        return
    effective = arrival.asked.effective.isoformat() if arrival.asked else ""
    policy = consent.Policy(arrival.site.policy, effective)
    if arrival.message.consent == "stop":
        opting.opted_out(
            session, channel=address.channel, address=address.value, by="customer", now=now, message_id=line.id,
            policy=policy,
        )  # fmt: skip
    elif arrival.message.consent == "start":
        opting.opted_in(session, address, now, message_id=line.id, policy=policy)
