"""A visitor of the web chat who goes on over any network: by WebSocket, by long polling, or by each in turn.

As the widget: greets with the last line that they have, says again what they have no line of, and shows each line once.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import aiohttp

BESIDE = ("receipt", "status", "typing")
"""Frames that tell of the lines, and are none."""
TEMPORARY = ("rate_limited", "unavailable", "session")
ENDED = (1003, 1007, 1008)
"""WebSocket codes after which a page comes back only where its visitor says so."""
BACK = 0.05
"""Seconds until a visitor whose connection went is back, where the desk gives no time: a page waits longer."""

Way = Literal["socket", "poll", "both"]


class Shown(NamedTuple):
    """A line as it stands on the page."""

    seq: int
    who: str
    text: str
    clauses: tuple[str, ...] = ()


class Lost(Exception):
    """The connection went, or the desk asks to come back after so many seconds."""

    def __init__(self, seconds: float = BACK) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass
class Visitor:
    """Asks `questions`, by ids that name this visitor, and is done at `lines` lines. `at_once` says all in one go.

    `told` is called with each line that is shown for the first time.
    """

    number: int
    way: Way
    http: aiohttp.ClientSession
    base: str
    origin: str
    questions: tuple[str, ...]
    lines: int
    at_once: bool = False
    told: Callable[[Shown], None] = lambda _line: None
    session: str = ""
    seen: int = 0
    shown: list[Shown] = field(default_factory=list)
    opened: int = 0

    def __post_init__(self) -> None:
        self.unsent = {self.ident(nth): text for nth, text in enumerate(self.questions)}
        self._sent: set[str] = set()
        self._leaves_at = self.lines

    def ident(self, nth: int) -> str:
        """The id of the nth message; no other visitor has it."""
        return f"v{self.number}-{nth}"

    def finished(self) -> bool:
        """Whether all was said and all is shown."""
        return not self.unsent and self.seen >= self.lines

    async def talk(self) -> None:
        """Go on until all is said and shown, whatever becomes of the connection."""
        while not self.finished():
            self.opened += 1
            self._sent.clear()
            by_poll = self.way == "poll" or (self.way == "both" and self.opened % 2 == 0)
            self._leaves_at = self.seen + 2 if self.way == "both" else self.lines
            try:
                await (self._polls() if by_poll else self._socket())
            except Lost as lost:
                await asyncio.sleep(lost.seconds)
            except (aiohttp.ClientError, ConnectionError):
                await asyncio.sleep(BACK)

    def _over(self) -> bool:
        """Whether this connection has done its part."""
        return self.finished() or self.seen >= self._leaves_at

    def _hello(self) -> dict[str, Any]:
        hello: dict[str, Any] = {"type": "hello", "site": "iomart", "last_seq": self.seen}
        return hello | ({"session": self.session} if self.session else {})

    def _due(self) -> list[dict[str, Any]]:
        """What is to be said now on this connection, in the order in which it was written."""
        if not self.session:
            return []
        due = list(self.unsent)[: None if self.at_once else 1]
        fresh = [ident for ident in due if ident not in self._sent]
        self._sent.update(fresh)
        return [{"type": "message", "id": ident, "text": self.unsent[ident]} for ident in fresh]

    # The two ways

    async def _socket(self) -> None:
        async with self.http.ws_connect(f"{self.base}/chat/ws", origin=self.origin) as ws:
            await ws.send_json(self._hello())
            while (message := await ws.receive()).type is aiohttp.WSMsgType.TEXT:
                self._take(json.loads(message.data))
                if self._over():
                    return
                for frame in self._due():
                    await ws.send_json(frame)
            assert ws.close_code not in ENDED, (self.number, message)
            raise Lost

    async def _polls(self) -> None:
        token, given = "", [self._hello()]
        while True:
            body: dict[str, Any] = {"site": "iomart", "last_seq": self.seen, "frames": given}
            body |= ({"session": self.session} if self.session else {}) | ({"token": token} if token else {})
            url, headers = f"{self.base}/chat/poll", {"Origin": self.origin}
            async with self.http.post(url, data=json.dumps(body), headers=headers) as answer:
                got = await answer.json()
            if answer.status in (429, 503):
                raise Lost(got["retry_after"])
            assert answer.status == 200, (self.number, got)
            token = got["token"]
            for frame in got["frames"]:
                self._take(frame)
            if self._over():
                return
            if "close" in got:
                assert got["close"] not in ENDED, (self.number, got)
                raise Lost
            given = self._due()

    # What comes

    def _take(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "ready":
                assert not self.session or frame["session"] == self.session, "a session that the desk made is kept"
                self.session = frame["session"]
            case "ack":
                text = self.unsent.pop(frame["id"], "")
                if frame["seq"] > self.seen:
                    self._show(Shown(frame["seq"], "you", text))
            case "message":
                self.unsent.pop(frame.get("id", ""), None)
                clauses = tuple(cite["id"] for cite in frame.get("citations", ()))
                self._show(Shown(frame["seq"], frame["from"], frame["text"], clauses))
            case "error":
                assert frame["code"] in TEMPORARY, frame
                raise Lost(frame.get("retry_after", BACK))
            case kind:
                assert kind in BESIDE, frame

    def _show(self, line: Shown) -> None:
        """On the page as it came: a line that came twice or out of turn would stand there so."""
        self.seen = max(self.seen, line.seq)
        self.shown.append(line)
        self.told(line)
