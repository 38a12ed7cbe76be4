"""Reminders in the console: counted in the left pane, shown with their tickets, marked done by a person."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.models import AuditEntry
from bot.models import Reminder
from bot.tickets.models import Ticket
from tests.integration.console_support import console, csrf_of, customer, http, request, signed_in
from tests.integration.test_console_pages import page


async def test_a_reminder_is_counted_shown_and_marked_done_by_a_person(tmp_path: Path) -> None:
    """It waits in the list and on the ticket's page; whoever is done with it is in the audit."""
    async with console(tmp_path) as desk, http() as browser:

        def late(session: Session) -> str:
            talk = customer(session, desk.clock.at)
            ident = request(session, talk, "access", "my data", desk.clock.at - timedelta(days=40))
            return session.get_one(Ticket, ident).reference

        reference = await desk.write(late)
        desk.clock.move(minutes=15)
        await desk.running.scheduler.run_due()
        await signed_in(desk, browser)
        queue = await page(desk, browser, "/console/")
        assert 'href="/console/reminders"><span>Reminders</span> <span class="count">1<' in queue
        for path in ("/console/reminders", f"/console/tickets/{reference}"):
            text = await page(desk, browser, path)
            assert reference in text
            assert "Overdue since" in text
        form = {"csrf": csrf_of(queue), "reminder": "1"}
        async with browser.post(f"{desk.url}/console/tickets/1/reminders", data=form) as response:
            assert response.url.path == f"/console/tickets/{reference}"
            assert "Nothing to remind of now" in await response.text()
        assert "Nothing is due within a week" in await page(desk, browser, "/console/reminders")
        found = await desk.read(lambda s: s.scalars(select(Reminder)).one())
        assert found.done_by == 1
        query = select(AuditEntry).where(AuditEntry.action == "reminder.done")
        entry = await desk.read(lambda s: s.scalars(query).one())
        assert (entry.actor, json.loads(entry.data)["kind"]) == ("staff:1", "overdue")


async def test_a_reminder_that_is_not_there_is_told_so(tmp_path: Path) -> None:
    """A number of somebody else's list, or no number at all."""
    async with console(tmp_path) as desk, http() as browser:
        await signed_in(desk, browser)
        token = csrf_of(await page(desk, browser, "/console/"))
        for ident in ("7", "", "x", "9" * 30, "²"):
            form = {"csrf": token, "reminder": ident}
            async with browser.post(f"{desk.url}/console/reminders", data=form) as response:
                assert response.status == 404


async def test_a_look_at_a_listing_is_in_the_audit_once_a_visit(tmp_path: Path) -> None:
    """The queue and the reminders show names and words: one entry a colleague, view and half hour; none for the page's
    own refreshing.
    """
    query = select(AuditEntry).where(AuditEntry.action.in_(("queue.read", "reminders.read"))).order_by(AuditEntry.seq)

    async def looks() -> list[tuple[str, str, str]]:
        found = await desk.read(lambda s: s.scalars(query).all())
        return [(each.actor, each.action, json.loads(each.data)["view"]) for each in found]

    async with console(tmp_path) as desk, http() as sam, http() as lena:
        live = {"X-Desk-Live": "1"}
        await signed_in(desk, sam)
        seen = [("staff:1", "queue.read", "all")]
        assert await looks() == seen
        for path in ("/console/?view=mine", "/console/reminders", "/console/?view=mine", "/console/reminders"):
            await page(desk, sam, path)
        seen += [("staff:1", "queue.read", "mine"), ("staff:1", "reminders.read", "reminders")]
        assert await looks() == seen
        desk.clock.move(minutes=31)
        for path in ("/console/?view=mine", "/console/reminders"):
            async with sam.get(desk.url + path, headers=live) as response:
                assert response.status == 200
        assert await looks() == seen
        await page(desk, sam, "/console/?view=mine")
        await signed_in(desk, lena, "lena@iomart.com")
        assert await looks() == [*seen, ("staff:1", "queue.read", "mine"), ("staff:2", "queue.read", "all")]
