"""Handling one message: everything that follows from it, in one unit of work.

Called by the worker (bot.workers.handler) with what was decoded and understood beforehand: load the conversation, ask
`states.decide`, open tickets, write the reply, append the audit. The caller marks the delivery handled in the same
transaction, so a kill at any instant leaves either all of it or nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit import receipts
from bot.audit.actors import BOT, CUSTOMER
from bot.contacts import service as contacts
from bot.contacts.models import ContactAddress
from bot.conversations import (
    away_turns,
    calls,
    evidence,
    facts,
    follow_ups,
    identity_turns,
    moving_turns,
    ownership,
    recording,
    replies,
    repository,
    sending,
    texting,
    together,
    transcript_turns,
    wording,
)
from bot.conversations.arrivals import Arrival
from bot.conversations.identity_codes import Taken, Turn, ask_elsewhere
from bot.conversations.models import Conversation, Message
from bot.conversations.standing import Decision
from bot.conversations.states import ELSEWHERE, decide, may_answer
from bot.conversations.wording import House
from bot.db import with_others
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from bot.tickets.references import parse_reference
from bot.tickets.states import OWED
from bot.tickets.vocabulary import COPY, RIGHTS

STANDING = ("answer", "silent", "choose", "all_said")
"""Replies after which the customer's next message may lean on the question that they answer."""
NOT_NAMED = "somebody named in the message"
ASKED_AGAIN = "they have asked for this again, in another conversation of theirs. Read there what they wrote."
TAKEN_BACK_ELSEWHERE = "they may be taking it back, in another conversation of theirs. Read there what they wrote."
TOO_MUCH = (
    "They wrote more than {messages} messages in {minutes} minutes. All are kept here; the bot answers again at "
    "{until}, and requests under the law are noted meanwhile."
)
AGENT = "They ask for somebody else: write for whom, and ask for their authority."
"""What stands with a request of an agent's until a person has looked."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it, for counting."""

    outcome: str
    handed_over: bool
    tickets: tuple[str, ...]


def handle(session: Session, arrival: Arrival, house: House, now: datetime) -> Outcome:
    """Carry the message through to its reply, tickets and audit."""
    message = arrival.message
    address, new = contacts.known_or_new(
        session, arrival.channel, message.address, message.name, now, sign=house.sign
    )  # fmt: skip
    conversation, stranger = recording.conversation_of(session, arrival, address, now, new=new)
    has_tickets = conversation.last_seq > 0 and tickets.has_any(session, conversation.id)
    known = tickets.of_conversation(session, conversation.id) if has_tickets else ()
    arrival = identity_turns.without_code_in_subject(session, arrival, address, conversation, now)
    if calls.is_call(arrival.channel):  # a voice proves nobody, nor does the number that a call shows: staff call back
        taken = texting.take(session, arrival, conversation, house, now, known=known)
    else:
        taken = identity_turns.take(session, arrival, address, conversation, house, now, known=known)
        asks = Turn(session, arrival, address, conversation, house, now)
        taken = taken or transcript_turns.take(asks, stranger=stranger) or away_turns.take(asks, stranger=stranger)
        taken = taken or moving_turns.take(asks, stranger=stranger)
    arrival = taken.arrival if taken else arrival
    again = facts.repeats(session, conversation, arrival.understanding)
    heard = facts.heard(
        arrival, stranger=stranger, answered=facts.after_answer(conversation), again=again,
        here=facts.here(session, conversation, known, arrival), identity=taken.reply if taken else "",
        identity_handover=taken.handover if taken else "",
    )  # fmt: skip
    others = facts.of_linked(session, conversation, heard)
    ended = facts.ended(session, conversation, known, heard)
    standing = facts.standing(
        session, conversation, address, [*known, *others], now, ended=ended,
        settled=facts.settled(session, conversation, heard),
        text=arrival.message.text, limits=house.limits, zone=house.terms.timezone,
    )  # fmt: skip
    decision = decide(standing, heard)
    line = recording.record(session, conversation, arrival, heard, decision, now, scans=house.scans)
    recording.note_consent(session, address, arrival, line, now)
    if has_tickets and not arrival.message.automatic:
        tickets.customer_wrote(session, conversation.id, now, known, answers=may_answer(decision, heard))
    turn = _Turn(session, arrival, house, now, address, conversation, line, known, others, ended, taken)
    outcome = turn.carry_out(decision)
    if not (has_tickets or taken or outcome.tickets or outcome.handed_over):
        with_others(session)  # only the address, the conversation and what they say of an answer are changed
    return outcome


@dataclass(frozen=True, slots=True)
class _Turn:
    """The carrying out of one decision, in one conversation, in one transaction.

    `line` is the customer's, `known` are the tickets that were open before it came, `others` those of the same person
    elsewhere, `ended` those of here to tell of where none is open, and `taken` is what the message did for who they
    are.
    """

    session: Session
    arrival: Arrival
    house: House
    now: datetime
    address: ContactAddress
    conversation: Conversation
    line: Message
    known: Sequence[Ticket]
    others: Sequence[Ticket] = ()
    ended: Sequence[Ticket] = ()
    taken: Taken | None = None

    def carry_out(self, decision: Decision) -> Outcome:
        """Tickets first, since the reply names them; then the hand-over; then the reply."""
        opened: list[Ticket] = []
        for kind, certainty in decision.tickets:
            opened.append(self._asked_for(kind, certainty, decision, opened))
        self._asked_again()
        if decision.handover:
            self._hand_over(decision.handover)
        if decision.helpful is not None:
            self._judge(helpful=decision.helpful)
        self._remember(decision)
        if decision.reply == "flooded":
            self._too_much()
        if decision.reply:
            self._reply(decision, opened, self._taken(decision))
        return Outcome(decision.reply or "none", bool(decision.handover), tuple(ticket.kind for ticket in opened))

    def _asked_again(self) -> None:
        """Where they asked first, staff see that they have asked again, and that what they wrote stands elsewhere."""
        understood = self.arrival.understanding
        asked = {understood.intent.name, *understood.intent.also} if understood else set()
        for ticket in self.others:
            taken_back = understood is not None and understood.intent.hints.withdraws
            if ticket.kind in asked or taken_back:
                first = repository.get(self.session, ticket.conversation_id)
                text = f"{ticket.reference}: {TAKEN_BACK_ELSEWHERE if taken_back else ASKED_AGAIN}"
                repository.note(self.session, first, text, self.now)

    def _asked_for(self, kind: str, certainty: str, decision: Decision, opened: Sequence[Ticket]) -> Ticket:
        """The ticket of one request, with what the message says beside it."""
        first = next((each for each in (*opened, *self.known) if each.kind in COPY and each.state in OWED), None)
        waits = first.id if first and decision.waits and kind == "erasure" else None
        about = repository.last_right(self.session, self.conversation.id) if kind == "complaint" else None
        ticket = self._open(kind, certainty, waits_for=waits, about=about)
        if decision.agent and kind in RIGHTS:
            adult = decision.agent != "parent"
            tickets.name_agent(self.session, ticket.id, decision.agent, NOT_NAMED, BOT, self.now, adult=adult)
            ticket.reason = AGENT
        together.inherited(self.session, ticket, self.conversation, self.now)
        return ticket

    def _open(
        self, kind: str, certainty: str, reason: str = "", *, waits_for: int | None = None, about: int | None = None
    ) -> Ticket:
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
            waits_for=waits_for,
            about=about,
        )

    def _hand_over(self, reason: str) -> None:
        """A person takes over; unless a ticket brings them already, an escalation ticket does."""
        if calls.is_call(self.conversation.channel) and self.conversation.owner == "bot":
            text = calls.call_back(self.conversation.address, self.now, self.house.terms.timezone)
            repository.note(self.session, self.conversation, text, self.now)
        ownership.hand_over(self.session, self.conversation, reason, self.now)
        if all(each.state not in OWED for each in tickets.of_conversation(self.session, self.conversation.id)):
            self._open("human", "received", reason)

    def _too_much(self) -> None:
        """Their sender waits from now on, and staff see the flood as one thing: a note, where it began."""
        until = facts.going_quiet(self.session, self.conversation, self.house.limits, self.now)
        self.conversation.quiet_until = until or self.now + self.house.limits.window
        limits, at = self.house.limits, self._goes_on()
        text = TOO_MUCH.format(messages=limits.messages, minutes=limits.minutes, until=at)
        repository.note(self.session, self.conversation, text, self.now)

    def _goes_on(self) -> str:
        until = self.conversation.quiet_until
        return facts.clock_words(until, self.house.terms.timezone) if until else ""

    def _judge(self, *, helpful: bool) -> None:
        """What the customer says of the last answer stands with it."""
        line = repository.last_answer(self.session, self.conversation.id)
        if line is not None:
            line.helpful = helpful
            facts = {"message": line.id, "helpful": helpful}
            audit.append(
                self.session, actor=CUSTOMER.name, action="answer.helped" if helpful else "answer.did_not_help",
                subject=f"conversation:{self.conversation.id}", data=facts, now=self.now,
            )  # fmt: skip

    def _remember(self, decision: Decision) -> None:
        """What the next message is decided and understood with. A machine's leaves it as it was: between the bot's
        question and the customer's answer there may be a notice of absence, or a forged mail.
        """
        if self.arrival.message.automatic:
            return
        conversation, understood = self.conversation, self.arrival.understanding
        conversation.asked, conversation.failures = decision.asked, decision.failures
        conversation.offered = []
        if decision.reply in STANDING:
            conversation.question = understood.question[: follow_ups.MOST_QUESTION] if understood else ""
            conversation.offered = [choice.key for choice in understood.choices] if understood else []
        elif decision.helpful is None:
            conversation.question = ""
        if decision.reply == "answer":
            conversation.answers += 1

    def _taken(self, decision: Decision) -> Taken | None:
        """Who asks after a request from elsewhere has a code sent to where it came from."""
        if decision.reply != ELSEWHERE or self.taken:
            return self.taken
        reference = parse_reference(self.arrival.said) or ""
        return ask_elsewhere(self.session, self.arrival, reference, self.conversation, self.house, self.now)

    def _receipts(self, opened: Sequence[Ticket]) -> dict[str, str]:
        """By which a customer can have it checked that their request was noted; a text has no room for them."""
        subjects = {ticket.reference: f"ticket:{ticket.reference}" for ticket in opened}
        return {name: str(receipts.of(self.session, each, "ticket.opened")) for name, each in subjects.items()}

    def _reply(self, decision: Decision, opened: Sequence[Ticket], taken: Taken | None) -> None:
        new = opened or decision.handover
        open_tickets = tickets.of_conversation(self.session, self.conversation.id) if new else self.known
        # The notice is in English: whoever reads another language gets it with a person's help, or not at all.
        first = self.address.notice_given_at is None and decision.reply != "other_language"
        shown = [*open_tickets, *self.others, *self.ended]
        given = self._receipts(opened) if self.conversation.channel != "sms" else {}
        values = wording.values(
            self.arrival, decision, opened, shown, self.house, self.now, notice=first, receipts=given
        )
        key = taken.reply if taken else decision.reply
        values = replace(values, **taken.said) if taken else values
        values = replace(values, until=self._goes_on()) if key == "flooded" else values
        reply = replies.render(self.conversation.channel, key, values)
        if reply.asks:
            self.conversation.asked, self.conversation.asked_helpful = "helpful", True
        if first:
            self.address.notice_given_at = self.now
        line = sending.send(
            self.session, self.conversation, reply.text, self.now, site=self.arrival.site, outcome=key,
            secret=taken.secret if taken else None,
            citations=[quote.stored() for quote in reply.citations], choices=reply.choices, parent=self.line,
            confidence=self.arrival.understanding.confidence if self.arrival.understanding else None,
            evidence=evidence.of_answer(self.arrival, self.line.seq),
        )  # fmt: skip
        facts = {"reply": key, "message": line.id, "clauses": [quote.id for quote in reply.citations]}
        subject = f"conversation:{self.conversation.id}"
        audit.append(
            self.session, actor=BOT.name, action="conversation.answered", subject=subject, data=facts, now=self.now
        )
