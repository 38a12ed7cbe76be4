"""From a ticket's step to the words that its customer gets: which wording, with which values, in which conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.casework.regulators import regulator_of
from bot.casework.values import Told, WaitsFor
from bot.casework.wording import NEEDS_WORDS, worded
from bot.clock import day_of
from bot.conversations import replies, repository, sending
from bot.conversations.models import Conversation, Message
from bot.conversations.standing import TOLD
from bot.conversations.wording import House
from bot.tickets import ledger
from bot.tickets.cases import EVENT_TYPES
from bot.tickets.deadlines import Event as ClockEvent
from bot.tickets.models import Ticket
from bot.tickets.states import TRANSITIONS, Event
from channels.context import Site
from channels.mail.borrowed import plain_name

__all__ = [
    "Telling", "conversation_of", "due_after", "key_of", "send", "told", "worded", "would_tell",
    "would_tell_now"]  # fmt: skip

_OWN: Mapping[tuple[str, str], str] = {
    ("authority_proved", "search_begun"): "authority_known",
    ("fee_paid", "search_begun"): "fee_received",
}
"""Wordings that say what has just come, instead of only what follows from it."""
UNPROMPTED = frozenset({"reminder", "extended", "closed_unverified", "no_request"})
"""Wordings that nobody awaits at that hour: they keep to the quiet hours of where their customer is."""
_AWAITING = "awaiting_"


@dataclass(frozen=True, slots=True)
class Telling:
    """What the caller knows of a step beside the ticket. `words` are for the customer; `typed` says that they were
    typed for them, and are no mere reason. `due` overrides the ticket's date, None for the ticket's own.
    """

    words: str = ""
    typed: bool = False
    link: str = ""
    until: str = ""
    into: Ticket | None = None
    last: bool = False
    stage: str = ""
    due: str | None = None


def key_of(told_by_step: str, event: Event, kind: str) -> str:
    """The wording of a step. `told_by_step` is the key in the table of states."""
    if told_by_step == "answered_right" and kind == "erasure":
        return "erased"
    return _OWN.get((event, told_by_step), told_by_step)


def would_tell(ticket: Ticket, event: Event) -> str:
    """The wording that the step would have from where the ticket is; "" for none."""
    for row in TRANSITIONS:
        if row.event == event and ticket.state in row.sources and ticket.kind in row.kinds:
            return key_of(row.told, event, ticket.kind)
    return ""


def would_tell_now(session: Session, ticket: Ticket, event: Event) -> str:
    """As `would_tell`; that it is no request, only who had heard of one is told."""
    key = would_tell(ticket, event)
    return "" if key == "no_request" and not _heard_of(session, ticket) else key


def _heard_of(session: Session, ticket: Ticket) -> bool:
    """Whether anything that went to the customer named the ticket."""
    query = select(Message.id).where(
        Message.conversation_id == ticket.conversation_id, Message.direction == "out",
        Message.text.contains(ticket.reference, autoescape=True),
    )  # fmt: skip
    return session.scalar(query.limit(1)) is not None


def due_after(session: Session, ticket: Ticket, event: Event, now: datetime) -> str:
    """The date by which we would answer after that step, as people read it; "" where its clock would stand."""
    kind = ledger.TYPES.get(event, "")
    if kind not in EVENT_TYPES:
        return replies.answer_by(ticket.kind, ticket.due_on, day_of(now, ticket.timezone))
    events = [*ledger.events_of(session, ticket), ClockEvent(kind, now)]
    due = ledger.deadline(ticket, events).due
    return replies.answer_by(ticket.kind, due, day_of(now, ticket.timezone))


def conversation_of(session: Session, ticket: Ticket) -> Conversation:
    """Where the ticket's customer is told: the conversation in which they asked."""
    return repository.get(session, ticket.conversation_id)


def told(
    ticket: Ticket, key: str, said: Telling, conversation: Conversation, now: datetime, *, house: House, site: Site
) -> Told:
    """Everything that the wording may name; a date gone by is promised no more."""
    today = day_of(now, ticket.timezone or house.terms.timezone)
    waits = ticket.state.removeprefix(_AWAITING) if ticket.state.startswith(_AWAITING) else ""
    into = said.into or ticket
    return Told(
        reference=ticket.reference,
        kind=ticket.kind,
        kind_words=replies.kind_words(ticket.kind, agent=bool(ticket.agent_kind)),
        due=replies.answer_by(into.kind, into.due_on, today) if said.due is None else said.due,
        late=replies.late(into.due_on, today),
        words=said.words if said.typed or key in NEEDS_WORDS else "",
        link=said.link,
        until=said.until,
        into=into.reference,
        received=replies.in_words(day_of(ticket.received_at, ticket.timezone or house.terms.timezone)),
        waits_for=cast("WaitsFor", waits),
        last=said.last,
        stage=said.stage,
        regulator=regulator_of(ticket.calendar or house.terms.calendar),
        company=replies.short_name(house.companies.get(site.policy, site.name)),
        site=site.name,
        name=plain_name(conversation.name) if conversation.channel == "mail" else "",
        contact=house.contacts.get(site.policy, ""),
    )


def send(
    session: Session, conversation: Conversation, text: str, key: str, now: datetime, site: Site,
    *, last_day: date | None = None,
) -> Message:  # fmt: skip
    """The words as a line of the bot's, queued for its delivery; `last_day` is the law's for them."""
    return sending.send(
        session, conversation, text, now, site=site, outcome=f"{TOLD}{key}", unprompted=key in UNPROMPTED,
        last_day=last_day,
    )  # fmt: skip
