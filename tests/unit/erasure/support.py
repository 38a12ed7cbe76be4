"""A small desk of two persons for the tests of erasure, in a database file of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from bot.contacts.models import Contact, ContactAddress, ContactLink
from bot.conversations import repository
from bot.conversations.models import Conversation, Message
from bot.engines import engine_for
from bot.files.models import AttachmentFile
from bot.messages import outbox
from bot.messages.models import Inbox, Outbox
from bot.models import ErasureRun
from bot.settings import signer
from channels.base import InboundMessage, OutboundMessage
from tests import prepared
from tests.support import NOON

SIGN = signer(b"a key")
SECRET = "zephyrmarmalade"


def engine(folder: Path) -> Engine:
    return engine_for(f"sqlite:///{prepared.database(folder / 'desk.db')}")


def runs(of: Engine) -> Callable[[Callable[[Session], Any]], Any]:
    """Each unit in a transaction of its own."""

    def run(work: Callable[[Session], Any]) -> Any:
        with Session(of, expire_on_commit=False) as session, session.begin():
            return work(session)

    return run


def person(session: Session, address: str, words: str, *, lines: int = 3, channel: str = "mail") -> int:
    """Somebody with one conversation: lines, a file, deliveries in and out. Returns the contact's id."""
    contact = Contact(name=f"Name {words}", created_at=NOON)
    session.add(contact)
    session.flush()
    session.add(ContactAddress(contact_id=contact.id, channel=channel, value=address))
    message = InboundMessage(address=address, recipient="info@iomart.com", text="", name=words, subject=words)
    talk = repository.create(session, message, channel=channel, site="iomart", contact=contact.id, now=NOON)
    for number in range(lines):
        row = Inbox(
            channel=channel, dedupe_key=f"{address}-{number}", sender=address, payload=words.encode(),
            facts={"who": words}, received_at=NOON, state="handled", handled_at=NOON,
        )  # fmt: skip
        session.add(row)
        session.flush()
        line = repository.add_line(
            session, talk, NOON, direction="in", author="you", text=f"{words} {number}", quoted=words, inbox_id=row.id,
            subject=words, rfc_id=f"{words}{number}@x", evidence={"peer": words, "knowledge": "1"},
        )  # fmt: skip
        session.flush()
        session.add(
            AttachmentFile(
                message_id=line.id, name=words, content_type="text/plain", size=3, digest="d", content=words.encode()
            )
        )
        answer = repository.add_line(session, talk, NOON, direction="out", author="bot", text=f"said {words}")
        outbox.enqueue(
            session, conversation_id=talk.id, message_id=answer.id, channel=channel, now=NOON,
            message=OutboundMessage(key="", address=address, sender="", text=words, site="iomart", name=words),
        )  # fmt: skip
    session.query(Outbox).update({"state": "sent"})
    session.flush()
    return contact.id


def same(session: Session, one: int, other: int) -> None:
    """The two are proved to be one person."""
    session.add(ContactLink(contact_id=one, other_id=other, how="code", by="bot", at=NOON))


def confirmed(session: Session, contacts: list[int]) -> int:
    """An erasure that may begin."""
    run = ErasureRun(
        contact_id=contacts[0], contacts=contacts, state="confirmed", requested_at=NOON, confirmed_at=NOON,
    )  # fmt: skip
    session.add(run)
    session.flush()
    return run.id


def held(session: Session, contact: int) -> list[Any]:
    """All words that are held of a person."""
    lines = select(Message.text).join(Conversation).where(Conversation.contact_id == contact).order_by(Message.id)
    return [session.get_one(Contact, contact).name, *session.scalars(lines)]
