"""The running desk as its rooms see it: everything that `bot.app` built, handed to web pages and workers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from aiohttp import web

from bot.bus import LocalBus
from bot.chats.presence import Presence
from bot.clock import Clock, day_of
from bot.conversations.flood import Limits
from bot.conversations.wording import House
from bot.db import Database
from bot.files.clamd import Clamd
from bot.learning.keeper import Keeper
from bot.learning.shelf import Shelf
from bot.metrics import Metrics
from bot.sealing import Sealer
from bot.settings import Settings
from bot.sources.policies import Policies
from bot.sources.registry import Installed
from bot.tickets.service import Terms
from channels.base import Channel
from channels.context import Site
from knowledge.library import Library

Sign = Callable[[str, str], str]


@dataclass(frozen=True)
class Desk:
    """What there is one of. `sign(purpose, text)` is a keyed hash; `workers` tells whether each worker runs. `shelf`
    holds the knowledge in force, `keeper` publishes another; `sealer` seals what is personal and need not be searched.
    `presence` knows who is here now; `clamd` scans files, None where none is set.
    """

    settings: Settings
    database: Database
    bus: LocalBus
    shelf: Shelf
    keeper: Keeper
    sites: tuple[Site, ...]
    channels: Mapping[str, Channel]
    now: Clock
    sign: Sign
    sealer: Sealer
    metrics: Metrics
    presence: Presence
    sources: Mapping[str, Installed] = field(default_factory=dict)
    demo: bool = False
    workers: dict[str, Callable[[], bool]] = field(default_factory=dict)
    clamd: Clamd | None = None

    @property
    def library(self) -> Library:
        """The library in force now: take it once for what belongs together."""
        return self.shelf.library

    @property
    def house(self) -> House:
        """What services need to know of the desk to word and seal what they send."""
        terms = Terms(self.settings.regime, self.settings.calendar, self.settings.timezone)
        base_url = self.settings.base_url
        return House(terms, base_url, self.shelf.companies, self.shelf.contacts, self.sign, self.sealer,
                     scans=self.clamd is not None, limits=self.limits, texts=self.texts)  # fmt: skip

    @property
    def texts(self) -> bool:
        """Whether texts go out at all, and so answers in writing to who called."""
        return "sms" in self.settings.channel_names

    @property
    def limits(self) -> Limits:
        """How much is answered by itself."""
        told = self.settings
        return Limits(told.flood_messages, told.flood_minutes, told.texts_an_hour)

    @property
    def policies(self) -> Policies:
        """Which policy version counts for a request and a day."""
        return Policies(lambda: self.library, self.site)

    def today(self) -> date:
        """The day that it is where the desk is: answers are for it unless another is asked about."""
        return day_of(self.now(), self.settings.timezone)

    def site(self, key: str) -> Site:
        """The site of that key, the first where there is none of it."""
        return next((site for site in self.sites if site.key == key), self.sites[0])


DESK: web.AppKey[Desk] = web.AppKey("desk", Desk)
