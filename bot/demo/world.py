"""What the demo has one of: the customer, the parts it plays, and who watches the page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
from aiohttp import web

from bot.demo import visitor
from bot.demo.visitor import Visitor
from bot.desk import Desk

SECONDS = 15.0
"""How long the demo waits for the desk, as Twilio would."""
MOST_WATCHERS = 20
_TOPICS = ("inbox", "outbox", "console")


class World:
    """The demo while it runs: `open` at start-up, `hush` before the server waits for its requests, `close` last."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.visitor = Visitor(*visitor.addresses(0))
        self.closing = False
        self._http: aiohttp.ClientSession | None = None
        self._watchers: set[asyncio.Event] = set()
        self._stops: list[Callable[[], None]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Meet the customer, and hear of everything that happens in the desk."""
        self._http = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=SECONDS), cookie_jar=aiohttp.DummyCookieJar()
        )
        self._stops = [self.desk.bus.listen(topic, self.changed) for topic in _TOPICS]
        await self.start_afresh()

    def hush(self) -> None:
        """End what never ends by itself."""
        self.closing = True
        self.changed()

    async def close(self) -> None:
        """Stop listening, let no task behind."""
        for stop in self._stops:
            stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._http is not None:
            await self._http.close()

    def now(self) -> datetime:
        """The present moment as a clock on the customer's wall shows it."""
        return self.desk.now().astimezone(ZoneInfo(self.desk.settings.timezone))

    @property
    def http(self) -> aiohttp.ClientSession:
        """The connection on which the demo plays Twilio."""
        assert self._http is not None, "the demo is not started"
        return self._http

    async def start_afresh(self) -> None:
        """A new customer with a number and a mailbox that the desk has not heard from."""
        self.visitor = Visitor(*await self.desk.database.read(visitor.unknown))
        self.changed()

    def changed(self) -> None:
        """Tell every open page to look again."""
        for event in self._watchers:
            event.set()

    @contextmanager
    def watch(self) -> Iterator[asyncio.Event]:
        """An event that is set whenever something changed."""
        if len(self._watchers) >= MOST_WATCHERS:
            raise web.HTTPServiceUnavailable(text="Too many demo pages are open: close some.\n")
        event = asyncio.Event()
        self._watchers.add(event)
        try:
            yield event
        finally:
            self._watchers.discard(event)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Run it beside the request; it ends with the demo at the latest."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


WORLD: web.AppKey[World] = web.AppKey("demo", World)
