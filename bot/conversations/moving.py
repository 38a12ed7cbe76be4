"""A conversation goes on by another channel: at once where the address is proved to be the same person's, else after a
code that goes there and is typed where the conversation is.

Both conversations say where it goes on and where it came from; open requests go along, so that their answers go to the
new one; what was said stays where it was. Staff take it back as easily. Inside somebody else's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.actors import Actor
from bot.contacts import claims, proofs
from bot.contacts import service as contacts
from bot.contacts.models import ContactAddress, IdentityCheck
from bot.conversations import continuations, identity, ownership, reaching, repository
from bot.conversations.elsewhere import RECENT
from bot.conversations.models import Continuation, Conversation
from bot.conversations.saying import say
from bot.conversations.wording import House
from bot.errors import NotFound, PermanentError
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from channels.context import Site

REASON = "It goes on here from their conversation {}, which a person had."
GOES_ON, CAME_FROM = "It goes on in conversation {}.", "It comes from conversation {}."
BACK, ENDED = "It goes on here again, and no more in conversation {}.", "It goes on in conversation {} again."
HERE_ALREADY = "they write from that address here already: choose another one"
NO_ADDRESS = "that is no email address or mobile number: write it like name@example.com or +447700900123"


def choices(session: Session, conversation: Conversation, now: datetime) -> Sequence[ContactAddress]:
    """Where it may go on at once: addresses that the person has proved, and that take messages."""
    proved = proofs.proved_addresses(session, conversation.contact_id, now)
    return [
        each for each in proved
        if each.channel in ("mail", "sms") and each.opted_out_at is None and each.bad_since is None
        and (each.channel, each.value) != (conversation.channel, conversation.address)
    ]  # fmt: skip


def goes_on_in(session: Session, conversation_id: int) -> Continuation | None:
    """Where a conversation goes on now; None where it goes on nowhere else."""
    return continuations.going_on(session, conversation_id, "moved")


def ask(
    session: Session, conversation: Conversation, to: str, actor: Actor, now: datetime, *, house: House, site: Site
) -> Literal["moved", "code"]:
    """Go on at the address `to` (a mailbox or number): at once where it is proved, else a code goes there first.

    Raises:
        PermanentError: it is no address, this very one, can't be reached, or too many codes went there.
    """
    channel, value = claims.address(to) or ("", "")
    if not value:
        raise PermanentError(NO_ADDRESS)
    if (channel, value) == (conversation.channel, conversation.address):
        raise PermanentError(HERE_ALREADY)
    if goes_on_in(session, conversation.id) is not None:
        raise PermanentError("it goes on elsewhere already: take it back first")
    address = contacts.find_or_create(session, channel, value, "", now, sign=house.sign)
    if any(each.id == address.id for each in choices(session, conversation, now)):
        move(session, conversation, address, actor, now, house=house, site=site)
        return "moved"
    if address.shared:
        raise PermanentError("several people use that address, so a code from it shows nobody: choose another one")
    identity.code_to(session, address, "link", None, conversation, now, house=house, site=site, told_here=True)
    there = reaching.conversation_with(session, address, now, site=site)
    continuations.begin(session, conversation, there, "asked", actor, now)
    ownership.audited(session, conversation, "conversation.move_asked", actor, {"channel": channel}, now)
    return "code"


def waiting(session: Session, conversation_id: int, now: datetime) -> Continuation | None:
    """Where staff asked lately to go on, and a code was sent first; None for nowhere."""
    return continuations.going_on(session, conversation_id, "asked", since=now - RECENT)


def move(
    session: Session, here: Conversation, address: ContactAddress, actor: Actor, now: datetime, *, house: House,
    site: Site, told_here: bool = True,
) -> Conversation:  # fmt: skip
    """Go on at an address that is proved to be theirs; returns the conversation there.

    Raises:
        PermanentError: nothing can be sent there.
    """
    there = reaching.conversation_with(session, address, now, site=site, subject=f"Your conversation with {site.name}")
    if there.state == "closed":
        ownership.reopen(session, there.id, actor, now)
    along = [ticket.id for ticket in tickets.of_conversation(session, here.id) if ticket.conversation_id == here.id]
    _follow(session, along, here.id, there.id)
    continuations.begin(session, here, there, "moved", actor, now, tickets=along)
    if here.owner == "human":
        ownership.hand_over(session, there, REASON.format(here.id), now)
        there.assignee_id = here.assignee_id
    repository.note(session, here, GOES_ON.format(there.id), now)
    repository.note(session, there, CAME_FROM.format(here.id), now)
    if told_here and not reaching.hindered(session, here):
        say(session, here, f"identity_moved_{there.channel}", now, house=house, site=site)
    say(session, there, "identity_moved_here", now, house=house, site=site)
    facts = {"to": there.id, "channel": there.channel, "tickets": len(along)}
    ownership.audited(session, here, "conversation.moved", actor, facts, now)
    return there


def take_back(session: Session, conversation_id: int, actor: Actor, now: datetime) -> None:
    """It goes on where it was; what has been said meanwhile stays there.

    Raises:
        NotFound: it goes on nowhere else.
    """
    row = goes_on_in(session, conversation_id)
    if row is None:
        raise NotFound("it goes on nowhere else any more: load the page again")
    row.ended_at = now
    here, there = repository.get(session, row.conversation_id), repository.get(session, row.to_id)
    _follow(session, row.tickets, there.id, here.id)
    repository.note(session, here, BACK.format(there.id), now)
    repository.note(session, there, ENDED.format(here.id), now)
    ownership.audited(
        session, here, "conversation.moved_back", actor, {"from": there.id, "tickets": len(row.tickets)}, now
    )


def _follow(session: Session, ids: Sequence[int], before: int, after: int) -> None:
    """Requests that are there go along, with where their codes and details are typed."""
    for ticket in session.scalars(select(Ticket).where(Ticket.id.in_(ids), Ticket.conversation_id == before)):
        ticket.conversation_id = after
        check = session.get(IdentityCheck, ticket.id)
        if check is not None:
            check.conversation_id = after
