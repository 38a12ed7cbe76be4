"""The composition root: builds every part once, starts them in order, stops them in reverse.

Order of starting: database and schema, knowledge, channels, workers, HTTP. So whoever can reach the desk finds it able
to accept.
Stopping: the workers finish what is in hand, channels and HTTP close (what they still accept is stored and handled at
the next start), and the database commits all that it took.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from bot import building, heap, locks, migrations
from bot.api import mount as api
from bot.bus import LocalBus
from bot.clock import Clock, utc_now
from bot.console import views as console
from bot.conversations.intents import classify
from bot.db import Database
from bot.engines import engine_for
from bot.errors import DatabaseDown, SettingsError
from bot.learning import sources
from bot.running import Running
from bot.settings import Settings
from bot.web import media, package_pages, policy_pages, receipt_pages, server
from bot.web.server import Mount
from knowledge.library import Library

__all__ = ["MOUNTS", "Running", "open_library", "start"]
log = structlog.get_logger()
MOUNTS: Sequence[Mount] = (
    policy_pages.mount, package_pages.mount, receipt_pages.mount, media.mount, console.mount, api.mount,
)  # fmt: skip


async def start(
    settings: Settings, *, now: Clock = utc_now, demo: bool = False, mounts: Sequence[Mount] = ()
) -> Running:
    """Build and start the desk; `mounts` adds more pages to its own.

    Raises:
        SettingsError: a setting, a policy or a channel is wrong.
        InUse: another process holds the data directory or the database's file.
        DatabaseDown: the database can't be opened or brought up to date.
    """
    held = locks.hold(settings)
    try:
        await asyncio.to_thread(_upgrade, settings)
        bus = LocalBus()
        database = Database(settings.database, publish=bus.publish)
    except BaseException:
        held.close()
        raise
    # The first customer should not wait while the classifier learns its examples.
    warming = asyncio.create_task(asyncio.to_thread(classify, "hello"), name="desk-warming")
    try:
        running = building.build(settings, now, database, bus, demo=demo, held=held, mounts=(*MOUNTS, *mounts))
    except BaseException:
        await asyncio.gather(warming, return_exceptions=True)
        await database.close()
        held.close()
        raise
    try:
        await _begin(running, warming, settings)
    except BaseException as error:
        await asyncio.gather(warming, return_exceptions=True)
        await running.stop()
        if isinstance(error, OSError):
            raise SettingsError(
                f"a port can't be opened ({error.strerror}): stop what listens there, or change DESK_SMTP_PORT"
            ) from error
        raise
    log.info("the desk is up", action="started", channels=list(running.desk.channels), port=running.http_port)
    return running


async def _begin(running: Running, warming: asyncio.Task[object], settings: Settings) -> None:
    await running.desk.keeper.start()
    for channel in running.desk.channels.values():
        await channel.start()
    await warming
    heap.give_back()
    running.workers.start()
    running.http_port = await server.listen(running.runner, settings)


def _upgrade(settings: Settings) -> None:
    engine = engine_for(settings.database)
    try:
        migrations.upgrade(engine)
    except Exception as error:
        raise DatabaseDown(
            f"the database {engine.url.render_as_string()} can't be opened or brought up to date "
            f"({type(error).__name__}): see that it runs, that its disk has room, and that the file is whole"
        ) from error
    finally:
        engine.dispose()


def open_library(settings: Settings) -> Library:
    """Every policy of every installed source."""
    return Library(sources.installed(settings).policies())
