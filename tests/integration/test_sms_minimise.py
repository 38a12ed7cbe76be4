"""Twilio forgets the words of a message once it is handled here, or has arrived; its answers are kept and counted."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.models import AuditEntry
from bot.messages.models import ProviderCopy
from bot.workers import emptying
from tests.fakes.twilio import Refusal
from tests.integration.whole_desk import World, world
from tests.support import NOON, HeldClock

QUESTION = "do you sell my data?"


async def copies(outside: World) -> list[ProviderCopy]:
    return list(await outside.all(ProviderCopy))


async def round_of(outside: World) -> None:
    """What the job does, a minute later."""
    outside.clock.move(minutes=1)
    desk = outside.desk.desk
    await emptying.run(desk.database, desk.channels, desk.metrics, outside.clock())


@asynccontextmanager
async def minimising(folder: Path) -> AsyncIterator[World]:
    """The world, with the setting on; the job's run of the start is over, so that each round is the test's own."""
    async with world(folder, channels="sms", twilio_minimise=True) as outside:
        await outside.desk.scheduler.run_due()
        yield outside


async def audited(outside: World) -> list[dict[str, Any]]:
    def work(session: Session) -> list[dict[str, Any]]:
        found = session.scalars(select(AuditEntry.data).where(AuditEntry.action == "provider.emptied"))
        return [json.loads(each) for each in found]

    return await outside.desk.desk.database.read(work)


async def test_words_go_once_handled_and_once_arrived(tmp_path: Path) -> None:
    """Ann's question at once; our answer only when Twilio says that it arrived, as it can't be emptied before."""
    async with minimising(tmp_path) as outside:
        await outside.texted(QUESTION)
        await round_of(outside)
        (theirs,) = await copies(outside)
        assert outside.twilio.emptied == [theirs.provider_id]
        assert theirs.state == "empty"
        assert theirs.proof.startswith("Twilio answered 200 at 2026-11-20T12:01:00")
        (answer,) = outside.twilio.messages
        await outside.report(answer, "sent")
        await outside.settled()
        await round_of(outside)
        assert len(await copies(outside)) == 1, "it is still on its way"
        for _ in range(2):
            await outside.report(answer, "delivered")
            await outside.settled()
        await round_of(outside)
        assert outside.twilio.emptied == [theirs.provider_id, answer["sid"]]
        await round_of(outside)
        assert len(outside.twilio.emptied) == 2
        assert await audited(outside) == [{"messages": 1, "failed": 0}] * 2
        (line, _) = await outside.lines()
        assert line.text == QUESTION, "ours stays"


async def test_an_answer_of_which_no_end_is_reported_goes_after_a_day(tmp_path: Path) -> None:
    """Where reports don't come, what was sent a day ago has arrived or never will."""
    async with minimising(tmp_path) as outside:
        await outside.texted(QUESTION)
        outside.clock.move(hours=23)
        await round_of(outside)
        assert len(outside.twilio.emptied) == 1
        outside.clock.move(hours=2)
        await round_of(outside)
        assert outside.twilio.emptied[-1] == outside.twilio.messages[0]["sid"]


@pytest.mark.parametrize("refusal", [Refusal(500), Refusal(0), Refusal(400, 20009), Refusal(429, 20429)])
async def test_a_twilio_in_trouble_is_asked_again(tmp_path: Path, refusal: Refusal) -> None:
    """Until it says that the words are gone; why it is not done yet stands with the message."""
    async with minimising(tmp_path) as outside:
        await outside.texted(QUESTION)
        outside.twilio.refusals.append(refusal)
        await round_of(outside)
        (theirs,) = await copies(outside)
        assert (theirs.state, theirs.attempts) == ("waiting", 1)
        assert theirs.error
        await round_of(outside)
        assert [each.state for each in await copies(outside)] == ["empty"]


async def test_what_twilio_has_no_more_is_gone_and_what_it_refuses_is_counted(tmp_path: Path) -> None:
    """Deleted there by hand is as good as emptied; a refusal for good is a failure that the audit counts."""
    async with minimising(tmp_path) as outside:
        await outside.texted(QUESTION)
        outside.twilio.refusals.append(Refusal(404, 20404))
        await round_of(outside)
        await outside.texted("do you use cookies?")
        outside.twilio.refusals.append(Refusal(400, 21219))
        await round_of(outside)
        gone, refused = await copies(outside)
        assert "it has no such message" in gone.proof
        assert (refused.state, "21219" in refused.error) == ("failed", True)
        assert await audited(outside) == [{"messages": 1, "failed": 0}, {"messages": 0, "failed": 1}]


async def test_by_default_nothing_is_taken_from_twilio(tmp_path: Path) -> None:
    """What can't be brought back there is the company's to decide."""
    async with world(tmp_path, channels="sms") as outside:
        await outside.texted(QUESTION)
        await round_of(outside)
        assert await copies(outside) == []
        assert outside.twilio.emptied == []


async def test_a_kill_before_the_record_asks_once_more(tmp_path: Path) -> None:
    """The row waits over a restart; to empty what is empty does no harm."""
    async with minimising(tmp_path) as outside:
        await outside.texted(QUESTION)
    async with world(tmp_path, HeldClock(NOON + timedelta(minutes=5)), channels="sms", twilio_minimise=True) as outside:
        await outside.desk.scheduler.run_due()
        assert [each.state for each in await copies(outside)] == ["empty"]
