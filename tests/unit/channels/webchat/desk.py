"""A small desk for the web chat's tests: it keeps its lines in lists, behind a real server."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer

from channels.base import Received
from channels.context import PAGE, Context, Line, Site
from channels.errors import Temporary
from channels.webchat import create
from channels.webchat.channel import WebChat
from tests.patience import patience

ORIGIN = "https://www.iomartgroup.com"
SITES = (
    Site("iomart", "iomart", (ORIGIN,), (), (), "iomart"),
    Site("easyspace", "Easyspace", ("https://www.easyspace.com",), (), (), "iomart"),
)


class Desk:
    """Keeps what it accepts, and answers each message with one line, in one step."""

    chat: WebChat

    def __init__(self) -> None:
        self.had: dict[str, Received] = {}
        self.lines: dict[str, list[Line]] = defaultdict(list)
        self.wakers: dict[str, list[Callable[[], None]]] = defaultdict(list)
        self.down = False
        self.fault: Exception | None = None
        self.answering = True
        self.settings: dict[str, str] = {}
        self.refused: list[str] = []
        self.sites: tuple[Site, ...] = SITES
        self.now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    async def accept(self, received: Received) -> bool:
        if self.down:
            raise Temporary("The database is locked.", retry_after=3)
        if received.dedupe_key in self.had:
            return False
        self.had[received.dedupe_key] = received
        if self.answering:
            asyncio.get_running_loop().call_soon(self.answer, received)
        return True

    def answer(self, received: Received) -> None:
        message = self.chat.decode(received)
        self.write(received.sender, "you", message.text, message.message_id)
        self.write(received.sender, "bot", "You said: " + message.text)

    def write(self, address: str, author: Any, text: str, id_: str = "", **more: Any) -> None:
        lines = self.lines[address]
        seq = len(lines) + 1
        lines.append(
            Line(seq, id_ or f"line-{seq}", author, text, more.get("citations", ()), self.now, more.get("choices", ()))
        )
        for wake in list(self.wakers[address]):
            wake()

    async def transcript(self, address: str, after: int) -> list[Line]:
        await asyncio.sleep(0)
        if self.fault is not None:
            raise self.fault
        return self.lines[address][after : after + PAGE] if address in self.lines else []

    def listen(self, address: str, wake: Callable[[], None]) -> Callable[[], None]:
        self.wakers[address].append(wake)
        return lambda: self.wakers[address].remove(wake)

    def context(self) -> Context:
        return Context(
            sites=self.sites,
            public_url="https://desk.example",
            setting=lambda name: self.settings.get(name, ""),
            accept=self.accept,
            now=lambda: self.now,
            sign=lambda purpose, text: hmac.new(b"key", f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()[:32],
            transcript=self.transcript,
            listen=self.listen,
            rejected=lambda channel, reason: self.refused.append(f"{channel} {reason}"),
        )


class Visitor:
    """A browser, as far as the socket goes."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self.session = ""

    async def say(self, type_: str, **fields: Any) -> None:
        await self.ws.send_str(json.dumps({"type": type_} | fields))

    async def get(self) -> dict[str, Any]:
        async with patience():
            frame = json.loads(await self.ws.receive_str())
        assert isinstance(frame, dict)
        return frame

    async def hello(self, site: str = "iomart", **fields: Any) -> dict[str, Any]:
        await self.say("hello", site=site, **fields)
        ready = await self.get()
        self.session = ready.get("session", "")
        return ready

    async def closed(self) -> int | None:
        """Read on until the desk closes; returns the code."""
        async with patience():
            while (await self.ws.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
        return self.ws.close_code


class House:
    """The channel behind a real server."""

    def __init__(self, desk: Desk, chat: WebChat, server: BaseTestServer, client: aiohttp.ClientSession) -> None:
        self.desk = desk
        self.chat = chat
        self.server = server
        self.client = client

    def url(self, path: str) -> str:
        return str(self.server.make_url(path))

    async def open(self, origin: str = ORIGIN) -> Visitor:
        return Visitor(await self.client.ws_connect(self.url("/chat/ws"), headers={"Origin": origin}))

    async def visit(self, **fields: Any) -> Visitor:
        visitor = await self.open()
        assert (await visitor.hello(**fields))["type"] == "ready"
        return visitor


@asynccontextmanager
async def serve(desk: Desk) -> AsyncIterator[House]:
    chat = create(desk.context())
    assert isinstance(chat, WebChat)
    desk.chat = chat
    app = web.Application()
    for route in chat.routes():
        app.router.add_route(route.method, route.path, route.handler)
    async with TestServer(app) as server, aiohttp.ClientSession() as client:
        await chat.start()
        yield House(desk, chat, server, client)
        await chat.stop()
