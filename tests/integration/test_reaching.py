"""Reaching a person at another address than the one that they write from: real services over a real database."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.contacts import service as contacts
from bot.contacts.models import ContactAddress
from bot.conversations import reaching, repository
from bot.conversations.models import Message
from bot.errors import PermanentError
from channels.base import InboundMessage
from channels.context import Site
from tests.support import NOON, HeldClock, running

SITE = Site("iomart", "iomart", (), ("+441414960000",), ("info@iomart.com",), "iomart")


def _address(session: Session, channel: str, value: str) -> ContactAddress:
    return contacts.find_or_create(session, channel, value, "", NOON)


async def test_a_mail_conversation_is_begun_from_our_own_mailbox(tmp_path: Path) -> None:
    """Nobody wrote from there yet: a conversation begins, with the site's mailbox and the subject; the next use of the
    address finds the same one. A link doesn't stand under "Your code"; once they write there, their subject stays.
    """

    def work(session: Session) -> tuple[str, list[str], int, int]:
        address = _address(session, "mail", "tess@customer.example")
        begun = reaching.conversation_with(session, address, NOON, site=SITE, subject="Your code")
        subjects = [begun.subject]
        again = reaching.conversation_with(session, address, NOON, site=SITE, subject="Your request DR-1")
        subjects.append(again.subject)
        session.add(Message(conversation_id=again.id, seq=1, direction="in", author="you", text="Hi", created_at=NOON))
        session.flush()
        subjects.append(reaching.conversation_with(session, address, NOON, site=SITE, subject="Your code").subject)
        return begun.recipient, subjects, begun.id, again.id

    async with running(tmp_path, HeldClock()) as desk:
        recipient, subjects, first, second = await desk.desk.database.write(work)
    assert (recipient, subjects) == ("info@iomart.com", ["Your code", "Your request DR-1", "Your request DR-1"])
    assert first == second


async def test_the_newest_conversation_of_the_address_is_taken(tmp_path: Path) -> None:
    """Somebody who texts us gets it in the conversation that they know."""

    def work(session: Session) -> tuple[int, int]:
        address = _address(session, "sms", "+447700900321")
        message = InboundMessage(address.value, "+441414960000", "hello")
        known = repository.create(session, message, channel="sms", site="iomart", contact=address.contact_id, now=NOON)
        return known.id, reaching.conversation_with(session, address, NOON, site=SITE).id

    async with running(tmp_path, HeldClock()) as desk:
        known, taken = await desk.desk.database.write(work)
    assert taken == known


@pytest.mark.parametrize(("what", "mend"), [("opted_out_at", "opted out"), ("bad_since", "don't arrive")])
async def test_an_address_that_must_or_can_take_nothing_is_refused(tmp_path: Path, what: str, mend: str) -> None:
    """An opt-out counts for secrets too, and a dead address would only swallow them."""

    def work(session: Session) -> None:
        address = _address(session, "sms", "+447700900321")
        setattr(address, what, NOON)
        session.flush()
        with pytest.raises(PermanentError, match=mend):
            reaching.conversation_with(session, address, NOON, site=SITE)

    async with running(tmp_path, HeldClock()) as desk:
        await desk.desk.database.write(work)


async def test_a_chat_can_not_be_begun_by_us(tmp_path: Path) -> None:
    """A visitor who is gone has no address: the text names what to choose instead."""

    def work(session: Session) -> int:
        address = _address(session, "webchat", "f" * 32)
        with pytest.raises(PermanentError, match="email address or a phone number"):
            reaching.conversation_with(session, address, NOON, site=SITE)
        return len(session.scalars(select(ContactAddress)).all())

    async with running(tmp_path, HeldClock()) as desk:
        assert await desk.desk.database.write(work) == 1
