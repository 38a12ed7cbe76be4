"""Promises 1 and 3 over the worst network: 200 chats with the whole desk, through drops, delays, resets and restarts.

The desk is a process of its own and answers from the policy. Between it and its visitors stands a proxy that cuts
connections at random places, holds bytes back and lets them through in pieces.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from typing import get_args

import aiohttp
import pytest

from tests import processes
from tests.e2e.chat_visitor import Shown, Visitor, Way
from tests.fakes.network import Network

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

VISITORS = 200
CUTS = 8
"""Cuts for each visitor, taken together; then the network lets them finish."""
LONGEST, SLOWEST = 5_000, 0.02
"""Bytes that a connection lives for at most, a few answers with their headers; seconds that a piece is held back."""
QUESTIONS = (
    "do you sell my data?", "do you use cookies?", "how can I complain about you?",
    "do you transfer my data abroad?", "how long do you keep my data?",
)  # fmt: skip
EACH = 4
SCRIPTS = tuple(tuple((QUESTIONS * 2)[first : first + EACH]) for first in range(len(QUESTIONS)))
"""What visitors ask: neighbours ask differently, so that an answer that is somebody else's is seen to be."""
TIME = 240.0


class Progress:
    """How many lines are shown on all pages, for whoever waits until it is so many."""

    def __init__(self) -> None:
        self.lines = 0
        self._awaited: list[tuple[int, asyncio.Event]] = []

    def told(self, _line: Shown) -> None:
        self.lines += 1
        for number, event in self._awaited:
            if self.lines >= number:
                event.set()

    async def reached(self, number: int) -> None:
        self._awaited.append((number, event := asyncio.Event()))
        await event.wait()


async def _calm(desk: processes.Served, http: aiohttp.ClientSession) -> list[list[Shown]]:
    """What the conversation of each script is on a good network."""
    pages = []
    for nth, script in enumerate(SCRIPTS):
        page = Visitor(-1 - nth, "socket", http, desk.base, desk.base, script, 2 * EACH)
        await page.talk()
        pages.append(page.shown)
    return pages


async def _restarts(desk: processes.Served, progress: Progress, lines: int) -> None:
    """An operator restarts the desk after a third of the lines, and it dies after two thirds."""
    await progress.reached(lines // 3)
    await desk.stop()
    await desk.start()
    await progress.reached(2 * lines // 3)
    await desk.kill()
    await desk.start()


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_line_of_200_chats_comes_once_in_order_to_its_own(
    seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By WebSocket, by long poll and from one to the other; the desk is restarted and killed in the middle.

    Each line is stored once; each page shows just what a calm visitor's does who asks the same; and who loads their
    page anew is shown the same again.
    """
    desk = processes.Served(tmp_path / "desk", channels="webchat")
    desk.environ["DESK_PUBLIC_URL"] = desk.base
    anybody = aiohttp.TCPConnector(limit=0)
    async with (
        desk, asyncio.timeout(TIME), aiohttp.ClientSession(connector=anybody) as http,
    ):  # fmt: skip
        expected = await _calm(desk, http)
        network = Network(desk.http_port, seed, cuts=CUTS * VISITORS, longest=LONGEST, slowest=SLOWEST)
        async with network.listening() as port:
            progress, ways = Progress(), get_args(Way)
            pages = [
                Visitor(
                    number, ways[number % len(ways)], http, f"http://127.0.0.1:{port}", desk.base,
                    SCRIPTS[number % len(SCRIPTS)], 2 * EACH, at_once=number % 2 == 0, told=progress.told,
                )
                for number in range(VISITORS)
            ]  # fmt: skip
            async with asyncio.TaskGroup() as group:
                group.create_task(_restarts(desk, progress, VISITORS * 2 * EACH))
                for page in pages:
                    group.create_task(page.talk())
        assert network.cuts > 3 * VISITORS, "a network that lets everybody through proves nothing"
        for page in pages:
            assert page.shown == expected[page.number % len(SCRIPTS)], (page.number, page.way, page.opened)
        await desk.idle()
        for page in pages[:: len(ways) + 1]:
            again = Visitor(page.number, "socket", http, desk.base, desk.base, (), 2 * EACH, session=page.session)
            await again.talk()
            assert again.shown == page.shown
    _stored(desk.database, pages)
    with capsys.disabled():
        opened = sum(page.opened for page in pages)
        print(  # noqa: T201  the counts are what the test shows
            f"\nseed {seed}: {progress.lines} lines shown, {network.cuts} connections cut, {opened} tried"
        )


def _stored(database: Path, pages: list[Visitor]) -> None:
    """Each message was accepted once, and each conversation holds one visitor's lines and no others."""
    with closing(sqlite3.connect(database)) as connection:
        keys = [key for (key,) in connection.execute("SELECT dedupe_key FROM inbox WHERE state = 'handled'")]
        lines = connection.execute(
            "SELECT conversation_id, seq, author, text, rfc_id FROM message WHERE seq IS NOT NULL ORDER BY 1, 2"
        ).fetchall()
    asked = len(SCRIPTS) + len(pages)
    assert len(keys) == asked * EACH
    assert len({key.partition(":")[2] for key in keys}) == asked * EACH
    conversations: dict[int, list[tuple[int, str, str, str]]] = defaultdict(list)
    for conversation, *line in lines:
        conversations[conversation].append(tuple(line))
    assert len(conversations) == asked
    pages_of = {page.ident(0): page for page in pages}
    for held in conversations.values():
        idents = [ident for _, author, _, ident in held if author == "you"]
        page = pages_of.pop(idents[0], None)
        if page is not None:  # else a calm one
            assert idents == [page.ident(nth) for nth in range(EACH)]
            assert [line[:3] for line in held] == [shown[:3] for shown in page.shown]
    assert not pages_of
