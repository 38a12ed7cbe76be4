"""Handling one message: everything that follows from it, in one unit of work.

Called by the worker (bot.workers.handler) with what was decoded and understood beforehand: load the conversation, ask
`states.decide`, open tickets, write the reply, append the audit. The caller marks the delivery handled in the same
transaction, so a kill at any instant leaves either all of it or nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.actors import BOT, CUSTOMER
from bot.contacts import service as contacts
from bot.contacts.models import ContactAddress
from bot.conversations import evidence, replies, repository, service, wording
from bot.conversations.arrivals import Arrival
from bot.conversations.models import Conversation, Message
from bot.conversations.states import Decision, Heard, Standing, decide
from bot.conversations.understand import Understanding
from bot.conversations.wording import House
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from bot.tickets.references import parse_reference
from knowledge.base import Answer, Silent

LONGEST_TEXT = 200_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it, for counting."""

    outcome: str
    handed_over: bool
    tickets: tuple[str, ...]


def handle(session: Session, arrival: Arrival, house: House, now: datetime) -> Outcome:
    """Carry the message through to its reply, tickets and audit."""
    address = contacts.find_or_create(session, arrival.channel, arrival.message.address, arrival.message.name, now)
    conversation, stranger = _conversation(session, arrival, address, now)
    heard = _heard(arrival, stranger=stranger)
    known = tickets.of_conversation(session, conversation.id) if conversation.last_seq else ()
    decision = decide(_standing(session, conversation, address, known, now), heard)
    line = _record(session, conversation, arrival, heard, decision, now)
    _consent(session, address, arrival.message.consent, now)
    if known and not arrival.message.automatic:
        tickets.customer_wrote(session, conversation.id, now)
    return _Turn(session, arrival, house, now, address, conversation, line, known).carry_out(decision)


@dataclass(frozen=True, slots=True)
class _Turn:
    """The carrying out of one decision, in one conversation, in one transaction.

    `line` is the customer's, `known` are the tickets that were open before it came.
    """

    session: Session
    arrival: Arrival
    house: House
    now: datetime
    address: ContactAddress
    conversation: Conversation
    line: Message
    known: Sequence[Ticket]

    def carry_out(self, decision: Decision) -> Outcome:
        """Tickets first, since the reply names them; then the hand-over; then the reply."""
        opened = [self._open(kind, certainty) for kind, certainty in decision.tickets]
        if decision.handover:
            self._hand_over(decision.handover)
        self.conversation.asked = decision.asked
        if decision.reply:
            self._reply(decision, opened)
        return Outcome(decision.reply or "none", bool(decision.handover), tuple(ticket.kind for ticket in opened))

    def _open(self, kind: str, certainty: str, reason: str = "") -> Ticket:
        return tickets.open_ticket(
            self.session,
            kind=kind,
            certainty=certainty,
            conversation=self.conversation,
            summary=self.arrival.said,
            received_at=self.arrival.received_at,
            terms=self.house.terms,
            now=self.now,
            reason=reason,
        )

    def _hand_over(self, reason: str) -> None:
        """A person takes over; unless a ticket brings them already, an escalation ticket does."""
        service.hand_over(self.session, self.conversation, reason, self.now)
        if not tickets.of_conversation(self.session, self.conversation.id):
            self._open("human", "received", reason)

    def _reply(self, decision: Decision, opened: Sequence[Ticket]) -> None:
        new = opened or decision.handover
        open_tickets = tickets.of_conversation(self.session, self.conversation.id) if new else self.known
        first = self.address.notice_given_at is None
        values = wording.values(self.arrival, decision, opened, open_tickets, self.house, notice=first)
        reply = replies.render(self.conversation.channel, decision.reply, values)
        if first:
            self.address.notice_given_at = self.now
        line = service.send(
            self.session, self.conversation, reply.text, self.now, site=self.arrival.site, outcome=decision.reply,
            citations=[quote.stored() for quote in reply.citations], choices=reply.choices, parent=self.line,
            confidence=self.arrival.understanding.confidence if self.arrival.understanding else None,
            evidence=evidence.of_answer(self.arrival, self.line.seq, reply.citations),
        )  # fmt: skip
        facts = {"reply": decision.reply, "message": line.id, "clauses": [quote.id for quote in reply.citations]}
        subject = f"conversation:{self.conversation.id}"
        audit.append(
            self.session, actor=BOT.name, action="conversation.answered", subject=subject, data=facts, now=self.now
        )


def _conversation(
    session: Session, arrival: Arrival, address: ContactAddress, now: datetime
) -> tuple[Conversation, bool]:
    """The conversation that the message belongs to, and whether a stranger quoted somebody else's."""
    message, channel = arrival.message, arrival.channel
    stranger = False
    if channel == "mail":
        found = repository.by_token(session, channel, message.reply_token) if message.reply_token else None
        found = found or repository.by_references(session, channel, message.references)
        if found is not None and (found.address != message.address or "authors" in message.evidence):
            # A reference or a forwarded reply address never lets somebody into another person's conversation, and a
            # mail that names several authors may be anybody's.
            found, stranger = None, True
    else:
        found = repository.by_address(session, channel, message.address, arrival.site.key)
    if found is None:
        found = repository.create(
            session, message, channel=channel, site=arrival.site.key, contact=address.contact_id, now=now
        )
    elif found.state == "closed" and not message.automatic:
        service.reopen(session, found.id, CUSTOMER, now)
    if message.recipient:
        # They wrote there last, so the answer comes from there.
        found.recipient = message.recipient[:320]
    return found, stranger


def _standing(
    session: Session, conversation: Conversation, address: ContactAddress, known: Sequence[Ticket], now: datetime
) -> Standing:
    person, domain = 0, 0
    if conversation.channel == "mail":
        person, domain = repository.mail_replies_since(session, address.value, repository.an_hour_before(now))
    return Standing(
        channel=conversation.channel,
        owner="human" if conversation.owner == "human" else "bot",
        asked=conversation.asked,
        opted_out=address.opted_out_at is not None,
        tickets=tuple((ticket.kind, ticket.reference) for ticket in known),
        replies_last_hour=person,
        domain_replies_last_hour=domain,
    )


def _heard(arrival: Arrival, *, stranger: bool) -> Heard:
    message, understood = arrival.message, arrival.understanding
    nothing_else = understood is None or understood.outcome == "off_topic"
    common = {
        "text": message.text[:500], "automatic": message.automatic, "suppress": message.suppress,
        "consent": message.consent, "provider_answers": message.provider_answers,
        "undecodable": bool(arrival.undecodable), "stranger": stranger,
        "only_files": bool(message.attachments) and not message.text.strip() and nothing_else,
    }  # fmt: skip
    if understood is None:
        return Heard(**common)  # type: ignore[arg-type]  # each value has its field's type
    # Who names a reference and says nothing else that is understood asks after it: "DR-7K3M9-QX4RT??"
    asks_after = understood.outcome == "off_topic" and parse_reference(arrival.said) is not None
    return Heard(
        **common,  # type: ignore[arg-type]  # as above
        intent="status" if asks_after else understood.intent.name,
        also=tuple(understood.intent.also),
        outcome=understood.outcome,
        suspected=understood.intent.suspected,
        maybe_access=understood.intent.maybe_access,
        conflict=isinstance(understood.result, Answer) and understood.result.conflict,
        reason=understood.reason,
    )


def _record(
    session: Session, conversation: Conversation, arrival: Arrival, heard: Heard, decision: Decision, now: datetime
) -> Message:
    message, understood = arrival.message, arrival.understanding
    line = repository.add_line(
        session,
        conversation,
        now,
        direction="in",
        author="you",
        text=message.text[:LONGEST_TEXT],
        quoted=message.quoted[:LONGEST_TEXT],
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
        repository.add_attachments(session, line, message.attachments, arrival.digests)
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


def _consent(session: Session, address: ContactAddress, consent: str, now: datetime) -> None:
    if consent == "stop":
        service.opted_out(session, channel=address.channel, address=address.value, by="customer", now=now)
    elif consent == "start":
        contacts.opt_in(session, address, now)
