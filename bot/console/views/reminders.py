"""Page "Reminders": all that staff are reminded of, the nearest date first, and marking one done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from aiohttp import web
from sqlalchemy.orm import Session

from bot.casework import reminding
from bot.console import conversation_queries, visits
from bot.console.gate import Call
from bot.console.panels.reminders import DONE, Shown, shown
from bot.console.views.common import rendered
from bot.console.views.ticket_page import ticket_run
from bot.errors import NotFound
from bot.tickets.models import Ticket

MOST = 200


class Row(NamedTuple):
    """One reminder with its ticket."""

    shown: Shown
    ticket: Ticket


async def listing(call: Call) -> web.StreamResponse:
    """All reminders that wait. Each visit of a person is audited."""

    def work(session: Session) -> tuple[Sequence[Row], int, dict[int, str]]:
        found = [
            Row(shown(each.reminder, each.ticket, call), each.ticket) for each in reminding.waiting(session, limit=MOST)
        ]
        names = {row.id: row.name or row.email for row in conversation_queries.staff(session)}
        return found, reminding.how_many(session), names

    waiting, total, names = await call.desk.database.read(work)
    if "X-Desk-Live" not in call.request.headers:
        facts = {"view": "reminders"}
        await visits.looked(call.desk.database, "reminders.read", "reminders", call.who.id, facts, call.desk.now())
    return rendered(
        call,
        "reminders.html",
        waiting=waiting,
        total=total,
        names=names,
        done=DONE.get(call.request.query.get("done", ""), ""),
    )


async def done(call: Call) -> web.StreamResponse:
    """Mark one done, and back to the list."""
    ident, now = _reminder(call), call.desk.now()
    await call.desk.database.write(lambda session: reminding.done(session, ident, call.actor, now))
    return web.Response(status=303, headers={"Location": "/console/reminders?done=reminded"})


async def done_on_ticket(call: Call) -> web.StreamResponse:
    """Mark one done, and back to its ticket."""
    ident, now = _reminder(call), call.desk.now()

    def work(session: Session) -> None:
        reminding.done(session, ident, call.actor, now)

    return await ticket_run(call, call.number("id"), work, "reminded", "reminders")


def _reminder(call: Call) -> int:
    asked = call.form.get("reminder", "")
    if not (asked.isascii() and asked.isdecimal() and len(asked) < 16):  # noqa: PLR2004  64 bits
        raise NotFound("there is no such reminder: look at the list again")
    return int(asked)
