"""Starts the desk as a demo: on loopback, with its ways out leading back to this process. `serve --demo` calls it."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot import app
from bot.app import Running
from bot.demo import records, views
from bot.demo.settings import LOOPBACK, demo_overrides
from bot.settings import Settings


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Running]:
    """A started desk with the demo; stopped on leaving. Raises what `bot.app.start` does."""
    http_port = settings.http_port or free_port()
    ports = {"http_port": http_port, "smtp_port": settings.smtp_port or free_port()}
    sources = [*settings.data_sources, *([] if _named(settings) else [records.source()])]
    overrides = {**demo_overrides(http_port, free_port()), **ports, "data_sources": sources}
    desk = await app.start(settings.model_copy(update=overrides), demo=True, mounts=(views.mount,))
    try:
        yield desk
    finally:
        await desk.stop()


def _named(settings: Settings) -> bool:
    """Whether desk.toml has a data source of the demo's name already."""
    return any(table.name == records.NAME for table in settings.data_sources)


def free_port() -> int:
    """A port of loopback that nobody listens on: the desk must know where the demo is before either has started."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
