"""A conversation by email, on request: to a proved address of the same person, and never a note."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.models import AuditEntry
from bot.contacts.models import ContactAddress
from bot.conversations import service
from bot.conversations.models import Message
from bot.tickets.models import Ticket
from tests.integration.console_support import Console, http, signed_in, staff
from tests.integration.test_identity import code_in
from tests.integration.whole_desk import ANN, World, letter, world

ASKS = "Please email me this conversation."
CONTENT = "Here is the conversation that you asked for."


def transcripts(outside: World) -> list[Any]:
    """The mails that carry one."""
    return [mail for mail in outside.relay.mails if CONTENT in mail.text]


async def proved_by_text(outside: World, address: str = ANN) -> None:
    """Somebody texts, asks, gives a mail address, and types the codes that went to their number and there."""
    assert "name your email address" in await outside.texted("send me this conversation")
    own = code_in(await outside.texted(f"send me this conversation to {address}"))
    assert "a code to that address" in await outside.texted(own)
    code = code_in(outside.relay.mails[-1].text)
    assert "sent this conversation to your email" in await outside.texted(code)


async def test_a_text_s_conversation_goes_to_the_address_that_a_code_proved(tmp_path: Path) -> None:
    """The code goes first; once it is typed the lines follow, without the code and without notes."""
    async with world(tmp_path) as outside:
        await outside.texted("Do you sell my data?")
        actor, now = await outside.staff(), outside.clock()
        await outside.desk.desk.database.write(lambda s: service.note(s, 1, actor, "Difficult customer", now))
        await proved_by_text(outside)
        (mail,) = transcripts(outside)
        assert mail.rcpt_to == ANN
        assert "Do you sell my data?" in mail.text
        assert "Our automatic answers" in mail.text
        assert "Difficult" not in mail.text
        assert not re.search(r"\b\d{6}\b", mail.text.replace("101000", ""))
        assert mail.message["Auto-Submitted"] == "auto-replied"
        looked = select(AuditEntry.actor).where(AuditEntry.action == "transcript.sent")
        assert await outside.desk.desk.database.read(lambda s: s.scalars(looked).all()) == ["customer"]
        assert await outside.all(Ticket) == [], "it is no request that a law counts days for"
        assert "sent this conversation to your email" in await outside.texted("email me this chat please")
        assert len(transcripts(outside)) == 2
        assert transcripts(outside)[1].text.count(CONTENT) == 1, "no transcript within a transcript"


async def test_by_mail_a_code_comes_first_to_the_very_address(tmp_path: Path) -> None:
    """A From line proves nothing: whoever forges it makes us send one code to its owner, and no conversation."""
    async with world(tmp_path, channels="mail") as outside:
        await outside.mailed(letter("Do you sell my data?", ident="m1@example.net"))
        answer = await outside.mailed(letter(ASKS, ident="m2@example.net"))
        assert answer is not None
        assert transcripts(outside) == []
        typed = letter(code_in(answer.text), ident="m3@example.net")
        typed["In-Reply-To"] = f"{answer.message['Message-ID']}"
        await outside.mailed(typed, to=answer.reply_address)
        (mail,) = transcripts(outside)
        assert mail.rcpt_to == ANN


async def test_nobody_gets_somebody_else_s_conversation(tmp_path: Path) -> None:
    """A stranger's address that is named has to type its code; a shared address is for staff; a stranger in a thread
    gets nothing.
    """
    async with world(tmp_path) as outside:
        await outside.texted("Do you sell my data?")
        await outside.texted(code_in(await outside.texted("send me this conversation to eve@elsewhere.example")))
        assert transcripts(outside) == []
        assert "can't be used" in await outside.texted("000000")
        assert transcripts(outside) == []

        def shared(session: Session) -> None:
            session.scalars(select(ContactAddress).where(ContactAddress.channel == "sms")).one().shared = True

        await outside.desk.desk.database.write(shared)
        assert "a person looks at that" in await outside.texted(ASKS)
        answer = await outside.mailed(letter("Do you sell my data?", ident="m5@example.net"))
        assert answer is not None
        theirs = letter(ASKS, sender="eve@elsewhere.example", ident="m6@example.net")
        theirs["In-Reply-To"] = f"{answer.message['Message-ID']}"
        await outside.mailed(theirs, mail_from="eve@elsewhere.example")
        assert transcripts(outside) == []


async def test_who_only_shows_somebody_s_number_gets_no_code_and_nothing_of_theirs(tmp_path: Path) -> None:
    """A forged sender names an address of their own: the first code goes to the number, which they can't read, and once
    its owner has shown an address, all goes there.
    """
    async with world(tmp_path) as outside:
        await outside.texted("Do you sell my data?")
        said = await outside.texted("send me this conversation to eve@elsewhere.example")
        assert "show that this number is yours" in said
        assert outside.relay.mails == []
        await outside.texted("000000")
        await proved_by_text(outside)
        await outside.texted("send me this conversation to eve@elsewhere.example")
        assert {mail.rcpt_to for mail in outside.relay.mails} == {ANN}
        assert len(transcripts(outside)) == 2


async def test_a_code_from_before_they_asked_sends_nothing(tmp_path: Path) -> None:
    """Who forges a number just after its owner typed a code, and names a mailbox of their own, has none sent there."""
    async with world(tmp_path) as outside:
        await outside.texted("Do you sell my data?")
        await outside.texted(code_in(await outside.texted(f"send me this conversation to {ANN}")))
        outside.clock.move(seconds=30)
        assert code_in(await outside.texted("send me this conversation to eve@elsewhere.example"))
        assert {mail.rcpt_to for mail in outside.relay.mails} == {ANN}
        assert transcripts(outside) == []


async def test_three_a_day_are_enough(tmp_path: Path) -> None:
    """Whoever asks without end fills nobody's mailbox."""
    async with world(tmp_path) as outside:
        await proved_by_text(outside)
        said = ""
        for _ in range(5):
            outside.clock.move(hours=1, minutes=5)
            said = await outside.texted(ASKS)
        assert "three times today" in said
        assert len(transcripts(outside)) == 3
        outside.clock.move(days=1, minutes=1)
        assert "sent this conversation" in await outside.texted(ASKS)


async def test_staff_send_it_by_a_button_to_a_proved_address_alone(tmp_path: Path) -> None:
    """Without one they are told why not."""
    async with world(tmp_path) as outside:
        await outside.texted("Do you sell my data?")
        desk = Console(outside.desk, outside.clock, f"http://127.0.0.1:{outside.desk.http_port}")
        await desk.write(lambda session: staff(session, outside.clock.at))
        async with http() as browser:
            csrf = await signed_in(desk, browser)
            url = f"{desk.url}/console/conversations/1/transcript"
            async with browser.post(url, data={"csrf": csrf}) as response:
                assert response.status == 409
                assert "no email address of theirs is proved" in await response.text()
            await proved_by_text(outside)
            async with browser.post(url, data={"csrf": csrf}) as response:
                assert "on its way to their email address" in await response.text()
            await outside.settled()
        assert len(transcripts(outside)) == 2
        looked = select(AuditEntry.actor).where(AuditEntry.action == "transcript.sent").order_by(AuditEntry.seq)
        assert (await desk.read(lambda s: s.scalars(looked).all()))[-1] == "staff:1"


async def test_a_long_conversation_is_cut_at_its_oldest_end_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bounded, whatever was said."""
    monkeypatch.setattr("bot.conversations.transcripts.MOST_LINES", 4)
    async with world(tmp_path) as outside:
        await outside.texted("the very first words")
        await proved_by_text(outside)
        (mail,) = transcripts(outside)
        assert "its oldest messages are left out" in mail.text
        assert "the very first words" not in mail.text
        lines = await outside.lines(2)
        assert [line.outcome for line in lines if isinstance(line, Message)][-1] == "transcript"
