"""Long polling, for where WebSockets are blocked: the same frames, limits and sessions, in requests that are held.

POST /chat/poll with {site, session?, last_seq, frames: […], token?} is answered with {frames: […], token, close?} as
soon as there is something to say, or empty after `WAIT`. The first request holds a hello among its frames; the others
go on with session and last_seq. Nothing is kept between two requests: what a page was told beside the lines it brings
along in the token, and what it missed is read again from the desk. `close` is what a WebSocket would be closed with.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

from aiohttp import web

from channels.live import Standing
from channels.webchat import frames
from channels.webchat.talk import Close, Desk, Talk

WAIT = 25.0
"""Seconds for which a request is held; proxies cut off what is silent for 30."""
LOOK = 2.0
"""Seconds between two looks whether the visitor still waits."""
MOST_BODY = 64 * 1024
MOST_FRAMES = 20
BODY_SECONDS = 10.0
MAX_TOKEN = 64
FLUSH = 0.05
"""Seconds in which what comes together goes out together."""
HELD = 256 * 1024
"""Characters in one answer; the rest is in the next."""


class BadPoll(Exception):
    """The request is none; the text says what is wrong."""


class Asked(NamedTuple):
    """What a page asks. `hello` is what it goes on with where `frames` holds none."""

    hello: frames.Hello
    frames: tuple[dict[str, Any], ...]
    token: str


class Told(NamedTuple):
    """What a page was told beside the lines; `tab` tells two pages of one visitor apart."""

    tab: str
    read: int = 0
    mark: str = ""


class Answer:
    """One answer that is being filled."""

    def __init__(self) -> None:
        self.frames: list[str] = []
        self.code = 0
        self.size = 0
        self.filled = asyncio.Event()

    async def send_str(self, data: str) -> None:
        """Add a frame. Raises ConnectionError once it is full: what is not added is read again for the next."""
        if self.size > HELD or self.code:
            raise ConnectionError("this answer is full")
        self.frames.append(data)
        self.size += len(data)
        self.filled.set()

    async def close(self, *, code: int, message: bytes = b"") -> None:  # noqa: ARG002 - as a WebSocket's
        """The page is to go, or to come back."""
        self.code = code
        self.filled.set()


def read(body: bytes) -> Asked:
    """Read the request. Raises BadPoll, and BadFrame of what it goes on with."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise BadPoll("Send one JSON object: {site, session, last_seq, frames, token}.")
    given = value.get("frames", [])
    if not isinstance(given, list) or len(given) > MOST_FRAMES or not all(isinstance(one, dict) for one in given):
        raise BadPoll(f"frames must be a list of at most {MOST_FRAMES} objects.")
    token = value.get("token", "")
    if not isinstance(token, str) or len(token) > MAX_TOKEN:
        raise BadPoll(f"The token must be a string of at most {MAX_TOKEN} characters.")
    return Asked(frames.hello(value), tuple(given), token)


def told(token: str) -> Told:
    """What the page says that it was told; whatever it makes up changes only what it is told again."""
    tab, _, rest = token.partition("-")
    read_, _, mark = rest.partition("-")
    return Told(tab or secrets.token_hex(8), int(read_) if read_.isdecimal() and len(read_) <= 16 else 0, mark)  # noqa: PLR2004  digits of MAX_SEQ


def mark(standing: Standing, *, online: bool) -> str:
    """A short hash of how a conversation stands, without what was read."""
    said = repr((standing.owner, standing.staff, online))
    return hashlib.sha256(said.encode()).hexdigest()[:12]


class Poll:
    """One request: its talk, and the answer that it waits for."""

    def __init__(self, desk: Desk, asked: Asked, origin: str, peer: str) -> None:
        self._asked = asked
        self.answer = Answer()
        self.talk = Talk(desk, self.answer, origin, peer)
        self.told = told(asked.token)

    async def run(self, began: Callable[[], None], gone: Callable[[], bool]) -> web.Response:
        """Take the frames and wait for something to say; `began` is called once the session is known."""
        try:
            await self._take(began)
            await self._wait(gone)
        except Close as close:
            self.answer.code = self.answer.code or close.code
        finally:
            self.talk.cursor.end()
        return web.json_response(text=self._written())

    async def _take(self, began: Callable[[], None]) -> None:
        given = list(self._asked.frames)
        greet = bool(given) and given[0].get("type") == "hello"
        if greet:
            hello = await self._parsed(given.pop(0))
            if not isinstance(hello, frames.Hello):
                return
            await self.talk.hello(hello)
        else:
            await self.talk.hello(self._asked.hello, greet=False)
            self._as_told()
        began()
        for one in given:
            with suppress(ConnectionError):  # full: the page hears of it with the next answer, or sends it again
                if (frame := await self._parsed(one)) is not None:
                    await self.talk.handle(frame, json.dumps(one, ensure_ascii=False))

    def _as_told(self) -> None:
        """The page knows what its token says, and hears of the rest."""
        cursor = self.talk.cursor
        cursor.goes_on(self.told.read, differs=mark(cursor.standing, online=cursor.online) != self.told.mark)

    async def _parsed(self, value: dict[str, Any]) -> frames.Frame | None:
        try:
            return frames.parsed(value)
        except frames.BadFrame as error:
            await self.talk.bad(error)
            return None

    async def _wait(self, gone: Callable[[], bool]) -> None:
        """Until there is something to say, the time is up, or nobody waits any more."""
        end = asyncio.get_running_loop().time() + WAIT
        while not self.answer.filled.is_set() and not gone():
            left = end - asyncio.get_running_loop().time()
            if left <= 0:
                return
            try:
                async with asyncio.timeout(min(left, LOOK)):
                    await self.answer.filled.wait()
            except TimeoutError:
                continue
        await asyncio.sleep(FLUSH)

    def _written(self) -> str:
        cursor = self.talk.cursor
        token = f"{self.told.tab}-{cursor.read}-{mark(cursor.standing, online=cursor.online)}"
        close = f',"close":{self.answer.code}' if self.answer.code else ""
        return f'{{"frames":[{",".join(self.answer.frames)}],"token":"{token}"{close}}}'
