"""The composition root: builds every part once, starts them in order, stops them in reverse.

Order of starting: database and schema, knowledge, channels, workers, HTTP. So whoever can reach the desk finds it able
to accept.
Stopping: the workers finish what is in hand, channels and HTTP close (what they still accept is stored and handled at
the next start), and the database commits all that it took.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import structlog
from aiohttp import web

from bot import heap, jobs, locks, migrations, plugins
from bot.api import mount as api
from bot.bus import LocalBus
from bot.chats.live import Live
from bot.chats.presence import Presence
from bot.clock import Clock, utc_now
from bot.console import views as console
from bot.conversations import repository
from bot.conversations.by_hand import BY_HAND
from bot.conversations.intents import classify
from bot.conversations.wording import House
from bot.db import Database
from bot.desk import Desk, Sign
from bot.engines import engine_for
from bot.errors import DatabaseDown, SettingsError, TemporaryError
from bot.files import clamd
from bot.files.links import Links
from bot.learning import sources
from bot.learning.keeper import Keeper
from bot.learning.shelf import Shelf
from bot.messages import inbox, quiet
from bot.metrics import Metrics
from bot.sealing import Sealer
from bot.settings import Settings, secret_key, signer
from bot.sources import registry
from bot.web import media, package_pages, policy_pages, receipt_pages, server
from bot.web.server import Mount
from bot.workers.decoder import Decoder
from bot.workers.deliverer import Deliverer
from bot.workers.fetcher import Fetcher
from bot.workers.handler import Handler
from bot.workers.matcher import Matcher
from bot.workers.outside import Outside
from bot.workers.scanner import Scanner
from bot.workers.scheduler import Scheduler
from bot.workers.searcher import Searcher
from channels.base import Channel
from channels.context import Context, Line, Site
from channels.errors import Temporary
from knowledge.library import Library, UnknownPolicy

log = structlog.get_logger()
MOUNTS: Sequence[Mount] = (
    policy_pages.mount, package_pages.mount, receipt_pages.mount, media.mount, console.mount, api.mount,
)  # fmt: skip


@dataclass
class Running:
    """A started desk. `http_port` is the port it really listens on."""

    desk: Desk
    handler: Handler
    deliverer: Deliverer
    scheduler: Scheduler
    searcher: Searcher
    matcher: Matcher
    scanner: Scanner
    fetcher: Fetcher
    decoder: Decoder
    runner: web.AppRunner
    held: ExitStack
    http_port: int

    async def stop(self) -> None:
        """Stop in reverse order; harmless twice."""
        await self.scheduler.stop()
        await self.searcher.stop()
        await self.matcher.stop()
        await self.fetcher.stop()
        await self.scanner.stop()
        await self.desk.keeper.stop()
        await self.decoder.stop()
        await self.handler.feeds.stop()
        await self.deliverer.feeds.stop()
        for channel in self.desk.channels.values():
            await channel.stop()
        await self.runner.cleanup()
        await self.desk.database.close()
        self.held.close()


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
        warming = asyncio.create_task(asyncio.to_thread(classify, "hello"))
        bus = LocalBus()
        database = Database(settings.database, publish=bus.publish)
    except BaseException:
        held.close()
        raise
    try:
        desk, running = _build(settings, now, database, bus, demo=demo, held=held, mounts=mounts)
    except BaseException:
        await database.close()
        held.close()
        raise
    try:
        await desk.keeper.start()
        for channel in desk.channels.values():
            await channel.start()
        await warming  # the first customer should not wait while the classifier learns its examples
        heap.give_back()
        running.handler.feeds.start()
        running.deliverer.feeds.start()
        running.scheduler.start()
        running.searcher.start()
        running.matcher.start()
        running.scanner.start()
        running.fetcher.start()
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


def _build(
    settings: Settings,
    now: Clock,
    database: Database,
    bus: LocalBus,
    *,
    demo: bool,
    held: ExitStack,
    mounts: Sequence[Mount],
) -> tuple[Desk, Running]:
    metrics, key = Metrics(), secret_key(settings)
    sign, sealer = signer(key), Sealer(key)
    sites = settings.all_sites(demo=demo)
    found = sources.installed(settings)
    shelf = Shelf(Library(found.policies()), now, settings.timezone)
    keeper = Keeper(shelf, database, bus, found, sites, now)
    channels: dict[str, Channel] = {}
    searched = registry.installed(settings, database.look)
    scans = clamd.installed(settings.clamd)
    desk = Desk(
        settings, database, bus, shelf, keeper, sites, channels, now, sign, sealer, metrics, Presence(bus.publish),
        searched, demo, clamd=scans,
    )  # fmt: skip
    for name in settings.channel_names:
        if name in BY_HAND:
            raise SettingsError(f"{name!r} is what staff write down by hand: give the channel another name")
        channels[name] = plugins.built(plugins.CHANNELS, name, _context(desk, name, sites, sign))
    names = sorted({*channels, *plugins.names(plugins.CHANNELS)})  # rows may wait for a channel that is not started
    decoder = Decoder()
    handler = Handler(
        database=database, bus=bus, names=names, channels=channels, shelf=shelf, site_of=desk.site,
        house=_house(desk), metrics=metrics, now=now, decoder=decoder,
    )  # fmt: skip
    deliverer = Deliverer(
        database=database, bus=bus, names=names, channels=channels, metrics=metrics, now=now, sealer=desk.sealer,
        quiet_hours=quiet.read(settings.quiet_hours), timezone=settings.timezone,
        links=Links(sign, settings.base_url), template=bool(settings.twilio_whatsapp_template),
    )  # fmt: skip
    scheduler = Scheduler(jobs.of_desk(desk, decoder), database=database, now=now)
    outside = Outside()
    searcher = Searcher(
        database=database,
        bus=bus,
        sources=searched,
        policies=desk.policies,
        sealer=sealer,
        sign=sign,
        now=now,
        outside=outside,
    )
    matcher = Matcher(
        database=database, bus=bus, sources=searched, house=lambda: desk.house, site=desk.site, now=now,
        outside=outside,
    )  # fmt: skip
    scanner = Scanner(database=database, bus=bus, clamd=scans, now=now)
    fetcher = Fetcher(database=database, bus=bus, channels=channels, metrics=metrics, now=now)
    desk.workers.update(
        handler=lambda: handler.feeds.running,
        deliverer=lambda: deliverer.feeds.running,
        scheduler=lambda: scheduler.running,
        searcher=lambda: searcher.running,
        matcher=lambda: matcher.running,
        scanner=lambda: scanner.running,
        fetcher=lambda: fetcher.running,
    )
    runner = server.runner(desk, (*MOUNTS, *mounts))
    return desk, Running(
        desk,
        handler,
        deliverer,
        scheduler,
        searcher,
        matcher,
        scanner,
        fetcher,
        decoder,
        runner,
        held,
        settings.http_port,
    )


def _context(desk: Desk, name: str, sites: Sequence[Site], sign: Sign) -> Context:
    async def transcript(address: str, after_seq: int) -> Sequence[Line]:
        try:
            return await desk.database.read(lambda session: repository.transcript(session, name, address, after_seq))
        except TemporaryError as error:
            raise Temporary(str(error)) from error

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
        live=Live(name, desk.database, desk.bus, desk.presence),
    )


def _house(desk: Desk) -> House:
    for site in desk.sites:
        key = site.policy
        try:
            desk.library.in_force(key)
        except UnknownPolicy as error:
            raise SettingsError(
                f"site {site.key!r} names the policy {key!r}, which is not there: import it with "
                f"privacydesk policy import FILE --policy {key} --effective DATE, or mend policy in desk.toml"
            ) from error
    return desk.house
