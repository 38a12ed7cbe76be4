"""The composition root: builds every part once, starts them in order, stops them in reverse.

Order of starting: database and schema, channels, workers, HTTP. So whoever can reach the desk finds it able to accept.
Stopping: the workers finish what is in hand, channels and HTTP close (what they still accept is stored and handled at
the next start), and the database commits all that it took.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

import structlog
from aiohttp import web

from bot import memory, migrations, plugins
from bot.api import mount as api
from bot.bus import LocalBus
from bot.clock import Clock, utc_now
from bot.console import views as console
from bot.conversations import repository
from bot.conversations.intents import classify
from bot.conversations.wording import House
from bot.db import Database, engine_for
from bot.desk import Desk, Sign
from bot.errors import DatabaseDown, InUse, SettingsError
from bot.messages import inbox
from bot.metrics import Metrics
from bot.settings import Settings, secret_key, signer
from bot.tickets.service import Terms
from bot.web import policy_pages, server
from bot.web.server import Mount
from bot.workers.decoder import Decoder
from bot.workers.deliverer import Deliverer
from bot.workers.handler import Handler
from channels.base import Channel
from channels.context import Context, Line, Site
from knowledge.base import Policy
from knowledge.library import Library

log = structlog.get_logger()
MOUNTS: Sequence[Mount] = (policy_pages.mount, console.mount, api.mount)


@dataclass
class Running:
    """A started desk. `http_port` is the port it really listens on."""

    desk: Desk
    handler: Handler
    deliverer: Deliverer
    decoder: Decoder
    runner: web.AppRunner
    lock: IO[str]
    http_port: int

    async def stop(self) -> None:
        """Stop in reverse order; harmless twice."""
        await self.decoder.stop()
        await self.handler.feeds.stop()
        await self.deliverer.feeds.stop()
        for channel in self.desk.channels.values():
            await channel.stop()
        await self.runner.cleanup()
        await self.desk.database.close()
        self.lock.close()


async def start(
    settings: Settings, *, now: Clock = utc_now, demo: bool = False, mounts: Sequence[Mount] = ()
) -> Running:
    """Build and start the desk; `mounts` adds more pages to its own.

    Raises:
        SettingsError: a setting, a policy or a channel is wrong.
        InUse: another process holds the data directory.
        DatabaseDown: the database can't be opened or brought up to date.
    """
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        lock = _lock(settings)
    except OSError as error:
        raise SettingsError(
            f"DESK_DATA_DIR {settings.data_dir} can't be used ({error.strerror}): give a directory that can be written"
        ) from error
    try:
        await asyncio.to_thread(_upgrade, settings)
        warming = asyncio.create_task(asyncio.to_thread(classify, "hello"))
        desk, running = _build(settings, now, demo=demo, lock=lock, mounts=mounts)
    except BaseException:
        lock.close()
        raise
    try:
        for channel in desk.channels.values():
            await channel.start()
        await warming  # the first customer should not wait while the classifier learns its examples
        memory.give_back()
        running.handler.feeds.start()
        running.deliverer.feeds.start()
        running.http_port = await server.listen(running.runner, settings)
    except OSError as error:
        await running.stop()
        raise SettingsError(
            f"a port can't be opened ({error.strerror}): stop what listens there, or change DESK_SMTP_PORT"
        ) from error
    except BaseException:
        await running.stop()
        raise
    log.info("the desk is up", action="started", channels=list(desk.channels), port=running.http_port)
    return running


def _lock(settings: Settings) -> IO[str]:
    """One process for one data directory: two would handle everything twice."""
    file = (settings.data_dir / "desk.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        holder = file.read().strip()
        file.close()
        raise InUse(
            f"another desk{f' (process {holder})' if holder else ''} runs on {settings.data_dir}: "
            "stop it, or set DESK_DATA_DIR to another directory"
        ) from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


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
    sources = [plugins.built(plugins.SOURCES, name, settings.text) for name in plugins.names(plugins.SOURCES)]
    return Library([policy for source in sources for policy in source.policies()])


def _build(
    settings: Settings, now: Clock, *, demo: bool, lock: IO[str], mounts: Sequence[Mount]
) -> tuple[Desk, Running]:
    metrics, bus, sign = Metrics(), LocalBus(), signer(secret_key(settings))
    library = open_library(settings)
    database = Database(settings.database, publish=bus.publish)
    sites = settings.all_sites(demo=demo)
    channels: dict[str, Channel] = {}
    desk = Desk(settings, database, bus, library, sites, channels, now, sign, metrics, demo)
    for name in settings.channel_names:
        channels[name] = plugins.built(plugins.CHANNELS, name, _context(desk, name, sites, sign))
    names = sorted({*channels, *plugins.names(plugins.CHANNELS)})  # rows may wait for a channel that is not started
    decoder = Decoder()
    handler = Handler(
        database=database, bus=bus, names=names, channels=channels, library=library, site_of=desk.site,
        house=_house(desk), metrics=metrics, now=now, decoder=decoder,
    )  # fmt: skip
    deliverer = Deliverer(database=database, bus=bus, names=names, channels=channels, metrics=metrics, now=now)
    desk.workers.update(handler=lambda: handler.feeds.running, deliverer=lambda: deliverer.feeds.running)
    runner = server.runner(desk, (*MOUNTS, *mounts))
    return desk, Running(desk, handler, deliverer, decoder, runner, lock, settings.http_port)


def _context(desk: Desk, name: str, sites: Sequence[Site], sign: Sign) -> Context:
    async def transcript(address: str, after_seq: int) -> Sequence[Line]:
        return await desk.database.read(lambda session: repository.transcript(session, name, address, after_seq))

    def rejected(channel: str, reason: str) -> None:
        desk.metrics.rejected.labels(channel, reason).inc()

    return Context(
        sites=sites,
        public_url=desk.settings.base_url,
        setting=desk.settings.text,
        accept=inbox.accepter(desk.database, desk.metrics),
        now=desk.now,
        sign=sign,
        transcript=transcript,
        listen=lambda address, wake: desk.bus.listen(f"chat:{address}", wake),
        rejected=rejected,
    )


def _house(desk: Desk) -> House:
    settings = desk.settings
    companies, contacts = {}, {}
    for key in {site.policy for site in desk.sites}:
        policy = desk.library.in_force(key)
        companies[key] = policy.company
        contacts[key] = contact_block(policy)
    return House(Terms(settings.regime, settings.calendar, settings.timezone), settings.base_url, companies, contacts)


def contact_block(policy: Policy) -> str:
    """The company's address lines, verbatim from the clause on contact; "" where the policy has none."""
    clause = next((passage for passage in policy.passages if "contact" in passage.topics), None)
    _, _, block = clause.text.partition(":\n") if clause else ("", "", "")
    return block.strip()
