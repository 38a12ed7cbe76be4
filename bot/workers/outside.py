"""Runs what a data source does in a thread of its own, with a limit of time.

A source may be slow, and may be another's code. A thread can't be ended: one that goes on beyond its limit is left
behind, and its source is not asked again, by anybody, until it has come back. So there is one thread too many for each
source at the most.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from bot.sources.base import SourceDown
from bot.sources.registry import Installed

T = TypeVar("T")
Over = Callable[[], bool]
"""Whether nobody waits for the work any more: it may then end early."""


class StillBusy(SourceDown):
    """The source is still at something else: ask it a little later."""


class Outside:
    """The threads of all sources. Belongs to the event loop."""

    def __init__(self) -> None:
        self._running: dict[str, threading.Thread] = {}

    def busy(self, source: str) -> bool:
        """Whether something runs in the source, be it left behind."""
        thread = self._running.get(source)
        return thread is not None and thread.is_alive()

    async def run(self, installed: Installed, work: Callable[[Over], T]) -> T:
        """What `work` returns, or raises, from a thread.

        Raises:
            StillBusy: the source is at something else, or hangs in it.
            SourceDown: it took longer than the source may.
        """
        source = installed.source
        if self.busy(source.name):
            raise StillBusy(f"{source.title} is still at what it was asked before: see why it is slow")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        over = threading.Event()

        def finish(result: Any, error: BaseException | None) -> None:
            if not done.done():
                done.set_exception(error) if error else done.set_result(result)

        def in_thread() -> None:
            result, error = None, None
            try:
                result = work(over.is_set)
            except Exception as caught:  # noqa: BLE001  told to whoever waits
                error = caught
            with suppress(RuntimeError):  # the loop has closed: the desk is stopping
                loop.call_soon_threadsafe(finish, result, error)

        thread = threading.Thread(target=in_thread, name=f"desk-source-{source.name}", daemon=True)
        self._running[source.name] = thread
        thread.start()
        try:
            async with asyncio.timeout(installed.seconds):
                return await done
        except TimeoutError:
            raise SourceDown(
                f"{source.title} did not end within {installed.seconds:g} seconds: see why it is slow, or raise "
                "search_seconds in desk.toml"
            ) from None
        finally:
            over.set()
