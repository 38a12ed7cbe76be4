"""Steps of a request that its customer hears of: the ticket moves and the customer is told, in one transaction.

Called by pages, programs and rooms above, which use `step` where the customer is to be told, and `change` of
`tickets.service` where not. All run inside somebody else's transaction and never commit.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.actors import BOT, Actor
from bot.casework import reaching, telling
from bot.casework.telling import Telling
from bot.casework.wording import NEEDS_WORDS
from bot.contacts.models import IdentityCheck
from bot.conversations.wording import House
from bot.tickets import joining
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from bot.tickets.service import LONGEST_REASON
from bot.tickets.states import NOTHING, Event, Given
from channels.context import Site


def step(
    session: Session,
    ticket_id: int,
    event: Event,
    actor: Actor,
    now: datetime,
    *,
    house: House,
    site: Site,
    given: Given = NOTHING,
    reason: str = "",
    words: str = "",
    reasonable: bool = True,
    tell: bool = True,
    link: str = "",
    until: str = "",
) -> Ticket:
    """Move the ticket by `event` and tell its customer what the step has for them, on their own channel.

    `reason` is kept with the ticket, and told where the wording needs one (a refusal, an extension); `words` are what
    the customer is told beside or instead of it: the question, how to show who they are, what was done. `link` opens a
    package until the day `until`, both as people read them. With `tell=False` staff tell them by themselves.

    Raises:
        NotAllowed: as `tickets.service.change`.
        NoWords: the step needs words for the customer, or they don't fit.
    """
    key = telling.would_tell_now(session, tickets.get(session, ticket_id), event)
    # What is typed for the customer is no reason for the file, least of all for being sure enough of who they are; but
    # where they are told the reason itself, it is.
    kept = reason.strip() or (words.strip()[:LONGEST_REASON] if key in NEEDS_WORDS else "")
    ticket = tickets.change(session, ticket_id, event, actor, now, given=given, reason=kept, reasonable=reasonable)
    if event == "authority_proved" and ticket.agent_for_adult:
        reaching.to_be_told(session, ticket, telling.conversation_of(session, ticket), now)
    if key:
        said = Telling(words=words or reason, link=link, until=until, typed=bool(words.strip()))
        _tell(session, ticket, key, said, actor, now, house=house, site=site, tell=tell)
    return ticket


def prove_identity(
    session: Session, ticket_id: int, tier: int, how: str, actor: Actor, now: datetime, *, house: House, site: Site,
    tell: bool = True,
) -> Ticket:  # fmt: skip
    """Note how surely the customer is known, and tell them where the ticket waited for that and moves on.

    Raises:
        NotAllowed, PermanentError: as `tickets.service.prove_identity`.
    """
    waited = tickets.get(session, ticket_id).state == "awaiting_identity"
    ticket = tickets.prove_identity(session, ticket_id, tier, how, actor, now)
    if waited and ticket.state != "awaiting_identity":
        _tell(session, ticket, "identity_known", Telling(), actor, now, house=house, site=site, tell=tell)
    return ticket


def merge(
    session: Session, ticket_id: int, into_id: int, actor: Actor, now: datetime, *, house: House, site: Site,
    linked: bool = False, reason: str = "", tell: bool = True,
) -> Ticket:  # fmt: skip
    """Let ticket `into_id` go on for both, and tell which reference counts from now on. Returns the one that goes on.

    Raises:
        NotAllowed: as `tickets.joining.merge`.
    """
    into = joining.merge(session, ticket_id, into_id, actor, now, linked=linked, reason=reason)
    ticket = tickets.get(session, ticket_id)
    _tell(session, ticket, "merged", Telling(into=into), actor, now, house=house, site=site, tell=tell)
    return into


def confirm_receipt(session: Session, ticket: Ticket, actor: Actor, now: datetime, *, house: House, site: Site) -> None:
    """Tell the customer that their request or complaint was noted, with its reference and date."""
    _tell(session, ticket, "acknowledged", Telling(), actor, now, house=house, site=site, tell=True)


def remind_customer(session: Session, ticket: Ticket, now: datetime, *, house: House, site: Site, last: bool) -> None:
    """Tell the customer what we still wait for, and what to answer; `last` says that it is the last time."""
    check = session.get(IdentityCheck, ticket.id) if ticket.state == "awaiting_identity" else None
    said = Telling(last=last, stage=check.stage if check else "")
    _tell(session, ticket, "reminder", said, BOT, now, house=house, site=site, tell=True)


def preview(
    session: Session, ticket: Ticket, event: Event, now: datetime, *, house: House, site: Site, words: str = "",
) -> str:  # fmt: skip
    """What the customer would be told if the ticket took that step now; "" where they are told nothing. Where staff's
    own words belong and there are none yet, "…" stands for them.

    Raises:
        NoWords: the words don't fit.
    """
    key = telling.would_tell_now(session, ticket, event)
    if not key:
        return ""
    conversation = telling.conversation_of(session, ticket)
    said = Telling(words=words or "…", typed=bool(words.strip()), due=telling.due_after(session, ticket, event, now))
    told = telling.told(ticket, key, said, conversation, now, house=house, site=site)
    return telling.worded(conversation.channel, key, told)


def _tell(
    session: Session, ticket: Ticket, key: str, said: Telling, actor: Actor, now: datetime,
    *, house: House, site: Site, tell: bool,
) -> None:  # fmt: skip
    """Send the wording on the customer's own channel, whoever owns the conversation: it is the desk's own letter."""
    subject = f"ticket:{ticket.reference}"
    if not tell:
        facts: dict[str, object] = {"wording": key}
        audit.append(session, actor=actor.name, action="ticket.told_by_staff", subject=subject, data=facts, now=now)
        return
    conversation = telling.conversation_of(session, ticket)
    text = telling.worded(
        conversation.channel, key, telling.told(ticket, key, said, conversation, now, house=house, site=site)
    )
    hindrance = reaching.hindrance(session, conversation)
    if hindrance:
        reaching.not_told(session, ticket, conversation, key, hindrance, now, text=text)
        return
    last_day = ticket.notice_limit_on if key == "extended" else None
    line = telling.send(session, conversation, text, key, now, site, last_day=last_day)
    facts = {"wording": key, "channel": conversation.channel, "message": line.id}
    audit.append(session, actor=BOT.name, action="ticket.told", subject=subject, data=facts, now=now)
