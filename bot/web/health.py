"""How the desk is: what `/readyz` and `/metrics` look at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text

from bot.conversations import facts
from bot.desk import Desk
from bot.errors import TemporaryError
from bot.messages import inbox, outbox
from channels.base import Finding


async def readiness(desk: Desk) -> Sequence[Finding]:
    """One finding for each part that must work: the database (by a real write lock), workers, channels."""
    findings = [await _database(desk)]
    parts = [*desk.workers.items(), *((name, channel.alive) for name, channel in desk.channels.items())]
    return [*findings, *(_runs(name, alive()) for name, alive in parts)]


def _runs(part: str, alive: bool) -> Finding:
    return Finding(part, alive, "runs" if alive else "stopped")


async def _database(desk: Desk) -> Finding:
    try:
        await desk.database.write(lambda session: session.execute(text("SELECT 1")) and None)
    except TemporaryError as error:
        return Finding("database", ok=False, text=str(error))
    return Finding("database", ok=True, text="writes")


async def measure_queues(desk: Desk) -> None:
    """Set the gauges of both queues and of the brake on texts from the database."""
    now = desk.now()
    until = await desk.database.read(lambda session: facts.texts_braked(session, desk.limits, now))
    desk.metrics.braked.set(1 if until else 0)
    for name, waiting in (("inbox", inbox.waiting), ("outbox", outbox.waiting)):
        count, since = await desk.database.read(waiting)
        desk.metrics.waiting.labels(name).set(count)
        desk.metrics.age.labels(name).set(_age(since, now))


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0
