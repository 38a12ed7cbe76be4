"""Server-Sent Events: tells an open page that something changed. The page then reads what did, as any reader would.

A stream carries no data, so it can leak none; it ends when its session ends, and when the desk stops.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from aiohttp import web

from bot.console import auth
from bot.console.gate import Call
from bot.desk import Desk

HEARTBEAT = 15.0
"""Seconds between signs of life: proxies and browsers then know a dead line from a quiet one."""
PAUSE = 0.25
"""Seconds in which further changes are told together."""
MOST = 500
MOST_FOR_ONE = 12


class Stream:
    """One open stream: whose session it is, and what wakes it."""

    def __init__(self, request: web.Request, session_id: str) -> None:
        self.request = request
        self.session_id = session_id
        self.changed = asyncio.Event()
        self.words: set[str] = set()

    def wake(self, word: str) -> None:
        """There is this to tell."""
        self.words.add(word)
        self.changed.set()

    @property
    def gone(self) -> bool:
        """Whether its page was closed: nobody reads it any more."""
        transport = self.request.transport
        return transport is None or transport.is_closing()


class Streams:
    """The open streams of one desk."""

    def __init__(self) -> None:
        self.open: set[Stream] = set()
        self.stopping = False

    def full_for(self, session_id: str) -> bool:
        """Say whether there are too many, in all or for this session. Streams of closed pages don't count."""
        here = [stream for stream in self.open if not stream.gone]
        return len(here) >= MOST or sum(stream.session_id == session_id for stream in here) >= MOST_FOR_ONE


STREAMS: web.AppKey[Streams] = web.AppKey("console_streams", Streams)


async def end_streams(app: web.Application) -> None:
    """Let every stream end, so that the desk can stop at once."""
    app[STREAMS].stopping = True
    for stream in app[STREAMS].open:
        stream.changed.set()


async def events(call: Call) -> web.StreamResponse:
    """One page's stream: `changed` whenever something did, `ended` when the session is over."""
    streams = call.request.app[STREAMS]
    if streams.full_for(call.who.session_id):
        return web.Response(status=429, text="too many open pages: close some", headers={"Retry-After": "30"})
    stream = Stream(call.request, call.who.session_id)
    streams.open.add(stream)
    call.desk.presence.page_opened()
    bus = call.desk.bus
    stops = (
        bus.listen("console", lambda: stream.wake("changed")), bus.listen("presence", lambda: stream.wake("presence")),
    )  # fmt: skip
    try:
        return await _stream(call, streams, stream)
    finally:
        for stop in stops:
            stop()
        streams.open.discard(stream)
        call.desk.presence.page_closed()


async def _stream(call: Call, streams: Streams, stream: Stream) -> web.StreamResponse:
    headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    response = web.StreamResponse(headers=headers)
    with suppress(ConnectionResetError):
        await response.prepare(call.request)
        await response.write(b"retry: 2000\n\nevent: ready\ndata: \n\n")
        while await _next(call, streams, stream, response):
            pass
    return response


async def _next(call: Call, streams: Streams, stream: Stream, response: web.StreamResponse) -> bool:
    """Wait for the next change or heartbeat and tell it; False when the stream is over."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stream.changed.wait(), HEARTBEAT)
    told = "".join(f"event: {word}\ndata: \n\n" for word in sorted(stream.words))
    stream.words.clear()
    stream.changed.clear()
    if streams.stopping:
        return False
    if not await _still_in(call.desk, call.who):
        await response.write(b"event: ended\ndata: \n\n")
        return False
    await response.write(told.encode() or b": quiet\n\n")
    await asyncio.sleep(PAUSE)
    return True


async def _still_in(desk: Desk, who: auth.Visitor) -> bool:
    now = desk.now()
    return await desk.database.read(lambda session: auth.still_valid(session, who.session_id, now))
