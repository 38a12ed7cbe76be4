"""One visitor's WebSocket: the reading of its frames. What they do is in talk.py."""

from __future__ import annotations

import asyncio

import structlog
from aiohttp import WSMsgType, web

from channels.buckets import Bucket
from channels.webchat import frames, limits
from channels.webchat.talk import Close, Desk, Talk

log = structlog.get_logger()

HELLO_SECONDS = 10.0


class Socket:
    """A connected visitor, served in its handler's task."""

    __slots__ = ("_bucket", "_desk", "_ws", "talk")

    def __init__(self, desk: Desk, ws: web.WebSocketResponse, origin: str, peer: str) -> None:
        self._desk = desk
        self._ws = ws
        self._bucket = Bucket(limits.SOCKET_FRAMES, desk.context.now().timestamp())
        self.talk = Talk(desk, ws, origin, peer)

    async def run(self) -> None:
        """Serve the visitor until either side closes."""
        try:
            try:
                async with asyncio.timeout(HELLO_SECONDS):
                    going = await self._greet()
            except TimeoutError:
                raise Close(1013, "no hello in time") from None  # a slow network is no offence: the page comes back
            while going and (had := await self._next()):
                await self.talk.handle(*had)
        except Close as close:
            await self.close(close.code, str(close))
        except ConnectionError:
            log.debug("visitor gone", action="chat.gone")
        finally:
            self.talk.cursor.end()

    async def close(self, code: int, text: str) -> None:
        """Close with this WebSocket code."""
        await self._ws.close(code=code, message=text.encode())

    async def _next(self) -> tuple[frames.Frame, str] | None:
        """The next good frame with its verbatim text; None when the socket is closed."""
        while True:
            got = await self._ws.receive()
            if got.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return None
            if self._bucket.take(limits.SOCKET_FRAMES, self._desk.context.now().timestamp()):
                await self.talk.cursor.error("flood", "Far too many messages; this chat is closed.")
                raise Close(1008, "flood")
            try:
                return frames.parse(got.data), got.data
            except frames.BadFrame as error:
                await self.talk.bad(error)

    async def _greet(self) -> bool:
        """Wait for the hello; False when the visitor went without one."""
        while had := await self._next():
            if isinstance(had[0], frames.Hello):
                await self.talk.hello(had[0])
                return True
            await self.talk.bad(frames.BadFrame("hello_first", "The first frame must be hello.", 1008))
        return False
