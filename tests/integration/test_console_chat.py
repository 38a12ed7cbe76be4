"""A colleague and a visitor of the chat, live: each is told of the other through a real console and a real socket."""

from __future__ import annotations

import struct
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from bot.conversations.models import Conversation
from tests.integration.console_support import Console, console, http, signed_in
from tests.integration.test_console_live import event
from tests.support import settled
from tests.unit.channels.webchat.desk import Visitor


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Console]:
    async with console(tmp_path, channels="webchat", public_url="https://desk.example") as desk:
        yield desk


async def came(desk: Console, browser: aiohttp.ClientSession, **fields: Any) -> tuple[Visitor, dict[str, Any]]:
    ws = await browser.ws_connect(f"{desk.url}/chat/ws", headers={"Origin": "https://desk.example"})
    visitor = Visitor(ws)
    return visitor, await visitor.hello(**fields)


async def asked(desk: Console, browser: aiohttp.ClientSession) -> Visitor:
    visitor, _ready = await came(desk, browser)
    await visitor.say("message", id="m1", text="can I speak to a person")
    assert [(await visitor.get())["type"] for _ in range(2)] == ["ack", "message"]
    await settled(desk.running)
    return visitor


async def beat(desk: Console, browser: aiohttp.ClientSession, csrf: str, **fields: str) -> dict[str, Any]:
    url = f"{desk.url}/console/conversations/1/presence"
    async with browser.post(url, data={"csrf": csrf, **fields}) as answer:
        assert answer.status == 200, await answer.text()
        found = await answer.json()
        assert isinstance(found, dict)
        return found


async def test_a_colleague_sees_whether_the_visitor_is_here_writes_and_has_read(desk: Console) -> None:
    """The stream says that something changed, and a beat what; the page shows it without a script."""
    async with http() as outside, http() as browser:
        visitor = await asked(desk, outside)
        csrf = await signed_in(desk, browser)
        assert await beat(desk, browser, csrf) == {"here": True, "typing": False, "seen": 0}
        async with browser.get(f"{desk.url}/console/events") as stream:
            assert await event(stream) == "ready"
            await visitor.say("typing")
            assert await event(stream) == "presence"
            assert (await beat(desk, browser, csrf))["typing"]
            await visitor.say("read", seq=2)
            assert await event(stream) == "presence"
            assert (await beat(desk, browser, csrf))["seen"] == 2
            async with browser.get(f"{desk.url}/console/conversations/1") as page:
                text = await page.text()
            assert "Here now" in text
            assert "Seen by them" in text
            await visitor.ws.close()
            while await event(stream) != "presence":
                pass
            assert await beat(desk, browser, csrf) == {"here": False, "typing": False, "seen": 2}


async def test_a_visitor_is_shown_by_a_mark_and_their_page_and_never_by_what_the_desk_knows_them_by(
    desk: Console,
) -> None:
    """Head, person and queue: a short mark that stays, and whose page it is; no session, and no whole address."""
    async with http() as outside, http() as browser:
        visitor = await asked(desk, outside)
        address = await desk.read(lambda s: s.scalars(select(Conversation.address)).one())
        await signed_in(desk, browser)
        async with browser.get(f"{desk.url}/console/conversations/1") as page:
            text = await page.text()
        head = " ".join(text[text.index('<div class="talk-who">') : text.index('<div class="standing"')].split())
        assert f"Web chat <bdi>visitor {address[:6]}</bdi> · from a page of <bdi>desk.example</bdi>" in head
        assert address not in text
        assert visitor.session.partition(".")[0] not in text


async def test_the_visitor_sees_that_a_colleague_is_at_hand_reads_and_writes(desk: Console) -> None:
    """Online with the console open; read when the page is looked at; writing as long as it is told."""
    async with http() as outside, http() as browser:
        visitor = await asked(desk, outside)
        await visitor.beside("receipt")
        csrf = await signed_in(desk, browser)
        async with browser.get(f"{desk.url}/console/events") as stream:
            assert await event(stream) == "ready"
            while not (await visitor.beside("status"))["online"]:
                pass
            assert (await came(desk, outside))[1]["online"]
            await visitor.say("message", id="m2", text="Hello?")
            assert (await visitor.get())["seq"] == 3
            await beat(desk, browser, csrf, seen="3", typing="on")
            told = {frame["type"]: frame for frame in [await visitor.any() for _ in range(3)]}
            assert told["typing"] == {"type": "typing", "from": "staff", "on": True}
            assert told["receipt"] == {"type": "receipt", "seq": 3, "state": "read"}
            await beat(desk, browser, csrf, typing="off")
            assert await visitor.beside("typing") == {"type": "typing", "from": "staff", "on": False}
        (row,) = await desk.read(lambda session: session.scalars(select(Conversation)).all())
        assert row.read_seq == 3


def png(*chunks: tuple[bytes, bytes], width: int = 2) -> bytes:
    """A picture of these chunks between head and end."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, 2, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunk(*one) for one in chunks) + chunk(b"IEND", b"")


async def test_a_colleague_chooses_how_customers_see_them(desk: Console) -> None:
    """Name and picture, served by hash without what a camera wrote; no address is a name, no picture is large."""
    pixels = (b"IDAT", zlib.compress(b"\0\0\0" * 2))
    async with http() as outside, http() as browser:
        csrf = await signed_in(desk, browser)

        async def save(name: str, content: bytes) -> str:
            form = aiohttp.FormData({"csrf": csrf, "name": name})
            form.add_field("picture", content, filename="me.png")
            async with browser.post(f"{desk.url}/console/me", data=form) as answer:
                return await answer.text()

        assert "no email address" in await save("sam@iomart.com", png(pixels))
        assert "too many pixels" in await save("Sam", png(pixels, width=5_000))
        assert "no picture" in await save("Sam", b"<svg/>")
        assert "It is saved" in await save("Sam", png((b"eXIf", b"Glasgow"), pixels) + b"more")
        visitor = await asked(desk, outside)
        async with browser.post(f"{desk.url}/console/conversations/1/take", data={"csrf": csrf}) as answer:
            assert answer.status == 200
        status = await visitor.beside("status")
        while not status["staff"]:
            status = await visitor.beside("status")
        assert status["staff"]["name"] == "Sam"
        path = status["staff"]["picture"].removeprefix("https://desk.example")
        async with outside.get(f"{desk.url}{path}") as answer:
            assert (answer.status, await answer.read()) == (200, png(pixels))
