"""Where a package and its codes may go: addresses that the person has shown to control, and that still take messages.

Called by `release` and `receiving`, inside somebody else's transaction. An address that was only written down, or that
several people use, is never among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bot.contacts import proofs, tiers
from bot.contacts.models import ContactAddress
from bot.conversations.by_hand import may_begin
from bot.errors import PermanentError
from bot.tickets.models import Ticket


def verified(session: Session, ticket: Ticket, now: datetime) -> Sequence[ContactAddress]:
    """The addresses of the ticket's person that a link or a code may go to now."""
    found = proofs.proved_addresses(session, ticket.contact_id, now)
    return [
        each
        for each in found
        if may_begin(each.channel) and each.opted_out_at is None and each.bad_since is None and not each.shared
    ]


def chosen(session: Session, ticket: Ticket, address_id: int, now: datetime) -> ContactAddress:
    """The address of that number, where it may be used.

    Raises:
        PermanentError: it is not theirs, not proved, or takes no messages.
    """
    found = next((each for each in verified(session, ticket, now) if each.id == address_id), None)
    if found is None:
        raise PermanentError(
            "that address is not proved to be theirs, or takes no messages: choose one from the list, or ask them to "
            "prove another one with a code"
        )
    return found


def needed(ticket: Ticket) -> int:
    """The tier that a disclosure needs: never control of an address alone."""
    return max(ticket.needed_tier, tiers.DISCLOSURE)


def lapsed(session: Session, ticket: Ticket, now: datetime) -> str:
    """Why nothing may be shown to them now, for staff; "" where they are known well enough."""
    have = proofs.tier_of(session, ticket.contact_id, ticket.id, now)
    if have >= needed(ticket):
        return ""
    return (
        f"identity is proved to tier {have} now and {needed(ticket)} is needed (control of a phone number lapses): "
        "ask for identity again"
    )
