"""The web chat channel: its ways in, its open sockets, and the contract of channels/base.py."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from aiohttp import web

from channels.base import Finding, InboundMessage, OutboundMessage, Received, Route, Sent
from channels.context import Context
from channels.errors import Undecodable
from channels.files import Attachment
from channels.webchat import assets, frames
from channels.webchat.door import NOT_HERE, Door
from channels.webchat.requests import Requests
from channels.webchat.serving import Serving
from channels.webchat.socket import Socket

log = structlog.get_logger()

MAX_SOCKETS = 20_000
"""Sockets in all: about 500 MB at 25 KiB each."""
HEARTBEAT = 30.0
"""Seconds between pings; a visitor who answers none for half as long is gone."""
CLOSE_SECONDS = 2.0
BACK_SECONDS = 10.0
"""Seconds for which a page that polls counts as here after it had its answer."""
AT_A_TIME = 100
"""Visitors that are told at once that staff came or went."""


class WebChat:
    """Chat over WebSocket, for the pages of the desk's sites."""

    name = "webchat"
    isolated = False

    def __init__(self, context: Context) -> None:
        self.context = context
        self.door = Door(context)
        self._script = assets.Script()
        self._catalogues = assets.Catalogues()
        self._serving = Serving(context)
        self._requests = Requests(self)
        self._sockets: set[Socket] = set()
        self._here: Counter[str] = Counter()
        self._stopping = True
        self._unfollow: Callable[[], None] = lambda: None
        self._telling: asyncio.Task[None] | None = None
        self._changed = False

    def routes(self) -> Sequence[Route]:
        """The socket, what stands in for it, what pages embed, and what lines link to."""
        asked, given = self._requests, self._serving
        return (
            Route("GET", "/chat/ws", self.connect),
            Route("GET", "/chat/widget.js", self._script.handle),
            Route("GET", "/chat/lang/{code}.json", self._catalogues.handle),
            Route("OPTIONS", "/chat/file", asked.before),
            Route("POST", "/chat/file", asked.upload),
            Route("OPTIONS", "/chat/poll", asked.before),
            Route("POST", "/chat/poll", asked.poll),
            Route("GET", "/chat/file/{token}", given.file),
            Route("GET", "/chat/transcript", given.transcript),
            Route("GET", "/chat/staff/{hash}", given.picture),
        )

    async def start(self) -> None:
        """Nothing listens but the routes."""
        self._stopping = False
        self._unfollow = self.context.live.follow_staff(self._staff_came_or_went)

    async def stop(self) -> None:
        """Send everybody away; their pages come back by themselves and are sent what they missed."""
        self._stopping = True
        self._unfollow()
        self._requests.stop()
        await asyncio.gather(*(socket.close(1001, "restart") for socket in self._sockets), return_exceptions=True)

    def alive(self) -> bool:
        """Whether visitors are let in."""
        return not self._stopping

    @property
    def stopping(self) -> bool:
        """Whether nobody is let in any more."""
        return self._stopping

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """GET /chat/ws. A page of no site, or without an Origin, is refused before the upgrade."""
        origin = self.door.origin(request)
        if not origin:
            raise web.HTTPForbidden(text=NOT_HERE + "\n")
        if self._stopping or len(self._sockets) >= MAX_SOCKETS:
            raise web.HTTPServiceUnavailable(
                text="No room for another chat. Try again soon.\n", headers={"Retry-After": "5"}
            )
        peer = self.door.peer(request)
        if not self.door.peers.enter(peer):
            self.context.rejected("webchat", "connections")
            raise web.HTTPTooManyRequests(text="Too many chats are open here.\n", headers={"Retry-After": "60"})
        try:
            return await self._serve(request, origin, peer)
        finally:
            self.door.peers.leave(peer)

    async def _serve(self, request: web.Request, origin: str, peer: str) -> web.WebSocketResponse:
        # Without compression: its buffers would cost each visitor 100 KiB.
        ws = web.WebSocketResponse(
            timeout=CLOSE_SECONDS, heartbeat=HEARTBEAT, compress=False, max_msg_size=frames.MAX_FRAME + 1
        )
        await ws.prepare(request)
        socket = Socket(self, ws, origin, peer)
        self._sockets.add(socket)
        try:
            await socket.run()
        finally:
            self._sockets.discard(socket)
            if socket.talk.joined:
                self.left(socket.talk.address)
        return ws

    # Who is here

    def joined(self, address: str) -> None:
        """A page has this address now."""
        self._here[address] += 1
        if self._here[address] == 1:
            self.context.live.here(address, here=True)

    def left(self, address: str, *, soon: bool = False) -> None:
        """A page has left; `soon` where it is likely to be back at once, as one that polls."""
        if soon and not self._stopping:
            asyncio.get_running_loop().call_later(BACK_SECONDS, self.left, address)
            return
        self._here[address] -= 1
        if self._here[address] <= 0:
            del self._here[address]
            if address:
                self.context.live.here(address, here=False)

    def _staff_came_or_went(self) -> None:
        self._changed = True
        if self._telling is None:
            self._telling = asyncio.get_running_loop().create_task(self._tell_all())

    async def _tell_all(self) -> None:
        """Have every visitor told, some at a time: messages are not to wait behind twenty thousand of them."""
        try:
            while self._changed:
                self._changed = False
                for nth, socket in enumerate(tuple(self._sockets), 1):
                    socket.talk.staff_came_or_went()
                    if nth % AT_A_TIME == 0:
                        await asyncio.sleep(0)
                for poll in self._requests.waiting():
                    poll.talk.staff_came_or_went()
        finally:
            self._telling = None

    # What the desk asks of a channel

    def decode(self, received: Received) -> InboundMessage:
        """Read a stored frame, or a file. Raises Undecodable."""
        text = ""
        files: tuple[Attachment, ...] = ()
        file = received.facts.get("file")
        try:
            if file:
                ident = str(file["id"])
                files = (Attachment(str(file["name"]), str(file["type"]), received.payload),)
            else:
                ident, text = _said(received.payload)
        except frames.BadFrame as error:
            raise Undecodable(str(error), code=error.code) from error
        site = str(received.facts.get("site", ""))
        return InboundMessage(
            address=received.sender, recipient=site, site=site, text=text, message_id=ident, attachments=files,
            evidence=_evidence(received.facts),
        )  # fmt: skip

    async def send(self, message: OutboundMessage) -> Sent:
        """Say whether the visitor is here. The line went to their sockets when the desk committed it."""
        return Sent("", "delivered" if message.address in self._here else "sent")

    async def check(self) -> Sequence[Finding]:
        """Look whether each site has a page that may show the chat."""
        lonely = [site.key for site, origins in self.door.sites.values() if not origins]
        found = f"{len(self._sockets)} open, {len(self.door.origins)} origins may show the chat"
        if not lonely:
            return (Finding("webchat", ok=True, text=found),)
        text = "no page may show the chat of: " + ", ".join(lonely)
        return (Finding("webchat", ok=False, text=text, mend="List the site's origins in desk.toml (https://…)."),)


def _evidence(facts: Mapping[str, Any]) -> dict[str, str]:
    """What is known of the visitor: whose page they write on, by its origin alone, and what that says of them."""
    who = {str(key): str(value) for key, value in facts.get("who", {}).items()}
    return who | ({"page": str(facts["origin"])} if facts.get("origin") else {})


def _said(payload: bytes) -> tuple[str, str]:
    """The id and words of a stored frame; an address that was left stands in words. Raises BadFrame."""
    frame = frames.load(payload)
    if frame.get("type") == "leave_email":
        ident, email = frames.leave_email(frame)
        return ident, frames.LEFT.format(email)
    return frames.message(frame)
