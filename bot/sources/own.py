"""The data source "own": what the desk itself holds of a person. It is always searched, with no settings.

Only conversations of the person's proved addresses and of the contacts that are linked to them; what is of an address
that several people use is marked. Files are not copied:
an item of the kind "file" names the attachment ("file:17"), and `service.file_of` reads it when it is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select, tuple_
from sqlalchemy.orm import Session

from bot.contacts.matching import Claim, Match
from bot.contacts.models import Contact, ContactAddress, Proof
from bot.contacts.record_models import ConsentEntry
from bot.conversations.by_hand import BY_HAND
from bot.conversations.models import Conversation, Message
from bot.files.models import AttachmentFile
from bot.sources import options
from bot.sources.base import Item, Setting, Subject
from bot.tickets.models import Ticket
from channels.base import Finding

WAYS = {"sms": "text message", "mail": "email", "webchat": "chat", **BY_HAND}
"""How a conversation was held, as its person reads it."""
BROWSER = "a code that we made to know your browser by"
"""What a chat's visitor has for an address, in words: it is theirs, and says nothing by itself, so it is told once."""
AT_ONCE = 200
"""Lines read in one look: no look keeps a snapshot of the database for long."""
_FILE = (AttachmentFile.id, AttachmentFile.name, AttachmentFile.content_type, AttachmentFile.size,
         AttachmentFile.digest, AttachmentFile.state, AttachmentFile.problem)  # fmt: skip


class Options(options.Table):
    """`[[data_sources]] kind = "own"` may change the title and what it covers, and has nothing of its own."""


def create(setting: Setting) -> OwnSource:
    """The source. Raises SettingsError."""
    options.read(Options, setting.name, setting.options)
    return OwnSource(setting)


class OwnSource:
    """The desk's own messages, notes, tickets, files, contacts, consents and proofs."""

    def __init__(self, setting: Setting) -> None:
        self.name, self.title, self.covers = setting.name, setting.title, setting.covers
        self._look = setting.look
        self._zone = ZoneInfo(setting.timezone)

    def search(self, subject: Subject) -> Iterator[Item]:
        """Everything that the desk holds of the person, contacts first, then each conversation in its order."""
        for part in (self._contacts, self._consents, self._proofs):
            yield from self._look(partial(part, subject=subject))
        for conversation, shared in self._look(lambda session: _conversations(session, subject)):
            yield self._conversation(conversation)._replace(shared=shared)
            tickets = self._look(partial(self._tickets, conversation_id=conversation.id))
            yield from (item._replace(shared=shared) for item in tickets)
            yield from (item._replace(shared=shared) for item in self._lines(conversation))

    def match(self, claim: Claim) -> Sequence[Match]:  # noqa: ARG002  the contract's
        """Never any: what somebody wrote to the desk proves nothing about who they are."""
        return ()

    def check(self) -> Sequence[Finding]:
        """It is there when the desk's database is."""
        self._look(lambda session: session.scalar(select(Contact.id).limit(1)))
        return [Finding(self.name, ok=True, text=self.title)]

    def _contacts(self, session: Session, subject: Subject) -> list[Item]:
        found = session.scalars(select(Contact).where(Contact.id.in_(subject.contacts)).order_by(Contact.id))
        items = [
            Item(f"contact:{each.id}", "Name", {"name": each.name}, "contact", self._day(each.created_at))
            for each in found
            if each.name
        ]
        rows = session.scalars(select(ContactAddress).where(_own(ContactAddress, subject)).order_by(ContactAddress.id))
        for row in rows:
            content = {
                "channel": row.channel,
                BROWSER if row.channel == "webchat" else "address": row.value,
                "opted out": self._moment(row.opted_out_at),
                "does not work since": self._moment(row.bad_since),
                "reason": row.bad_reason,
            }
            title = "Your browser in our chat" if row.channel == "webchat" else "Address"
            items.append(Item(f"address:{row.id}", title, _given(content), "contact", shared=row.shared))
        return items

    def _consents(self, session: Session, subject: Subject) -> list[Item]:
        """What they permitted, refused and took back, from the ledger; staff's sealed remarks stay sealed."""
        mine = select(ConsentEntry).where(ConsentEntry.contact_id.in_(subject.contacts)).order_by(ConsentEntry.id)
        return [
            Item(
                f"consent:{row.id}", "Consent",
                _given({
                    "purpose": row.purpose, "channel": row.channel, "said": row.state, "at": self._moment(row.at),
                    "known from": row.source, "wording": row.wording,
                }),
                "consent", self._day(row.at),
            )
            for row in session.scalars(mine)
        ]  # fmt: skip

    def _proofs(self, session: Session, subject: Subject) -> list[Item]:
        """How they showed who they are: outcomes, of which alone a record is kept."""
        mine = select(Proof).where(Proof.contact_id.in_(subject.contacts)).order_by(Proof.id)
        return [
            Item(
                f"proof:{row.id}", "Proof of identity",
                _given({
                    "kind": row.kind, "at": self._moment(row.at), "valid until": self._moment(row.valid_until),
                    "ended": self._moment(row.ended_at),
                }),
                "proof", self._day(row.at),
            )
            for row in session.scalars(mine)
        ]  # fmt: skip

    def _conversation(self, row: Conversation) -> Item:
        content = {
            "channel": row.channel, "address": _address(row), "name": row.name, "subject": row.subject,
            "begun": self._moment(row.created_at), "last": self._moment(row.last_at),
            "handed to a person because": row.handover_reason,
        }  # fmt: skip
        title = f"Conversation by {WAYS.get(row.channel, row.channel)}"
        return Item(f"conversation:{row.id}", title, _given(content), "conversation", self._day(row.created_at))

    def _tickets(self, session: Session, conversation_id: int) -> list[Item]:
        rows = session.scalars(select(Ticket).where(Ticket.conversation_id == conversation_id).order_by(Ticket.id))
        return [
            Item(
                f"ticket:{row.reference}", f"Request {row.reference}",
                _given({
                    "kind": row.kind, "state": row.state, "your words": row.summary, "why it was opened": row.reason,
                    "received": self._moment(row.received_at), "due": row.due_on and row.due_on.isoformat(),
                    "closed": self._moment(row.closed_at), "how the date was found": row.trace,
                }),
                "ticket", self._day(row.received_at),
            )
            for row in rows
        ]  # fmt: skip

    def _lines(self, conversation: Conversation) -> Iterator[Item]:
        last = 0
        while True:
            lines, files = self._look(partial(_lines_after, conversation_id=conversation.id, after=last))
            for line in lines:
                yield self._line(conversation, line)
                yield from (self._file(line, each) for each in files if each.message_id == line.id)
            if len(lines) < AT_ONCE:
                return
            last = lines[-1].id

    def _line(self, conversation: Conversation, line: Message) -> Item:
        """One line. Who of the staff wrote is left out: that is their own data."""
        content = {
            "at": self._moment(line.created_at), "channel": conversation.channel, "address": _address(conversation),
            "from": {"you": "you", "bot": "our automatic answers"}.get(line.author, "our staff"),
            "subject": line.subject, "text": line.text, "quoted": line.quoted,
            "understood as": line.intent if line.direction == "in" else "",
            "could not be read": line.state == "undecodable",
        }  # fmt: skip
        title = {"in": "Message received", "out": "Message sent", "note": "Note by our staff"}.get(
            line.direction, "Message"
        )
        kind = "note" if line.direction == "note" else "message"
        return Item(f"message:{line.id}", title, _given(content), kind, self._day(line.created_at))

    def _file(self, line: Message, row: Any) -> Item:
        content = {"name": row.name, "type": row.content_type, "bytes": row.size, "sha256": row.digest}
        title = f"File with message {line.id}"
        if row.state in ("kept", "waiting"):
            return Item(f"file:{row.id}", title, content, "file", self._day(line.created_at))
        # What we do not hold can't be handed over, but that it came is told.
        content["not kept"] = row.problem or "it is gone"
        return Item(f"file:{row.id}", f"{title}, not kept", content, "message", self._day(line.created_at))

    def _day(self, moment: datetime) -> Any:
        return moment.astimezone(self._zone).date()

    def _moment(self, moment: datetime | None) -> str:
        return moment.astimezone(self._zone).isoformat(timespec="seconds") if moment else ""


def _address(conversation: Conversation) -> str:
    """The address that a person knows for theirs; in a chat there is none."""
    return "" if conversation.channel == "webchat" else conversation.address


def _own(table: type[ContactAddress | Conversation], subject: Subject) -> Any:
    """Rows of the proved addresses and of the linked contacts."""
    address = ContactAddress.value if table is ContactAddress else Conversation.address
    return or_(
        table.contact_id.in_(subject.contacts), tuple_(table.channel, address).in_(subject.addresses or [("", "")])
    )


def _conversations(session: Session, subject: Subject) -> list[tuple[Conversation, bool]]:
    """The person's conversations, each with whether several people use its address."""
    address = and_(
        ContactAddress.channel == Conversation.channel, ContactAddress.value == Conversation.address,
        ContactAddress.shared.is_(True),
    )  # fmt: skip
    query = select(Conversation, ContactAddress.id).outerjoin(ContactAddress, address)
    found = session.execute(query.where(_own(Conversation, subject)).order_by(Conversation.id))
    return [(conversation, shared is not None) for conversation, shared in found]


def _lines_after(session: Session, conversation_id: int, after: int) -> tuple[Sequence[Message], Sequence[Any]]:
    query = select(Message).where(Message.conversation_id == conversation_id, Message.id > after)
    lines = session.scalars(query.order_by(Message.id).limit(AT_ONCE)).all()
    files = select(*_FILE, AttachmentFile.message_id).where(AttachmentFile.message_id.in_([line.id for line in lines]))
    return lines, session.execute(files.order_by(AttachmentFile.id)).all()


def _given(content: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty or false."""
    return {name: value for name, value in content.items() if value}
