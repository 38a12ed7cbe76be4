"""What a visitor has been sent of their conversation, and the sending of the rest.

Lines go out here only, always the next ones after the cursor, so that each goes out exactly once on each
socket, in order. A line that this socket sent itself goes out as its `ack`. Nothing is buffered: what was
missed is read again from the desk. Beside the lines go who answers, who is writing and what was read; of these
only the newest counts.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

import structlog

from channels.context import PAGE, Context, Line
from channels.errors import Temporary
from channels.live import NEW, File, Standing
from channels.webchat import links, writing

log = structlog.get_logger()

TYPING_AFTER = 0.3
"""Seconds of work on a message until the visitor is told of it."""
RETRY_AFTER = 2.0
"""Seconds until what the desk couldn't do is tried again."""
HELD = 64 * 1024
"""Characters of lines held for one socket while it drains; the rest is read again from the desk."""
MOST_PENDING = 128
"""Own messages of which the line is awaited; an older one comes back as a `message` from "you" instead."""


class Outlet(Protocol):
    """Where frames go: a WebSocket, or one answer of a page that asks by HTTP."""

    async def send_str(self, data: str) -> None:
        """Send one frame."""
        ...

    async def close(self, *, code: int, message: bytes = b"") -> Any:
        """Send nothing more; `code` as of a WebSocket."""
        ...


class Cursor:
    """One socket's place in its conversation. One short task runs while there is something to send, none otherwise."""

    __slots__ = (
        "_bot_writes", "_context", "_differs", "_dirty", "_online", "_out", "_own", "_pending", "_pumping", "_read",
        "_seq", "_staff_writes", "_standing", "_stirred", "_timer", "_unlisten", "_working", "address",
    )  # fmt: skip

    def __init__(self, context: Context, out: Outlet) -> None:
        self._context = context
        self._out = out
        self._dirty = self._stirred = self._working = False
        self._bot_writes = self._staff_writes = self._differs = False
        self._pending: dict[str, None] = {}
        self._pumping: asyncio.Task[None] | None = None
        self._seq = self._own = self._read = 0
        self._standing = NEW
        self._online = False
        self._timer: asyncio.TimerHandle | None = None
        self._unlisten: tuple[Callable[[], None], ...] = ()
        self.address = ""

    async def find(self, last_seq: int | None) -> int:
        """Stand after `last_seq`, or at the end where it is None; returns the number of the last line, 0 for none."""
        latest = await self._last(last_seq or 0)
        if not latest and last_seq:
            latest = await self._last(0)
        self._seq = latest if last_seq is None else min(last_seq, latest)
        self._own = self._seq
        self.stands(await self._context.live.standing(self.address))
        return latest

    def stands(self, standing: Standing, *, online: bool | None = None) -> None:
        """The visitor knows that their conversation stands so."""
        self._standing = standing
        self._read = standing.read
        self._online = self._context.live.online if online is None else online

    def goes_on(self, read: int, *, differs: bool) -> None:
        """The visitor was told before up to which line they were read; `differs` where they know another standing."""
        self._read = min(self._read, read)
        self._differs = differs
        self._stirred = True

    @property
    def standing(self) -> Standing:
        """How the conversation stands, as the visitor was told."""
        return self._standing

    @property
    def read(self) -> int:
        """The last line up to which the visitor was told that theirs were read."""
        return self._read

    @property
    def online(self) -> bool:
        """Whether staff are at hand, as the visitor was told."""
        return self._online

    def follow(self) -> None:
        """Send every line after the cursor, and every change beside them, from now on."""
        self._unlisten = (
            self._context.listen(self.address, self.wake),
            self._context.live.follow(self.address, self.stir),
        )

    def wake(self) -> None:
        """There may be new lines. Called by the desk, on the event loop."""
        self._dirty = True
        self._start()

    def stir(self) -> None:
        """Who answers, who writes or what was read may have changed. Called by the desk, on the event loop."""
        self._stirred = True
        self._start()

    def end(self) -> None:
        """Send nothing more."""
        for stop in self._unlisten:
            stop()
        self._unlisten = ()
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
        await self._out.send_str(writing.dump(type_, **fields))

    async def error(self, code: str, text: str, id_: str = "", **more: Any) -> None:
        """Send an error, about a message where it has an id."""
        await self.say("error", code=code, text=text, **({"id": id_} if id_ else {}), **more)

    async def unavailable(self, error: Temporary, id_: str = "") -> None:
        """Send that the desk can't, and when to try again."""
        seconds = math.ceil(error.retry_after or RETRY_AFTER)
        text = f"We can't take messages just now. Please try again in {writing.seconds(seconds)}."
        await self.error("unavailable", text, id_, retry_after=seconds)

    def _start(self) -> None:
        if self._pumping is None and self._unlisten:
            self._pumping = asyncio.get_running_loop().create_task(self._pump())

    def _still_working(self) -> None:
        self._timer = None
        if self._pending:
            self._working = True
            self._start()

    async def _pump(self) -> None:
        """Send what comes after the cursor, and what changed beside it, until there is nothing left."""
        try:
            while self._dirty or self._stirred or self._working:
                if self._dirty:
                    self._dirty = False
                    await self._rest()
                elif self._stirred:
                    self._stirred = False
                    await self._beside()
                elif self._pending and self._standing.owner == "bot" and not self._bot_writes:
                    self._bot_writes = True
                    await self._types("bot", on=True)
                self._working = False
        except ConnectionError:
            log.debug("visitor gone", action="chat.gone")
        except Temporary:
            self._later()
        except Exception:
            # The visitor comes back and is sent what is missing; the fault must not end other sockets.
            log.exception("could not send lines", action="chat.pump")
            await self._out.close(code=1011)
        finally:
            self._pumping = None

    async def _rest(self) -> None:
        """Send the lines after the cursor. A reader who stands still keeps only `HELD` of them in memory."""
        whole = False
        while not whole:
            page = await self._context.transcript(self.address, self._seq)
            few = writing.within(page, HELD)
            whole = len(few) == len(page) < PAGE
            # A socket that is not read may hold the next line for hours: the page must not wait with it.
            del page
            while few:
                await self._send(few.popleft())
        if self._bot_writes and not self._pending:
            self._bot_writes = False
            await self._types("bot", on=False)

    async def _send(self, line: Line) -> None:
        if line.seq <= self._seq:
            return
        self._seq = line.seq
        mine = line.author == "you"
        if mine:
            self._own = line.seq
        if mine and line.id in self._pending:
            del self._pending[line.id]
            await self.say("ack", id=line.id, seq=line.seq)
            await self.say("receipt", seq=line.seq, state="delivered")
            return
        self._bot_writes &= line.author != "bot"
        self._staff_writes &= line.author != "staff"
        state = "" if not mine else "read" if line.seq <= self._read else "delivered"
        await self._out.send_str(writing.line(line, self._context.public_url, self._link, state))
        if line.author in ("bot", "staff"):
            await self._was_read(line.seq)

    def _link(self, file: File) -> str:
        return links.file(self._context, file.id)

    # Beside the lines

    async def _beside(self) -> None:
        """Tell what changed of who answers, who writes and what was read."""
        live = self._context.live
        # Who has said nothing yet has no conversation that anybody could look at.
        now = await live.standing(self.address) if self._seq or self._pending else NEW
        before = (self._standing.owner, self._standing.staff, self._online)
        if self._differs or (now.owner, now.staff, live.online) != before:
            self._standing, self._online, self._differs = now, live.online, False
            await self.say("status", **writing.status(now, self._context.public_url, online=live.online))
        await self._was_read(now.read)
        writes = live.writes(self.address)
        if writes != self._staff_writes:
            self._staff_writes = writes
            await self._types("staff", on=writes)

    async def _types(self, who: str, *, on: bool) -> None:
        await self.say("typing", **{"from": who, "on": on})

    async def _was_read(self, seq: int) -> None:
        """The visitor's lines up to there were read; told where one of theirs is among them."""
        before, self._read = self._read, max(self._read, seq)
        if before < self._own and self._read > before:
            await self.say("receipt", seq=min(self._read, self._own), state="read")

    def _later(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(RETRY_AFTER, self._retry)

    def _retry(self) -> None:
        self._timer = None
        self._stirred = True
        self.wake()
