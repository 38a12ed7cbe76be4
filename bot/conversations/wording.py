"""From a decision to the values that its wording names: quotations, reference, due date, contact block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.clock import day_of
from bot.contacts.codes import Sign
from bot.conversations import dating, languages, replies
from bot.conversations.arrivals import Arrival
from bot.conversations.flood import USUAL, Limits
from bot.conversations.standing import Decision
from bot.sealing import Sealer
from bot.tickets.models import Ticket
from bot.tickets.service import Terms
from bot.tickets.vocabulary import COPY, DONE, OWED, RIGHTS
from channels.mail.borrowed import harmless, plain_name
from knowledge.base import Answer, Citation, OffTopic, Silent


@dataclass(frozen=True, slots=True)
class House:
    """What the desk knows of itself. `companies` and `contacts` (the policy's own contact block) go by policy key.

    `sign` and `sealer` hash and seal with its secret key. `scans`: files are scanned before they are opened.
    `limits` are those of automatic replies. `texts`: the desk sends texts, so that who called can have one.
    """

    terms: Terms
    base_url: str
    companies: Mapping[str, str]
    contacts: Mapping[str, str]
    sign: Sign
    sealer: Sealer
    scans: bool = False
    limits: Limits = USUAL
    texts: bool = True


def values(
    arrival: Arrival,
    decision: Decision,
    opened: Sequence[Ticket],
    open_tickets: Sequence[Ticket],
    house: House,
    now: datetime,
    *,
    notice: bool,
    receipts: Mapping[str, str] | None = None,
) -> replies.Values:
    """Everything that a wording may name. `opened` are the tickets just opened, all of which are in `open_tickets`;
    `receipts` are theirs, by reference.
    """
    understood, site = arrival.understanding, arrival.site
    today = day_of(now, house.terms.timezone)
    intent = understood.intent.name if understood else ""
    told = _told(decision, intent, open_tickets)
    beside = [ticket for ticket in opened if ticket is not told and decision.reply != "status"]
    result = understood.result if understood else None
    return replies.Values(
        company=replies.short_name(house.companies.get(site.policy, site.name)),
        site=site.name,
        name=plain_name(arrival.message.name) if arrival.channel == "mail" else "",
        citations=tuple(replies.quote(citation, house.base_url) for citation in _cited(decision, result)),
        parts=replies.parts(result, house.base_url) if decision.reply == "answer" else (),
        curated=result.curated if isinstance(result, Answer) and decision.reply == "answer" else "",
        choices=tuple(choice.name for choice in understood.choices) if understood else (),
        ask_helpful=decision.may_ask,
        topic=result.topic if isinstance(result, Answer | Silent) else "",
        off_topic=result.kind if isinstance(result, OffTopic) else "other",
        handover=decision.handover,
        reference=told.reference if told else "",
        due=replies.answer_by(told.kind, told.due_on, today) if told else "",
        kind_words=replies.kind_words(told.kind if told else intent, agent=bool(told and told.agent_kind)),
        words=_repeated(arrival) if arrival.channel != "sms" else "",  # no text has room for them
        beside=requests(beside, today),
        requests=requests(open_tickets, today) if decision.reply == "status" else (),
        contact=house.contacts.get(site.policy, ""),
        ask_person=not decision.handover,
        notice=notice,
        own_language=languages.own_words(understood.language) if understood else "",
        agent=bool(decision.agent),
        receipt=(receipts or {}).get(told.reference, "") if told else "",
        receipt_page=f"{house.base_url}/receipt",
        waits=told is not None and told.waits_for_id is not None,
        dating=dating.dating(result, house.base_url) if decision.reply in ("answer", "silent") else dating.TODAY,
    )


def _told(decision: Decision, intent: str, open_tickets: Sequence[Ticket]) -> Ticket | None:
    """The ticket that the reply's own sentence is about; tickets opened beside it get sentences of their own."""
    if decision.about:
        return next((ticket for ticket in open_tickets if ticket.reference == decision.about), None)
    reply = decision.reply
    about = {"access": COPY, "suspected": COPY, "other_language": COPY, "right": (intent,), "repeat": (intent,)}
    kinds = about.get(reply, (reply,))
    found = [ticket for ticket in open_tickets if ticket.kind in kinds]
    found = [ticket for ticket in found if ticket.state not in DONE] or found
    return next((ticket for ticket in found if ticket.kind == intent), found[-1] if found else None)


def _repeated(arrival: Arrival) -> str:
    """Their own words, to say back. A chat's visitor reads them himself; a mail's sender may be forged, so that they
    reach somebody who takes them for ours: there they may lead nowhere.
    """
    said = arrival.said
    if said != arrival.message.text:
        # Its first line is the mail's subject.
        said = said.replace("\n", " / ", 1)
    words = replies.own_words(said)
    return words if arrival.channel != "mail" or harmless(words) else ""


def _cited(decision: Decision, result: object) -> Sequence[Citation]:
    if decision.reply == "answer" and isinstance(result, Answer):
        return result.citations
    return ()


def references(*tickets: Ticket) -> str:
    """The names of the requests that one sentence is about: "DR-A", "DR-A and DR-B"."""
    return " and ".join(ticket.reference for ticket in tickets)


def requests(tickets: Sequence[Ticket], today: date) -> tuple[replies.Request, ...]:
    """How requests stand today, to be told to their customer."""
    return tuple(_request(ticket, today) for ticket in tickets if ticket.kind != "human")


def _request(ticket: Ticket, today: date) -> replies.Request:
    owed = ticket.state in OWED and ticket.state != "ready"
    missed = ticket.due_on if owed and ticket.kind in RIGHTS and replies.late(ticket.due_on, today) else None
    dated = ticket.due_on is not None or ticket.kind not in RIGHTS
    return replies.Request(
        ticket.reference,
        replies.kind_words(ticket.kind, agent=bool(ticket.agent_kind)),
        replies.state_words(ticket.state, dated=dated, missed=missed),
        replies.answer_by(ticket.kind, ticket.due_on, today) if owed else "",
        suspected=ticket.state == "suspected",
        waits=ticket.waits_for_id is not None,
        copy=ticket.kind in COPY,
    )
