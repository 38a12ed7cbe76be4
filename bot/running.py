"""The desk as it runs: its workers, their starting in order, and the stopping of everything in reverse."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass

import structlog
from aiohttp import web

from bot.desk import Desk
from bot.workers.decoder import Decoder
from bot.workers.deliverer import Deliverer
from bot.workers.fetcher import Fetcher
from bot.workers.handler import Handler
from bot.workers.matcher import Matcher
from bot.workers.scanner import Scanner
from bot.workers.scheduler import Scheduler
from bot.workers.searcher import Searcher

log = structlog.get_logger()
Step = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Workers:
    """What works by itself."""

    handler: Handler
    deliverer: Deliverer
    scheduler: Scheduler
    searcher: Searcher
    matcher: Matcher
    scanner: Scanner
    fetcher: Fetcher
    decoder: Decoder

    def start(self) -> None:
        """Begin with whatever waits."""
        self.handler.feeds.start()
        self.deliverer.feeds.start()
        for worker in (self.scheduler, self.searcher, self.matcher, self.scanner, self.fetcher):
            worker.start()

    def alive(self) -> dict[str, Callable[[], bool]]:
        """Whether each runs, by its name."""
        handler, deliverer = self.handler.feeds, self.deliverer.feeds
        rest = {name: getattr(self, name) for name in ("scheduler", "searcher", "matcher", "scanner", "fetcher")}
        found = {"handler": handler, "deliverer": deliverer, **rest}
        return {name: lambda each=each: bool(each.running) for name, each in found.items()}  # type: ignore[misc]


@dataclass
class Running:
    """A started desk. `http_port` is the port it really listens on."""

    desk: Desk
    workers: Workers
    runner: web.AppRunner
    held: ExitStack
    http_port: int

    async def stop(self) -> None:
        """Stop in reverse order; harmless twice. A part that fails at it keeps no other from stopping."""
        try:
            for name, step in self._steps():
                try:
                    await step()
                except Exception:
                    log.exception("a part failed as it was stopped", action="stop_failed", part=name)
        finally:
            self.held.close()

    def _steps(self) -> list[tuple[str, Step]]:
        """First what begins things by itself, then what handles and delivers, then the ways in, and the database."""
        work = self.workers
        return [
            ("scheduler", work.scheduler.stop),
            ("searcher", work.searcher.stop),
            ("matcher", work.matcher.stop),
            ("fetcher", work.fetcher.stop),
            ("scanner", work.scanner.stop),
            ("keeper", self.desk.keeper.stop),
            ("decoder", work.decoder.stop),
            ("handler", work.handler.feeds.stop),
            ("deliverer", work.deliverer.feeds.stop),
            *((name, channel.stop) for name, channel in self.desk.channels.items()),
            ("http", self.runner.cleanup),
            ("database", self.desk.database.close),
        ]

    # The parts that others speak to, by their names.

    @property
    def handler(self) -> Handler:
        """The worker that handles."""
        return self.workers.handler

    @property
    def deliverer(self) -> Deliverer:
        """The worker that delivers."""
        return self.workers.deliverer

    @property
    def scheduler(self) -> Scheduler:
        """The worker that does what is due by the clock."""
        return self.workers.scheduler

    @property
    def searcher(self) -> Searcher:
        """The worker that searches the data sources."""
        return self.workers.searcher

    @property
    def decoder(self) -> Decoder:
        """What reads messages, in processes of its own."""
        return self.workers.decoder
