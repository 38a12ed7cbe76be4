"""Asking somebody to show who they are: what staff begin, and the code that then goes out.

What customers write is taken in `identity_turns`, what they claim is held against the records in `identity_claims`; the
rules stand in `contacts.tiers`. All run inside somebody else's transaction and never commit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.actors import Actor
from bot.contacts import linking, proofs, proving, tiers
from bot.contacts.codes import Purpose
from bot.contacts.models import ContactAddress, IdentityCheck
from bot.conversations import calls, reaching, repository
from bot.conversations.by_hand import cannot_send
from bot.conversations.models import Conversation
from bot.conversations.saying import by_the_clock, say
from bot.conversations.wording import House
from bot.errors import NotFound, PermanentError
from bot.messages import masked
from bot.tickets import finding
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from channels.context import Site

CODE = "Your code"
"""The subject of a mail that takes a code to an address which has no conversation yet."""
BY_HAND = (
    "Ask them by letter or telephone to show who they are; the desk can't send them a code. Note it here once "
    "you have seen a document, or called them back on a number that we had before."
)
"""What stands for staff where who asks wrote on paper or called."""
LATELY = timedelta(days=1)
"""How long after the first details another line of them is taken for one."""


def ask(
    session: Session,
    ticket_id: int,
    actor: Actor,
    now: datetime,
    *,
    house: House,
    site: Site,
    reason: str,
    reasonable: bool,
    address_id: int | None = None,
) -> IdentityCheck:
    """Ask the ticket's customer to show who they are: the ticket waits for it, and a code goes out.

    `reason` is a key of `tiers.REASONS`, `reasonable` whether there was reasonable doubt. The code goes to `address_id`
    or to where they write from; in a chat they are first asked where to. Who has typed a right code in this very
    conversation is not sent another; one typed elsewhere says nothing of who writes here, since a sender can be forged.

    Raises:
        NotAllowed: the ticket can't wait for that now.
        PermanentError: no such reason, they can't be reached there, or too many codes went there.
    """
    if reason not in tiers.REASONS:
        raise PermanentError(f"choose why their identity is in doubt: one of {', '.join(tiers.REASONS)}")
    kept = tiers.REASONS[reason]
    ticket = tickets.change(session, ticket_id, "ask_identity", actor, now, reason=kept, reasonable=reasonable)
    check = session.get(IdentityCheck, ticket_id) or IdentityCheck(ticket_id=ticket_id)
    check.conversation_id, check.address_id = ticket.conversation_id, address_id
    check.reasonable, check.reason, check.by, check.asked_at = reasonable, reason, actor.name, now
    check.claim, check.claimed_at, check.verdict, check.agreed, check.stage = None, None, "", [], "code"
    session.add(check)
    have = proofs.tier_of(session, ticket.contact_id, ticket_id, now)
    conversation = repository.get(session, ticket.conversation_id)
    if tiers.step_up(ticket.needed_tier, have) == "details" and proving.shown_in(session, conversation.id):
        check.stage = "details"
        say(session, conversation, "identity_details", now, house=house, site=site)
    else:
        _begin(session, check, ticket, now, house=house, site=site)
    session.flush()
    facts = {"reason": reason, "reasonable": reasonable, "stage": check.stage}
    audited(session, ticket, "identity.asked", actor, facts, now)
    return check


def again(session: Session, ticket_id: int, actor: Actor, now: datetime, *, house: House, site: Site) -> None:
    """Staff send a code, to the same address as before, or to where they write from.

    Raises:
        PermanentError: nobody waits for one, they can't be reached there, or too many codes went there.
    """
    ticket, check = finding.get(session, ticket_id), session.get(IdentityCheck, ticket_id)
    if ticket.state != "awaiting_identity":
        raise PermanentError("nobody was asked to show who they are: ask first")
    if check is None:  # asked in words of staff's own
        check = IdentityCheck(
            ticket_id=ticket_id, conversation_id=ticket.conversation_id, stage="code", reasonable=True, reason="other",
            by=actor.name, asked_at=now, verdict="", agreed=[],
        )  # fmt: skip
        session.add(check)
    _begin(session, check, ticket, now, house=house, site=site)
    audited(session, ticket, "identity.code_again", actor, {}, now)


def _begin(session: Session, check: IdentityCheck, ticket: Ticket, now: datetime, *, house: House, site: Site) -> None:
    """A code goes out; in a chat they are first asked where to, and staff ask who wrote on paper or called."""
    conversation = repository.get(session, check.conversation_id)
    if calls.is_call(conversation.channel) or cannot_send(conversation.channel):
        check.stage = "staff"
        text = f"{ticket.reference}: {BY_HAND}"
        repository.note(session, conversation, text, now)
    elif conversation.channel == "webchat" and check.address_id is None:
        check.stage = "address"
        say(session, conversation, "identity_address", now, house=house, site=site, reference=ticket.reference)
    else:
        send_code(session, check, ticket, now, house=house, site=site)
        check.stage = "code"


def send_code(
    session: Session, check: IdentityCheck, ticket: Ticket, now: datetime, *, house: House, site: Site
) -> datetime:
    """Send a code for the ticket to the check's address, or to where they write from; returns until when it is good."""
    conversation = repository.get(session, check.conversation_id)
    address = session.get(ContactAddress, check.address_id) if check.address_id else address_of(session, conversation)
    if address is None:
        raise NotFound("no such address: look the person up again")
    check.address_id = address.id
    return code_to(session, address, "identity", ticket, conversation, now, house=house, site=site, told_here=True)


def code_to(
    session: Session,
    address: ContactAddress,
    purpose: Purpose,
    ticket: Ticket | None,
    conversation: Conversation,
    now: datetime,
    *,
    house: House,
    site: Site,
    told_here: bool,
) -> datetime:
    """A code for an address, to be typed in a conversation; where that is another one's, `told_here` says so in it.

    Raises:
        TooMany: too many codes.
        PermanentError: they can't be reached at that address, or the conversation is a call, where none can be typed.
    """
    if calls.is_call(conversation.channel):
        raise PermanentError("this was a telephone call, where no code can be typed: call them back on a known number")
    here = (address.channel, address.value) == (conversation.channel, conversation.address)
    there = conversation if here else reaching.conversation_with(session, address, now, site=site, subject=CODE)
    issued = proving.issue(
        session, address, purpose, ticket.id if ticket else None, now, house.sign, conversation_id=conversation.id,
        asker_id=conversation.contact_id,
    )  # fmt: skip
    until = by_the_clock(issued.until, now, house.terms.timezone)
    secret = masked.secret(house.sealer, issued.code, issued.until)
    reference = ticket.reference if ticket and here else ""
    say(
        session, there, "identity_code" if here else "identity_code_there", now, house=house, site=site, secret=secret,
        until=until, reference=reference,
    )  # fmt: skip
    if told_here and not here:
        say(session, conversation, "identity_sent", now, house=house, site=site, until=until)
    return issued.until


def address_of(session: Session, conversation: Conversation) -> ContactAddress | None:
    """The record of the address that a conversation is with."""
    wanted = (ContactAddress.channel == conversation.channel, ContactAddress.value == conversation.address)
    return session.scalars(select(ContactAddress).where(*wanted)).first()


def of_conversation(session: Session, conversation_id: int) -> IdentityCheck | None:
    """The newest check that is under way in a conversation."""
    query = (
        select(IdentityCheck)
        .join(Ticket, Ticket.id == IdentityCheck.ticket_id)
        # `coalesce` keeps the planner off the index on the state: it would read every ticket that waits for identity.
        .where(IdentityCheck.conversation_id == conversation_id, func.coalesce(Ticket.state, "") == "awaiting_identity")
        .order_by(IdentityCheck.asked_at.desc(), IdentityCheck.ticket_id.desc())
        .limit(1)
    )
    return session.scalars(query).first()


def lately_shown(session: Session, ticket_ids: Sequence[int], now: datetime) -> IdentityCheck | None:
    """The newest check of these tickets whose customer gave details within LATELY, whatever came of it."""
    if not ticket_ids:
        return None
    query = (
        select(IdentityCheck)
        .where(IdentityCheck.ticket_id.in_(ticket_ids), IdentityCheck.claimed_at > now - LATELY)
        .order_by(IdentityCheck.claimed_at.desc())
        .limit(1)
    )
    return session.scalars(query).first()


def ask_link(
    session: Session, ticket_id: int, address_id: int, actor: Actor, now: datetime, *, house: House, site: Site
) -> None:
    """Ask the ticket's customer to show that another address is theirs too: a code goes there, to be typed here.

    Raises:
        PermanentError: it is this very person's, they can't be reached there, or too many codes went there.
    """
    ticket = finding.get(session, ticket_id)
    conversation = repository.get(session, ticket.conversation_id)
    address = session.get(ContactAddress, address_id)
    if address is None:
        raise NotFound("no such address: look the person up again")
    if address.contact_id in linking.one_person(session, conversation.contact_id):
        raise PermanentError("that address is this person's already: choose another one")
    code_to(session, address, "link", None, conversation, now, house=house, site=site, told_here=True)
    audited(session, ticket, "identity.link_asked", actor, {"address": address_id}, now)


def audited(
    session: Session, ticket: Ticket, action: str, actor: Actor, data: Mapping[str, object], now: datetime
) -> None:
    """The audit of something done with a ticket, facts only."""
    subject = f"ticket:{ticket.reference}"
    audit.append(session, actor=actor.name, action=action, subject=subject, data=data, now=now)
