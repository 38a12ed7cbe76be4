"""What a visitor has been sent of their conversation, and the sending of the rest.

Lines go out here only, always the next ones after the cursor, so that each goes out exactly once on each
socket, in order. A line that this socket sent itself goes out as its `ack`. Nothing is buffered: what was
missed is read again from the desk.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from typing import Any

import structlog
from aiohttp import web

from channels.context import PAGE, Context, Line
from channels.errors import Temporary
from channels.webchat import frames

log = structlog.get_logger()

TYPING_AFTER = 0.3
"""Seconds of work on a message until the visitor is told of it."""
RETRY_AFTER = 2.0
"""Seconds until what the desk couldn't do is tried again."""
HELD = 64 * 1024
"""Characters of lines held for one socket while it drains; the rest is read again from the desk."""
MOST_PENDING = 128
"""Own messages of which the line is awaited; an older one comes back as a `message` from "you" instead."""


class Cursor:
    """One socket's place in its conversation. One short task runs while there is something to send, none otherwise."""

    __slots__ = (
        "_context",
        "_dirty",
        "_pending",
        "_pumping",
        "_seq",
        "_timer",
        "_unlisten",
        "_working",
        "_ws",
        "address",
    )

    def __init__(self, context: Context, ws: web.WebSocketResponse) -> None:
        self._context = context
        self._ws = ws
        self._dirty = False
        self._pending: dict[str, None] = {}
        self._pumping: asyncio.Task[None] | None = None
        self._seq = 0
        self._timer: asyncio.TimerHandle | None = None
        self._unlisten: Callable[[], None] | None = None
        self._working = False
        self.address = ""

    async def find(self, last_seq: int | None) -> int:
        """Stand after `last_seq`, or at the end where it is None; returns the number of the last line, 0 for none."""
        latest = await self._last(last_seq or 0)
        if not latest and last_seq:
            latest = await self._last(0)
        self._seq = latest if last_seq is None else min(last_seq, latest)
        return latest

    def follow(self) -> None:
        """Send every line after the cursor from now on."""
        self._unlisten = self._context.listen(self.address, self.wake)

    def wake(self) -> None:
        """There may be new lines. Called by the desk, on the event loop."""
        self._dirty = True
        self._start()

    def end(self) -> None:
        """Send nothing more."""
        if self._unlisten is not None:
            self._unlisten()
            self._unlisten = None
        if self._timer is not None:
            self._timer.cancel()
        if self._pumping is not None:
            self._pumping.cancel()

    # Own messages

    def sent(self, id_: str) -> None:
        """The visitor sent this message here: its line is to be acknowledged."""
        self._pending[id_] = None
        if len(self._pending) > MOST_PENDING:
            del self._pending[next(iter(self._pending))]

    def refused(self, id_: str) -> None:
        """The message was not taken; no line will come of it."""
        self._pending.pop(id_, None)

    def working(self) -> None:
        """A message was taken; if its line takes a while, the visitor is told that somebody is at it."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(TYPING_AFTER, self._still_working)

    async def again(self, id_: str) -> None:
        """Acknowledge a message that the desk had before; if its line is still to come, it will be then."""
        async for line in self._lines(0):
            if line.author == "you" and line.id == id_ and line.seq <= self._seq and id_ in self._pending:
                del self._pending[id_]
                await self.say("ack", id=id_, seq=line.seq)
                return

    async def _last(self, after: int) -> int:
        """The number of the last line after this one; 0 where there is none."""
        last = 0
        async for line in self._lines(after):
            last = line.seq
        return last

    # Sending

    async def _lines(self, after: int) -> AsyncIterator[Line]:
        """All lines after this one, a page at a time."""
        while True:
            page = await self._context.transcript(self.address, after)
            for line in page:
                yield line
            if len(page) < PAGE:
                return
            after = page[-1].seq

    async def say(self, type_: str, **fields: Any) -> None:
        """Send one frame."""
        await self._ws.send_str(frames.dump(type_, **fields))

    async def error(self, code: str, text: str, id_: str = "", **more: Any) -> None:
        """Send an error, about a message where it has an id."""
        await self.say("error", code=code, text=text, **({"id": id_} if id_ else {}), **more)

    async def unavailable(self, error: Temporary, id_: str = "") -> None:
        """Send that the desk can't, and when to try again."""
        seconds = math.ceil(error.retry_after or RETRY_AFTER)
        text = f"We can't take messages just now. Please try again in {frames.seconds(seconds)}."
        await self.error("unavailable", text, id_, retry_after=seconds)

    def _start(self) -> None:
        if self._pumping is None and self._unlisten is not None:
            self._pumping = asyncio.get_running_loop().create_task(self._pump())

    def _still_working(self) -> None:
        self._timer = None
        if self._pending:
            self._working = True
            self._start()

    async def _pump(self) -> None:
        """Send what comes after the cursor, until there is nothing left."""
        try:
            while self._dirty or self._working:
                if self._dirty:
                    self._dirty = False
                    await self._rest()
                elif self._pending:
                    await self.say("typing")
                self._working = False
        except ConnectionError:
            log.debug("visitor gone", action="chat.gone")
        except Temporary:
            self._later()
        except Exception:
            # The visitor comes back and is sent what is missing; the fault must not end other sockets.
            log.exception("could not send lines", action="chat.pump")
            await self._ws.close(code=1011)
        finally:
            self._pumping = None

    async def _rest(self) -> None:
        """Send the lines after the cursor. A reader who stands still keeps only `HELD` of them in memory."""
        whole = False
        while not whole:
            page = await self._context.transcript(self.address, self._seq)
            few = frames.within(page, HELD)
            whole = len(few) == len(page) < PAGE
            # A socket that is not read may hold the next line for hours: the page must not wait with it.
            del page
            while few:
                await self._send(few.popleft())

    async def _send(self, line: Line) -> None:
        if line.seq <= self._seq:
            return
        self._seq = line.seq
        if line.author == "you" and line.id in self._pending:
            del self._pending[line.id]
            await self.say("ack", id=line.id, seq=line.seq)
        else:
            await self._ws.send_str(frames.line(line))

    def _later(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(RETRY_AFTER, self._retry)

    def _retry(self) -> None:
        self._timer = None
        self.wake()
