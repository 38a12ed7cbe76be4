"""The worker that fetches files which the provider of a channel keeps (MMS), stores them, and has the provider forget.

First ours, then theirs: a file is deleted at the provider only once it is stored here, or will never be taken. What
can't be fetched now is tried again, with the reason shown at the file; what never can leaves a note for staff. What the
provider says of its deleting is kept with the file, and is in the audit.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import NamedTuple

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.bus import LocalBus
from bot.clock import Clock
from bot.conversations import repository
from bot.conversations.models import Conversation, Message
from bot.db import Database, wake
from bot.errors import TemporaryError
from bot.files import service as files
from bot.files.service import Waiting
from bot.metrics import Metrics
from bot.workers import retry
from bot.workers.rounds import BROKEN, BUSY, PAUSE, POLL, Rounds
from channels.base import Channel
from channels.errors import ChannelError, Permanent, Temporary
from channels.files import Fetches

log = structlog.get_logger()
MOST = 500
"""Files that are looked at together."""
AT_ONCE = 4
MOST_TRIES = 450
"""About three days at the longest distance, as long as a delivery is tried."""
NOT_YET = 4
"""Tries after which a file counts as gone that the provider says not to have: its store may lag behind its message."""
GONE = "404"
WORN_OUT = "It could not be fetched for three days"


class _Place(NamedTuple):
    """Where a file belongs."""

    conversation_id: int
    channel: str


class Fetcher(Rounds):
    """Fetches what waits, a few at a time; one that hangs holds no other conversation's."""

    what, topics = "files to fetch", (files.TOPIC,)

    def __init__(
        self, *, database: Database, bus: LocalBus, channels: Mapping[str, Channel], metrics: Metrics, now: Clock
    ) -> None:
        super().__init__(bus)
        self._database, self._channels, self._metrics, self._now = database, channels, metrics, now
        self._room = asyncio.Semaphore(AT_ONCE)

    async def _round(self) -> float:
        """Fetch all that are due, then have the provider forget; returns seconds until there may be more."""
        waits = await self._each(await self._database.read(lambda session: files.waiting(session, MOST)), self._fetch)
        left = await self._database.read(lambda session: files.unforgotten(session, MOST))
        return max(PAUSE, min(waits, await self._each(left, self._forget)))

    async def _each(self, rows: list[Waiting], work: Callable[[Waiting], Awaitable[float]]) -> float:
        now = self._now()
        late = [(each.due_at - now).total_seconds() if each.due_at else 0.0 for each in rows]
        due = [self._one(each, work) for each, wait in zip(rows, late, strict=True) if wait <= 0]
        return min([POLL, *(wait for wait in late if wait > 0), *await asyncio.gather(*due)])

    async def _one(self, each: Waiting, work: Callable[[Waiting], Awaitable[float]]) -> float:
        """Seconds until that file is due again; POLL where it is done."""
        async with self._room:
            try:
                return await work(each)
            except TemporaryError:
                log.warning("a file can't be written now", action="files_unavailable", file=each.id)
                return BUSY
            except Exception:
                # One that fails here must not keep the others from being fetched and forgotten.
                log.exception("a file failed unexpectedly", action="fetch_failed", file=each.id)
                return BROKEN

    async def _fetch(self, each: Waiting) -> float:
        place = await self._database.read(lambda session: _place(session, each.message_id))
        try:
            content, kind = await self._of(place).fetch(each.source)
        except Temporary as error:
            if each.attempts + 1 >= MOST_TRIES:
                return await self._gone(each, place, Permanent(WORN_OUT))
            return await self._again(each, error, str(error))
        except Permanent as error:
            if error.code == GONE and each.attempts < NOT_YET:
                return await self._again(each, error, "It is not there yet")
            return await self._gone(each, place, error)
        except Exception as error:
            log.exception("a file failed unexpectedly", action="fetch_failed", file=each.id)
            return await self._again(each, error, f"{type(error).__name__} while fetching")
        # Not in the writer's time, while everybody's messages wait.
        (digest,) = await asyncio.to_thread(files.digests, [content])
        await self._database.write(lambda session: files.fetched(session, each.id, content, kind, digest=digest))
        self._metrics.deliveries.labels(place.channel, "file_fetched").inc()
        return 0.0  # now the provider may forget it

    def _of(self, place: _Place) -> Fetches:
        channel = self._channels.get(place.channel)
        if channel is None:
            raise Temporary(f"channel {place.channel} is not started: add it to DESK_CHANNELS", retry_after=300)
        if not isinstance(channel, Fetches):
            raise Permanent(f"the channel {place.channel} fetches no files")
        return channel

    async def _again(self, each: Waiting, error: Exception, reason: str) -> float:
        attempts = each.attempts + 1
        asked = error.retry_after if isinstance(error, Temporary) else None
        waits = retry.delay(attempts, random.random(), asked)  # noqa: S311  jitter, not a secret
        due_at = self._now() + timedelta(seconds=waits)
        log.warning("a file can't be had now", action="file_put_off", file=each.id, reason=reason)
        told = f"{reason}: it is tried again"
        await self._database.write(lambda session: files.later(session, each.id, due_at, told))
        return waits

    async def _gone(self, each: Waiting, place: _Place, error: ChannelError) -> float:
        """It will never come: staff find a note, and can ask for it another way."""

        def work(session: Session) -> None:
            ended = files.gone if error.code == GONE or str(error) == WORN_OUT else files.refused
            ended(session, each.id, str(error))
            note = f"A file that they sent could not be fetched: {error}. Ask them to send it another way."
            talk = repository.get(session, place.conversation_id)
            repository.note(session, talk, note, self._now())
            self._audit(session, each, place, "file.not_fetched", {"code": error.code})

        log.warning("a file will never come", action="file_gone", file=each.id, code=error.code)
        await self._database.write(work)
        self._metrics.deliveries.labels(place.channel, "file_gone").inc()
        return 0.0

    async def _forget(self, each: Waiting) -> float:
        place = await self._database.read(lambda session: _place(session, each.message_id))
        try:
            proof, action = await self._of(place).forget(each.source), "file.deleted_at_provider"
        except Temporary as error:
            return await self._forget_again(each, error)
        except Permanent as error:
            proof, action = f"not deleted: {error}", "file.not_deleted_at_provider"
        except Exception as error:
            log.exception("a file failed unexpectedly", action="forget_failed", file=each.id)
            return await self._forget_again(each, error)

        def work(session: Session) -> None:
            files.forget(session, each.id, proof)
            wake(session, "console")
            self._audit(session, each, place, action, {"proof": proof})

        await self._database.write(work)
        self._metrics.deliveries.labels(place.channel, "file_forgotten").inc()
        return POLL

    async def _forget_again(self, each: Waiting, error: Exception) -> float:
        asked = error.retry_after if isinstance(error, Temporary) else None
        waits = retry.delay(each.attempts + 1, random.random(), asked)  # noqa: S311  jitter, not a secret
        due_at = self._now() + timedelta(seconds=waits)
        log.warning("the provider can't delete a file now", action="forget_put_off", file=each.id)
        await self._database.write(lambda session: files.later(session, each.id, due_at))
        return waits

    def _audit(self, session: Session, each: Waiting, place: _Place, action: str, more: dict[str, str]) -> None:
        data = {"file": each.id, "message": each.message_id, **more}
        subject = f"conversation:{place.conversation_id}"
        audit.append(session, actor="bot", action=action, subject=subject, data=data, now=self._now())


def _place(session: Session, message_id: int) -> _Place:
    query = select(Conversation.id, Conversation.channel).join(Message, Message.conversation_id == Conversation.id)
    return _Place(*session.execute(query.where(Message.id == message_id)).one())
