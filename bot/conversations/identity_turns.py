"""What a customer writes while the desk waits to learn who they are: a code, another code, an address, details.

Called by handling before the decision; identity_codes.py sends what codes it asks for. A person who owns the
conversation does not stop it. Inside the handling's own transaction.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from sqlalchemy.orm import Session

from bot.audit.actors import BOT, CUSTOMER
from bot.clock import day_of
from bot.contacts import codes, linking, proofs, proving, tiers
from bot.contacts import service as contacts
from bot.contacts.codes import Purpose
from bot.contacts.models import ContactAddress, IdentityCheck, OneTimeCode
from bot.conversations import (
    away_turns,
    identifying,
    identity,
    identity_claims,
    moving_turns,
    replies,
    together,
    transcript_turns,
    wording,
)
from bot.conversations.arrivals import Arrival
from bot.conversations.by_hand import WHILE_THERE
from bot.conversations.identifying import Said
from bot.conversations.identity_codes import Taken, Turn, asked_after, sent
from bot.conversations.models import Conversation
from bot.conversations.silence import UNVERIFIED
from bot.conversations.wording import House
from bot.db import wake
from bot.messages import inbox
from bot.tickets import service as tickets
from bot.tickets.models import Ticket

SHARED = "Several people use this address: a code from it shows nobody. Decide, call back or ask for a document."

_CHECKS = re.compile(r"\b(dmarc|dkim|spf)=([a-z]{1,12})\b", re.IGNORECASE)
"""What a mail's own checks said ("pass", "fail"), as it is kept with a proof."""


def take(
    session: Session, arrival: Arrival, address: ContactAddress, conversation: Conversation, house: House,
    now: datetime, *, known: Sequence[Ticket],
) -> Taken | None:  # fmt: skip
    """What the message does for who they are; None for nothing. `known` are the conversation's open tickets."""
    message = arrival.message
    waits = any(ticket.state == "awaiting_identity" for ticket in known)
    late = [ticket.id for ticket in known] if known and not waits and identifying.more_details(message.text) else []
    concerns = identifying.may_concern(message.text)
    if arrival.undecodable or message.consent or not (waits or late or concerns):
        return None
    if message.automatic and message.automatic != UNVERIFIED:
        return None
    turn = _Turn(session, arrival, address, conversation, house, now)
    out = proving.out_in(session, conversation.id, now) if concerns else ()
    check = identity.of_conversation(session, conversation.id) if waits else identity.lately_shown(session, late, now)
    stage = cast("identifying.Stage", check.stage if check else "")
    given = check is not None and conversation.channel == "webchat"
    said = identifying.read(message.text, code_out=bool(out), stage=stage, given=given)
    if concerns and said.kind in ("", "code") and not any(row.state == "out" and row.expires_at > now for row in out):
        meant = proving.misplaced(session, conversation.id, address, now)
        if meant is not None and identifying.read(message.text, code_out=True, stage="").kind == "code":
            return turn.misplaced(meant)
    if message.automatic and said.kind != "code":
        return None
    if said.kind == "code":
        return turn.code(said)
    if said.kind == "again":
        return turn.again(out, check)
    if check is not None and said.kind == "address":
        return turn.address_given(check, said)
    if check is not None and said.kind == "details":
        return turn.details(check, said)
    return None


def without_code_in_subject(
    session: Session, arrival: Arrival, address: ContactAddress, conversation: Conversation, now: datetime
) -> Arrival:
    """A mail as it is kept whose subject has a code while one is out for its sender: without it, as in the body. Only
    what stands in the body is tried.
    """
    message = arrival.message
    code = codes.typed(message.subject)
    out = code and (proving.out_in(session, conversation.id, now) or proving.misplaced(session, 0, address, now))
    if not out:
        return arrival
    inbox.forget(session, arrival.inbox_id)
    conversation.subject = identifying.masked(conversation.subject, code)
    kept = replace(message, subject=identifying.masked(message.subject, code))
    return replace(arrival, message=kept, words=identifying.masked(arrival.words, code))


@dataclass(frozen=True, slots=True)
class _Turn(Turn):
    """What each kind of such a message brings."""

    def code(self, said: Said) -> Taken:
        """A code was typed. It is kept nowhere, right or wrong."""
        checked = proving.check_in(
            self.session, self.conversation.id, self.address.contact_id, said.code, self.now, self.house.sign
        )
        kept = self._without(said.code)
        if checked.verdict != "ok" or checked.row is None:
            return Taken("identity_wrong", kept)
        sent_to = self.session.get(ContactAddress, checked.row.address_id) or self.address
        # Whoever else uses a shared address could join its person with themselves, from either side.
        if checked.row.purpose != "status" and (sent_to.shared or self.address.shared):
            return self._for_staff(checked.row, kept)
        results = self.arrival.message.evidence.get("authentication-results", "")
        checks = {name.lower(): value.lower() for name, value in _CHECKS.findall(results)}
        proofs.add(
            self.session, sent_to.contact_id, "control", CUSTOMER, self.now, address=sent_to,
            ticket_id=checked.row.ticket_id, evidence={"channel": sent_to.channel, **checks},
        )  # fmt: skip
        if checked.row.purpose == "status":
            return self._status(checked.row, kept)
        if sent_to.contact_id != self.conversation.contact_id:
            linking.link(self.session, self.conversation.contact_id, sent_to.contact_id, "code", CUSTOMER, self.now)
        if checked.row.purpose == "link" or checked.row.ticket_id is None:
            goes_on = moving_turns.after_code(self, kept) or away_turns.after_code(self, sent_to, kept)
            goes_on = goes_on or transcript_turns.after_code(self, kept)
            return goes_on or Taken("identity_linked", kept)
        return self._proved(checked.row.ticket_id, kept)

    def misplaced(self, meant: Purpose) -> Taken:
        """A code that is good elsewhere: it counts for nothing here, not even as a wrong one, and is kept nowhere."""
        key = "identity_on_page" if meant == "package" else "identity_elsewhere"
        return Taken(key, self._without(codes.typed(self.arrival.message.text)))

    def _proved(self, ticket_id: int, kept: Arrival) -> Taken:
        """They control the address: that is enough, or the next step is asked."""
        ticket = tickets.prove_identity(self.session, ticket_id, tiers.TIER["control"], "code", BOT, self.now)
        also = together.shared(self.session, ticket, self.conversation, BOT, self.now)
        check = self.session.get(IdentityCheck, ticket_id)
        ask = tiers.step_up(ticket.needed_tier, ticket.identity_tier)
        if check is not None:
            check.stage = "staff" if ask == "staff" else "details" if ask else "done"
        if ask == "details":
            return Taken("identity_details", kept)
        if ask:
            return Taken("identity_staff", kept, handover=identity_claims.FOR_STAFF)
        due = replies.answer_by(ticket.kind, ticket.due_on, day_of(self.now, self.house.terms.timezone))
        said = {"reference": wording.references(ticket, *also), "due": due}
        return Taken("identity_proved", kept, said=said)

    def _for_staff(self, row: OneTimeCode, kept: Arrival) -> Taken:
        check = self.session.get(IdentityCheck, row.ticket_id) if row.ticket_id else None
        if check is not None:
            check.stage, check.verdict = "staff", "shared"
        return Taken("identity_staff", kept, handover=SHARED)

    def _status(self, row: OneTimeCode, kept: Arrival) -> Taken:
        """Only now, how the request stands."""
        ticket = self.session.get(Ticket, row.ticket_id)
        today = day_of(self.now, self.house.terms.timezone)
        requests = wording.requests([ticket], today) if ticket is not None else ()
        return Taken("identity_status", kept, said={"requests": requests})

    def again(self, out: Sequence[OneTimeCode], check: IdentityCheck | None) -> Taken | None:
        """Another code, to the same address, within the limits."""
        last = out[0] if out else None
        if last is not None and last.purpose == "status":
            ticket = self.session.get(Ticket, last.ticket_id) if last.ticket_id else None
            return asked_after(self.session, self.arrival, ticket, self.conversation, self.house, self.now)
        if check is None and (last is None or last.purpose != "link"):
            return None
        if check is not None and check.address_id is None and self.conversation.channel in WHILE_THERE:
            # A chat shows nobody: the code they mean is another one, and of where this one may go they were asked.
            ticket = self.session.get_one(Ticket, check.ticket_id)
            return Taken("identity_address", self.arrival, said={"reference": ticket.reference})
        address_id = check.address_id if check is not None else last.address_id if last else None
        address = self.session.get(ContactAddress, address_id) if address_id else self.address
        if address is None:
            return None
        ticket = self.session.get(Ticket, check.ticket_id) if check is not None else None
        return sent(self, address, "identity" if check is not None else "link", ticket)

    def address_given(self, check: IdentityCheck, said: Said) -> Taken:
        """A chat's visitor says where the code shall go."""
        channel, value = said.address
        given = contacts.find_or_create(self.session, channel, value, "", self.now, sign=self.house.sign)
        ticket = self.session.get(Ticket, check.ticket_id)
        taken = sent(self, given, "identity", ticket)
        check.address_id, check.stage = given.id, "code"
        return replace(taken, arrival=replace(taken.arrival, understanding=None))

    def details(self, check: IdentityCheck, said: Said) -> Taken:
        """Name and one more: kept sealed until the records are looked at. What comes later is kept with them and
        decides nothing again, so that nobody tries out details.
        """
        text = self.arrival.message.text
        if check.stage in identifying.LATE:
            identity_claims.add_to_claim(check, text, said.details, self.house.sealer)
            return Taken("identity_more", self._kept(identifying.SEALED, quoted=""))
        identity_claims.keep_claim(check, text, said.details, self.house.sealer, self.now)
        wake(self.session, identity_claims.TOPIC)
        return Taken("identity_claimed", self._kept(identifying.SEALED, quoted=""))

    def _without(self, code: str) -> Arrival:
        """The message as it is kept, without the code; what asks nothing beside it is not understood any further."""
        message = self.arrival.message
        kept = self._kept(identifying.masked(message.text, code), quoted=identifying.masked(message.quoted, code))
        asks = not identifying.only_that(message.text)
        return replace(kept, understanding=self.arrival.understanding if asks else None)

    def _kept(self, text: str, *, quoted: str) -> Arrival:
        """The message with other words; the raw delivery, which holds the true ones, is emptied."""
        inbox.forget(self.session, self.arrival.inbox_id)
        message = replace(self.arrival.message, text=text, quoted=quoted)
        return replace(self.arrival, message=message, words=text, understanding=None)
