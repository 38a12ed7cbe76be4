"""Answers to a visitor who has left also go to their mail address: one that a code has proved, and is theirs still.

The chat stays what it is; what was said there and not read goes on in a conversation by mail, some minutes later and
several lines in one mail. All run inside somebody else's transaction and never commit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.audit.actors import BOT, Actor
from bot.contacts import proofs
from bot.contacts.models import ContactAddress
from bot.conversations import continuations, ownership, reaching, replies, repository, sending
from bot.conversations.models import Continuation, Conversation, Message
from bot.conversations.wording import House
from bot.db import Database
from bot.errors import PermanentError
from channels.context import Site

EVERY = timedelta(seconds=30)
UNREAD = timedelta(minutes=2)
"""How long a line lies unread by somebody who has left until it goes by mail; what follows it goes along."""
UNREAD_HERE = timedelta(minutes=30)
"""The same while their page is open: it may be behind others."""
OUTCOME = "away"
"""Of the line that carries answers on."""
MOST_AT_ONCE, MOST_TEXT = 100, 50_000
BEGUN = "What they don't read in the chat also goes to their email address, which a code proved (conversation {})."
SENT_ON = "They had left: this was also sent by email (conversation {})."
OVER = "Answers no longer go by email: the address is not known to be theirs any more, or takes no messages."


class Values(NamedTuple):
    """What the wording names; `name` and `ask_person` are of the letter around it."""

    site: str
    contact: str
    lines: Sequence[str]
    name: str = ""
    ask_person: bool = True


def begin(
    session: Session, conversation: Conversation, address: ContactAddress, now: datetime, *, site: Site, actor: Actor
) -> bool:
    """From now on answers that are not read go there too, instead of where they went; False where nothing can be sent
    there, or it is not proved to be theirs.
    """
    if address.channel != "mail" or not _theirs(session, conversation, address.value, now):
        return False
    try:
        subject = f"Your conversation with {site.name}"
        there = reaching.conversation_with(session, address, now, site=site, subject=subject)
    except PermanentError:
        return False
    earlier = continuations.going_on(session, conversation.id, "away")
    if earlier is not None:
        if earlier.to_id == there.id:
            return True
        earlier.ended_at = now
    continuations.begin(session, conversation, there, "away", actor, now, told_seq=conversation.seen_seq)
    repository.note(session, conversation, BEGUN.format(there.id), now)
    ownership.audited(session, conversation, "conversation.answers_by_mail", actor, {"to": there.id}, now)
    return True


def due(session: Session, now: datetime, here: Callable[[str], bool]) -> Sequence[int]:
    """The continuations of which something is to be sent on now. `here` says whether a visitor has a page open."""
    oldest = (
        select(func.min(Message.created_at))
        .where(
            Message.conversation_id == Conversation.id, Message.direction == "out",
            Message.author.in_(("bot", "staff")), Message.seq > Continuation.told_seq,
            Message.seq > Conversation.seen_seq,
        )
        .correlate(Conversation, Continuation)
        .scalar_subquery()
    )  # fmt: skip
    query = (
        select(Continuation.id, Conversation.address, oldest)
        .join(Conversation, Conversation.id == Continuation.conversation_id)
        .where(
            Continuation.ended_at.is_(None), Continuation.how == "away",
            Conversation.last_seq > Continuation.told_seq, Conversation.last_seq > Conversation.seen_seq,
        )
    )  # fmt: skip
    found = session.execute(query.order_by(Continuation.id)).all()
    waited = ((ident, at, UNREAD_HERE if here(address) else UNREAD) for ident, address, at in found)
    return [ident for ident, at, wait in waited if at is not None and at <= now - wait][:MOST_AT_ONCE]


def send_on(session: Session, ident: int, now: datetime, *, house: House, site_of: Callable[[str], Site]) -> bool:
    """Mail what was not read; whether something went. Where it can't go any more, that ends here and staff are told."""
    row = session.get(Continuation, ident)
    if row is None or row.ended_at is not None:
        return False
    here, there = repository.get(session, row.conversation_id), repository.get(session, row.to_id)
    if not _theirs(session, here, there.address, now) or reaching.hindered(session, there):
        row.ended_at = now
        if here.address:
            repository.note(session, here, OVER, now)
        ownership.audited(session, here, "conversation.answers_by_mail_over", BOT, {"to": there.id}, now)
        return False
    lines = _unread(session, here, row)
    row.told_seq = here.last_seq
    if not lines:
        return False
    site = site_of(here.site)
    values = Values(site.name, house.contacts.get(site.policy, ""), lines)
    text = replies.letter(values, replies.spoken("transcript.j2", "away", values))
    line = sending.send(session, there, text, now, site=site, outcome=OUTCOME)
    repository.note(session, here, SENT_ON.format(there.id), now)
    facts = {"to": there.id, "message": line.id, "lines": len(lines)}
    ownership.audited(session, here, "conversation.sent_on", BOT, facts, now)
    return True


async def run(
    database: Database, now: datetime, *, house: House, site_of: Callable[[str], Site], here: Callable[[str], bool]
) -> None:
    """One round: each conversation in its own transaction, so that one which fails undoes no other."""
    for ident in await database.read(lambda session: due(session, now, here)):
        await database.write(partial(send_on, ident=ident, now=now, house=house, site_of=site_of))


def _unread(session: Session, here: Conversation, row: Continuation) -> Sequence[str]:
    query = select(Message.text).where(
        Message.conversation_id == here.id, Message.direction == "out", Message.author.in_(("bot", "staff")),
        Message.seq > max(row.told_seq, here.seen_seq),
    )  # fmt: skip
    lines = session.scalars(query.order_by(Message.seq.desc()).limit(MOST_AT_ONCE)).all()
    kept, room = list[str](), MOST_TEXT
    for line in lines:
        room -= len(line)
        if room < 0 and kept:
            break
        kept.append(line[:MOST_TEXT])
    return kept[::-1]


def _theirs(session: Session, conversation: Conversation, value: str, now: datetime) -> bool:
    """Whether the address is proved to be of the conversation's person, now."""
    proved = proofs.proved_addresses(session, conversation.contact_id, now)
    return bool(value) and any((each.channel, each.value) == ("mail", value) for each in proved)
