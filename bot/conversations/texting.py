"""What a caller asks to have as a text: the link to the clause that was read to them, and their references.

Called by handling before the decision, inside its own transaction. To ask is the agreement: nothing else of the desk's
own goes to the number, for anybody can show any number; and for the same reason only so many in a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.contacts.models import ContactAddress
from bot.conversations import calls, replies, sending, wording
from bot.conversations.arrivals import Arrival
from bot.conversations.identity_codes import Taken
from bot.conversations.models import Conversation, Message
from bot.conversations.values import Request
from bot.conversations.wording import House
from bot.tickets.models import Ticket

MOST_LINKS = 2
MOST_A_DAY = 5
"""Texts to one number in a day, over all calls that show it: whoever shows somebody else's fills nobody's telephone."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the text is worded from: (clause, address) of each clause that was read, and the requests just noted."""

    company: str
    links: tuple[tuple[str, str], ...]
    requests: tuple[Request, ...]


def take(
    session: Session, arrival: Arrival, conversation: Conversation, house: House, now: datetime,
    *, known: Sequence[Ticket],
) -> Taken | None:  # fmt: skip
    """Text it, where that is what the caller asks for; None for anything else. `known` are the call's open tickets."""
    message = arrival.message
    if message.automatic or not calls.wants_text(message.text):
        return None
    arrival = replace(arrival, understanding=None)  # it asks for no more than that
    if (
        not house.texts
        or calls.cannot_text(conversation.address)
        or _refused(session, conversation)
        or _enough(session, conversation, now)
    ):
        return Taken("text_impossible", arrival)
    requests = wording.requests(known, day_of(now, house.terms.timezone))
    links = _links(session, conversation)
    if not links and not requests:
        return Taken("text_nothing", arrival)
    company = replies.short_name(house.companies.get(arrival.site.policy, arrival.site.name))
    text = " ".join(replies.spoken("sms.j2", "from_call", Wanted(company, links, requests)).split())
    sending.send(session, conversation, text, now, site=arrival.site, author="system", outcome=calls.TEXTED)
    return Taken(calls.TEXTED, arrival)


def _refused(session: Session, conversation: Conversation) -> bool:
    """Whether that number wants no texts, or takes none."""
    channel, value = calls.written_to(conversation.channel, conversation.address)
    wanted = (ContactAddress.channel == channel, ContactAddress.value == value)
    address = session.scalars(select(ContactAddress).where(*wanted)).first()
    return address is not None and (address.opted_out_at is not None or address.bad_since is not None)


def _enough(session: Session, conversation: Conversation, now: datetime) -> bool:
    """Whether calls that show this number had all the texts of a day sent to it."""
    shown = f"{calls.number(conversation.address)} "
    query = (
        select(func.count())
        .select_from(Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Conversation.channel == calls.CHANNEL, Conversation.address.startswith(shown, autoescape=True),
            Message.outcome == calls.TEXTED, Message.author == "system", Message.created_at > now - timedelta(days=1),
        )
    )  # fmt: skip
    return (session.scalar(query) or 0) >= MOST_A_DAY


def _links(session: Session, conversation: Conversation) -> tuple[tuple[str, str], ...]:
    """The clauses of the last answer that rested on any."""
    query = select(Message).where(Message.conversation_id == conversation.id, Message.author == "bot")
    lines = session.scalars(query.order_by(Message.id.desc()).limit(50))
    cited = next((line.citations for line in lines if line.citations), [])
    return tuple((str(each["id"]), str(each["url"])) for each in cited[:MOST_LINKS])
