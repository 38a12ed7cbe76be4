"""One proof for all that is asked for together: what somebody shows for their copy, they show for the deletion too.

What counts for another request is as sure as its kind asks (tickets.vocabulary.NEEDED_TIER) and no older than FRESH.
The two came in one message, or in one conversation whose senders nobody else can show: whoever can write another's name
into a mail's From line, or another's number over a text, must not ride on the other's proof. Called where a proof is
given and where a request is opened, inside somebody else's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.actors import BOT, Actor
from bot.contacts import proofs
from bot.contacts.forms import form
from bot.contacts.models import IdentityCheck, Proof
from bot.conversations.models import Conversation
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from bot.tickets.vocabulary import OWED, RIGHTS

FRESH = timedelta(days=1)
"""How long what was shown for one request counts for another that is asked for after it."""
_BY_STAFF = ("document", "callback")


def shared(
    session: Session, ticket: Ticket, conversation: Conversation, actor: Actor, now: datetime
) -> Sequence[Ticket]:
    """Let what was just shown for a ticket count for the others asked for with it; those that are known well enough by
    it and were not before.
    """
    served = []
    for other in _beside(session, ticket, conversation):
        before = other.identity_tier
        _count(session, ticket, other, actor, now)
        if before < other.needed_tier <= other.identity_tier and other.state != "suspected":
            served.append(other)
    return served


def inherited(session: Session, ticket: Ticket, conversation: Conversation, now: datetime) -> None:
    """Let what was shown for an earlier request within FRESH count for this new one."""
    for other in reversed(_beside(session, ticket, conversation)):
        _count(session, other, ticket, BOT, now)


def _beside(session: Session, ticket: Ticket, conversation: Conversation) -> Sequence[Ticket]:
    """The requests asked for together with this one by the same person for themselves, oldest first."""
    if ticket.kind not in RIGHTS or ticket.agent_kind:
        return ()
    query = select(Ticket).where(
        Ticket.conversation_id == ticket.conversation_id, Ticket.contact_id == ticket.contact_id,
        Ticket.id != ticket.id, Ticket.kind.in_(RIGHTS), Ticket.state.in_(OWED), Ticket.agent_kind == "",
    )  # fmt: skip
    if not _vouched(conversation):
        query = query.where(Ticket.received_at == ticket.received_at)
    return session.scalars(query.order_by(Ticket.id)).all()


def _vouched(conversation: Conversation) -> bool:
    """Whether somebody vouches for who writes there: our own session of a chat, or WhatsApp or RCS. A text's number can
    be forged (elsewhere.FORGED).
    """
    return conversation.channel == "webchat" or (conversation.channel == "sms" and bool(form(conversation.address)))


def _count(session: Session, shown_for: Ticket, other: Ticket, actor: Actor, now: datetime) -> None:
    """Note for `other` what stands as shown for `shown_for`, as far as it brings it further."""
    wanted = (Proof.ticket_id == shown_for.id, Proof.ended_at.is_(None), Proof.at > now - FRESH)
    found = session.scalars(select(Proof).where(*wanted).order_by(Proof.id)).all()
    usable = [proof for proof in found if proof.kind not in _BY_STAFF or actor.staff_id]
    if max((proof.tier for proof in usable), default=0) <= other.identity_tier:
        return
    for proof in usable:
        if proof.kind != "control":  # control is of an address, whatever it was shown for
            evidence = {**proof.evidence, "shown_for": shown_for.id}
            proofs.add(
                session, other.contact_id, proof.kind, actor, now, ticket_id=other.id, evidence=evidence  # type: ignore[arg-type]  # its words
            )  # fmt: skip
    tier = proofs.tier_of(session, other.contact_id, other.id, now)
    if tier > other.identity_tier:
        tickets.prove_identity(session, other.id, tier, "shown_together", actor, now)
    check = session.get(IdentityCheck, other.id)
    if check is not None and other.identity_tier >= other.needed_tier:
        check.stage = "done"
