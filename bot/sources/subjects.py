"""Whom a request is searched for: proved identifiers only, and nobody before they are known well enough."""

from __future__ import annotations

import json
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.contacts import linking, proofs
from bot.contacts.models import ContactAddress, IdentityCheck
from bot.conversations import identity_claims
from bot.conversations.models import Conversation
from bot.sealing import Sealer
from bot.sources.base import Subject
from bot.tickets.models import Ticket

Sign = Callable[[str, str], str]
BY_STAFF = 3
"""The tier at which a person has checked who writes: the address of the request is then theirs."""


def of_ticket(session: Session, ticket: Ticket, sealer: Sealer) -> Subject | None:
    """The person whose data is asked for; None while they are not known well enough, and where an agent asks for
    somebody else, of whom nothing is proved.

    A person may start the work one tier lower where there is no reasonable doubt (tickets.preconditions): that a
    request is being searched for at all says that they are known well enough. A proof counts when it held at any time
    since the request came in: that it lapses later takes nothing back.
    """
    if ticket.state != "searching" or ticket.identity_tier < ticket.needed_tier - 1 or ticket.agent_kind:
        return None
    proved = proofs.proved_addresses(session, ticket.contact_id, ticket.received_at)
    addresses = {(each.channel, each.value) for each in proved}
    if ticket.identity_tier >= BY_STAFF:
        addresses |= _of_request(session, ticket)
    details = _agreed(session, ticket, sealer)
    names = (details["name"],) if "name" in details else ()
    return Subject(tuple(sorted(addresses)), names, details, linking.one_person(session, ticket.contact_id))


def _agreed(session: Session, ticket: Ticket, sealer: Sealer) -> dict[str, str]:
    """What they said of themselves, as far as the records agreed with it."""
    check = session.get(IdentityCheck, ticket.id)
    if check is None or check.verdict != "matched":
        return {}
    _, details = identity_claims.claimed(check, sealer)
    return {field: details[field] for field in sorted(check.agreed) if field in details}


def why_nobody(ticket: Ticket | None) -> str:
    """Why no source can be asked by a program, in words for staff."""
    if ticket is not None and ticket.agent_kind:
        return "somebody asks for another person, of whom no address is proved: look for that person by hand"
    return "the person is not known well enough yet: prove who they are, then search again"


def _of_request(session: Session, ticket: Ticket) -> set[tuple[str, str]]:
    """The address that the request came from, unless several people use it."""
    query = (
        select(ContactAddress.channel, ContactAddress.value)
        .join(
            Conversation,
            (Conversation.channel == ContactAddress.channel) & (Conversation.address == ContactAddress.value),
        )
        .where(Conversation.id == ticket.conversation_id, ContactAddress.shared.is_(False))
    )
    return {(channel, value) for channel, value in session.execute(query)}


def key_of(subject: Subject, sign: Sign) -> str:
    """A keyed hash of whom it is: another one as soon as more, or less, is proved."""
    return sign("search.subject", json.dumps(subject, sort_keys=True))
