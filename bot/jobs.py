"""What the running desk does by the clock: the jobs that its scheduler runs, each with how often."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot import retaining, retention
from bot.casework import rounds
from bot.casework.schedule import Job
from bot.conversations import away
from bot.desk import Desk
from bot.erasure import caches, carrying, elsewhere
from bot.messages import outbox
from bot.packages import keeping, lapsing
from bot.workers import emptying
from bot.workers.decoder import Decoder


def of_desk(desk: Desk, decoder: Decoder) -> Sequence[Job]:
    """What the desk does by the clock. A job is named for what it does, and keeps its name: its last run goes by it."""

    async def reminders(now: datetime) -> None:
        await rounds.run(desk.database, now, house=desk.house, site_of=desk.site)

    async def answers(now: datetime) -> None:
        here = desk.presence.is_here
        await away.run(desk.database, now, house=desk.house, site_of=desk.site, here=here)

    def forget() -> None:
        caches.forget()
        decoder.forget()

    async def retained(now: datetime) -> None:
        categories = retaining.categories(retaining.periods(desk.settings), desk.sign)
        await retention.purge_daily(desk.database, now, categories)

    async def erasures(now: datetime) -> None:
        sources = elsewhere.of(desk.sources)
        await carrying.carry_due(desk.database, desk.sign, now, sources=sources, forget=forget)

    def packages(session: Session, now: datetime) -> None:
        keeping.expire(session, now, timedelta(days=desk.settings.package_keep_days))
        lapsing.remind(session, now)

    async def emptied(now: datetime) -> None:
        await emptying.run(desk.database, desk.channels, desk.metrics, now)

    def unconfirmed(session: Session, now: datetime) -> None:
        outbox.unconfirmed(session, now)

    return (
        Job("unconfirmed", timedelta(hours=1), unconfirmed),
        Job("reminders", rounds.EVERY, reminders),
        Job("answers by mail", away.EVERY, answers),
        Job("packages", keeping.EVERY, packages),
        Job("erasures", timedelta(minutes=1), erasures),
        Job("words kept by providers", emptying.EVERY, emptied),
        Job("retention", timedelta(days=1), retained, after=timedelta(hours=2)),
    )
