"""A conversation goes on by another channel: with proof, with its requests, and back again."""

from __future__ import annotations

from pathlib import Path

import aiohttp

from bot.audit.models import AuditEntry
from bot.conversations.models import Continuation, Conversation, Message
from bot.tickets.models import Ticket
from tests.integration.console_support import Console, http, signed_in, staff
from tests.integration.test_identity import code_in
from tests.integration.test_way_chat import asked
from tests.integration.whole_desk import ANN, World, world

CHANNELS = "webchat,mail,sms"


async def console(outside: World) -> Console:
    """The console of that desk, with somebody who works there."""
    desk = Console(outside.desk, outside.clock, f"http://127.0.0.1:{outside.desk.http_port}")
    await desk.write(lambda session: staff(session, outside.clock.at))
    return desk


async def pressed(
    desk: Console, browser: aiohttp.ClientSession, csrf: str, verb: str, **fields: str
) -> tuple[int, str]:
    """One of the staff sends a form of the first conversation; the page that follows."""
    url = f"{desk.url}/console/conversations/1/{verb}"
    async with browser.post(url, data={"csrf": csrf, **fields}) as answer:
        return answer.status, await answer.text()


async def told(outside: World) -> str:
    """The newest mail's words."""
    await outside.settled()
    return outside.relay.mails[-1].text


async def test_a_customer_goes_on_by_mail_once_the_code_is_typed(tmp_path: Path) -> None:
    """Their request goes along, its answers go by mail, both sides say so; the code's mail has none of their words."""
    async with world(tmp_path, channels=CHANNELS) as outside:
        visitor = await outside.visit()
        await asked(visitor, "wot data do u hold on me")
        answer = await asked(visitor, f"can you email me instead at {ANN}?", "m2")
        assert "if it takes messages from us" in answer["text"]
        words = await told(outside)
        assert "data" not in words
        assert (await outside.ticket()).conversation_id == 1
        assert "go on by email" in (await asked(visitor, code_in(words), "m3"))["text"]
        assert "We go on with you here" in await told(outside)
        ticket = await outside.ticket()
        talk = next(each for each in await outside.all(Conversation) if each.id == ticket.conversation_id)
        assert (talk.channel, talk.address) == ("mail", ANN)
        notes = {line.conversation_id: line.text for line in await outside.all(Message) if line.direction == "note"}
        assert notes[1].endswith(f"conversation {talk.id}.")
        assert notes[talk.id].endswith("conversation 1.")


async def test_staff_go_on_at_an_address_that_is_proved_and_take_it_back(tmp_path: Path) -> None:
    """A typed address gets a code first; a proved one is chosen and used at once. Each step is audited."""
    async with world(tmp_path, channels=CHANNELS) as outside, http() as browser:
        visitor = await outside.visit()
        await asked(visitor, "wot data do u hold on me")
        desk = await console(outside)
        csrf = await signed_in(desk, browser)
        status, page = await pressed(desk, browser, csrf, "go-on", other=ANN)
        assert (status, "A code is on its way there" in page) == (200, True)
        assert (await outside.ticket()).conversation_id == 1
        while "sent a code" not in (await visitor.get())["text"]:
            pass
        assert "go on by email" in (await asked(visitor, code_in(await told(outside)), "m3"))["text"]
        there = (await outside.ticket()).conversation_id
        assert there != 1
        _, page = await pressed(desk, browser, csrf, "go-back")
        assert "It goes on here again" in page
        assert (await outside.ticket()).conversation_id == 1
        assert ANN in page, "it is proved now, and can be chosen"
        _, page = await pressed(desk, browser, csrf, "go-on", to=ANN)
        assert "The open tickets went along" in page
        assert (await outside.ticket()).conversation_id == there
        actions = [entry.action for entry in await desk.read(lambda s: s.query(AuditEntry).all())]
        assert actions.count("conversation.moved") == 2
        assert actions.count("conversation.moved_back") == 1


async def test_nothing_moves_to_a_stranger(tmp_path: Path) -> None:
    """Wrong digits, no address, the same one: what is asked stays where it is, and staff read why."""
    async with world(tmp_path, channels=CHANNELS) as outside, http() as browser:
        await outside.texted("wot data do u hold on me")
        right = code_in(await outside.texted(f"email me instead at {ANN}"))  # to the number: anybody can show it
        wrong = "000000" if right != "000000" else "000001"
        assert "can't be used" in await outside.texted(wrong)
        desk = await console(outside)
        csrf = await signed_in(desk, browser)
        _, page = await pressed(desk, browser, csrf, "go-on", other="nobody")
        assert "no email address or mobile number" in page
        _, page = await pressed(desk, browser, csrf, "go-on", other="+447700900001")
        assert "from that address here already" in page
        assert "name the address" in await outside.texted("email me instead")
        (ticket,) = await outside.all(Ticket)
        assert ticket.conversation_id == 1
        assert [row for row in await outside.all(Continuation) if row.how == "moved"] == []
        assert outside.relay.mails == []


async def test_who_only_shows_a_number_moves_nothing(tmp_path: Path) -> None:
    """By text the first code goes to the number, and only once it was typed the next one to the address."""
    async with world(tmp_path, channels=CHANNELS) as outside:
        await outside.texted("wot data do u hold on me")
        own = code_in(await outside.texted(f"email me instead at {ANN}"))
        assert outside.relay.mails == []
        assert "a code to that address" in await outside.texted(own)
        assert (await outside.ticket()).conversation_id == 1
        assert "go on by email" in await outside.texted(code_in(await told(outside)))
        assert (await outside.ticket()).conversation_id != 1


async def test_a_code_from_before_they_asked_moves_nothing(tmp_path: Path) -> None:
    """Minutes after the owner of a number typed a code, somebody who only shows it asks to go on at an address of their
    own: the next code goes to the number again, and none to them.
    """
    async with world(tmp_path, channels=CHANNELS) as outside:
        await outside.texted("wot data do u hold on me")
        await outside.texted(code_in(await outside.texted(f"email me instead at {ANN}")))
        outside.clock.move(seconds=30)
        said = await outside.texted("email me instead at eve@elsewhere.example")
        assert "only if you asked us to write to another address" in said
        assert "eve" not in said, "a forger's words go to nobody"
        own = code_in(said)
        assert {mail.rcpt_to for mail in outside.relay.mails} == {ANN}
        assert "can't be used" in await outside.texted("000000" if own != "000000" else "000001")
        await outside.texted(code_in(await told(outside)))  # the owner's code from before, for their own address
        assert {mail.rcpt_to for mail in outside.relay.mails} == {ANN}
        assert (await outside.ticket()).conversation_id == 1
