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
from channels.errors import Permanent, Temporary
from channels.files import Attachment
from channels.live import File, Standing
from channels.webchat import create
from channels.webchat.channel import WebChat
from tests.patience import patience

ORIGIN = "https://www.iomartgroup.com"
SITES = (
    Site("iomart", "iomart", (ORIGIN,), (), (), "iomart"),
    Site("easyspace", "Easyspace", ("https://www.easyspace.com",), (), (), "iomart"),
)


BESIDE = ("receipt", "status", "typing")
"""Frames that tell of the lines, and are none."""


class Live:
    """Who is here, as the tests say; what the channel tells is written down."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.online = False
        self.stands: dict[str, Standing] = {}
        self.writing: set[str] = set()
        self.told: list[tuple[str, Any]] = []
        self.left = asyncio.Event()
        self.followed = asyncio.Event()
        self.files: dict[int, Attachment] = {}
        self.pictures: dict[str, Attachment] = {}
        self.wakers: dict[str, list[Callable[[], None]]] = defaultdict(list)

    async def standing(self, address: str) -> Standing:
        if self.desk.fault is not None:
            raise self.desk.fault
        said = [line.seq for line in self.desk.lines.get(address, ()) if line.author in ("bot", "staff")]
        now = self.stands.get(address, Standing())
        return now._replace(read=max([now.read, *said]))

    async def seen(self, address: str, seq: int) -> None:
        self.told.append(("seen", seq))

    def writes(self, address: str) -> bool:
        return address in self.writing

    def follow(self, address: str, wake: Callable[[], None]) -> Callable[[], None]:
        self.wakers[address].append(wake)
        self.followed.set()
        return lambda: self.wakers[address].remove(wake) if wake in self.wakers[address] else None

    def follow_staff(self, wake: Callable[[], None]) -> Callable[[], None]:
        return self.follow("staff", wake)

    def changed(self, address: str) -> None:
        for wake in list(self.wakers[address]):
            wake()

    def here(self, address: str, *, here: bool) -> None:
        self.told.append(("here", here))
        if not here:
            self.left.set()

    def typing(self, address: str, *, on: bool = True) -> None:
        if on:
            self.told.append(("typing", address))

    def checked(self, name: str, content: bytes) -> Attachment:
        if not content.startswith(b"%PDF"):
            raise Permanent("files that are no PDF are not taken: save it as PDF")
        return Attachment(name, "application/pdf", content)

    async def file(self, file_id: int) -> Attachment | None:
        return self.files.get(file_id)

    async def picture(self, hash_: str) -> Attachment | None:
        return self.pictures.get(hash_)


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
        self.live = Live(self)
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
        kept = tuple(
            File(nth, file.name, len(file.content), file.content_type)
            for nth, file in enumerate(message.attachments, len(self.live.files) + 1)
        )
        self.live.files |= {file.id: each for file, each in zip(kept, message.attachments, strict=True)}
        self.write(received.sender, "you", message.text, message.message_id, files=kept)
        self.write(received.sender, "bot", "You said: " + message.text)

    def write(self, address: str, author: Any, text: str, id_: str = "", **more: Any) -> None:
        lines = self.lines[address]
        seq = len(lines) + 1
        lines.append(
            Line(
                seq, id_ or f"line-{seq}", author, text, more.get("citations", ()), self.now, more.get("choices", ()),
                more.get("staff"), more.get("files", ()),
            )
        )  # fmt: skip
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
            live=self.live,
        )


class Visitor:
    """A browser, as far as the socket goes."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self.session = ""

    async def say(self, type_: str, **fields: Any) -> None:
        await self.ws.send_str(json.dumps({"type": type_} | fields))

    async def get(self) -> dict[str, Any]:
        """The next frame that is more than news of the lines."""
        while (frame := await self.any())["type"] in BESIDE:
            pass
        return frame

    async def any(self) -> dict[str, Any]:
        """The next frame of all."""
        async with patience():
            frame = json.loads(await self.ws.receive_str())
        assert isinstance(frame, dict)
        return frame

    async def beside(self, kind: str) -> dict[str, Any]:
        """The next frame of that kind."""
        while (frame := await self.any())["type"] != kind:
            pass
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
