"""A network that drops, delays and resets while two hundred chats talk: each line comes once, in order, to its own.

The desk is the channel behind a real server, with a proxy between it and every visitor that cuts connections at random
places (seeded, so that a failure comes again), holds bytes back, and lets them through in pieces.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from contextlib import suppress
from typing import Any

import aiohttp
import pytest

from tests.fakes.network import Network
from tests.patience import patience
from tests.unit.channels.webchat.desk import BESIDE, ORIGIN, Desk, serve

VISITORS = 200
MESSAGES = 4
CUTS = 3
"""Cuts for each visitor, taken together; then the network lets them finish."""


class Page:
    """A page as the widget is: comes back, says again what it has no line of, and shows each line once."""

    def __init__(self, number: int, http: aiohttp.ClientSession, url: str) -> None:
        self.number, self.http, self.url = number, http, url
        self.session, self.seen = "", 0
        self.unsent = {f"m{nth}": f"visitor {number}, message {nth}" for nth in range(MESSAGES)}
        self.shown: list[tuple[int, str, str]] = []
        self.opened = 0

    def finished(self) -> bool:
        return not self.unsent and self.seen >= 2 * MESSAGES

    async def talk(self) -> None:
        while not self.finished():
            with suppress(aiohttp.ClientError, ConnectionError):
                await self._once()

    async def _once(self) -> None:
        self.opened += 1
        async with self.http.ws_connect(self.url, headers={"Origin": ORIGIN}) as ws:
            hello: dict[str, Any] = {"type": "hello", "site": "iomart"}
            if self.session:
                hello |= {"session": self.session, "last_seq": self.seen}
            await ws.send_json(hello)
            async for message in ws:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    return
                await self._take(ws, json.loads(message.data))
                if self.finished():
                    return

    async def _take(self, ws: aiohttp.ClientWebSocketResponse, frame: dict[str, Any]) -> None:
        kind = frame["type"]
        if kind == "ready":
            self.session = frame["session"]
            for ident, text in list(self.unsent.items()):
                await ws.send_json({"type": "message", "id": ident, "text": text})
        elif kind == "ack":
            text = self.unsent.pop(frame["id"], "")
            if frame["seq"] > self.seen:
                self._show(frame["seq"], "you", text)
        elif kind == "message":
            if frame["from"] == "you":
                self.unsent.pop(frame["id"], None)
            self._show(frame["seq"], frame["from"], frame["text"])
        else:
            assert kind in BESIDE, frame

    def _show(self, seq: int, who: str, text: str) -> None:
        self.seen = max(self.seen, seq)
        self.shown.append((seq, who, text))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
async def test_a_network_that_drops_delays_and_resets_loses_and_doubles_nothing(seed: int) -> None:
    """200 visitors, four messages each, connections reset at random bytes: every line once, in order, to its own."""
    desk = Desk()
    async with serve(desk) as house:
        network = Network(house.server.port or 0, seed, cuts=CUTS * VISITORS)
        async with network.listening() as port, aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
            pages = [Page(number, http, f"http://127.0.0.1:{port}/chat/ws") for number in range(VISITORS)]
            async with patience(), asyncio.TaskGroup() as group:
                for page in pages:
                    group.create_task(page.talk())
        assert network.cuts > VISITORS
    stored = Counter(received.sender for received in desk.had.values())
    assert len(desk.had) == VISITORS * MESSAGES
    assert set(stored.values()) == {MESSAGES}
    for page in pages:
        seqs = [seq for seq, _who, _text in page.shown]
        assert seqs == list(range(1, 2 * MESSAGES + 1)), (page.number, page.opened)
        said = sorted(text for _seq, who, text in page.shown if who == "you")
        assert said == [f"visitor {page.number}, message {nth}" for nth in range(MESSAGES)]
        answers = sorted(text for _seq, who, text in page.shown if who == "bot")
        assert answers == [f"You said: {text}" for text in said]
