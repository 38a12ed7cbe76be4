"""Deliveries that are no line of anybody's and still name a person: receipts of texts, bounces of mail.

Their raw form is kept for ninety days at most, so only that much is looked through, in pieces.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from urllib.parse import quote_plus

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session

from bot.contacts.models import ContactAddress
from bot.conversations.models import Message
from bot.messages.models import Inbox

BATCH = 20


def addresses(session: Session, contacts: Sequence[int]) -> list[tuple[str, str]]:
    """The persons' addresses as (channel, value)."""
    query = select(ContactAddress.channel, ContactAddress.value).where(ContactAddress.contact_id.in_(contacts))
    return [(channel, value) for channel, value in session.execute(query)]


def written(values: Collection[str]) -> list[bytes]:
    """How an address may be written, in lower case: as it is, in a form's encoding, without a number's plus."""
    found = {form for value in values for form in (value, quote_plus(value), value.removeprefix("+"))}
    return sorted(form.lower().encode("utf-8", "surrogateescape") for form in found if len(form) > 4)  # noqa: PLR2004  short ones are no address


def sweep(session: Session, words: Collection[bytes], after: int) -> tuple[int, int]:
    """Empty the raw reports beyond that id that have one of these words: (the id to go on after, 0 at the end; how
    many were emptied).
    """
    mine = exists().where(Message.inbox_id == Inbox.id)
    query = (
        select(Inbox.id, Inbox.payload)
        .where(Inbox.id > after, Inbox.state != "accepted", func.length(Inbox.payload) > 0, ~mine)
        .order_by(Inbox.id)
        .limit(BATCH)
    )
    rows = session.execute(query).all()
    named = [row.id for row in rows if any(word in row.payload.lower() for word in words)]
    if named:
        values = {"payload": b"", "facts": {}, "error": ""}
        session.execute(update(Inbox).where(Inbox.id.in_(named)).values(**values))
    return (rows[-1].id if len(rows) == BATCH else 0), len(named)
