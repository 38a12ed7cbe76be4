"""Building: every part of the desk, made once of the settings and of the parts that it stands on. Nothing starts here.

Each function builds the parts of one meaning: what knows, what hears and speaks, what works by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

from bot import jobs, plugins
from bot.bus import LocalBus
from bot.chats.live import Live
from bot.chats.presence import Presence
from bot.clock import Clock
from bot.conversations import repository
from bot.conversations.by_hand import BY_HAND
from bot.conversations.wording import House
from bot.db import Database
from bot.desk import Desk, Sign
from bot.errors import SettingsError, TemporaryError
from bot.files import clamd
from bot.files.links import Links
from bot.learning import sources
from bot.learning.keeper import Keeper
from bot.learning.shelf import Shelf
from bot.messages import inbox, quiet
from bot.metrics import Metrics
from bot.running import Running, Workers
from bot.sealing import Sealer
from bot.settings import Settings, secret_key, signer
from bot.sources import registry
from bot.web import server
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


def build(
    settings: Settings, now: Clock, database: Database, bus: LocalBus, *, demo: bool, held: ExitStack,
    mounts: Sequence[Mount],
) -> Running:  # fmt: skip
    """The whole desk, ready to start; `held` is what it holds until it is stopped.

    Raises:
        SettingsError: a setting, a policy or a channel is wrong.
    """
    channels: dict[str, Channel] = {}
    desk = _desk(settings, now, database, bus, channels, demo=demo)
    channels.update(_channels(desk))
    workers = _workers(desk)
    desk.workers.update(workers.alive())
    return Running(desk, workers, server.runner(desk, mounts), held, settings.http_port)


def _desk(
    settings: Settings, now: Clock, database: Database, bus: LocalBus, channels: dict[str, Channel], *, demo: bool
) -> Desk:
    """What knows: the policies, the keys, the sites, and who is here. The channels are still to be put in."""
    key = secret_key(settings)
    sites = settings.all_sites(demo=demo)
    found = sources.installed(settings)
    shelf = Shelf(Library(found.policies()), now, settings.timezone)
    return Desk(
        settings, database, bus, shelf, Keeper(shelf, database, bus, found, sites, now), sites, channels, now,
        signer(key), Sealer(key), Metrics(), Presence(bus.publish), registry.installed(settings, database.look), demo,
        clamd=clamd.installed(settings.clamd),
    )  # fmt: skip


def _channels(desk: Desk) -> dict[str, Channel]:
    """What hears and speaks."""
    if by_hand := next((name for name in desk.settings.channel_names if name in BY_HAND), ""):
        raise SettingsError(f"{by_hand!r} is what staff write down by hand: give the channel another name")
    return {
        name: plugins.channel(name, _context(desk, name, desk.sites, desk.sign), desk.settings.own(name))
        for name in desk.settings.channel_names
    }


def _workers(desk: Desk) -> Workers:
    """What works by itself."""
    decoder, outside = Decoder(), Outside()
    database, bus, now = desk.database, desk.bus, desk.now
    # Rows may wait for a channel that is not started.
    names = sorted({*desk.channels, *plugins.names(plugins.CHANNELS)})
    return Workers(
        handler=Handler(
            database=database, bus=bus, names=names, channels=desk.channels, shelf=desk.shelf, site_of=desk.site,
            house=_house(desk), metrics=desk.metrics, now=now, decoder=decoder,
        ),
        deliverer=Deliverer(
            database=database, bus=bus, names=names, channels=desk.channels, metrics=desk.metrics, now=now,
            sealer=desk.sealer, quiet_hours=quiet.read(desk.settings.quiet_hours), timezone=desk.settings.timezone,
            links=Links(desk.sign, desk.settings.base_url), template=bool(desk.settings.twilio_whatsapp_template),
        ),
        scheduler=Scheduler(jobs.of_desk(desk, decoder), database=database, now=now),
        searcher=Searcher(
            database=database, bus=bus, sources=desk.sources, policies=desk.policies, sealer=desk.sealer,
            sign=desk.sign, now=now, outside=outside,
        ),
        matcher=Matcher(
            database=database, bus=bus, sources=desk.sources, house=lambda: desk.house, site=desk.site, now=now,
            outside=outside,
        ),
        scanner=Scanner(database=database, bus=bus, clamd=desk.clamd, now=now),
        fetcher=Fetcher(database=database, bus=bus, channels=desk.channels, metrics=desk.metrics, now=now),
        decoder=decoder,
    )  # fmt: skip


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
