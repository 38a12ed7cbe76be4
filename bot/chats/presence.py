"""Who is here now: visitors with a page open, staff with the console open, and who of both is writing.

In memory, on the event loop. Nothing of it is kept: after a restart pages tell it again. Whoever is interested listens
on the bus: "live:ADDRESS" (the visitor's page), "presence" (the console), "staff" (staff came or went).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

WRITING = 6.0
"""Seconds for which somebody counts as writing; pages tell it again every three while it goes on."""
STAYS = 20.0
"""Seconds for which staff count as at hand after their last page closed: one page is closed before the next opens."""
LOOKED_AT = 60.0
"""Seconds for which a colleague counts as looking at a conversation; the page tells it again in time."""
MOST = 50_000
"""Addresses that are remembered at most, of each kind."""


class Presence:
    """Who is here. `publish` is the bus's."""

    def __init__(self, publish: Callable[[Iterable[str]], None]) -> None:
        self._publish = publish
        self._here: set[str] = set()
        self._visitors: dict[str, asyncio.TimerHandle] = {}
        self._writers: dict[str, asyncio.TimerHandle] = {}
        self._watched: dict[str, float] = {}
        self._pages = 0
        self._leaving: asyncio.TimerHandle | None = None

    # Staff

    @property
    def online(self) -> bool:
        """Whether staff have the console open."""
        return self._pages > 0 or self._leaving is not None

    def page_opened(self) -> None:
        """A page of the console is open."""
        was, self._pages = self.online, self._pages + 1
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        if not was:
            self._publish(["staff"])

    def page_closed(self) -> None:
        """A page of the console was closed."""
        self._pages -= 1
        if self._pages == 0 and self._leaving is None:
            self._leaving = asyncio.get_running_loop().call_later(STAYS, self._left)

    def _left(self) -> None:
        self._leaving = None
        self._publish(["staff"])

    def staff_writes(self, address: str, *, on: bool) -> None:
        """One of the staff is writing to this visitor, or is no more."""
        if _marked(self._writers, address, WRITING if on else 0.0, lambda: self._publish([f"live:{address}"])):
            self._publish([f"live:{address}"])

    def writes(self, address: str) -> bool:
        """Whether one of the staff is writing there now."""
        return address in self._writers

    def watch(self, address: str) -> None:
        """A colleague looks at this conversation: what its visitor does is told to the console."""
        now = asyncio.get_running_loop().time()
        if len(self._watched) >= MOST:
            self._watched = {name: until for name, until in self._watched.items() if until > now}
        self._watched[address] = now + LOOKED_AT

    # Visitors

    def here(self, address: str, *, here: bool) -> None:
        """The visitor's page was opened, or their last one closed."""
        if here and len(self._here) < MOST:
            self._here.add(address)
        elif not here:
            self._here.discard(address)
            _marked(self._visitors, address, 0.0, lambda: None)
        self._tell(address)

    def is_here(self, address: str) -> bool:
        """Whether the visitor has a page open."""
        return address in self._here

    def visitor_writes(self, address: str) -> None:
        """The visitor is writing."""
        if _marked(self._visitors, address, WRITING, lambda: self._tell(address)):
            self._tell(address)

    def visitor_sent(self, address: str) -> None:
        """What they were writing has come."""
        if _marked(self._visitors, address, 0.0, lambda: None):
            self._tell(address)

    def is_writing(self, address: str) -> bool:
        """Whether the visitor is writing now."""
        return address in self._visitors

    def _tell(self, address: str) -> None:
        """Tell the console, where somebody looks: thousands who only read a page wake nobody."""
        if self._watched.get(address, 0.0) > asyncio.get_running_loop().time():
            self._publish(["presence"])


def _marked(
    marks: dict[str, asyncio.TimerHandle], address: str, seconds: float, over: Callable[[], None]
) -> bool:  # fmt: skip
    """Mark an address for so long, 0 for no more, and call `over` when that time is up; whether this is a change."""
    before = marks.pop(address, None)
    if before is not None:
        before.cancel()
    if seconds <= 0:
        return before is not None
    if before is None and len(marks) >= MOST:
        return False

    def end() -> None:
        del marks[address]
        over()

    marks[address] = asyncio.get_running_loop().call_later(seconds, end)
    return before is None
