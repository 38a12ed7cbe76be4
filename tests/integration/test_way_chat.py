"""A chat's whole way: a real WebSocket in, citations and tickets back, staff as staff, and nothing lost or doubled."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.conversations.models import Conversation
from bot.files.models import AttachmentFile
from bot.messages.models import Inbox, Outbox
from tests.integration.whole_desk import PUBLIC, World, world
from tests.unit.channels.webchat.desk import Visitor

QUESTION = "Do you sell my data?"


async def heard(visitor: Visitor, kind: str = "message") -> dict[str, Any]:
    """The next frame of that kind."""
    while True:
        frame = await visitor.get()
        if frame["type"] == kind:
            return frame


async def asked(visitor: Visitor, words: str, ident: str = "m1") -> dict[str, Any]:
    """The desk's answer to a message."""
    await visitor.say("message", id=ident, text=words)
    assert (await heard(visitor, "ack"))["id"] == ident
    return await heard(visitor)


async def test_a_question_is_answered_with_citations(tmp_path: Path) -> None:
    """Ack, then the quotation, with the clause's id and link beside it."""
    async with world(tmp_path, channels="webchat") as outside:
        answer = await asked(await outside.visit(), QUESTION)
        assert (answer["from"], answer["seq"]) == ("bot", 2)
        assert "We will not sell, rent or share your personal information" in answer["text"]
        assert answer["citations"][0]["id"] == "3.2"
        assert answer["citations"][0]["url"] == f"{PUBLIC}/policy/iomart/2007-12-15#3.2"
        await outside.settled()
        (row,) = await outside.all(Outbox)
        assert row.state in ("sent", "delivered")


async def test_a_request_opens_a_ticket_with_its_date(tmp_path: Path) -> None:
    """The same words as on any channel; reference and date at once."""
    async with world(tmp_path, channels="webchat") as outside:
        answer = await asked(await outside.visit(), "wot data do u hold on me")
        ticket = await outside.ticket()
        assert (ticket.kind, str(ticket.due_on)) == ("access", "2026-12-21")
        assert ticket.reference in answer["text"]
        assert "Monday 21 December 2026" in answer["text"]


async def test_a_staff_reply_arrives_live_and_from_staff(tmp_path: Path) -> None:
    """The open page gets it without asking, marked as a person's."""
    async with world(tmp_path, channels="webchat") as outside:
        visitor = await outside.visit()
        assert "passing this to a person" in (await asked(visitor, "can I speak to a person"))["text"]
        await outside.staff_reply("Hello, Sam here.")
        line = await heard(visitor)
        assert (line["from"], line["text"], line["seq"]) == ("staff", "Hello, Sam here.", 3)


async def test_silence_offers_choices_and_yes_brings_a_person(tmp_path: Path) -> None:
    """Where the policy says nothing the visitor chooses with the words of a button."""
    async with world(tmp_path, channels="webchat") as outside:
        visitor = await outside.visit()
        answer = await asked(visitor, "how long do you keep data?")
        assert answer["choices"] == ["Yes, please", "No, thank you"]
        assert "leave it there" in (await asked(visitor, answer["choices"][1], "m2"))["text"]
        await asked(visitor, "how long do you keep data?", "m3")
        assert "passing this to a person" in (await asked(visitor, answer["choices"][0], "m4"))["text"]
        (conversation,) = await outside.all(Conversation)
        assert conversation.owner == "human"


async def test_a_visitor_who_comes_back_gets_exactly_what_was_missed(tmp_path: Path) -> None:
    """Over a lost connection and a restart of the desk: each line once, in order."""
    async with world(tmp_path, channels="webchat") as outside:
        visitor = await outside.visit()
        await asked(visitor, "can I speak to a person")
        await visitor.ws.close()
        await outside.staff_reply("One")
        session = visitor.session
    async with world(tmp_path, channels="webchat") as outside:
        await outside.staff_reply("Two")
        again = await outside.visit(session=session, last_seq=2)
        assert again.session == session
        assert [(await heard(again))["text"] for _ in range(2)] == ["One", "Two"]


async def test_a_resend_is_one_message(tmp_path: Path) -> None:
    """The visitor's id makes it harmless: three sends, one row, one answer, the same ack."""
    async with world(tmp_path, channels="webchat") as outside:
        visitor = await outside.visit()
        await asked(visitor, QUESTION)
        for _ in range(2):
            await visitor.say("message", id="m1", text=QUESTION)
            assert (await heard(visitor, "ack"))["seq"] == 1
        await outside.settled()
        assert len(await outside.all(Inbox)) == 1
        assert len(await outside.lines()) == 2


async def test_a_stolen_looking_session_gets_nothing_of_anybody(tmp_path: Path) -> None:
    """A made-up session, or one with a letter changed, is a new visitor with an empty conversation."""
    async with world(tmp_path, channels="webchat") as outside:
        visitor = await outside.visit()
        await asked(visitor, "wot data do u hold on me")
        last = visitor.session[-1]
        for forged in (visitor.session[:-1] + ("a" if last != "a" else "b"), "x" * 40, "1"):
            thief = await outside.visit(session=forged, last_seq=0)
            assert thief.session not in (forged, visitor.session)
            answer = await asked(thief, "any news on my request?")
            assert "21 December" not in answer["text"]
            await thief.ws.close()


async def test_a_page_of_no_site_is_refused(tmp_path: Path) -> None:
    """The Origin is checked before the upgrade; the refusal is counted."""
    async with world(tmp_path, channels="webchat") as outside:
        url = f"http://127.0.0.1:{outside.desk.http_port}/chat/ws"
        for headers in ({"Origin": "https://evil.example"}, {}):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await outside.http.ws_connect(url, headers=headers)
            assert refused.value.status == 403
        assert b'desk_rejected_total{channel="webchat",reason="origin"} 2.0' in outside.desk.desk.metrics.text()


@pytest.mark.parametrize("kind", ["binary", "no JSON", "oversized", "nested"])
async def test_broken_frames_close_their_own_socket_only(tmp_path: Path, kind: str) -> None:
    """Binary, no JSON, too long, too deep: told or closed, nothing stored, and the visitor beside them is answered."""
    frames: dict[str, Any] = {
        "binary": lambda ws: ws.send_bytes(b"\x00\xff"),
        "no JSON": lambda ws: ws.send_str("{"),
        "oversized": lambda ws: ws.send_str("x" * 20_000),
        "nested": lambda ws: ws.send_str("[" * 8_000),
    }
    async with world(tmp_path, channels="webchat") as outside:
        good = await outside.visit()
        bad = await outside.visit()
        for _ in range(3):
            try:
                await frames[kind](bad.ws)
            except ConnectionError:
                break
        assert await bad.closed() in (1003, 1007, 1008, 1009)
        assert (await asked(good, QUESTION))["citations"]
        assert len(await outside.all(Inbox)) == 1


async def test_a_flood_is_told_when_to_try_again(tmp_path: Path) -> None:
    """More than the allowance at once: the rest is refused with the seconds to wait, and what was taken is answered."""
    async with world(tmp_path, channels="webchat") as outside:
        visitor = await outside.visit()
        for number in range(80):
            await visitor.say("message", id=f"m{number}", text=f"{QUESTION} {number}")
        error = await heard(visitor, "error")
        assert error["code"] == "rate_limited"
        assert error["retry_after"] >= 1
        await outside.settled()
        taken = len(await outside.all(Inbox))
        assert taken == 60
        assert len(await outside.lines()) == 2 * taken


async def test_what_a_visitor_writes_is_stored_as_text(tmp_path: Path) -> None:
    """Markup, NULs, emoji, right to left and 4-byte characters: the line is what was written, without NULs."""
    async with world(tmp_path, channels="webchat") as outside:
        visitor = await outside.visit()
        words = ["<script>alert(1)</script>", "a\0b", "😀" * 500, "מה אתם שומרים", "x" * 4_000]
        for number, text in enumerate(words):
            await visitor.say("message", id=f"m{number}", text=text)
        for _ in words:
            await heard(visitor, "ack")
        await outside.settled()
        lines = [line.text for line in await outside.lines() if line.author == "you"]
        assert lines == [text.replace("\0", "") for text in words]


async def test_twenty_visitors_at_once_get_their_own_answers(tmp_path: Path) -> None:
    """Nobody's line goes to anybody else."""
    async with world(tmp_path, channels="webchat") as outside:

        async def one(number: int) -> list[int]:
            visitor = await outside.visit()
            answer = await asked(visitor, f"wot data do u hold on me? I am visitor {number}")
            assert f"visitor {number}”" in answer["text"]
            return [answer["seq"]]

        assert await asyncio.gather(*(one(number) for number in range(20))) == [[2]] * 20


async def test_a_file_of_a_visitors_is_kept_and_handed_to_people(tmp_path: Path) -> None:
    """Posted, stored, in the conversation with its real type; its line has a link to it, and a person takes over."""
    async with world(tmp_path, channels="webchat") as outside:
        visitor = await outside.visit()
        for _ in range(2):
            assert await posted(outside, visitor, b"\x89PNG\r\n\x1a\n" + b"0" * 50) == 202
        line = await heard(visitor)
        assert [(file["name"], file["type"]) for file in line["files"]] == [("bill.png", "image/png")]
        assert "passing this to a person" in (await heard(visitor))["text"]
        await outside.settled()
        (file,) = await outside.all(AttachmentFile)
        assert (file.size, file.content_type) == (58, "image/png")
        again = await outside.visit(session=visitor.session, last_seq=0)
        url = (await heard(again))["files"][0]["url"].removeprefix(PUBLIC)
        async with outside.http.get(f"http://127.0.0.1:{outside.desk.http_port}{url}") as answer:
            assert (answer.status, len(await answer.read())) == (200, 58)


async def posted(outside: World, visitor: Visitor, content: bytes, name: str = "bill.png") -> int:
    """Send a file as the page does."""
    form = aiohttp.FormData()
    form.add_field("id", "f1")
    form.add_field("file", content, filename=name)
    url = f"http://127.0.0.1:{outside.desk.http_port}/chat/file"
    headers = {"Origin": PUBLIC, "X-Chat-Session": visitor.session}
    async with outside.http.post(url, data=form, headers=headers) as answer:
        return answer.status


async def test_a_program_is_not_taken(tmp_path: Path) -> None:
    """Refused at once with why, whatever its name; nothing is stored."""
    async with world(tmp_path, channels="webchat") as outside:
        visitor = await outside.visit()
        assert await posted(outside, visitor, b"MZ" + b"0" * 100, "bill.exe") == 422
        assert await posted(outside, visitor, b"MZ" + b"0" * 100) == 422
        assert not await outside.all(Inbox)


async def test_who_takes_over_is_shown_by_name_and_what_was_read_is_told(tmp_path: Path) -> None:
    """A colleague's display name, never their address; the visitor's line is read once the bot has answered."""
    async with world(tmp_path, channels="webchat") as outside:
        visitor = await outside.visit()
        await asked(visitor, "can I speak to a person")
        assert (await visitor.beside("receipt"))["state"] == "read"
        await outside.staff_reply("Hello, Sam here.")
        status = await visitor.beside("status")
        while not status["staff"]:
            status = await visitor.beside("status")
        assert (status["owner"], status["staff"]["name"]) == ("human", "A person")
        again = await outside.open_chat()
        ready = await again.hello(session=visitor.session, last_seq=3)
        assert (ready["owner"], ready["read"], "@" in str(ready["staff"])) == ("human", 3, False)
