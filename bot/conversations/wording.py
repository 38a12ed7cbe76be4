"""From a decision to the values that its wording names: quotations, reference, due date, contact block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.conversations import replies
from bot.conversations.arrivals import Arrival
from bot.conversations.states import Decision
from bot.tickets.models import Ticket
from bot.tickets.service import Terms
from channels.mail.borrowed import harmless, plain_name
from knowledge.base import Answer, Citation, OffTopic, Silent


@dataclass(frozen=True, slots=True)
class House:
    """What the desk knows of itself. `companies` and `contacts` (the policy's own contact block) go by policy key."""

    terms: Terms
    base_url: str
    companies: Mapping[str, str]
    contacts: Mapping[str, str]


def values(
    arrival: Arrival,
    decision: Decision,
    told: Ticket | None,
    open_tickets: Sequence[Ticket],
    house: House,
    *,
    notice: bool,
) -> replies.Values:
    """Everything that a wording may name. `told` is the ticket just opened; else the open one of the same kind is."""
    understood, site = arrival.understanding, arrival.site
    intent = understood.intent.name if understood else ""
    told = told or next((ticket for ticket in open_tickets if ticket.kind == intent), None)
    result = understood.result if understood else None
    return replies.Values(
        company=replies.short_name(house.companies.get(site.policy, site.name)),
        site=site.name,
        name=plain_name(arrival.message.name) if arrival.channel == "mail" else "",
        citations=tuple(replies.quote(citation, house.base_url) for citation in _cited(decision, result)),
        topic=result.topic if isinstance(result, Answer | Silent) else "",
        off_topic=result.kind if isinstance(result, OffTopic) else "other",
        handover=decision.handover,
        reference=told.reference if told else "",
        due=replies.in_words(told.due_on) if told else "",
        kind_words=replies.KIND_WORDS.get(told.kind if told else intent, ""),
        words=_repeated(arrival),
        requests=tuple(_request(ticket) for ticket in open_tickets if ticket.kind != "human"),
        contact=house.contacts.get(site.policy, ""),
        ask_person=not decision.handover,
        notice=notice,
    )


def _repeated(arrival: Arrival) -> str:
    """Their own words, to say back. A chat's visitor reads them himself; a mail's sender may be forged, so that they
    reach somebody who takes them for ours: there they may lead nowhere.
    """
    words = replies.own_words(arrival.message.text)
    return words if arrival.channel != "mail" or harmless(words) else ""


def _cited(decision: Decision, result: object) -> Sequence[Citation]:
    if decision.reply == "answer" and isinstance(result, Answer):
        return result.citations
    return ()


def _request(ticket: Ticket) -> replies.Request:
    return replies.Request(
        ticket.reference,
        replies.KIND_WORDS.get(ticket.kind, ""),
        replies.STATE_WORDS.get(ticket.state, ""),
        replies.in_words(ticket.due_on),
    )
