"""The worker that has every file scanned before anybody may open it.

With DESK_CLAMD unset it lets pass what waits. While clamd can't be reached files wait: they are shown as not scanned
yet, and can't be opened or sent. What is infected loses its content, and staff find a note beside the message.
"""

from __future__ import annotations

import random
from datetime import timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.bus import LocalBus
from bot.clock import Clock
from bot.conversations import repository
from bot.conversations.models import Message
from bot.db import Database
from bot.files import service as files
from bot.files.clamd import Clamd, ScannerDown, TooLargeToScan
from bot.files.service import Unscanned
from bot.workers import retry
from bot.workers.rounds import PAUSE, POLL, Rounds

log = structlog.get_logger()
AT_ONCE = 50


class Scanner(Rounds):
    """Scans the files that wait, one after another: clamd itself works with as many threads as it likes."""

    what, topics = "files to scan", (files.TOPIC,)

    def __init__(self, *, database: Database, bus: LocalBus, clamd: Clamd | None, now: Clock) -> None:
        super().__init__(bus)
        self._database, self._clamd, self._now = database, clamd, now

    async def _round(self) -> float:
        """Scan all that are due; returns seconds until there may be more."""
        waits = POLL
        for each in await self._database.read(lambda session: files.unscanned(session, AT_ONCE)):
            late = (each.due_at - self._now()).total_seconds() if each.due_at else 0.0
            waits = min(waits, late if late > 0 else await self._scan(each))
        return max(PAUSE, waits)

    async def _scan(self, each: Unscanned) -> float:
        """One file; returns seconds until it is due again where clamd could not be asked."""
        if self._clamd is None:
            await self._database.write(lambda session: files.kept(session, each.id, None))
            return 0.0
        content = await self._database.read(lambda session: files.content(session, each.id))
        if content is None:
            return POLL  # erased meanwhile
        try:
            found = await self._clamd.scan(content)
        except TooLargeToScan as error:
            problem = str(error)
            await self._database.write(lambda session: files.refused(session, each.id, problem))
        except ScannerDown as error:
            return await self._again(each, error)
        else:
            now = self._now()
            if found:
                await self._database.write(lambda session: self._infected(session, each, found))
            else:
                await self._database.write(lambda session: files.kept(session, each.id, now))
        return 0.0

    async def _again(self, each: Unscanned, error: ScannerDown) -> float:
        attempts = each.attempts + 1
        waits = retry.delay(attempts, random.random())  # noqa: S311  jitter, not a secret
        due_at = self._now() + timedelta(seconds=waits)
        log.warning("a file can't be scanned now", action="scan_put_off", file=each.id, reason=str(error))
        await self._database.write(lambda session: files.later(session, each.id, due_at))
        return waits

    def _infected(self, session: Session, each: Unscanned, found: str) -> None:
        """The file goes, and staff read why. Whether the customer is told is for them: its sender may be forged."""
        now = self._now()
        files.infected(session, each.id, found, now)
        conversation_id = session.scalar(select(Message.conversation_id).where(Message.id == each.message_id))
        if conversation_id is None:
            return
        note = (
            f"The virus scanner found {found[:100]} in the file “{each.name}”. It is removed and can't be opened. "
            "If you need it, ask the customer to send it in another form."
        )
        talk = repository.get(session, conversation_id)
        repository.note(session, talk, note, now)
        data = {"file": each.id, "message": each.message_id}
        subject = f"conversation:{conversation_id}"
        audit.append(session, actor="bot", action="file.infected", subject=subject, data=data, now=now)
