"""What staff say and begin in a conversation: a reply, a note, a ticket. Each is audited.

Who answers in it is in `ownership`, what goes out in `sending`. All run inside somebody else's transaction and never
commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bot.audit.actors import Actor
from bot.contacts.models import ERASED
from bot.conversations import calls, ownership, repository, sending
from bot.conversations.models import Conversation, Message
from bot.errors import PermanentError
from bot.files.values import File
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from bot.tickets.service import Terms
from channels.context import Site

LONGEST_REPLY = 20_000
MOST_FILES = 5
MOST_FILE_BYTES = 10_000_000
"""Of a reply's files together: most mail servers take 25 MB, and mail makes a third more of them."""


class Stale(PermanentError):
    """The customer wrote while the reply was being written: read it, then send again."""


def reply(
    session: Session, conversation_id: int, actor: Actor, text: str, *, seen_seq: int, site: Site, now: datetime,
    citations: Sequence[dict[str, object]] = (), attachments: Sequence[File] = (), scans: bool = True,
    files_reached: bool = True, texts: bool = True,
) -> Message:  # fmt: skip
    """A person's reply, on the customer's channel. Whoever replies takes the conversation.

    `attachments` go with it as they are (see `files.checking` for what may), once they are scanned where `scans` is
    true; `files_reached` is whether a provider can get them from us. `texts` is whether any go out, by which alone who
    called is written to.

    Raises:
        Stale: the customer wrote after line `seen_seq`.
        PermanentError: the text is empty or too long, they opted out, it can't go out, or the files are too many or
            too large.
    """
    text = text.replace("\0", "").strip()
    if not text:
        raise PermanentError("the reply is empty: write something first")
    if len(text) > LONGEST_REPLY:
        raise PermanentError(f"the reply has more than {LONGEST_REPLY} characters: shorten it or send two")
    if len(attachments) > MOST_FILES or sum(len(each.content) for each in attachments) > MOST_FILE_BYTES:
        raise PermanentError(
            f"at most {MOST_FILES} files of {MOST_FILE_BYTES // 1_000_000} MB together go with a reply"
        )
    conversation = _present(session, conversation_id)
    if calls.is_call(conversation.channel) and not texts:
        raise PermanentError(calls.TEXTS_OFF)
    sending.allowed(session, conversation.channel, conversation.address)
    newest = repository.last_of_customer(session, conversation_id)
    if newest is not None and (newest.seq or 0) > seen_seq:
        raise Stale("the customer wrote meanwhile: read it, then send again")
    if conversation.owner == "bot" or conversation.assignee_id is None:
        ownership.take_over(session, conversation_id, actor, now)
    line = sending.send(
        session, conversation, text, now, site=site, author="staff", staff_id=actor.staff_id, citations=citations,
        attachments=attachments, scans=scans, files_reached=files_reached,
    )  # fmt: skip
    ownership.audited(session, conversation, "conversation.replied", actor, {"message": line.id}, now)
    return line


def note(session: Session, conversation_id: int, actor: Actor, text: str, now: datetime) -> Message:
    """An internal note: customers never see it, and it is never quoted to them."""
    text = text.replace("\0", "").strip()[:LONGEST_REPLY]
    if not text:
        raise PermanentError("the note is empty: write something first")
    conversation = _present(session, conversation_id)
    line = repository.add_line(
        session, conversation, now, direction="note", author="staff", staff_id=actor.staff_id, text=text
    )
    ownership.audited(session, conversation, "conversation.noted", actor, {"message": line.id}, now)
    return line


def _present(session: Session, conversation_id: int) -> Conversation:
    """The conversation, of somebody who is not erased: nothing new is written about them."""
    conversation = repository.get(session, conversation_id)
    if conversation.address.startswith(ERASED):
        raise PermanentError("this person was erased: nothing can be written to them or about them here")
    return conversation


def open_ticket(
    session: Session, conversation_id: int, kind: str, summary: str, actor: Actor, now: datetime, *, terms: Terms
) -> Ticket:
    """A person opens a ticket that the bot did not; it counts from when the customer's last message came in."""
    conversation = repository.get(session, conversation_id)
    return tickets.open_ticket(
        session,
        kind=kind,
        certainty="received",
        conversation=conversation,
        summary=summary,
        received_at=repository.customer_wrote_at(session, conversation),
        terms=terms,
        now=now,
        actor=actor,
    )
