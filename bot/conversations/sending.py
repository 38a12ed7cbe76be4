"""What goes out in a conversation, and what may go out no more: a line with its delivery, another try.

Called for the bot and for people alike. All run inside somebody else's transaction and never commit.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.actors import Actor
from bot.contacts import service as contacts
from bot.conversations import calls, ownership, repository, texted_files, window
from bot.conversations.by_hand import cannot_send
from bot.conversations.models import Conversation, Message
from bot.errors import NotFound, PermanentError
from bot.files import service as files
from bot.files.models import AttachmentFile
from bot.files.values import File
from bot.messages import masked, outbox
from bot.messages.masked import Secret
from bot.messages.models import Outbox
from channels.base import Attachment, OutboundMessage
from channels.context import Site

CITED = ("id", "label", "url", "text")
"""What a channel needs to know of a citation."""
TEMPLATE = "template"
"""The outcome of a line that is the template."""
TEMPLATE_SAID = "(Our WhatsApp template, which asks them to write to us.)"
ONE_TEXT = 300
"""Characters that always go in one text message, whatever they are."""


def send(
    session: Session,
    conversation: Conversation,
    text: str,
    now: datetime,
    *,
    site: Site,
    author: str = "bot",
    staff_id: int | None = None,
    outcome: str = "",
    citations: Sequence[dict[str, object]] = (),
    choices: Sequence[str] = (),
    confidence: float | None = None,
    parent: Message | None = None,
    evidence: Mapping[str, str] | None = None,
    secret: Secret | None = None,
    attachments: Sequence[File] = (),
    scans: bool = True,
    unprompted: bool = False,
    last_day: date | None = None,
    template: bool = False,
    files_reached: bool = True,
) -> Message:
    """Add an outgoing line and queue its delivery on the customer's own channel. In a call the bot's answer to a line
    of the caller's is read aloud; all else is written, goes by text, and is no line of the bot's.

    A code or one-time link goes out without ever being stored in the clear: write `masked.MASK` in its place in `text`,
    and give `secret=masked.secret(house.sealer, code, until)` (bot.messages.masked).

    `parent` is the customer's line that it answers; without it, their last one. `evidence` is what the answer rests on,
    beside its citations: see `evidence.of_answer`.

    `attachments` go with it, once they are scanned where `scans` is true. `unprompted` and `last_day` are for the
    quiet hours, `template` for a channel's approved template: see OutboundMessage. `files_reached` is whether a
    provider can get files from us: see `texted_files`.

    Raises:
        PermanentError: nothing can be sent there, for they wrote on paper or called; or the files can't go there.
    """
    way = _way(conversation, site, author, answers=parent is not None)
    if secret is not None:
        masked.fits(conversation.channel, text)
    if way.channel == "sms" and (problem := texted_files.refusal(way.to, way.ours, attachments, reached=files_reached)):
        raise PermanentError(problem)
    texts = _messages(way.channel, text)
    parent = parent or repository.last_of_customer(session, conversation.id)
    line = repository.add_line(
        session, conversation, now, direction="out", author=way.author, staff_id=staff_id, text=text,
        rfc_id=_rfc_id(conversation), outcome=outcome, citations=list(citations), choices=list(choices),
        confidence=confidence, evidence=dict(evidence or {}),
        references=[*parent.references, parent.rfc_id] if parent and parent.rfc_id else [],
    )  # fmt: skip
    message = replace(
        _message(conversation, line, parent, way), site=site.key, unprompted=unprompted,
        last_day=last_day.isoformat() if last_day else "", template=template,
    )  # fmt: skip
    files_kept = len(_kept(session, line, attachments, now, scans=scans))
    parts = _parts(texts, files_kept, apart=way.channel == "sms" and texted_files.apart(way.to))
    _queue(session, line, message, parts, way.channel, now, secret=secret, files_kept=files_kept)
    return line


class _Way(NamedTuple):
    """On which channel a line goes out, to and from which address, and whose it is then."""

    channel: str
    to: str
    ours: str
    author: str


def _way(conversation: Conversation, site: Site, author: str, *, answers: bool) -> _Way:
    """The way of a line of `author`'s; `answers` where it answers one of the customer's.

    Raises:
        PermanentError: nothing can be sent there.
    """
    channel, to, ours = conversation.channel, conversation.address, conversation.recipient
    if calls.is_call(channel) and author == "bot" and answers:
        return _Way(channel, to, ours, author)
    if by_hand := cannot_send(channel, to):
        raise PermanentError(_sentence(by_hand))
    if calls.is_call(channel):
        written = "system" if author == "bot" else author
        return _Way(*calls.written_to(channel, to), _texts_from(conversation, site), written)
    return _Way(channel, to, ours, author)


def _rfc_id(conversation: Conversation) -> str:
    """A Message-ID of our own for a mail; "" on other channels."""
    if conversation.channel != "mail":
        return ""
    domain = conversation.recipient.rpartition("@")[2] or "desk.invalid"
    return f"desk.{conversation.id}.{secrets.token_hex(8)}@{domain}"


def _message(conversation: Conversation, line: Message, parent: Message | None, way: _Way) -> OutboundMessage:
    """A line as its channel has it to send."""
    return OutboundMessage(
        key="", address=way.to, sender=way.ours, text=line.text, name=conversation.name, subject=conversation.subject,
        message_id=line.rfc_id, in_reply_to=parent.rfc_id if parent else "",
        references=tuple(parent.references) if parent else (), reply_token=str(conversation.id),
        automatic=way.author != "staff",
        citations=tuple({name: str(each.get(name, "")) for name in CITED} for each in line.citations),
        account=conversation.account,
    )  # fmt: skip


class _Part(NamedTuple):
    """One message of a line: its words, and which of the line's files go with it."""

    text: str
    files: int = 0
    first_file: int = 0


def _parts(texts: Sequence[str], files: int, *, apart: bool) -> Sequence[_Part]:
    """The messages of a line: its files with the first one, or each one in a message of its own after the words."""
    if apart:
        return [*map(_Part, texts), *(_Part("", 1, place) for place in range(files))]
    return [_Part(text, files if place == 0 else 0) for place, text in enumerate(texts)]


def _queue(
    session: Session, line: Message, message: OutboundMessage, parts: Sequence[_Part], channel: str, now: datetime, *,
    secret: Secret | None, files_kept: int,
) -> None:  # fmt: skip
    """Queue each part of a line; the secret goes with the part in which its place stands."""
    for number, part in enumerate(parts, start=1):
        outbox.enqueue(
            session, conversation_id=line.conversation_id, message_id=line.id, channel=channel,
            message=message if len(parts) == 1 else replace(message, text=part.text), now=now,
            secret=secret if masked.MASK in part.text else None, files=part.files, first_file=part.first_file,
            line_files=files_kept if part.files != files_kept else 0, part=(number, len(parts)),
        )  # fmt: skip


def _kept(
    session: Session, line: Message, attachments: Sequence[File], now: datetime, *, scans: bool
) -> Sequence[AttachmentFile]:
    """Keep the files of a line of ours. Raises PermanentError where one can't go out."""
    if not attachments:
        return ()
    given = [Attachment(each.name, each.content_type, each.content) for each in attachments]
    rows = files.keep(session, line.id, given, now, scans=scans)
    if wrong := next((row for row in rows if row.state == "refused"), None):
        raise PermanentError(f"the file {wrong.name} can't be sent: {wrong.problem}")
    return rows


def _texts_from(conversation: Conversation, site: Site) -> str:
    """Our number from which who called is texted: the one they called where it is known to take texts, else one of the
    site's; "" for the desk's own.
    """
    numbers = site.sms_numbers
    return conversation.recipient if conversation.recipient in numbers else next(iter(numbers), "")


def _messages(channel: str, text: str) -> Sequence[str]:
    """The messages in which a text goes: one, but for long texts by SMS.

    Raises:
        PermanentError: it is too long for texts altogether.
    """
    if channel != "sms" or len(text) <= ONE_TEXT:
        return (text,)
    from channels.sms import messages  # noqa: PLC0415  a desk without texts need not load it

    try:
        return messages(text)
    except ValueError as error:
        raise PermanentError(str(error)) from error


def send_template(session: Session, conversation_id: int, actor: Actor, now: datetime, *, site: Site) -> None:
    """Send the approved template where WhatsApp's window keeps our own words from going.

    Raises:
        PermanentError: the window is open, the template went already, or they opted out.
    """
    conversation = repository.get(session, conversation_id)
    allowed(session, conversation.channel, conversation.address)
    if not window.is_closed(session, conversation, now):
        raise PermanentError("there is no need of the template here: write in your own words")
    since = select(Message.id).where(Message.conversation_id == conversation_id, Message.outcome == TEMPLATE)
    wrote = window.wrote_at(session, conversation.address)
    if session.scalar((since.where(Message.created_at >= wrote) if wrote else since).limit(1)) is not None:
        raise PermanentError("the template went already since they last wrote: wait until they do")
    line = send(
        session, conversation, TEMPLATE_SAID, now, site=site, author="staff", staff_id=actor.staff_id,
        outcome=TEMPLATE, template=True,
    )  # fmt: skip
    ownership.audited(session, conversation, "conversation.template_sent", actor, {"message": line.id}, now)


def retry_delivery(session: Session, outbox_id: int, actor: Actor, now: datetime) -> None:
    """Send a failed message once more.

    Raises:
        NotFound: it is not failed.
        PermanentError: they opted out, or it held a code or link that is erased.
    """
    row = session.get(Outbox, outbox_id)
    if row is not None:
        allowed(session, row.channel, row.recipient)
    if not outbox.retry(session, outbox_id, now):
        raise NotFound("that message is not waiting for another try: look at the conversation again")
    audit.append(session, actor=actor.name, action="delivery.retried", subject=f"outbox:{outbox_id}", data={}, now=now)


def allowed(session: Session, channel: str, address: str) -> None:
    """Raises PermanentError where they opted out of messages there, or nothing can be sent there."""
    if by_hand := cannot_send(channel, address):
        raise PermanentError(_sentence(by_hand))
    if contacts.is_opted_out(session, *calls.written_to(channel, address)):
        raise PermanentError("they opted out of messages here: finish it by another verified way")


def _sentence(text: str) -> str:
    """A sentence as the end of another: "That didn't work: this came by letter …"."""
    return text[:1].lower() + text[1:].rstrip(".")
