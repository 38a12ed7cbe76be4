"""What is kept in memory for a visitor who does not read."""

from __future__ import annotations

import asyncio
import gc
import weakref
from datetime import UTC, datetime
from typing import Any, cast

from channels.context import PAGE, Line
from channels.webchat import frames, writing
from channels.webchat.cursor import HELD, Cursor
from tests.unit.channels.webchat.desk import Desk

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class Text(str):
    """A text that can be looked for in memory."""

    __slots__ = ("__weakref__",)


class Shut:
    """A socket whose other side does not read until it is told to."""

    def __init__(self) -> None:
        self.blocked = asyncio.Event()
        self.reading = asyncio.Event()
        self.sent: list[str] = []

    async def send_str(self, data: str) -> None:
        self.blocked.set()
        await self.reading.wait()
        self.sent.append(data[:40])


class LongDesk(Desk):
    """Gives 500 lines of the greatest length at once, made afresh each time as a database does."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[weakref.ref[Text]] = []

    async def transcript(self, _address: str, after: int) -> list[Line]:
        lines = [Line(n, f"m{n}", "bot", Text("x" * frames.MAX_TEXT), (), NOW) for n in range(after + 1, 501)]
        self.texts += [weakref.ref(cast("Text", line.text)) for line in lines]
        return lines

    def kept(self) -> int:
        gc.collect()
        return sum(ref() is not None for ref in self.texts)


async def test_a_reader_who_stands_still_keeps_little_in_memory_and_gets_everything_later() -> None:
    """While the socket is blocked 64 KB of lines are held, not the page; when it drains every line comes, in order."""
    desk, ws = LongDesk(), Shut()
    cursor = Cursor(desk.context(), cast("Any", ws))
    cursor.follow()
    cursor.wake()
    await ws.blocked.wait()
    assert 1 <= desk.kept() <= HELD // frames.MAX_TEXT
    pumping = cursor._pumping
    assert pumping is not None
    ws.reading.set()
    await pumping
    assert [frame.split('"seq":')[1].split(",")[0] for frame in ws.sent] == [str(n) for n in range(1, 501)]
    cursor.end()


def test_a_page_is_cut_by_size_but_never_to_nothing() -> None:
    """Texts and citations count; a line that is too big alone still goes; a page that fits stays whole."""
    cite: Any = ({"id": "6.1", "url": "u" * 60, "position": None, "rank": 1},)
    page = [Line(n, f"m{n}", "bot", "x" * 50, cite, NOW) for n in range(1, PAGE + 1)]
    assert len(writing.within(page, 400)) == 2
    assert len(writing.within(page, 10)) == 1
    assert len(writing.within(page, 10**6)) == PAGE
    assert not writing.within([], 10)
