"""A desk that says what a test tells it to, over a real WebSocket, HTTP and long polling, behind the real widget."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

from channels.webchat.assets import Catalogues, Script
from tests.patience import patience

AT = "2026-11-24T09:00:00.000Z"
SESSION = "a-session-of-the-desk"
FACTS = {"owner": "bot", "staff": None, "online": True, "hours": "", "max_file": 5_000_000, "read": 0}
CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}


class ScriptedDesk:
    """Keeps the frames that it is sent, numbers the lines, and answers each message with "You said: …"."""

    def __init__(self) -> None:
        self.facts: dict[str, Any] = dict(FACTS)
        self.frames: list[dict[str, Any]] = []
        self.lines: list[dict[str, Any]] = []
        self.session = SESSION
        self.uploads: list[tuple[str, str, bytes]] = []
        self.sockets: set[web.WebSocketResponse] = set()
        self.answering = True
        self.sockets_allowed = True
        self.greeting = True
        self.polls = 0
        self.refusal: tuple[int, str] | None = None
        self.url = ""
        self._over = False
        self._waiting: tuple[dict[str, Any], web.WebSocketResponse | None] = ({}, None)
        self._changed = asyncio.Condition()

    async def said(self, type_: str, **fields: Any) -> dict[str, Any]:
        """The first frame of that kind with those fields since the beginning, however old; waits for it."""
        fields["type"] = type_
        async with patience(), self._changed:
            while True:
                for frame in self.frames:
                    if fields.items() <= frame.items():
                        return frame
                await self._changed.wait()

    async def greet(self) -> None:
        """Answer the hello that waits, or the next where none has come yet, and every other from now on."""
        self.greeting = True
        frame, ws = self._waiting
        if ws is not None and not ws.closed:  # else the page comes again, by this way or the other
            for answer in await self._take(frame, ws):
                await ws.send_json(answer)

    async def left(self) -> None:
        """Wait until no page is connected."""
        async with patience(), self._changed:
            await self._changed.wait_for(lambda: not self.sockets)

    async def tell(self, type_: str, **fields: Any) -> None:
        """Send a frame to every open page."""
        for socket in list(self.sockets):
            await socket.send_json({"type": type_} | fields)
        await self._stir()

    async def line(self, author: str, text: str, **more: Any) -> None:
        """Write a line into the conversation."""
        await self.tell("message", **self._line(author, text, **more))

    def _line(self, author: str, text: str, **more: Any) -> dict[str, Any]:
        seq = len(self.lines) + 1
        line = {"seq": seq, "id": f"line-{seq}", "from": author, "text": text, "citations": [], "at": AT} | more
        self.lines.append(line)
        return line

    # What the visitor's page reaches

    async def socket(self, request: web.Request) -> web.StreamResponse:
        if not self.sockets_allowed:
            raise web.HTTPForbidden
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        async for got in ws:
            if got.type is WSMsgType.TEXT:
                for frame in await self._take(json.loads(got.data), ws):
                    await ws.send_json(frame)
        self.sockets.discard(ws)
        await self._stir()
        return ws

    async def _take(self, frame: dict[str, Any], ws: web.WebSocketResponse | None) -> list[Mapping[str, Any]]:
        """What one frame is answered with."""
        self.frames.append(frame)
        answers: list[Mapping[str, Any]] = []
        if frame["type"] == "hello" and not self.greeting:
            self._waiting = (frame, ws)
        elif frame["type"] == "hello":
            if ws is not None:
                self.sockets.add(ws)
            # Who brings nothing, once there is a conversation, is somebody else.
            theirs = "session" in frame or "identity" in frame or not self.lines
            lines = self.lines if theirs else []
            ready = self._ready() | {"session": self.session if theirs else "of-another", "seq": len(lines)}
            answers = [ready, *(self.message(line) for line in lines[frame["last_seq"] :])]
        elif frame["type"] == "message" and self.answering:
            answers = await self._message(frame, ws)
        elif frame["type"] == "transcript":
            answers = [{"type": "transcript", "url": f"{self.url}/chat/transcript?t=signed"}]
        elif frame["type"] == "leave_email":
            refused = {"type": "error", "id": frame["id"], "code": "email", "text": "We can't write to that address."}
            answers = [refused if "refused" in frame["email"] else {"type": "ack", "id": frame["id"]}]
        await self._stir()
        return answers

    def _ready(self) -> dict[str, Any]:
        return {"type": "ready", "session": self.session, "seq": len(self.lines), "name": "iomart"} | self.facts

    @staticmethod
    def message(line: Mapping[str, Any]) -> Mapping[str, Any]:
        """A line as a frame."""
        return {"type": "message"} | dict(line)

    async def _message(self, frame: dict[str, Any], ws: web.WebSocketResponse | None) -> list[Mapping[str, Any]]:
        own = next((line for line in self.lines if line["id"] == frame["id"]), None)
        if own is not None:
            return [{"type": "ack", "id": frame["id"], "seq": own["seq"]}]
        own = self._line("you", frame["text"], id=frame["id"])
        answer = self._line("bot", "You said: " + frame["text"]) if self.facts["owner"] == "bot" else None
        for other in self.sockets - {ws}:
            await other.send_json(self.message(own))
            if answer:
                await other.send_json(self.message(answer))
        acks = [{"type": "ack", "id": own["id"], "seq": own["seq"]}]
        receipts = [{"type": "receipt", "seq": own["seq"], "state": "delivered"}]
        return [*acks, *receipts, *([self.message(answer)] if answer else [])]

    async def poll(self, request: web.Request) -> web.Response:
        """Long polling, with the same frames; a request with nothing to say waits until a line comes."""
        body = json.loads(await request.text())
        self.polls += 1
        answers: list[Mapping[str, Any]] = []
        for frame in body["frames"]:
            answers += await self._take(frame, None)
        if not body["frames"]:
            async with self._changed:
                while len(self.lines) <= body["last_seq"] and not self._over:
                    await self._changed.wait()
            answers = [self.message(line) for line in self.lines[body["last_seq"] :]]
        return web.json_response({"frames": answers, "token": "t"}, headers=CORS)

    async def file(self, request: web.Request) -> web.Response:
        """A file comes in as a line of its own."""
        if request.method == "OPTIONS":
            return web.Response(headers=CORS)
        form = await request.post()
        if self.refusal:
            status, text = self.refusal
            return web.json_response({"error": "refused", "text": text}, status=status, headers=CORS)
        part = form["file"]
        assert isinstance(part, web.FileField)
        content = part.file.read()
        self.uploads.append((request.headers["X-Chat-Session"], part.filename, content))
        shown = {"name": part.filename, "size": len(content), "type": part.content_type, "url": f"{self.url}/f"}
        await self.line("you", "", id=str(form["id"]), files=[shown])
        return web.json_response({"id": form["id"]}, headers=CORS)

    async def transcript(self, request: web.Request) -> web.Response:
        """The conversation as a file, by the link that was given for it."""
        self.frames.append({"type": "saved", "t": request.query["t"]})
        await self._stir()
        headers = {"Content-Disposition": 'attachment; filename="conversation.html"'}
        return web.Response(text="<p>All of it", content_type="text/html", headers=headers)

    async def picture(self, _request: web.Request) -> web.Response:
        return web.Response(text=PICTURE, content_type="image/svg+xml")

    async def _stir(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def close(self, code: int) -> None:
        """Close every open page's socket."""
        self._over = code == 1001
        for socket in list(self.sockets):
            await socket.close(code=code)
        await self._stir()


PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" fill="#f2c9a1"/>
<circle cx="32" cy="26" r="12" fill="#7a4a2b"/><path d="M8 64a24 22 0 0 1 48 0Z" fill="#35506b"/></svg>"""
"""Somebody's picture: a head and shoulders."""


@asynccontextmanager
async def scripted() -> AsyncIterator[ScriptedDesk]:
    """The desk, served on loopback."""
    desk = ScriptedDesk()
    app = web.Application()
    app.router.add_get("/chat/widget.js", Script().handle)
    app.router.add_get("/chat/lang/{code}.json", Catalogues().handle)
    app.router.add_get("/chat/ws", desk.socket)
    app.router.add_post("/chat/poll", desk.poll)
    app.router.add_route("*", "/chat/file", desk.file)
    app.router.add_get("/chat/transcript", desk.transcript)
    app.router.add_get("/picture.svg", desk.picture)
    async with TestServer(app) as server:
        desk.url = str(server.make_url("/")).rstrip("/")
        yield desk
        await desk.close(1001)
