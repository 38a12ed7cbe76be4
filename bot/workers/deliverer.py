"""The worker that delivers: hands what waits in the outbox to its channel, in order for each conversation.

At least once. A row that can't go now waits with its reason shown, and holds only its own conversation; one that will
never go becomes a dead letter that staff see.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from bot.bus import LocalBus
from bot.clock import Clock
from bot.contacts import service as contacts
from bot.db import Database, Work
from bot.errors import TemporaryError
from bot.messages import outbox
from bot.messages.outbox import Waiting
from bot.metrics import Metrics
from bot.workers import retry
from bot.workers.lanes import Again, Lanes
from channels.base import Channel, Sent
from channels.errors import ChannelError, OptedOut, Permanent, Temporary

log = structlog.get_logger()
AT_ONCE = 1_000


class Deliverer:
    """Delivers the outbox."""

    def __init__(
        self, *, database: Database, bus: LocalBus, channels: Mapping[str, Channel], metrics: Metrics, now: Clock
    ) -> None:
        self._database, self._bus, self._channels = database, bus, channels
        self._metrics, self._now = metrics, now
        self._lanes: Lanes[Waiting] = Lanes(self._deliver, at_once=128)
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._last = 0

    @property
    def running(self) -> bool:
        """Whether the worker is alive."""
        return self._task is not None and not self._task.done()

    def start(self) -> None:
        """Begin with whatever waits in the database, then with each wake-up."""
        self._stop_listening = self._bus.listen("outbox", self._woken.set)
        self._woken.set()
        self._task = asyncio.create_task(self._run(), name="desk-deliverer")

    async def stop(self) -> None:
        """Finish the deliveries in hand; the rest waits in the database."""
        if self._task is not None:
            self._stop_listening()
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._lanes.stop()

    async def _run(self) -> None:
        while True:
            await self._woken.wait()
            self._woken.clear()
            try:
                await self._load()
            except TemporaryError:
                log.warning("the outbox can't be read now", action="outbox_unavailable")
                await asyncio.sleep(1)
                self._woken.set()
            except Exception:
                # Whatever it was, a worker that ended would leave everything unhandled until somebody looks.
                log.exception("reading the outbox failed unexpectedly", action="outbox_failed")
                await asyncio.sleep(1)
                self._woken.set()

    async def _load(self) -> None:
        last = self._last
        rows = await self._database.read(lambda session: outbox.waiting_after(session, last, AT_ONCE))
        for row in rows:
            self._lanes.put(row.conversation_id, row)
            self._last = row.id
        if len(rows) == AT_ONCE:
            await self._lanes.room(AT_ONCE // 2)
            self._woken.set()

    async def _deliver(self, row: Waiting) -> Again[Waiting] | None:
        now = self._now()
        if row.due_at is not None and row.due_at > now:
            return Again((row.due_at - now).total_seconds(), row)
        if row.attempts and not await self._still_waiting(row):
            return None
        channel = self._channels.get(row.channel)
        if channel is None:
            missing = f"channel {row.channel} is not started: add it to DESK_CHANNELS"
            return await self._again(row, Temporary(missing, retry_after=300), now)
        try:
            sent = await channel.send(row.message)
        except OptedOut as error:
            code = error.code
            return await self._record(row, lambda session: self._opted_out(session, row, code), "opted_out")
        except Permanent as error:
            return await self._dead(row, error)
        except Temporary as error:
            return await self._again(row, error, now)
        except Exception as error:
            log.exception("delivery failed unexpectedly", action="deliver_failed", channel=row.channel, outbox=row.id)
            return await self._again(row, Temporary(f"{type(error).__name__} while sending"), now)
        return await self._sent(row, sent)

    async def _still_waiting(self, row: Waiting) -> bool:
        return await self._database.read(lambda session: outbox.still_waiting(session, row.id))

    async def _sent(self, row: Waiting, sent: Sent) -> Again[Waiting] | None:
        now = self._now()
        return await self._record(row, lambda session: outbox.mark_sent(session, row.id, sent, now), "sent")

    async def _dead(self, row: Waiting, error: ChannelError) -> Again[Waiting] | None:
        log.warning("a message will never go", action="dead_letter", channel=row.channel, outbox=row.id)
        return await self._record(
            row, lambda session: outbox.mark_failed(session, row.id, str(error), error.code), "failed"
        )

    async def _again(self, row: Waiting, error: Temporary, now: datetime) -> Again[Waiting] | None:
        if retry.give_up(row.created_at, now):
            return await self._dead(row, error)
        attempts = row.attempts + 1
        waits = retry.delay(attempts, random.random(), error.retry_after)  # noqa: S311  jitter, not a secret
        due_at = now + timedelta(seconds=waits)
        self._metrics.deliveries.labels(row.channel, "retry").inc()
        try:
            await self._database.write(
                lambda session: outbox.mark_retry(session, row.id, due_at, str(error), error.code)
            )
        except TemporaryError:
            log.warning("the outbox can't be written now", action="outbox_unavailable")
        return Again(waits, row._replace(attempts=attempts, due_at=None))

    async def _record(self, row: Waiting, work: Work[None], result: str) -> Again[Waiting] | None:
        """Write down what became of the row, for as long as it takes: it must not be sent again meanwhile."""
        attempt = 0
        while True:
            try:
                await self._database.write(work)
            except TemporaryError:
                attempt += 1
                log.warning("a delivery can't be recorded now", action="outbox_unavailable", outbox=row.id)
                if self._task is None or self._task.done():
                    return None
                await asyncio.sleep(retry.delay(attempt, random.random()))  # noqa: S311  jitter, not a secret
            else:
                self._metrics.deliveries.labels(row.channel, result).inc()
                return None

    def _opted_out(self, session: Session, row: Waiting, code: str) -> None:
        now = self._now()
        outbox.mark_failed(session, row.id, "they opted out of messages here", code)
        address = contacts.find_or_create(session, row.channel, row.message.address, "", now)
        contacts.opt_out(session, address, now, by="provider")
