"""A conversation by email, on request: its own lines, to a proved mail address of the same person, and never a note.

It holds what they and we have written to each other here, so it goes by the rule for news of a request: to an address
that they have shown by a code to control, still do as far as is known, and share with nobody. All run inside somebody
else's transaction and never commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.actors import CUSTOMER, Actor
from bot.contacts import linking, proofs
from bot.contacts.models import ContactAddress
from bot.conversations import reaching, replies, sending
from bot.conversations.models import Conversation, Message
from bot.conversations.saying import by_the_clock
from bot.conversations.wording import House
from bot.errors import PermanentError
from bot.files.models import AttachmentFile
from channels.context import Site

OUTCOME = "transcript"
"""Of the line that carries one; it is in no later transcript."""
MOST_A_DAY = 3
MOST_LINES, MOST_TEXT = 500, 100_000
"""Of one transcript; older lines are left out, and it says so."""

Verdict = Literal["sent", "no_address", "too_many"]


class Said(NamedTuple):
    """One line as it is told: who wrote it, when in words, its text, and the names of its files."""

    author: Literal["you", "bot", "staff", "system"]
    at: str
    text: str
    files: tuple[str, ...]


class Values(NamedTuple):
    """What the wording names. `name` and `ask_person` are of the letter around it, `contact` the policy's block."""

    site: str
    contact: str
    lines: Sequence[Said]
    cut: bool
    name: str = ""
    ask_person: bool = True


def request(
    session: Session, conversation: Conversation, now: datetime, *, house: House, site: Site, actor: Actor = CUSTOMER
) -> Verdict:
    """Mail the conversation to its person, where they have a proved mail address and had few today; says whether."""
    address = where(session, conversation, now)
    if address is None:
        return "no_address"
    if _today(session, conversation, now) >= MOST_A_DAY:
        return "too_many"
    try:
        subject = f"Your conversation with {site.name}"
        there = reaching.conversation_with(session, address, now, site=site, subject=subject)
    except PermanentError:
        return "no_address"  # they opted out there since, or it takes no messages
    lines, cut = lines_of(session, conversation, now, house.terms.timezone)
    values = Values(site.name, house.contacts.get(site.policy, ""), lines, cut)
    text = replies.letter(values, replies.spoken("transcript.j2", "transcript", values))
    line = sending.send(session, there, text, now, site=site, outcome=OUTCOME)
    facts = {"message": line.id, "conversation": there.id, "lines": len(lines)}
    subject = f"conversation:{conversation.id}"
    audit.append(session, actor=actor.name, action="transcript.sent", subject=subject, data=facts, now=now)
    return "sent"


def where(session: Session, conversation: Conversation, now: datetime) -> ContactAddress | None:
    """The proved mail address that it would go to: the conversation's own where it is one, else the one proved first.
    None where there is none, or where several people use the address that asks.
    """
    here = select(ContactAddress.shared).where(
        ContactAddress.channel == conversation.channel, ContactAddress.value == conversation.address
    )
    if session.scalar(here):
        return None
    proved = [each for each in proofs.proved_addresses(session, conversation.contact_id, now) if each.channel == "mail"]
    proved = [each for each in proved if each.opted_out_at is None and each.bad_since is None]
    own = [each for each in proved if each.value == conversation.address]
    return next(iter(own or ([] if conversation.channel == "mail" else proved)), None)


def _today(session: Session, conversation: Conversation, now: datetime) -> int:
    """How many went to this person in the last day."""
    query = (
        select(func.count())
        .select_from(Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Conversation.contact_id.in_(linking.one_person(session, conversation.contact_id)),
            Message.outcome == OUTCOME,
            Message.direction == "out",
            Message.created_at > now - timedelta(days=1),
        )
    )
    return session.scalar(query) or 0


def lines_of(session: Session, conversation: Conversation, now: datetime, timezone: str) -> tuple[list[Said], bool]:
    """The lines that the customer may see, oldest first, and whether older ones are left out."""
    query = select(Message).where(
        Message.conversation_id == conversation.id, Message.seq.is_not(None), Message.direction.in_(("in", "out")),
        Message.outcome != OUTCOME,
    )  # fmt: skip
    rows = session.scalars(query.order_by(Message.id.desc()).limit(MOST_LINES + 1)).all()
    files: dict[int, list[str]] = {}
    named = select(AttachmentFile.message_id, AttachmentFile.name)
    for message_id, name in session.execute(named.where(AttachmentFile.message_id.in_([row.id for row in rows]))):
        files.setdefault(message_id, []).append(name)
    found: list[Said] = []
    room = MOST_TEXT
    for row in rows[:MOST_LINES]:
        room -= len(row.text)
        if room < 0 and found:
            break
        at = by_the_clock(row.created_at, now, timezone)
        found.append(Said(row.author, at, row.text[:MOST_TEXT], tuple(files.get(row.id, ()))))  # type: ignore[arg-type]  # the column holds these words
    return found[::-1], len(found) < len(rows)
