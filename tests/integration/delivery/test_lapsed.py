"""A link that nobody opened in time reminds staff; and an erasure says plainly whose copy it takes away."""

from __future__ import annotations

from datetime import timedelta

import aiohttp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.actors import Actor
from bot.casework.reminders import LINK_OVER
from bot.erasure import service
from bot.models import Reminder
from bot.tickets.models import Ticket
from tests.integration.console_support import http as browser
from tests.integration.console_support import signed_in
from tests.integration.package_support import Delivery
from tests.integration.test_console_pages import page


async def open_reminders(made: Delivery) -> list[Reminder]:
    """What staff are reminded of about links now, once the jobs have run."""
    made.desk.clock.move(hours=1)
    await made.desk.running.scheduler.run_due()
    query = select(Reminder).where(Reminder.kind == LINK_OVER, Reminder.done_at.is_(None))
    return await made.desk.read(lambda session: list(session.scalars(query)))


@pytest.mark.parametrize("mended", ["new link", "taken back"])
async def test_a_link_that_ran_out_unopened_reminds_staff_until_it_is_mended(made: Delivery, mended: str) -> None:
    """Once, on the day on which it ran out, with what to do; a new link or taking it back ends that by itself."""
    await made.release()
    assert await open_reminders(made) == []
    made.desk.clock.move(days=14)
    (reminder,) = await open_reminders(made)
    assert (reminder.ticket_id, reminder.audience) == (made.ticket, "staff")
    assert len(await open_reminders(made)) == 1
    async with browser() as sam:
        await signed_in(made.desk, sam)
        text = await page(made.desk, sam, "/console/reminders")
    assert "Nobody opened the package: its link ran out on" in text
    assert "Send a new link" in text
    await (made.release_link_again() if mended == "new link" else made.withdraw())
    assert await open_reminders(made) == []


async def test_a_link_that_was_opened_reminds_of_nothing(made: Delivery, http: aiohttp.ClientSession) -> None:
    """They have their copy: that its link runs out is as it should be."""
    await made.release()
    await made.open(http)
    made.desk.clock.move(days=15)
    assert await open_reminders(made) == []


async def test_an_erasure_says_whose_copy_it_takes_away_and_when_that_was_opened(
    made: Delivery, http: aiohttp.ClientSession
) -> None:
    """Before it is asked for and before it is confirmed: a package opened minutes ago goes while it is read."""
    async with browser() as sam:
        await signed_in(made.desk, sam)
        person = await made.desk.read(lambda session: session.get_one(Ticket, made.ticket).contact_id)
        assert "They lose their copy at once" not in await page(made.desk, sam, f"/console/people/{person}")
        await made.release()
        text = await page(made.desk, sam, f"/console/people/{person}")
        assert "and nobody has opened it yet" in text
        await made.open(http)
        made.desk.clock.move(minutes=5)
        text = await page(made.desk, sam, f"/console/people/{person}")
        assert f"The package of {made.reference} can still be opened by its link and was last opened" in text
        assert "5 min ago" in text
        await made.desk.write(lambda session: _asked(session, person, made))
        assert "They lose their copy at once" in await page(made.desk, sam, f"/console/people/{person}")


def _asked(session: Session, person: int, made: Delivery) -> None:
    service.request(session, person, Actor("lead", 2), made.desk.clock.at + timedelta(minutes=1))
