"""Visitors of the web chat, over real WebSockets.

`python -m tests.bench.chats BASE ask --count 300` asks one question after another and says {"latencies"} in seconds,
from the question sent to the bot's answer had. `… idle --count 1000` opens so many, says {"open"}, and holds them until
it is ended.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import time

import aiohttp

from tests.bench.child import say, wait_for_go
from tests.bench.texts import QUESTIONS

# A visitor may write only so much in a row: after a few questions the next visitor comes.
QUESTIONS_EACH = 3


async def _enter(session: aiohttp.ClientSession, base: str) -> aiohttp.ClientWebSocketResponse:
    socket = await session.ws_connect(f"{base}/chat/ws", origin=base)
    await socket.send_json({"type": "hello", "site": "iomart"})
    ready = await socket.receive_json()
    assert ready["type"] == "ready", ready
    return socket


async def _ask(socket: aiohttp.ClientWebSocketResponse, number: int) -> float:
    began = time.perf_counter()
    await socket.send_json({"type": "message", "id": f"q{number}", "text": QUESTIONS[number % len(QUESTIONS)]})
    while True:
        frame = json.loads((await socket.receive()).data)
        assert frame["type"] != "error", frame
        if frame["type"] == "message" and frame["from"] == "bot":
            return time.perf_counter() - began


async def ask(base: str, count: int) -> list[float]:
    """Seconds from question to answer, one question at a time."""
    latencies: list[float] = []
    async with aiohttp.ClientSession() as session:
        while len(latencies) < count:
            socket = await _enter(session, base)
            latencies += [await _ask(socket, number) for number in range(QUESTIONS_EACH)]
            await socket.close()
    return latencies


async def idle(base: str, count: int) -> None:
    """Open the sockets and hold them; pings are answered meanwhile."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        sockets = [await _enter(session, base) for _ in range(count)]
        say(len(sockets))
        await asyncio.gather(*(socket.receive() for socket in sockets))


def main() -> None:
    """Run as a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base")
    parser.add_argument("what", choices=("ask", "idle"))
    parser.add_argument("--count", type=int, default=300)
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if options.what == "idle":
        asyncio.run(idle(options.base, options.count))
        return
    say("built")
    wait_for_go()
    say({"latencies": asyncio.run(ask(options.base, options.count))})


if __name__ == "__main__":
    main()
