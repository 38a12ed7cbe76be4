"""The job that has providers forget the words of messages which are handled here, or have arrived, and the files and
recordings that were there when their person was erased here.

What can't be done now is tried again at growing distances. Each round stands in the audit by its numbers, each answer
with its message (bot.messages.provider_copies).
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

import structlog
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.db import Database
from bot.messages import provider_copies
from bot.messages.provider_copies import Able, Copy
from bot.metrics import Metrics
from bot.workers import retry
from channels.base import Channel
from channels.errors import Permanent, Temporary
from channels.files import Empties, Fetches, Records, emptied_by

log = structlog.get_logger()
EVERY = timedelta(minutes=1)
TOGETHER, AT_ONCE = 200, 4
MOST_TRIES = 450
"""About three days at the longest distance, as long as a delivery is tried."""
Ask = Callable[[], Awaitable[str]]
"""Asks the provider to forget one thing; what proves that it did, in words."""
Result = Literal["emptied", "later", "failed"]


async def run(database: Database, channels: Mapping[str, Channel], metrics: Metrics, now: datetime) -> Counter[str]:
    """One round; returns how many were emptied, put off, and failed for good."""
    asked = {name: one for name, each in channels.items() if (one := emptied_by(each))}
    for name in asked:
        await database.write(partial(_note, channel=name, now=now))
    able = _able(channels, asked)
    rows = await database.read(lambda session: provider_copies.due(session, now, TOGETHER, able))
    room = asyncio.Semaphore(AT_ONCE)
    asks = {each.id: ask for each in rows if (ask := _ask(channels, asked, each))}
    known = [each for each in rows if each.id in asks]
    results = await asyncio.gather(*(_one(database, asks[each.id], each, now, room) for each in known))
    found = Counter[str]()
    for each, result in zip(known, results, strict=True):
        found[result] += 1
        metrics.deliveries.labels(each.channel, f"{each.what}_{result}").inc()
    if found["emptied"] or found["failed"]:
        await database.write(partial(_audited, found=found, now=now))
    return found


def _able(channels: Mapping[str, Channel], asked: Mapping[str, Empties]) -> Able:
    """What can be asked for now: words where the provider is to forget them, files and recordings wherever it may keep
    some.
    """
    keeping: Mapping[str, type] = {"file": Fetches, "call": Records}
    kept = {(name, what) for name, each in channels.items() for what, kind in keeping.items() if isinstance(each, kind)}
    return {(name, "words") for name in asked} | kept


def _ask(channels: Mapping[str, Channel], asked: Mapping[str, Empties], each: Copy) -> Ask | None:
    """How the provider is asked to forget that; None where it can't be asked now."""
    keeps = channels.get(each.channel)
    if each.what == "call":
        forget = keeps.forget_recordings if isinstance(keeps, Records) else None
        return partial(forget, each.provider_id, account=each.account) if forget else None
    if each.what == "file":
        return partial(keeps.forget, each.provider_id) if isinstance(keeps, Fetches) else None
    words = asked.get(each.channel)
    return partial(words.empty, each.provider_id, account=each.account, sender=each.sender) if words else None


def _note(session: Session, *, channel: str, now: datetime) -> None:
    provider_copies.unreported(session, channel, now)


def _audited(session: Session, *, found: Mapping[str, int], now: datetime) -> None:
    data = {"messages": found["emptied"], "failed": found["failed"]}
    audit.append(session, actor="bot", action="provider.emptied", subject="messages", data=data, now=now)


async def _one(database: Database, ask: Ask, each: Copy, now: datetime, room: asyncio.Semaphore) -> Result:
    """Ask for one, and keep what came of it."""
    async with room:
        try:
            proof = await ask()
        except Temporary as error:
            if each.attempts + 1 < MOST_TRIES:
                return await _later(database, each, str(error), error.retry_after, now)
            said = f"not done in three days: {error}"
        except Permanent as error:
            said = str(error)
        except Exception as error:
            log.exception("a provider's copy failed unexpectedly", action="empty_failed", copy=each.id)
            return await _later(database, each, f"{type(error).__name__} while asking", None, now)
        else:
            await database.write(lambda session: provider_copies.emptied(session, each.id, proof, now))
            return "emptied"
        log.warning("a provider keeps a copy for good", action="not_emptied", copy=each.id, what=each.what)
        await database.write(lambda session: provider_copies.failed(session, each.id, said, now))
        return "failed"


async def _later(database: Database, each: Copy, said: str, asked: float | None, now: datetime) -> Result:
    waits = retry.delay(each.attempts + 1, random.random(), asked)  # noqa: S311  jitter, not a secret
    due_at = now + timedelta(seconds=waits)
    await database.write(lambda session: provider_copies.later(session, each.id, due_at, said))
    return "later"
