"""Bombs: input that is small to send and made to be large, deep or endless. Each is kept and shown; others go on.

`patience` bounds each wait, so that what would be read for ever shows as a hang.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bot.conversations.models import Conversation
from bot.files.models import AttachmentFile
from bot.messages.models import Inbox
from channels.webchat.frames import MAX_FRAME, MAX_TEXT
from tests.fakes import bombs
from tests.fakes.twilio import Media
from tests.integration import console_support
from tests.integration.console_support import Console, http, signed_in
from tests.integration.whole_desk import PUBLIC, World, letter, world
from tests.support import until
from tests.unit.channels.webchat.desk import Visitor

CLAUSE = "We will not sell"
MOST_OF_A_PAGE = 2_000_000
BOB_NUMBER = "+447700900002"


@asynccontextmanager
async def staffed(folder: Path) -> AsyncIterator[tuple[World, Console, aiohttp.ClientSession]]:
    """A whole desk, and somebody who is signed in to its console."""
    async with world(folder) as outside, http() as browser:
        desk = Console(outside.desk, outside.clock, f"http://127.0.0.1:{outside.desk.http_port}")
        await desk.write(lambda session: console_support.staff(session, outside.clock()))
        await signed_in(desk, browser)
        yield outside, desk, browser


async def page(desk: Console, browser: aiohttp.ClientSession, conversation: int) -> str:
    """A conversation as staff read it: bounded, whatever came in it."""
    async with browser.get(f"{desk.url}/console/conversations/{conversation}") as answer:
        assert answer.status == 200
        text = await answer.text()
    assert len(text) < MOST_OF_A_PAGE
    async with browser.get(f"{desk.url}/console/") as answer:
        assert answer.status == 200
        assert len(await answer.text()) < MOST_OF_A_PAGE
    return text


async def others_go_on(outside: World) -> None:
    """Ann is answered by text and mail, and somebody else by chat."""
    assert CLAUSE in await outside.texted(bombs.QUESTION)
    answer = await outside.mailed(letter(bombs.QUESTION))
    assert answer is not None
    assert CLAUSE in answer.text
    visitor = await outside.visit()
    assert CLAUSE in await asked(visitor, bombs.QUESTION)


async def asked(visitor: Visitor, words: str) -> str:
    """Say it in the chat, and hear what the bot says."""
    frame = json.dumps({"type": "message", "id": "m1", "text": words}, ensure_ascii=False)
    await visitor.ws.send_str(frame)
    while (line := await visitor.get())["type"] != "message":
        assert line["type"] == "ack", line
    return str(line["text"])


async def upload(outside: World, visitor: Visitor, content: bytes, name: str) -> int:
    """Send a file as the page does."""
    form = aiohttp.FormData()
    form.add_field("id", "f1")
    form.add_field("file", content, filename=name)
    headers = {"Origin": PUBLIC, "X-Chat-Session": visitor.session}
    url = f"http://127.0.0.1:{outside.desk.http_port}/chat/file"
    async with outside.http.post(url, data=form, headers=headers) as answer:
        return answer.status


@pytest.mark.parametrize("kind", bombs.MAILS)
async def test_a_mail_that_weighs_heavily_is_kept_shown_and_holds_nobody(tmp_path: Path, kind: str) -> None:
    """Taken as it came, read, answered or passed on, and shown on a page of bounded size; the others have theirs."""
    raw = bombs.mail(kind, 1)
    async with staffed(tmp_path) as (outside, desk, browser):
        assert await outside.mail(raw, mail_from="bob1@example.net") == 250
        await others_go_on(outside)
        stored = (await outside.all(Inbox))[0]
        assert (stored.state, stored.error) == ("handled", "")
        assert stored.payload.rstrip() == raw.rstrip()
        (bobs,) = (each for each in await outside.all(Conversation) if "bob" in each.address)
        (line, *_) = await outside.lines(bobs.id)
        assert (line.author, line.state) == ("you", "")
        shown = await page(desk, browser, bobs.id)
        assert "A question" in shown
        files = [(file.name, file.content) for file in await outside.all(AttachmentFile)]
        assert files == {"a ZIP bomb": [("bill.docx", bombs.ZIP)], "a huge GIF": [("bill.gif", bombs.GIF)]}.get(
            kind, []
        )
        assert all(name in shown for name, _ in files)


async def test_a_bomb_by_mms_is_kept_shown_and_holds_nobody(tmp_path: Path) -> None:
    """Kept as what its bytes are, never unpacked and never drawn by the desk."""
    async with staffed(tmp_path) as (outside, desk, browser):
        fields = {"NumMedia": "2"}
        for nth, content in enumerate((bombs.ZIP, bombs.GIF)):
            fields |= {f"MediaUrl{nth}": outside.twilio.kept(Media(content)), f"MediaContentType{nth}": "image/jpeg"}
        assert await outside.text("my bill", BOB_NUMBER, **fields) == 200
        await others_go_on(outside)
        (bobs,) = (each for each in await outside.all(Conversation) if each.address == BOB_NUMBER)

        async def fetched() -> bool:
            return all(file.state == "kept" for file in await outside.all(AttachmentFile))

        await until(outside.desk, fetched)
        kept = await outside.all(AttachmentFile)
        assert [file.content for file in kept] == [bombs.ZIP, bombs.GIF]
        assert kept[0].content_type.endswith("wordprocessingml.document")
        assert kept[1].content_type == "image/gif"
        assert "picture-1" in await page(desk, browser, bobs.id)


async def test_a_bomb_as_a_chat_s_file_is_refused_or_kept_and_holds_nobody(tmp_path: Path) -> None:
    """A document that unpacks to 40 MB is refused before it is unpacked; a picture of absurd size is kept undrawn."""
    async with staffed(tmp_path) as (outside, desk, browser):
        visitor = await outside.visit()
        assert await upload(outside, visitor, bombs.ZIP, "bill.docx") == 422
        assert await outside.all(Inbox) == []
        assert await upload(outside, visitor, bombs.PNG, "bill.png") == 202
        await others_go_on(outside)
        (file,) = await outside.all(AttachmentFile)
        assert (file.content_type, file.content) == ("image/png", bombs.PNG)
        assert "bill.png" in await page(desk, browser, 1)


async def test_marks_without_end_are_kept_as_they_are_and_shown(tmp_path: Path) -> None:
    """As many combining marks on one letter as a text, a chat and a mail take: on the page they stand as they came."""
    async with staffed(tmp_path) as (outside, desk, browser):
        marks = {"sms": bombs.MARKS[:1_600], "webchat": bombs.MARKS[:MAX_TEXT], "mail": bombs.MARKS}
        assert await outside.text(marks["sms"], BOB_NUMBER) == 200
        visitor = await outside.visit()
        assert await asked(visitor, marks["webchat"])
        assert await outside.mail(bombs.mail("10,000 marks on a letter", 1), mail_from="bob1@example.net") == 250
        await outside.settled()
        for conversation in await outside.all(Conversation):
            (line, *_) = await outside.lines(conversation.id)
            assert marks[conversation.channel] in line.text
            assert marks[conversation.channel][:1_000] in await page(desk, browser, conversation.id)
        await others_go_on(outside)


async def test_a_frame_of_lists_in_lists_closes_its_own_socket_only(tmp_path: Path) -> None:
    """Told to be none, as any broken frame; by long poll too."""
    assert len(bombs.DEEP_FRAME) < MAX_FRAME
    async with staffed(tmp_path) as (outside, _desk, _browser):
        visitor = await outside.visit()
        for _ in range(3):
            await visitor.ws.send_str(bombs.DEEP_FRAME)
        assert await visitor.closed() == 1007
        url = f"http://127.0.0.1:{outside.desk.http_port}/chat/poll"
        async with outside.http.post(url, data=bombs.DEEP_FRAME, headers={"Origin": PUBLIC}) as answer:
            assert answer.status == 400
        assert await outside.all(Inbox) == []
        await others_go_on(outside)
