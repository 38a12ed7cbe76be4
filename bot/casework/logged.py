"""What came by telephone, letter, fax or in person, written down by staff: a conversation with a ticket (policy §1).

The clock counts from the day on which it came in, not from when somebody had time to write it down. Called by the
console, inside somebody else's transaction; never commits.
"""

from __future__ import annotations

import re
import secrets
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.actors import Actor
from bot.casework import service as casework
from bot.contacts import service as contacts
from bot.conversations import ownership, repository
from bot.conversations.by_hand import BY_HAND
from bot.conversations.models import Conversation
from bot.conversations.wording import House
from bot.errors import NotFound, PermanentError
from bot.tickets import joining, ledger
from bot.tickets import service as tickets
from bot.tickets.cases import local_date
from bot.tickets.models import Ticket
from bot.tickets.vocabulary import RIGHTS
from channels.base import InboundMessage
from channels.context import Site

KINDS = (*RIGHTS, "complaint", "breach", "enquiry")
"""What can be written down; whatever is no right, complaint or breach is an enquiry."""
CONFIRMED = (*RIGHTS, "complaint")
"""Kinds whose customer is told at once that they were noted, with reference and date."""
LONGEST_WORDS, LONGEST_NAME, LONGEST_REACH = 20_000, 200, 500
OLDEST = timedelta(days=3 * 366)
"""Further back the year is mistyped more often than right."""
_TIME = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)")


class Slip(NamedTuple):
    """What staff write down. `day` is YYYY-MM-DD and `at` HH:MM or "", both by the desk's clock; `reach` says how the
    person can be told, in free words; `reference` is of a request that it belongs to, or "".
    """

    channel: str
    kind: str
    who: str
    words: str
    day: str
    at: str = ""
    reach: str = ""
    reference: str = ""


class Noted(NamedTuple):
    """The ticket, and whether it is a new one."""

    ticket: Ticket
    new: bool


def record(session: Session, slip: Slip, actor: Actor, now: datetime, *, house: House, site: Site) -> Noted:
    """Write it down: in a conversation and ticket of its own, or with the request that it belongs to.

    Raises:
        PermanentError: something is missing, too long, or of a day that can't be right; the text says how to mend it.
    """
    words = slip.words.replace("\0", "").strip()
    if slip.channel not in BY_HAND:
        raise PermanentError("choose how it came: telephone, letter, fax or in person")
    if not words:
        raise PermanentError("write what they asked for, in their own words")
    if len(words) > LONGEST_WORDS or len(slip.who) > LONGEST_NAME or len(slip.reach) > LONGEST_REACH:
        raise PermanentError(
            f"that is too long: {LONGEST_WORDS} characters of words, {LONGEST_NAME} of a name, {LONGEST_REACH} of how "
            "to reach them are kept"
        )
    received = came_in(slip, now, house.terms.timezone)
    slip = slip._replace(words=words, who=" ".join(slip.who.replace("\0", "").split()))
    if slip.reference.strip():
        return Noted(_with_request(session, slip, received, actor, now), new=False)
    if slip.kind not in KINDS:
        raise PermanentError("choose what it is about; what is no request, complaint or breach is an enquiry")
    return Noted(_new(session, slip, received, actor, now, house=house, site=site), new=True)


def came_in(slip: Slip, now: datetime, timezone: str) -> datetime:
    """The moment from which the clock counts, in UTC. Without a time of day it is noon, or now for today; of a breach,
    whose clock counts hours, the first moment of that day: the desk never gives itself time that it may not have.

    Raises:
        PermanentError: no such day or time, in the future, or too long ago.
    """
    zone = ZoneInfo(timezone)
    try:
        day = date.fromisoformat(slip.day.strip())
    except ValueError:
        raise PermanentError("write the day on which it came in, like 2026-11-20") from None
    today = now.astimezone(zone).date()
    if day > today:
        raise PermanentError("that day is still to come: write the day on which it came in")
    if today - day > OLDEST:
        raise PermanentError("that day is more than three years ago: check the year")
    typed = slip.at.strip()
    found = _TIME.fullmatch(typed)
    if typed and not found:
        raise PermanentError("write the time like 14:30, or leave it empty")
    if found:
        moment = datetime.combine(day, time(int(found[1]), int(found[2])), zone).astimezone(UTC)
        if moment > now:
            raise PermanentError("that time is still to come: write the time at which it came in")
        return moment
    moment = datetime.combine(day, time(0) if slip.kind == "breach" else time(12), zone).astimezone(UTC)
    return min(moment, now)


def _new(
    session: Session, slip: Slip, received: datetime, actor: Actor, now: datetime, *, house: House, site: Site
) -> Ticket:
    """A person of their own, for nobody is taken for somebody else without proof; their conversation and its ticket."""
    value = f"{slip.channel} {local_date(received, house.terms.timezone).isoformat()} {secrets.token_hex(6)}"
    address = contacts.find_or_create(session, slip.channel, value, slip.who, now)
    message = InboundMessage(address=value, recipient="", text=slip.words, name=slip.who)
    conversation = repository.create(
        session, message, channel=slip.channel, site=site.key, contact=address.contact_id, now=received
    )
    _line(session, conversation, slip, received, actor, now)
    ownership.take_over(session, conversation.id, actor, now)
    ticket = tickets.open_ticket(
        session, kind=slip.kind, conversation=conversation, summary=slip.words, received_at=received,
        terms=house.terms, now=now, actor=actor, reason=f"Came by {BY_HAND[slip.channel]}",
    )  # fmt: skip
    if slip.kind in CONFIRMED:
        casework.confirm_receipt(session, ticket, actor, now, house=house, site=site)
    return ticket


def _with_request(session: Session, slip: Slip, received: datetime, actor: Actor, now: datetime) -> Ticket:
    """Their further words on a request: they stand in its conversation, and resume what waited for an answer."""
    try:
        ticket = joining.resolve(session, slip.reference)
    except NotFound as error:
        raise PermanentError(f"{error}; or leave the reference empty") from error
    conversation = repository.get(session, ticket.conversation_id)
    _line(session, conversation, slip, received, actor, now)
    asked = [row.at for row in ledger.rows(session, ticket.id) if row.type == "clarification_requested"]
    last = max(asked, default=received)
    if local_date(received, ticket.timezone) >= local_date(last, ticket.timezone):
        tickets.customer_wrote(session, conversation.id, max(received, last))
    return ticket


def _line(
    session: Session, conversation: Conversation, slip: Slip, received: datetime, actor: Actor, now: datetime
) -> None:
    """Their words as a line of the day on which they came, how to reach them as a note, and the audit of both."""
    line = repository.add_line(
        session, conversation, received, direction="in", author="you", text=slip.words, outcome="logged",
        evidence={"came_by": slip.channel},
    )  # fmt: skip
    conversation.last_at = now
    reach = " ".join(slip.reach.replace("\0", "").split())
    if reach:
        repository.add_line(
            session, conversation, now, direction="note", author="staff", staff_id=actor.staff_id,
            text=f"How to reach them: {reach}",
        )  # fmt: skip
    session.flush()
    facts = {"message": line.id, "came_by": slip.channel, "received": received.isoformat()}
    subject = f"conversation:{conversation.id}"
    audit.append(session, actor=actor.name, action="conversation.logged", subject=subject, data=facts, now=now)
