"""What staff do about an erasure, from the request's page or from the person's: ask, confirm, take back, note sources.

A form says by `page` where it stands; it goes back there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from bot.casework import telling
from bot.casework.telling import Telling
from bot.console.gate import Call
from bot.console.views import people
from bot.console.views.ticket_page import ticket_run
from bot.conversations.models import Conversation
from bot.erasure import elsewhere, service
from bot.erasure.farewell import last_words
from bot.erasure.models import ErasureRun
from bot.errors import PermanentError
from bot.tickets.models import Ticket

ELSEWHERE = "A person sees to our other records."
"""What is true where other sources are still to be seen to: the desk's own message goes out before that."""


async def request(call: Call) -> web.StreamResponse:
    """Ask that the person be erased."""
    ident, now, desk = call.number("id"), call.desk.now(), call.desk
    ticket = _number(call.form.get("ticket", ""))
    linked = call.form.get("linked") == "yes"
    sources = elsewhere.listed(elsewhere.of(desk.sources))

    def work(session: Session) -> None:
        if call.form.get("sure") != "yes":
            raise PermanentError("tick that you read what is removed: it can't be brought back")
        service.request(
            session, ident, call.actor, now, ticket_id=ticket or None, linked=linked, sources=sources
        )  # fmt: skip

    return await _run(call, ident, ticket, work, "asked")


async def confirm(call: Call) -> web.StreamResponse:
    """Confirm it, as a second person; the last message to them is queued in the same transaction."""
    number, now, desk = call.number("id"), call.desk.now(), call.desk
    tell = call.form.get("tell") == "yes"
    asked = await desk.database.read(lambda session: service.get(session, number))

    def work(session: Session) -> None:
        run = service.get(session, number)
        conversation = service.where_to_tell(session, run)
        site = desk.site(conversation.site if conversation else "")
        words = _last(session, call, run, conversation) if tell and conversation else ""
        service.confirm(session, number, call.actor, now, site=site, farewell=words)

    return await _run(call, asked.contact_id, asked.ticket_id or 0, work, "confirmed")


def _last(session: Session, call: Call, run: ErasureRun, conversation: Conversation) -> str:
    """What they read last. It goes out before anything is gone, so it says what is about to happen."""
    ticket = session.get_one(Ticket, run.ticket_id) if run.ticket_id is not None else None
    if ticket is None or ticket.kind != "erasure":
        return last_words(conversation.channel, ticket.reference if ticket else "", call.desk.settings.base_url)
    said = Telling(words=ELSEWHERE if run.sources else "", typed=True)
    site = call.desk.site(conversation.site)
    told = telling.told(ticket, "erasing", said, conversation, call.desk.now(), house=call.desk.house, site=site)
    return telling.worded(conversation.channel, "erasing", told)


async def cancel(call: Call) -> web.StreamResponse:
    """Take it back before it is confirmed."""
    number, now = call.number("id"), call.desk.now()
    asked = await call.desk.database.read(lambda session: service.get(session, number))

    def work(session: Session) -> None:
        service.cancel(session, number, call.actor, now)

    return await _run(call, asked.contact_id, asked.ticket_id or 0, work, "cancelled")


async def source(call: Call) -> web.StreamResponse:
    """Note what became of the person's data in a source that staff see to."""
    number, now, form = call.number("id"), call.desk.now(), call.form
    asked = await call.desk.database.read(lambda session: service.get(session, number))

    def work(session: Session) -> None:
        service.by_hand(session, number, form.get("source", ""), form.get("state", ""), call.actor, now)

    return await _run(call, asked.contact_id, asked.ticket_id or 0, work, "noted")


async def _run(
    call: Call, contact_id: int, ticket_id: int, work: Callable[[Session], Any], done: str
) -> web.StreamResponse:
    if call.form.get("page") == "ticket" and ticket_id:
        return await ticket_run(call, ticket_id, work, done, "erasure")
    return await people.run(call, contact_id, work, done, "erasure")


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 16 else 0  # noqa: PLR2004  what a column surely holds
