"""One visitor's socket: the reading of frames, the session, and what happens to a message that comes in."""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress
from typing import Any, Protocol

import structlog
from aiohttp import WSMsgType, web

from channels.base import Received
from channels.buckets import Bucket
from channels.context import Context, Site
from channels.errors import Temporary
from channels.live import NEW
from channels.webchat import frames, limits, links, sessions, writing
from channels.webchat.cursor import Cursor

log = structlog.get_logger()

HELLO_SECONDS = 10.0
STRIKES = 3
"""Bad frames until the socket is closed."""


class Desk(Protocol):
    """What a socket needs of the channel that it belongs to."""

    context: Context

    def site(self, key: str, origin: str) -> Site | None:
        """The site of this key, if it may be used from this origin."""
        ...

    def wait(self, address: str, peer: str) -> float:
        """Take one message from the allowances; returns 0, or the seconds to wait."""
        ...

    def joined(self, address: str) -> None:
        """A socket has this address now."""
        ...


class _Close(Exception):
    """Close the socket with this WebSocket code."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class Socket:
    """A connected visitor, served in its handler's task."""

    __slots__ = ("_bucket", "_cursor", "_desk", "_origin", "_peer", "_seen_seq", "_site", "_strikes", "_ws")

    def __init__(self, desk: Desk, ws: web.WebSocketResponse, origin: str, peer: str) -> None:
        self._desk = desk
        self._ws = ws
        self._origin = origin
        self._peer = peer
        self._bucket = Bucket(limits.SOCKET_FRAMES, desk.context.now().timestamp())
        self._cursor = Cursor(desk.context, ws)
        self._site = ""
        self._strikes = self._seen_seq = 0

    @property
    def address(self) -> str:
        """The visitor's address inside the desk; empty before the hello."""
        return self._cursor.address

    async def run(self) -> None:
        """Serve the visitor until either side closes."""
        try:
            try:
                async with asyncio.timeout(HELLO_SECONDS):
                    going = await self._greet()
            except TimeoutError:
                raise _Close(1008, "no hello in time") from None
            while going and (had := await self._next()):
                await self._handle(*had)
        except _Close as close:
            await self.close(close.code, str(close))
        except ConnectionError:
            log.debug("visitor gone", action="chat.gone")
        finally:
            self._cursor.end()

    async def close(self, code: int, text: str) -> None:
        """Close with this WebSocket code."""
        await self._ws.close(code=code, message=text.encode())

    # Reading

    async def _next(self) -> tuple[frames.Frame, str] | None:
        """The next good frame with its verbatim text; None when the socket is closed."""
        while True:
            got = await self._ws.receive()
            if got.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return None
            if self._bucket.take(limits.SOCKET_FRAMES, self._desk.context.now().timestamp()):
                await self._cursor.error("flood", "Far too many messages; this chat is closed.")
                raise _Close(1008, "flood")
            try:
                return frames.parse(got.data), got.data
            except frames.BadFrame as error:
                await self._bad(error)

    async def _bad(self, error: frames.BadFrame) -> None:
        await self._cursor.error(error.code, str(error), error.id)
        if error.close:
            self._strikes += 1
            if self._strikes >= STRIKES:
                raise _Close(error.close, error.code)

    async def _greet(self) -> bool:
        """Wait for the hello; False when the visitor went without one."""
        while had := await self._next():
            if isinstance(had[0], frames.Hello):
                await self._hello(had[0])
                return True
            await self._bad(frames.BadFrame("hello_first", "The first frame must be hello.", 1008))
        return False

    async def _handle(self, frame: frames.Frame, data: str) -> None:
        match frame:
            case frames.Message():
                await self._message(frame, data)
            case frames.Hello():
                await self._bad(frames.BadFrame("hello_twice", "This chat has begun already.", 1008))
            case frames.Typing():
                self._desk.context.live.typing(self.address)
            case frames.Read():
                await self._seen(frame.seq)
            case frames.Transcript():
                await self._cursor.say("transcript", url=links.transcript(self._desk.context, self.address))
            case frames.LeaveEmail():
                await self._cursor.error("unsupported", "No email can be left here yet.", frame.id)

    async def _seen(self, seq: int) -> None:
        """Kept for staff. What can't be kept now is told again with the next line that is read."""
        if seq <= self._seen_seq:
            return
        self._seen_seq = seq
        with suppress(Temporary):
            await self._desk.context.live.seen(self.address, seq)

    # The session

    async def _hello(self, hello: frames.Hello) -> None:
        context = self._desk.context
        site = self._desk.site(hello.site, self._origin)
        if site is None:
            context.rejected("webchat", "origin")
            await self._cursor.error("origin", "This chat is not set up for this page.")
            raise _Close(1008, "origin")
        known = sessions.genuine(context.sign, site.key, hello.session)
        session = hello.session if known else sessions.new(context.sign, site.key)
        self._site = site.key
        self._cursor.address = sessions.address(context.sign, session)
        self._desk.joined(self.address)
        # A new session has no lines, and nothing is read or stored for it.
        latest = await self._find(hello.last_seq) if known else 0
        if not known:
            self._cursor.stands(NEW)
        await self._cursor.say("ready", session=session, seq=latest, name=site.name, **self._facts())
        self._cursor.follow()
        if known:
            # What was written between finding and following woke nobody.
            self._cursor.wake()

    def _facts(self) -> dict[str, Any]:
        """How the conversation stands, and what may be sent in it."""
        context, cursor = self._desk.context, self._cursor
        return writing.status(cursor.standing, context.public_url, online=cursor.online) | {
            "read": cursor.read,
            "hours": context.setting("chat_hours"),
            "max_file": limits.largest(context.setting),
        }

    def staff_came_or_went(self) -> None:
        """Tell the visitor whether somebody is at hand."""
        if self.address:
            self._cursor.stir()

    async def _find(self, last_seq: int | None) -> int:
        try:
            return await self._cursor.find(last_seq)
        except Temporary as error:
            await self._cursor.unavailable(error)
            raise _Close(1013, "unavailable") from error

    # Messages

    async def _message(self, message: frames.Message, data: str) -> None:
        if wait := self._desk.wait(self.address, self._peer):
            seconds = math.ceil(wait)
            text = f"Too many messages at once. Try again in {writing.seconds(seconds)}."
            await self._cursor.error("rate_limited", text, message.id, retry_after=seconds)
            return
        # Before it is accepted, because its line may be there before `accept` returns.
        self._cursor.sent(message.id)
        try:
            if await self._desk.context.accept(self._received(message, data)):
                self._cursor.working()
            else:
                await self._cursor.again(message.id)
        except Temporary as error:
            self._cursor.refused(message.id)
            await self._cursor.unavailable(error, message.id)

    def _received(self, message: frames.Message, data: str) -> Received:
        now = self._desk.context.now()
        return Received(
            channel="webchat",
            dedupe_key=f"{self.address}:{message.id}",
            sender=self.address,
            payload=data.encode(),
            received_at=now,
            facts={"site": self._site, "origin": self._origin, "at": now.isoformat()},
        )
