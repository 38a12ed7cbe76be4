"""The worker that delivers: hands what waits in the outbox to its channel, in order for each conversation.

At least once. A row that can't go now waits with its reason shown, and holds only its own conversation; one that will
never go becomes a dead letter that staff see.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import cast

import structlog
from sqlalchemy.orm import Session

from bot.bus import LocalBus
from bot.clock import Clock
from bot.contacts import service as contacts
from bot.conversations import opting, ownership, repository, window
from bot.db import Database, Work
from bot.errors import NotFound, TemporaryError
from bot.files import service as files
from bot.files.links import Links
from bot.files.models import AttachmentFile
from bot.messages import masked, outbox, quiet
from bot.messages.outbox import Waiting
from bot.metrics import Metrics
from bot.sealing import SealBroken, Sealer
from bot.workers import retry
from bot.workers.feed import Feed, Feeds
from bot.workers.lanes import Again
from bot.workers.together import Together
from channels.base import Attachment, Channel, OutboundMessage, Sent
from channels.errors import ChannelError, OptedOut, Permanent, Temporary
from channels.files import Offered

log = structlog.get_logger()
FILE_PAUSE = 2.0
"""Seconds until a message is tried again one of whose files waits to be scanned."""


STOPPED_ELSEWHERE = "they said STOP on another form of this number: nothing goes there unasked"


def _stopped(session: Session, *, row: Waiting) -> bool:
    """Whether they said STOP on any form of the number since, so that nothing goes there that nobody awaits."""
    return contacts.stopped_somewhere(session, row.channel, row.message.address)


class Deliverer:
    """Delivers the outbox."""

    def __init__(
        self,
        *,
        database: Database,
        bus: LocalBus,
        names: Sequence[str],
        channels: Mapping[str, Channel],
        metrics: Metrics,
        now: Clock,
        sealer: Sealer,
        quiet_hours: quiet.Quiet = quiet.NEVER,
        timezone: str = "UTC",
        links: Links | None = None,
        template: bool = False,
    ) -> None:
        self._database, self._channels, self._sealer = database, channels, sealer
        self._metrics, self._now = metrics, now
        self._quiet_hours, self._timezone = quiet_hours, timezone
        self._links, self._template = links, template
        self._waiting = Together(database, outbox.still_waiting)
        self._by_address = {
            name for name, each in channels.items() if isinstance(each, Offered) and each.by_address
        }  # fmt: skip
        self._paced: dict[str, Callable[[OutboundMessage], float]] = {
            name: channel.pace for name, channel in channels.items() if hasattr(channel, "pace")
        }
        self.feeds = Feeds([self._feed(name, database, bus) for name in names])

    def _feed(self, channel: str, database: Database, bus: LocalBus) -> Feed[Waiting]:
        def load_lane(session: Session, key: Hashable, after: int, until: int, limit: int) -> Sequence[Waiting]:
            of, unasked = cast("tuple[int, bool | None]", key)
            return outbox.waiting_after(session, channel, after, limit, of=of, until=until, unasked=unasked)

        return Feed(
            topic=f"outbox:{channel}", database=database, bus=bus, key=_lane,
            load=lambda session, after, limit: outbox.waiting_after(session, channel, after, limit),
            load_lane=load_lane, work=self._deliver, lanes_at_once=128,
        )  # fmt: skip

    async def _deliver(self, row: Waiting) -> Again[Waiting] | None:
        now = self._now()
        if (later := await self._too_soon(row, now)) is not None:
            return later
        try:
            if not await self._still_waiting(row):
                return None  # cancelled since it was read: an opt-out counts from the moment it is known
            if not await self._window_open(row, now):
                return await self._dead(row, Permanent(window.closed(template=self._template), code=window.CODE))
        except TemporaryError:
            return Again(retry.delay(1, random.random()), row)  # noqa: S311  jitter, not a secret
        channel = self._channels.get(row.channel)
        if channel is None:
            missing = f"channel {row.channel} is not started: add it to DESK_CHANNELS"
            return await self._again(row, Temporary(missing, retry_after=300), now)
        try:
            sent = await channel.send(await self._whole(row, now))
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

    async def _too_soon(self, row: Waiting, now: datetime) -> Again[Waiting] | None:
        """When the row is to come again that may not go yet: it was tried, it is night there, it is not its turn."""
        if row.due_at is not None and row.due_at > now:
            return Again((row.due_at - now).total_seconds(), row)
        if row.message.unprompted and (until := self._awake_at(row, now)) > now:
            return await self._hold(row, until, now)
        paced = self._paced.get(row.channel)
        turn = paced(row.message) if paced is not None else 0.0
        return Again(turn, row) if turn > 0 else None  # its place in the line is kept

    def _awake_at(self, row: Waiting, now: datetime) -> datetime:
        """When a text that nobody awaits may go: by the quiet hours of where its customer is."""
        if row.channel != "sms":
            return now
        zones = quiet.zones_of(row.message.address)
        last = date.fromisoformat(row.message.last_day) if row.message.last_day else None
        return quiet.held_until(now, zones, self._quiet_hours, last, self._timezone)

    async def _hold(self, row: Waiting, until: datetime, now: datetime) -> Again[Waiting]:
        try:
            await self._database.write(lambda session: outbox.mark_held(session, row.id, until, quiet.HELD))
        except TemporaryError:
            log.warning("the outbox can't be written now", action="outbox_unavailable")
        return Again((until - now).total_seconds(), row._replace(due_at=None))

    async def _window_open(self, row: Waiting, now: datetime) -> bool:
        """Whether WhatsApp still takes our own words to that address; always on other ways."""
        address = row.message.address
        if row.message.template or not window.applies(row.channel, address):
            return True
        return window.is_open(await self._database.read(lambda session: window.wrote_at(session, address)), now)

    async def _whole(self, row: Waiting, now: datetime) -> OutboundMessage:
        """The message with its files and its secret, where it has them; raises Permanent where one is no longer good,
        and Temporary while one waits to be scanned.
        """
        message = row.message
        if row.files or row.line_files:
            message = replace(message, attachments=await self._files(row))
        if row.secret is None:
            return message
        if now >= row.secret.until:
            raise Permanent(masked.TOO_LATE)
        try:
            return replace(message, text=masked.filled(self._sealer, message.text, row.secret.sealed))
        except SealBroken as error:
            raise Permanent(str(error)) from error

    async def _files(self, row: Waiting) -> tuple[Attachment, ...]:
        try:
            found = await self._database.read(lambda session: files.attached(session, row.message_id, self._where(row)))
        except TemporaryError as error:
            raise Temporary(f"{error}; it goes when it can", retry_after=FILE_PAUSE) from error
        except NotFound as error:
            raise Permanent(f"{error}: write again without it") from error
        if len(found) != (row.line_files or row.files):
            raise Permanent("a file of it was erased: write again without it")
        return found[row.first_file : row.first_file + row.files]

    def _where(self, row: Waiting) -> Callable[[AttachmentFile], str] | None:
        """The address of each file, where the provider gets it from us; None where the file itself goes."""
        links = self._links
        if links is None or row.channel not in self._by_address:
            return None
        now = self._now()
        return lambda file: links.address(file.id, file.message_id, now)

    async def _still_waiting(self, row: Waiting) -> bool:
        waits = await self._waiting.ask(row.id)
        if not waits or not row.message.unprompted or not await self._database.read(partial(_stopped, row=row)):
            return waits
        await self._database.write(lambda session: outbox.cancel_one(session, row.id, STOPPED_ELSEWHERE))
        self._metrics.deliveries.labels(row.channel, "stopped").inc()
        return False

    async def _sent(self, row: Waiting, sent: Sent) -> Again[Waiting] | None:
        now = self._now()
        return await self._record(row, lambda session: outbox.mark_sent(session, row.id, sent, now), "sent")

    async def _dead(self, row: Waiting, error: ChannelError) -> Again[Waiting] | None:
        log.warning("a message will never go", action="dead_letter", channel=row.channel, outbox=row.id)

        def work(session: Session) -> None:
            outbox.mark_failed(session, row.id, self._said(row, error), error.code)
            if isinstance(error, Permanent) and error.bad_address:
                contacts.mark_bad(session, row.channel, row.message.address, str(error), self._now())
            if error.code == window.CODE:
                ownership.hand_over(session, repository.get(session, row.conversation_id), window.NOTED, self._now())

        return await self._record(row, work, "failed")

    def _said(self, row: Waiting, error: ChannelError) -> str:
        """The error as it is kept and shown, without the message's code or link."""
        return masked.hidden(self._sealer, str(error), row.secret.sealed) if row.secret else str(error)

    async def _again(self, row: Waiting, error: Temporary, now: datetime) -> Again[Waiting] | None:
        if retry.give_up(row.created_at, now):
            return await self._dead(row, error)
        attempts = row.attempts + 1
        waits = retry.delay(attempts, random.random(), error.retry_after)  # noqa: S311  jitter, not a secret
        due_at = now + timedelta(seconds=waits)
        self._metrics.deliveries.labels(row.channel, "retry").inc()
        try:
            await self._database.write(
                lambda session: outbox.mark_retry(session, row.id, due_at, self._said(row, error), error.code)
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
                if not self.feeds.running:
                    return None
                await asyncio.sleep(retry.delay(attempt, random.random()))  # noqa: S311  jitter, not a secret
            else:
                self._metrics.deliveries.labels(row.channel, result).inc()
                return None

    def _opted_out(self, session: Session, row: Waiting, code: str) -> None:
        now = self._now()
        outbox.mark_failed(session, row.id, "they opted out of messages here", code)
        opting.opted_out(session, channel=row.channel, address=row.message.address, by="provider", now=now)


def _lane(row: Waiting) -> tuple[int, bool | None]:
    """The lane of its conversation. Texts that nobody awaits have one beside it: while theirs waits for the morning,
    whoever writes at night is answered.
    """
    return row.conversation_id, row.message.unprompted if row.channel == "sms" else None
