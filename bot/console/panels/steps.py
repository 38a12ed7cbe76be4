"""Panel "Next steps": what can be done with a request now, by whom, and what its customer would be told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.actors import Actor
from bot.casework import service as casework
from bot.console.gate import Call
from bot.console.panels.offers import FOR_ANOTHER, GROUPS, MAIN, NEXT_START, OFFERS, Offer, next_of
from bot.conversations import repository
from bot.errors import PermanentError
from bot.tickets import joining, states
from bot.tickets.models import Ticket
from bot.tickets.service import facts_of
from bot.tickets.vocabulary import OWED, Facts

MOST_OTHERS = 20
DONE = {
    "stepped": "It is done, and the request is up to date.",
    "merged": "The two are one now; this is the one that goes on.",
    "split": "This is the second request. It has the same date of receipt.",
    "unmerged": "They are two requests again.",
}


class Possible(NamedTuple):
    """A step that can be taken. `told` is what the customer would read, "" for nothing; `hindrance` why it can't be
    worded; `reason_needed` says that it is allowed only with a reason.
    """

    offer: Offer
    told: str
    hindrance: str
    reason_needed: bool


class Steps(NamedTuple):
    """What is to be done next, and in which panel; what must be done before this one; what can be done, by group; what
    can't, with why; what it can be merged with, what was merged into it; by which channel the customer is told.
    """

    next: tuple[str, str]
    waits: Ticket | None
    groups: Sequence[tuple[str, Sequence[Possible]]]
    not_now: Sequence[tuple[Offer, str]]
    others: Sequence[Ticket]
    joined: Sequence[Ticket]
    can_merge: bool
    can_split: bool
    channel: str


def load(session: Session, ticket: Ticket, call: Call) -> Steps:
    """All steps, judged by the machine for who looks."""
    found: list[Possible] = []
    not_now: list[tuple[Offer, str]] = []
    offered = set(states.possible(ticket.state, ticket.kind, call.who.role))
    for offer, facts in _judged(session, ticket, call):
        why = states.blocked(facts._replace(reason=bool(offer.reason or offer.words)), offer.event)
        if offer.event in offered and not why and not _needless(ticket, offer):
            bare = states.blocked(facts, offer.event)
            found.append(_worded(session, ticket, offer, call, reason_needed=offer.must == "reason" or bool(bare)))
        elif _concerns(ticket, offer):
            not_now.append((offer, states.named(why, offer.event, offer.label)))
    groups = [(title, [each for each in found if each.offer.group == key]) for key, title in GROUPS]
    return Steps(
        next=_next(session, ticket, call),
        waits=_waits(session, ticket),
        groups=[(title, each) for title, each in groups if each],
        not_now=not_now,
        others=_others(session, ticket),
        joined=_joined(session, ticket),
        can_merge=ticket.state in OWED,
        can_split=not ticket.ended,
        channel=repository.get(session, ticket.conversation_id).channel,
    )


def _next(session: Session, ticket: Ticket, call: Call) -> tuple[str, str]:
    """What is to be done next, and in which panel."""
    if ticket.agent_kind and ticket.state == "received":
        facts = facts_of(session, ticket, "start", Actor(call.who.role, call.who.id), call.desk.now())
        if not states.blocked(facts, "start"):
            return NEXT_START
        if facts.authority:
            return next_of(ticket.state, ticket.kind)
        return FOR_ANOTHER
    return next_of(ticket.state, ticket.kind, acknowledged=ticket.acknowledged_at is not None)


def _judged(session: Session, ticket: Ticket, call: Call) -> Iterator[tuple[Offer, Facts]]:
    """Each step with the facts that it is judged by. An extension and a dismissal need some of their own."""
    actor, now = Actor(call.who.role, call.who.id), call.desk.now()
    common = facts_of(session, ticket, "close", actor, now)
    own = {"extend": facts_of(session, ticket, "extend", actor, now),
           "dismiss": facts_of(session, ticket, "dismiss", actor, now)}  # fmt: skip
    for offer in OFFERS:
        yield offer, own.get(offer.event, common)


def _worded(session: Session, ticket: Ticket, offer: Offer, call: Call, *, reason_needed: bool) -> Possible:
    """The step with its words, as they would go out now; with what was typed where that came back."""
    own = call.form if call.form.get("event") == offer.event else {}
    typed = own.get("words") or (own.get("reason") if offer.must == "reason" else "") or ""
    site = call.desk.site(repository.get(session, ticket.conversation_id).site)
    try:
        told = casework.preview(
            session, ticket, offer.event, call.desk.now(), house=call.desk.house, site=site, words=typed
        )
    except PermanentError as error:
        return Possible(offer, "", str(error), reason_needed)
    return Possible(offer, told, "", reason_needed)


def _needless(ticket: Ticket, offer: Offer) -> bool:
    """Whether the step would only say again what is known: nobody is asked to prove twice who they are."""
    known = ticket.identity_tier >= ticket.needed_tier
    return offer.event == "identity_proved" and known and ticket.state != "awaiting_identity"


def _concerns(ticket: Ticket, offer: Offer) -> bool:
    """Whether somebody may look for that step on a ticket like this, though it is not possible."""
    return offer.event in MAIN and any(
        row.event == offer.event and ticket.kind in row.kinds for row in states.TRANSITIONS
    )


def _waits(session: Session, ticket: Ticket) -> Ticket | None:
    """The open request that must be done first."""
    before = session.get(Ticket, ticket.waits_for_id) if ticket.waits_for_id and not ticket.ended else None
    return None if before is None or before.ended or before.state in ("delivered", "answered") else before


def _others(session: Session, ticket: Ticket) -> Sequence[Ticket]:
    """The person's other requests that this one could be merged into."""
    query = select(Ticket).where(
        Ticket.contact_id == ticket.contact_id, Ticket.id != ticket.id, Ticket.state.in_(OWED),
        Ticket.kind.in_(joining.family(ticket.kind)),
    )  # fmt: skip
    return session.scalars(query.order_by(Ticket.id).limit(MOST_OTHERS)).all()


def _joined(session: Session, ticket: Ticket) -> Sequence[Ticket]:
    """What was merged into this one."""
    query = select(Ticket).where(Ticket.merged_into_id == ticket.id)
    return session.scalars(query.order_by(Ticket.id).limit(MOST_OTHERS)).all()
