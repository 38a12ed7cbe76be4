"""Writing down what came by telephone, letter, fax or in person: the form, and where it leads."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web
from sqlalchemy.orm import Session

from bot.casework import logged
from bot.casework.logged import Slip
from bot.console.gate import Call
from bot.console.views.common import rendered
from bot.conversations.by_hand import BY_HAND
from bot.db import wake
from bot.errors import PermanentError
from channels.context import Site

LONGEST = 25_000
"""Characters of a field that come back when the form could not be taken; more than any of them may have."""


async def form(call: Call) -> web.StreamResponse:
    """The empty form; today stands in it as the day."""
    return _show(call, {}, "", 200)


async def record(call: Call) -> web.StreamResponse:
    """Write it down; the page of its request follows. What can't be taken comes back with what was typed."""
    typed, now = call.form, call.desk.now()
    slip = Slip(**{name: typed.get(name, "")[: LONGEST + 1] for name in Slip._fields})

    def work(session: Session) -> tuple[str, bool]:
        site = _site(call, typed.get("site", ""))
        ticket, new = logged.record(session, slip, call.actor, now, house=call.desk.house, site=site)
        wake(session, "console")
        return ticket.reference, new

    try:
        reference, new = await call.desk.database.write(work)
    except PermanentError as error:
        return _show(call, typed, f"That didn't work: {error}.", 409)
    done = "logged" if new else "logged_with"
    return web.Response(status=303, headers={"Location": f"/console/tickets/{reference}?done={done}"})


def _site(call: Call, key: str) -> Site:
    """The site of that key; the first where none is chosen."""
    found = next((each for each in call.desk.sites if each.key == key), None)
    if key and found is None:
        raise PermanentError("choose one of the sites")
    return found or call.desk.sites[0]


def _show(call: Call, typed: Mapping[str, str], problem: str, status: int) -> web.Response:
    return rendered(
        call,
        "log.html",
        status=status,
        ways=BY_HAND,
        kinds=logged.KINDS,
        sites=call.desk.sites,
        today=call.desk.today().isoformat(),
        problem=problem,
        was=lambda name, default="": typed.get(name, default)[:LONGEST],
    )
