"""What staff do in the panel "Search", and the page of one item. Each look at an item is audited."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from bot.audit.actors import Actor
from bot.console.gate import Call
from bot.console.views.common import rendered
from bot.console.views.files import given
from bot.console.views.ticket_page import refused_in, ticket_run
from bot.errors import NotFound, PermanentError
from bot.files import checking
from bot.sources import found, service
from bot.sources.found import FoundItem
from bot.sources.models import SearchRun
from bot.tickets import service as tickets
from bot.tickets.models import Ticket

PANEL = "checklist"
"""The panel's anchor: the shell has a field called search already."""


async def again(call: Call) -> web.StreamResponse:
    """Search a source once more."""
    return await _on_line(call, service.search_again, "again")


async def nil(call: Call) -> web.StreamResponse:
    """Somebody looked and found nothing."""
    reason = call.form.get("reason", "")

    def work(session: Session, run_id: int, actor: Actor, now: Any) -> object:
        return service.record_nil(session, run_id, reason, actor, now)

    return await _on_line(call, work, "nil")


async def take_back(call: Call) -> web.StreamResponse:
    """A nil return was wrong."""
    return await _on_line(call, service.take_back, "back")


async def finish(call: Call) -> web.StreamResponse:
    """The search is complete: to review."""
    ticket, actor, now = call.number("id"), call.actor, call.desk.now()
    return await ticket_run(
        call, ticket, lambda session: service.finish(session, ticket, actor, now), "finished", PANEL
    )


async def upload(call: Call) -> web.StreamResponse:
    """Add a file that was found by hand."""
    ticket_id, actor, now, desk = call.number("id"), call.actor, call.desk.now(), call.desk
    sent = call.file
    if sent is None:
        return await refused_in(call, ticket_id, "choose a file first", PANEL)
    try:
        file = await asyncio.to_thread(checking.checked, sent.name, sent.content)
        collected_on = _day(call.form.get("collected_on", ""))
        run_id = _number(call.form.get("line", ""))
    except PermanentError as error:
        return await refused_in(call, ticket_id, str(error), PANEL)

    def work(session: Session) -> None:
        ticket = _same(session, run_id, ticket_id)
        service.add_upload(
            session, run_id, file, actor, now, note=call.form.get("note", ""), collected_on=collected_on,
            policy=desk.policies.in_force(session, ticket, collected_on), sealer=desk.sealer,
        )  # fmt: skip

    return await ticket_run(call, ticket_id, work, "uploaded", PANEL)


async def remove(call: Call) -> web.StreamResponse:
    """Take a file away that was added by mistake."""
    ticket_id, item, actor, now = call.number("id"), call.number("item"), call.actor, call.desk.now()

    def work(session: Session) -> None:
        run = service.remove_upload(session, item, actor, now)
        _same(session, run.id, ticket_id)

    return await ticket_run(call, ticket_id, work, "removed", PANEL)


async def item(call: Call) -> web.StreamResponse:
    """One item, opened: everything as escaped text."""
    ticket, shown = await _opened(call, file=False)
    return rendered(
        call, "item.html",
        ticket=ticket, item=shown, may_remove=shown.source == found.UPLOADS and ticket.state == "searching",
        demo=call.desk.demo,
    )  # fmt: skip


async def item_file(call: Call) -> web.StreamResponse:
    """The file of an item, as a download."""
    _, shown = await _opened(call, file=True)
    sealer = call.desk.sealer
    file = await call.desk.database.read(lambda session: found.file_of(session, shown.id, sealer))
    return given(file.name, file.content_type, file.content)


async def _opened(call: Call, *, file: bool) -> tuple[Ticket, FoundItem]:
    """The item with its request; that somebody looks is written down first."""
    ident, sealer, actor, now = call.number("id"), call.desk.sealer, call.actor, call.desk.now()

    def read(session: Session) -> tuple[Ticket, FoundItem]:
        ticket_id, shown = found.item(session, ident, sealer)
        return tickets.get(session, ticket_id), shown

    ticket, shown = await call.desk.database.read(read)
    await call.desk.database.write(lambda session: service.looked_at(session, ticket.id, ident, actor, now, file=file))
    return ticket, shown


async def _on_line(call: Call, work: Callable[[Session, int, Actor, Any], object], done: str) -> web.StreamResponse:
    ticket_id, run_id, actor, now = call.number("id"), call.number("line"), call.actor, call.desk.now()

    def unit(session: Session) -> None:
        _same(session, run_id, ticket_id)
        work(session, run_id, actor, now)

    return await ticket_run(call, ticket_id, unit, done, PANEL)


def _same(session: Session, run_id: int, ticket_id: int) -> Ticket:
    """The request of the page, when the line is of it."""
    run = session.get(SearchRun, run_id)
    if run is None or run.ticket_id != ticket_id:
        raise NotFound("this request has no such line: load its page again")
    return tickets.get(session, ticket_id)


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise PermanentError("write the day as 2007-12-31, or leave it out") from None


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 15:  # noqa: PLR2004  what a 64-bit column surely holds
        raise PermanentError("choose what the file was found in")
    return int(text)
