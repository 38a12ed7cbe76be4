"""The desk as a channel sees it, for tests: keeps what it accepts in memory, and can be told to fail."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from channels.base import Channel, Received
from channels.context import Context, Line, Site
from channels.errors import Temporary

NOW = datetime(2025, 3, 4, 12, 0, tzinfo=UTC)
SITES = (
    Site("iomart", "iomart", ("https://desk.example",), ("+447700900999",), ("info@iomart.com",), "iomart"),
    Site("easyspace", "Easyspace", (), ("+447700900888", "MG" + "e" * 32), ("help@easyspace.com",), "iomart"),
)


@dataclass
class FakeDesk:
    """`stored` holds what was accepted and `offered` each try; while `failing` is set nothing can be stored.

    `settings` are what `Context.setting` finds, by name without DESK_ and in small letters; `refused` is what the
    channel told to `rejected`; `lines` are what `transcript` gives; `now` stands still until the
    test moves it.
    """

    settings: dict[str, str] = field(default_factory=dict)
    public_url: str = "https://desk.example"
    stored: list[Received] = field(default_factory=list)
    offered: list[Received] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    lines: dict[str, list[Line]] = field(default_factory=dict)
    wakes: dict[str, list[Callable[[], None]]] = field(default_factory=dict)
    failing: bool = False
    now: datetime = NOW

    def context(self) -> Context:
        """What `create` is given."""
        return Context(
            sites=SITES,
            public_url=self.public_url,
            setting=lambda name: self.settings.get(name, ""),
            accept=self.accept,
            now=lambda: self.now,
            sign=lambda purpose, text: hmac.new(purpose.encode(), text.encode(), hashlib.sha256).hexdigest()[:32],
            transcript=self.transcript,
            listen=self.listen,
            rejected=lambda channel, reason: self.refused.append((channel, reason)),
        )

    async def accept(self, received: Received) -> bool:
        """Keep it, once for each dedupe key. Raises Temporary while `failing`."""
        self.offered.append(received)
        if self.failing:
            raise Temporary("the database is locked: wait", retry_after=7)
        if any((had.channel, had.dedupe_key) == (received.channel, received.dedupe_key) for had in self.stored):
            return False
        self.stored.append(received)
        return True

    def say(self, address: str, ident: str, text: str) -> None:
        """Add a visitor's own line to their transcript, and wake their socket."""
        lines = self.lines.setdefault(address, [])
        lines.append(Line(len(lines) + 1, ident, "you", text, (), NOW))
        for wake in self.wakes.get(address, []):
            wake()

    async def transcript(self, address: str, after_seq: int) -> Sequence[Line]:
        """A customer's own lines."""
        return [line for line in self.lines.get(address, []) if line.seq > after_seq]

    def listen(self, address: str, wake: Callable[[], None]) -> Callable[[], None]:
        """Call `wake` for each new line of this customer's."""
        wakes = self.wakes.setdefault(address, [])
        wakes.append(wake)
        return lambda: wakes.remove(wake)


@asynccontextmanager
async def over_http(channel: Channel) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """The channel's routes behind a real HTTP server on loopback."""
    app = web.Application()
    for route in channel.routes():
        app.router.add_route(route.method, route.path, route.handler)
    async with TestClient(TestServer(app)) as client:
        yield client
