"""By web chat: visitors on WebSockets and long polls, with files, and pages that mean no good."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp

from tests.fakes import bombs
from tests.soak.outside import Outside

PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)
ANSWERED = ("answered", "with a person")


async def chat(there: Outside) -> None:
    """A visitor who asks a few things, and hears an answer to each; now and then their line drops on the way."""
    async with there.http.ws_connect(f"{there.base}/chat/ws", origin=there.base) as socket:
        await socket.send_json({"type": "hello", "site": "iomart"})
        session = (await socket.receive_json())["session"]
        for nth in range(there.random.randrange(1, 4)):
            ident = f"{next(there.numbers)}"
            words = bombs.MARKS[:4_000] if there.random.random() < 0.02 else there.question()
            message = {"type": "message", "id": ident, "text": words}
            for _ in range(2 if there.random.random() < 0.1 else 1):
                await socket.send_str(json.dumps(message, ensure_ascii=False))
            there.tally.note("chat, a question", await _heard(socket, ident), *ANSWERED)
            if nth == 1 and there.random.random() < 0.3:
                break
    if there.random.random() < 0.2:
        async with there.http.ws_connect(f"{there.base}/chat/ws", origin=there.base) as again:
            await again.send_json({"type": "hello", "site": "iomart", "session": session, "last_seq": 0})
            ready = await again.receive_json()
            there.tally.note("chat, back again", ready["session"] == session and ready["seq"] > 0, True)


async def _heard(socket: aiohttp.ClientWebSocketResponse, ident: str) -> str:
    """What a question came to: acknowledged at once, answered unless a person has taken over."""
    acknowledged = False
    while True:
        try:
            got = await socket.receive(timeout=5 if acknowledged else 20)
        except TimeoutError:
            return "with a person" if acknowledged else "no ack"
        if got.type is not aiohttp.WSMsgType.TEXT:
            return "closed"
        frame = json.loads(got.data)
        acknowledged = acknowledged or (frame["type"] == "ack" and frame["id"] == ident)
        if frame["type"] == "message" and frame["from"] == "bot":
            return "answered"
        if frame["type"] == "error":
            return str(frame["code"])


async def poll(there: Outside) -> None:
    """A visitor whose network lets no WebSocket through, who also sends a file now and then."""
    asked: dict[str, Any] = {"site": "iomart", "last_seq": 0, "frames": [{"type": "hello", "site": "iomart"}]}
    got = await _asked(there, asked)
    session = next(frame["session"] for frame in got["frames"] if frame["type"] == "ready")
    if there.random.random() < 0.3:
        await _file(there, session)
    ident, outcome = f"{next(there.numbers)}", "with a person"
    given: list[dict[str, Any]] = [{"type": "message", "id": ident, "text": there.question()}]
    for _ in range(6):
        asked = {"site": "iomart", "session": session, "token": got["token"], "last_seq": asked["last_seq"]}
        try:
            got = await _asked(there, asked | {"frames": given})
        except TimeoutError:
            break
        given = []
        lines = [frame for frame in got["frames"] if frame["type"] in ("ack", "message")]
        asked["last_seq"] = max((line["seq"] for line in lines), default=asked["last_seq"])
        if any(line.get("from") == "bot" for line in lines):
            outcome = "answered"
            break
    there.tally.note("chat by poll, a question", outcome, *ANSWERED)


async def _asked(there: Outside, body: dict[str, Any]) -> dict[str, Any]:
    url, headers = f"{there.base}/chat/poll", {"Origin": there.base}
    async with asyncio.timeout(10), there.http.post(url, data=json.dumps(body), headers=headers) as answer:
        there.tally.note("chat, a poll", answer.status, 200)
        got: dict[str, Any] = await answer.json()
        return got


async def _file(there: Outside, session: str) -> None:
    name, content, *expected = there.random.choice((
        ("bill.png", PNG, 202), ("bill.gif", bombs.GIF, 422), ("bill.docx", bombs.ZIP, 202, 422),
        ("bill.exe", b"MZ" + bytes(100), 422),
    ))  # fmt: skip
    form = aiohttp.FormData()
    form.add_field("id", f"f{next(there.numbers)}")
    form.add_field("file", content, filename=name)
    headers = {"Origin": there.base, "X-Chat-Session": session}
    async with there.http.post(f"{there.base}/chat/file", data=form, headers=headers) as answer:
        there.tally.note(f"chat, a file, {name}", answer.status, *expected)


async def bad(there: Outside) -> None:
    """A page of no site, noise, frames too large or too deep, a session that is made up."""
    kind = there.random.randrange(5)
    if kind == 0:
        try:
            await there.http.ws_connect(f"{there.base}/chat/ws", origin="https://evil.example")
        except aiohttp.WSServerHandshakeError as error:
            there.tally.note("chat, a page of no site", error.status, 403)
        return
    async with there.http.ws_connect(f"{there.base}/chat/ws", origin=there.base) as socket:
        if kind == 1:
            for _ in range(3):
                await socket.send_str("{" * there.random.randrange(1, 90))
            there.tally.note("chat, noise", await _closed(socket), 1007, 1008)
        elif kind == 2:
            await socket.send_str("x" * 40_000)
            there.tally.note("chat, oversized", await _closed(socket), 1009)
        elif kind == 3:
            for _ in range(3):
                await socket.send_str(bombs.DEEP_FRAME)
            there.tally.note("chat, deep JSON", await _closed(socket), 1007, 1008)
        else:
            await socket.send_json({"type": "hello", "site": "iomart", "session": "a" * 40, "last_seq": 0})
            ready = await socket.receive_json()
            there.tally.note("chat, a made-up session", ready["session"] != "a" * 40 and ready["seq"] == 0, True)


async def _closed(socket: aiohttp.ClientWebSocketResponse) -> int | None:
    async with asyncio.timeout(20):
        while (await socket.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
    return socket.close_code
