"""The web chat channel: its ways in, its open sockets, and the contract of channels/base.py."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence

import structlog
from aiohttp import hdrs, web

from channels.base import Finding, InboundMessage, OutboundMessage, Received, Route, Sent
from channels.buckets import Limiter
from channels.context import Context, Site
from channels.errors import Undecodable
from channels.webchat import assets, frames, limits
from channels.webchat.socket import Socket

log = structlog.get_logger()

MAX_PER_ADDRESS = 200
"""Sockets for one network address, where DESK_CHAT_MAX_PER_ADDRESS is unset."""
MAX_SOCKETS = 20_000
"""Sockets in all: about 500 MB at 25 KiB each."""
HEARTBEAT = 30.0
"""Seconds between pings; a visitor who answers none for half as long is gone."""
CLOSE_SECONDS = 2.0
AT_A_TIME = 100
"""Visitors that are told at once that staff came or went."""


class WebChat:
    """Chat over WebSocket, for the pages of the desk's sites."""

    name = "webchat"
    isolated = False

    def __init__(self, context: Context) -> None:
        self.context = context
        self._script = assets.Script()
        self._catalogues = assets.Catalogues()
        self._sites = {
            site.key: (site, {frames.origin(text) for text in site.origins} - {""}) for site in context.sites
        }
        self._origins = {origin for _, origins in self._sites.values() for origin in origins}
        most = int(context.setting("chat_max_per_address") or MAX_PER_ADDRESS)
        self._peers = limits.Peers(context.setting("trusted_peers"), most)
        self._by_session = Limiter(limits.SESSION_MESSAGES)
        self._by_peer = Limiter(limits.ADDRESS_MESSAGES)
        self._sockets: set[Socket] = set()
        self._here: Counter[str] = Counter()
        self._stopping = True
        self._unfollow: Callable[[], None] = lambda: None
        self._telling: asyncio.Task[None] | None = None
        self._changed = False

    def routes(self) -> Sequence[Route]:
        """The socket, and what pages embed."""
        return (
            Route("GET", "/chat/ws", self.connect),
            Route("GET", "/chat/widget.js", self._script.handle),
            Route("GET", "/chat/lang/{code}.json", self._catalogues.handle),
        )

    async def start(self) -> None:
        """Nothing listens but the routes."""
        self._stopping = False
        self._unfollow = self.context.live.follow_staff(self._staff_came_or_went)

    async def stop(self) -> None:
        """Send everybody away; their pages come back by themselves and are sent what they missed."""
        self._stopping = True
        self._unfollow()
        await asyncio.gather(*(socket.close(1001, "restart") for socket in self._sockets), return_exceptions=True)

    def alive(self) -> bool:
        """Whether visitors are let in."""
        return not self._stopping

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """GET /chat/ws. A page of no site, or without an Origin, is refused before the upgrade."""
        origin = frames.origin(request.headers.get(hdrs.ORIGIN, ""))
        if origin not in self._origins:
            self.context.rejected("webchat", "origin")
            raise web.HTTPForbidden(text="This chat is not set up for this page. Add its origin to the site.\n")
        if self._stopping or len(self._sockets) >= MAX_SOCKETS:
            raise web.HTTPServiceUnavailable(
                text="No room for another chat. Try again soon.\n", headers={"Retry-After": "5"}
            )
        peer = self._peers.key(request.remote, ",".join(request.headers.getall(hdrs.X_FORWARDED_FOR, ())))
        if not self._peers.enter(peer):
            self.context.rejected("webchat", "connections")
            raise web.HTTPTooManyRequests(text="Too many chats are open here.\n", headers={"Retry-After": "60"})
        try:
            return await self._serve(request, origin, peer)
        finally:
            self._peers.leave(peer)

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
            self._left(socket)
        return ws

    # What a socket asks of its channel

    def site(self, key: str, origin: str) -> Site | None:
        """The site of this key, if it may be used from this origin."""
        site, origins = self._sites.get(key, (None, set[str]()))
        return site if origin in origins else None

    def wait(self, address: str, peer: str) -> float:
        """Take one message from the allowances; returns 0, or the seconds to wait."""
        now = self.context.now().timestamp()
        wait = self._by_session.take(address, now)
        return wait or (self._by_peer.take(peer, now) if peer else 0.0)

    def joined(self, address: str) -> None:
        """A socket has this address now."""
        self._here[address] += 1
        if self._here[address] == 1:
            self.context.live.here(address, here=True)

    def _left(self, socket: Socket) -> None:
        self._here[socket.address] -= 1
        if self._here[socket.address] <= 0:
            del self._here[socket.address]
            if socket.address:
                self.context.live.here(socket.address, here=False)

    def _staff_came_or_went(self) -> None:
        self._changed = True
        if self._telling is None:
            self._telling = asyncio.get_running_loop().create_task(self._tell_all())

    async def _tell_all(self) -> None:
        """Have every visitor told, some at a time: messages are not to wait behind twenty thousand of them."""
        while self._changed:
            self._changed = False
            for nth, socket in enumerate(tuple(self._sockets), 1):
                socket.staff_came_or_went()
                if nth % AT_A_TIME == 0:
                    await asyncio.sleep(0)
        self._telling = None

    # What the desk asks of a channel

    def decode(self, received: Received) -> InboundMessage:
        """Read a stored frame. Raises Undecodable."""
        try:
            message = frames.message(frames.load(received.payload))
        except frames.BadFrame as error:
            raise Undecodable(str(error), code=error.code) from error
        site = str(received.facts.get("site", ""))
        return InboundMessage(
            address=received.sender,
            recipient=site,
            site=site,
            text=message.text,
            message_id=message.id,
        )

    async def send(self, message: OutboundMessage) -> Sent:
        """Say whether the visitor is here. The line went to their sockets when the desk committed it."""
        return Sent("", "delivered" if message.address in self._here else "sent")

    async def check(self) -> Sequence[Finding]:
        """Look whether each site has a page that may show the chat."""
        lonely = [site.key for site, origins in self._sites.values() if not origins]
        found = f"{len(self._sockets)} open, {len(self._origins)} origins may show the chat"
        if not lonely:
            return (Finding("webchat", ok=True, text=found),)
        text = "no page may show the chat of: " + ", ".join(lonely)
        return (Finding("webchat", ok=False, text=text, mend="List the site's origins in desk.toml (https://…)."),)
