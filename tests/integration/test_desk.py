"""The way of a message through a real desk: accepted, understood, decided, delivered; and what goes wrong on it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import app
from bot.app import Running
from bot.audit import log as audit
from bot.audit.actors import Actor
from bot.audit.chain import Whole, verify
from bot.audit.models import AuditEntry
from bot.contacts.models import ContactAddress
from bot.conversations import ownership, service
from bot.conversations.models import Conversation, Message
from bot.errors import InUse, SettingsError
from bot.messages.models import Inbox, Outbox
from bot.models import Staff
from bot.tickets.models import Ticket
from channels.base import DeliveryReport, InboundMessage, Received
from channels.errors import Temporary
from channels.memory import MemoryChannel
from tests.support import NOON, HeldClock, rows, running, settings, settled, until

CUSTOMER = "+447700900123"


def memory(desk: Running) -> MemoryChannel:
    channel = desk.desk.channels["memory"]
    assert isinstance(channel, MemoryChannel)
    return channel


async def say(desk: Running, text: str, address: str = CUSTOMER) -> str:
    """Send a message and return the desk's newest answer to that address, or ""."""
    before = len(memory(desk).sent)
    await memory(desk).receive(address, text)
    await settled(desk)
    new = [message.text for message in memory(desk).sent[before:] if message.address == address]
    return new[-1] if new else ""


async def test_a_question_is_answered_with_the_clause_verbatim(tmp_path: Path) -> None:
    """The answer quotes clause 3.2 word for word, names it with its date, and links to it."""
    async with running(tmp_path) as desk:
        answer = await say(desk, "do you sell my data?")
        assert "We will not sell, rent or share your personal information" in answer
        assert "clause 3.2, as seen on 15 December 2007" in answer
        assert "/policy/iomart/2007-12-15#3.2" in answer
        line = await rows(desk, lambda session: session.scalars(select(Message).where(Message.author == "bot")).one())
        assert line.citations[0]["id"] == "3.2"
        assert len(line.citations[0]["digest"]) == 64


async def test_the_notice_that_messages_are_kept_comes_once(tmp_path: Path) -> None:
    """The first answer says that it is automatic and that messages are kept; later ones do not repeat it."""
    async with running(tmp_path) as desk:
        assert "We keep the messages" in await say(desk, "do you use cookies?")
        assert "We keep the messages" not in await say(desk, "do you record calls?")


async def test_an_access_request_opens_a_ticket_with_its_due_date(tmp_path: Path) -> None:
    """Asked in text speak; the reference and the statutory date are told, and the trace explains the date."""
    async with running(tmp_path) as desk:
        answer = await say(desk, "wot data do u hold on me")
        ticket = await rows(desk, lambda session: session.scalars(select(Ticket)).one())
        assert ticket.kind == "access"
        assert str(ticket.due_on) == "2026-12-21"
        assert ticket.reference in answer
        assert "Monday 21 December 2026" in answer
        assert ticket.trace
        assert ticket.summary == "wot data do u hold on me"


async def test_a_repeated_request_finds_the_open_ticket(tmp_path: Path) -> None:
    """The second request opens nothing and names the same reference."""
    async with running(tmp_path) as desk:
        await say(desk, "what data do you hold about me?")
        again = await say(desk, "please send me everything you have on me")
        (ticket,) = await rows(desk, lambda session: session.scalars(select(Ticket)).all())
        assert ticket.reference in again


async def test_silence_is_said_and_a_person_offered(tmp_path: Path) -> None:
    """The policy says nothing on retention: the bot says so, and yes brings a person."""
    async with running(tmp_path) as desk:
        assert "doesn't say how long" in await say(desk, "how long do you keep data?")
        assert "passing this to a person" in await say(desk, "yes please")
        conversation = await rows(desk, lambda session: session.scalars(select(Conversation)).one())
        assert conversation.owner == "human"


async def test_the_bot_is_silent_for_a_person_and_a_request_is_still_dated(tmp_path: Path) -> None:
    """After the hand-over no answer goes out, but an access request still opens its ticket."""
    async with running(tmp_path) as desk:
        await say(desk, "can I speak to a person")
        assert await say(desk, "do you sell my data?") == ""
        assert await say(desk, "and what data do you hold about me?") == ""
        kinds = await rows(desk, lambda session: session.scalars(select(Ticket.kind).order_by(Ticket.id)).all())
        assert list(kinds) == ["human", "access"]


async def test_each_stretch_with_a_person_is_on_record_from_start_to_end(tmp_path: Path) -> None:
    """Who had the conversation when: its giving back and its closing end a person's stretch, and the bot is back."""
    clock = HeldClock()
    async with running(tmp_path, clock) as desk:
        await say(desk, "can I speak to a person")
        colleague = Staff(email="sam@example.com", role="agent", created_at=NOON)
        await desk.desk.database.write(lambda session: session.add(colleague))
        sam = Actor("agent", 1)
        for change in (ownership.take_over, ownership.give_back, ownership.take_over, ownership.close):
            clock.move(minutes=10)
            await desk.desk.database.write(lambda session, change=change: change(session, 1, sam, clock.at))
            owner, since = await rows(
                desk, lambda session: session.execute(select(Conversation.owner, Conversation.owner_since)).one()
            )
            assert (owner, since) == ("human" if change is ownership.take_over else "bot", clock.at)
        of_owner = ("handed_over", "taken_over", "given_back", "closed")
        query = (
            select(AuditEntry.action, AuditEntry.actor, AuditEntry.at)
            .where(AuditEntry.action.in_([f"conversation.{what}" for what in of_owner]))
            .order_by(AuditEntry.seq)
        )
        kept = await rows(desk, lambda session: session.execute(query).all())
        assert [(action.partition(".")[2], actor) for action, actor, _ in kept] == [
            ("handed_over", "bot"),
            ("taken_over", "staff:1"),
            ("given_back", "staff:1"),
            ("taken_over", "staff:1"),
            ("closed", "staff:1"),
        ]
        assert [datetime.fromisoformat(at) for *_, at in kept] == [
            NOON + timedelta(minutes=10 * each) for each in range(5)
        ]
        assert "3.2" in await say(desk, "do you sell my data?")


async def test_staff_reply_on_the_customer_s_channel_and_stale_replies_are_held(tmp_path: Path) -> None:
    """A reply goes out by the same outbox; one written before the customer's last words is not sent."""
    async with running(tmp_path) as desk:
        await say(desk, "can I speak to a person")
        site = desk.desk.sites[0]

        def staff(session: Session) -> int:
            person = Staff(email="sam@example.com", role="agent", created_at=NOON)
            session.add(person)
            session.flush()
            return person.id

        actor = Actor("agent", await desk.desk.database.write(staff))

        def reply(session: Session) -> None:
            service.reply(session, 1, actor, "Hello, Sam here.", seen_seq=2, site=site, now=NOON)

        await desk.desk.database.write(reply)
        await settled(desk)
        assert memory(desk).sent[-1].text == "Hello, Sam here."
        assert not memory(desk).sent[-1].automatic
        await say(desk, "one more thing")
        with pytest.raises(service.Stale):
            await desk.desk.database.write(reply)


async def test_the_same_delivery_twice_is_handled_and_answered_once(tmp_path: Path) -> None:
    """Providers repeat themselves; the customer must not notice."""
    async with running(tmp_path) as desk:
        for _ in range(3):
            await memory(desk).receive(CUSTOMER, "do you use cookies?", key="same")
        await settled(desk)
        assert len(memory(desk).sent) == 1
        assert len(await rows(desk, lambda session: session.scalars(select(Inbox.id)).all())) == 1


async def test_one_sender_s_messages_are_answered_in_order(tmp_path: Path) -> None:
    """Ten questions poured in at once are recorded in the order in which they came."""
    async with running(tmp_path) as desk:
        for number in range(10):
            await memory(desk).receive(CUSTOMER, f"do you use cookies? {number}")
        await settled(desk)
        texts = await rows(
            desk,
            lambda session: session.scalars(
                select(Message.text).where(Message.author == "you").order_by(Message.seq)
            ).all(),
        )
        assert list(texts) == [f"do you use cookies? {number}" for number in range(10)]


async def test_a_stop_ends_messages_and_a_start_brings_them_back(tmp_path: Path) -> None:
    """After STOP the bot sends nothing; after START it answers again."""
    async with running(tmp_path) as desk:
        await say(desk, "hello")
        await memory(desk).receive(CUSTOMER, "STOP", consent="stop")
        await settled(desk)
        sent = len(memory(desk).sent)
        assert await say(desk, "do you use cookies?") == ""
        assert len(memory(desk).sent) == sent
        await memory(desk).receive(CUSTOMER, "START", consent="start")
        await settled(desk)
        assert "Cookies" in await say(desk, "do you use cookies?")


async def test_nothing_that_waited_goes_out_after_a_stop(tmp_path: Path) -> None:
    """Answers that wait behind one that can't go are cancelled by STOP, though the worker has read them already."""
    async with running(tmp_path) as desk:
        memory(desk).failure = Temporary("the line is down", retry_after=3_600)
        for text in ("do you use cookies?", "do you record calls?", "do you sell my data?"):
            await memory(desk).receive(CUSTOMER, text)
        await memory(desk).receive(CUSTOMER, "STOP", consent="stop")
        await settled(desk, but_waiting=True)
        memory(desk).failure = None
        desk.deliverer.feeds.hurry()
        await say(desk, "hello", "+447700900777")
        states = await rows(
            desk, lambda session: session.scalars(select(Outbox.state).where(Outbox.recipient == CUSTOMER)).all()
        )
        assert set(states) == {"cancelled"}
        assert [message.address for message in memory(desk).sent] == ["+447700900777"]


async def test_a_provider_that_is_down_delays_and_loses_nothing(tmp_path: Path) -> None:
    """The reply waits with its reason; once the provider is back, a restart sends it."""
    clock = HeldClock()
    async with running(tmp_path, clock) as desk:
        memory(desk).failure = Temporary("the line is down")
        await memory(desk).receive(CUSTOMER, "do you use cookies?")
        await settled(desk)
        row = await rows(desk, lambda session: session.scalars(select(Outbox)).one())
        assert (row.state, row.error) == ("waiting", "the line is down")
    clock.move(hours=1)
    async with running(tmp_path, clock) as desk:
        await until(desk, lambda: memory(desk).sent)
        assert "Cookies" in memory(desk).sent[0].text


async def test_accepted_but_not_handled_is_handled_after_a_restart(tmp_path: Path) -> None:
    """A kill between accepting and handling: the row is still there, and the next start answers it."""
    async with running(tmp_path) as desk:
        await say(desk, "hello")
        await desk.handler.feeds.stop()
        await memory(desk).receive(CUSTOMER, "do you use cookies?")
    async with running(tmp_path) as desk:
        await settled(desk)
        assert "Cookies" in memory(desk).sent[0].text


async def test_a_message_that_always_crashes_is_dead_and_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A poisoned message is tried a few times, then staff see it; other senders are never held."""
    clock = HeldClock()
    async with running(tmp_path, clock) as desk:
        real = MemoryChannel.decode

        def poisoned(received: Received) -> InboundMessage | DeliveryReport:
            if b"poison" in received.payload:
                raise RuntimeError("bug")
            return real(received)

        monkeypatch.setattr(MemoryChannel, "decode", staticmethod(poisoned))
        monkeypatch.setattr("bot.workers.retry.FIRST", 0.0)
        await memory(desk).receive("+447700900999", "poison")
        assert "Cookies" in await say(desk, "do you use cookies?")
        await settled(desk)
        row = await rows(desk, lambda session: session.scalars(select(Inbox).where(Inbox.state == "dead")).one())
        assert row.attempts == 6
        assert row.error == "RuntimeError"


async def test_a_second_desk_on_the_same_data_is_refused(tmp_path: Path) -> None:
    """Two processes would answer everything twice: the second says who holds the directory."""
    async with running(tmp_path):
        with pytest.raises(InUse, match="DESK_DATA_DIR"):
            await app.start(settings(tmp_path))


async def test_a_taken_port_is_said_with_its_setting(tmp_path: Path) -> None:
    """The error names the setting to change, and the data directory is free again."""
    async with running(tmp_path / "a") as desk:
        with pytest.raises(SettingsError, match="DESK_HTTP_PORT"):
            await app.start(settings(tmp_path / "b", http_port=desk.http_port))
    async with running(tmp_path / "b"):
        pass


async def test_the_audit_chain_of_a_busy_desk_is_whole_and_shows_tampering(tmp_path: Path) -> None:
    """Whatever happened is in the chain; a changed word in it is found."""
    async with running(tmp_path) as desk:
        for text in ("wot data do u hold on me", "delete my data", "I want to complain", "do you sell my data"):
            await say(desk, text)
        entries = await rows(desk, lambda session: list(audit.rows(session)))
        assert isinstance(verify(entries), Whole)
        assert len(entries) > 6
        entries[2] = entries[2]._replace(action="ticket.closed")
        assert not isinstance(verify(entries), Whole)


async def test_two_addresses_are_two_people(tmp_path: Path) -> None:
    """Nobody is merged: each address has its own contact and its own conversation."""
    async with running(tmp_path) as desk:
        await say(desk, "hello", "+447700900001")
        await say(desk, "hello", "+447700900002")
        found = await rows(desk, lambda session: session.scalars(select(ContactAddress)).all())
        assert len({address.contact_id for address in found}) == 2
