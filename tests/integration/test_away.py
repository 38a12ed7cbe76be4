"""Answers to a visitor who left: by mail to an address that a code proved, and never to anybody else."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.contacts.models import Proof
from bot.conversations.models import Continuation, Conversation, Message
from tests.integration.test_identity import code_in
from tests.integration.test_way_chat import asked, heard
from tests.integration.whole_desk import ANN, World, world
from tests.patience import patience
from tests.unit.channels.webchat.desk import Visitor

CHANNELS = "webchat,mail"
CONTENT = "Since you left, we wrote:"


async def left(visitor: Visitor, email: str, ident: str = "e1") -> dict[str, Any]:
    """The visitor leaves an address by the chat's form, and reads what the desk says."""
    await visitor.say("leave_email", id=ident, email=email)
    assert (await heard(visitor, "ack"))["id"] == ident
    return await heard(visitor)


async def proved(outside: World) -> Visitor:
    """A visitor has left Ann's address, and typed the code that went there."""
    visitor = await outside.visit()
    assert "if it takes messages from us" in (await left(visitor, ANN))["text"]
    await outside.settled()
    (mail,) = outside.relay.mails
    assert mail.rcpt_to == ANN
    assert mail.message["Auto-Submitted"]
    told = await asked(visitor, code_in(mail.text), "c1")
    assert "also go to your email address" in told["text"]
    await visitor.say("read", seq=told["seq"])
    return visitor


async def gone(outside: World, visitor: Visitor) -> None:
    """What the visitor said is taken in, and they close the page."""
    await visitor.say("transcript")
    await visitor.beside("transcript")  # frames are taken in order: what was read before is noted
    address = (await outside.all(Conversation))[0].address
    presence, moved = outside.desk.desk.presence, asyncio.Event()
    presence.watch(address)
    stop = outside.desk.desk.bus.listen("presence", moved.set)
    await visitor.ws.close()
    async with patience():
        while presence.is_here(address):
            moved.clear()
            await moved.wait()
    stop()


async def later(outside: World, **by: int) -> list[Any]:
    """Time passes, and the desk does what is due; the mails that carry answers."""
    outside.clock.move(**by)
    await outside.desk.scheduler.run_due()
    await outside.settled()
    return [mail for mail in outside.relay.mails if CONTENT in mail.text]


async def test_answers_go_on_by_mail_once_the_code_is_typed(tmp_path: Path) -> None:
    """With nobody at the desk when asked; several lines in one mail, each once, and staff see it."""
    async with world(tmp_path, channels=CHANNELS) as outside:
        visitor = await proved(outside)
        await gone(outside, visitor)
        assert await later(outside, minutes=3) == [], "nothing was unread"
        await outside.staff_reply("We looked: it is kept for a year.")
        await outside.staff_reply("And deleted then.")
        assert await later(outside, minutes=1) == [], "they may be back in a moment"
        (mail,) = await later(outside, minutes=2)
        assert mail.rcpt_to == ANN
        assert "We looked: it is kept for a year. And deleted then." in mail.text
        assert mail.message["Auto-Submitted"]
        assert len(await later(outside, minutes=5)) == 1
        notes = [line.text for line in await outside.lines() if line.direction == "note"]
        assert any("also sent by email" in text for text in notes)
        assert "******" not in mail.text


async def test_what_was_read_in_the_chat_goes_nowhere_else(tmp_path: Path) -> None:
    """While the page is open nothing goes; what was read never does."""
    async with world(tmp_path, channels=CHANNELS) as outside:
        visitor = await proved(outside)
        await outside.staff_reply("Hello, Sam here.")
        assert await later(outside, minutes=5) == []
        await visitor.say("read", seq=5)
        await gone(outside, visitor)
        assert await later(outside, hours=2) == []


async def test_a_stranger_s_address_gets_few_codes_and_nothing_else(tmp_path: Path) -> None:
    """Whoever leaves it from many pages, and guesses codes, makes us send it six mails a day, without their words."""
    async with world(tmp_path, channels=CHANNELS) as outside:
        for number in range(9):
            visitor = await outside.visit()
            await asked(visitor, "Do you sell my data?")
            assert "if it takes messages from us" in (await left(visitor, ANN))["text"], "all are told the same"
            if not number:
                code = code_in(outside.relay.mails[-1].text) if outside.relay.mails else "999999"
                wrong = "000000" if code != "000000" else "000001"
                assert "can't be used" in (await asked(visitor, wrong, "c1"))["text"]
            await visitor.ws.close()
            await outside.settled()
            await later(outside, minutes=25)
        assert len(outside.relay.mails) == 6
        assert all("if it wasn't you" in mail.text.lower() for mail in outside.relay.mails)
        assert all("sell" not in mail.text for mail in outside.relay.mails)
        assert await outside.all(Continuation) == []


async def test_a_visitor_leaves_only_so_many_addresses(tmp_path: Path) -> None:
    """Two slips of the finger; then they wait. What is no address is told, and costs nothing."""
    async with world(tmp_path, channels=CHANNELS) as outside:
        visitor = await outside.visit()
        await visitor.say("leave_email", id="e0", email="sam")
        assert (await heard(visitor, "error"))["code"] == "no_email"
        for number in range(3):
            await left(visitor, f"sam{number}@example.com", f"e{number + 1}")
        await visitor.say("leave_email", id="e9", email="sam9@example.com")
        error = await heard(visitor, "error")
        assert (error["code"], error["id"]) == ("rate_limited", "e9")
        assert error["retry_after"] > 0
        await outside.settled()
        assert len(outside.relay.mails) == 3


async def test_nothing_goes_where_the_proof_has_ended_or_the_person_is_erased(tmp_path: Path) -> None:
    """The address is looked at each time; staff are told that it ended."""
    async with world(tmp_path, channels=CHANNELS) as outside:
        await gone(outside, await proved(outside))
        await outside.staff_reply("This is for Ann alone.")

        def ended(session: Session) -> None:
            # What an erasure, an address that is somebody else's now, and a parting of two people have in common.
            for proof in session.scalars(select(Proof)):
                proof.address_id = None

        await outside.desk.desk.database.write(ended)
        assert await later(outside, minutes=5) == []
        (row,) = await outside.all(Continuation)
        assert row.ended_at is not None
        notes = [line.text for line in await outside.all(Message) if line.direction == "note"]
        assert any("no longer go by email" in text for text in notes)
