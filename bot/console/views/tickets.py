"""What staff do with a ticket, from the panel beside its conversation."""

from __future__ import annotations

from typing import cast

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.casework import service as casework
from bot.console import words
from bot.console.gate import Call
from bot.console.views.actions import chosen, run
from bot.console.views.ticket_page import ticket_run
from bot.conversations import repository
from bot.conversations import service as conversations
from bot.errors import NotFound, PermanentError
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from bot.tickets.service import Terms
from bot.tickets.states import Event

MOVES = ("ask", "answer", "close", "reopen", "confirm", "dismiss", "restore")
SAID_ALREADY = ("ask", "answer")
KINDS = ("access", "portability", "erasure", "rectification", "objection", "restriction", "complaint", "breach")


async def _conversation_of(call: Call, ticket_id: int) -> int:
    query = select(Ticket.conversation_id).where(Ticket.id == ticket_id)
    found = await call.desk.database.read(lambda session: session.scalar(query))
    if found is None:
        raise NotFound("there is no such ticket: look for it in the queue")
    return found


async def assign(call: Call) -> web.StreamResponse:
    """Give the ticket to somebody, or back to the queue."""
    ident, now, to = call.number("id"), call.desk.now(), call.form.get("to", "")

    def work(session: Session) -> None:
        tickets.assign(session, ident, chosen(session, to), call.actor, now)

    if call.form.get("page") == "ticket":
        return await ticket_run(call, ident, work, "assigned", "")
    return await run(call, await _conversation_of(call, ident), work, "assigned")


async def move(call: Call) -> web.StreamResponse:
    """Take the ticket one step further: which steps there are is `tickets.states`' business.

    What is asked and answered from here was said in the conversation itself; of the rest the customer is told.
    """
    ident, now, event = call.number("id"), call.desk.now(), call.form.get("event", "")
    if event not in MOVES:
        raise NotFound("there is no such step: load the page again")

    def work(session: Session) -> None:
        site = call.desk.site(repository.get(session, tickets.get(session, ident).conversation_id).site)
        tell = event not in SAID_ALREADY
        casework.step(
            session, ident, cast("Event", event), call.actor, now, house=call.desk.house, site=site, tell=tell
        )

    return await run(call, await _conversation_of(call, ident), work, "moved")


async def open_ticket(call: Call) -> web.StreamResponse:
    """Open a ticket that the bot did not see; its clock counts from the customer's last message."""
    ident, desk, now = call.number("id"), call.desk, call.desk.now()
    kind, summary = call.form.get("kind", ""), " ".join(call.form.get("summary", "").split())

    def work(session: Session) -> None:
        if kind not in KINDS:
            raise PermanentError(f"choose a kind of ticket, for example {words.KINDS['access']}")
        if not summary:
            raise PermanentError("write what the customer asks for, in their own words")
        settings = desk.settings
        terms = Terms(settings.regime, settings.calendar, settings.timezone)
        conversations.open_ticket(session, ident, kind, summary, call.actor, now, terms=terms)

    return await run(call, ident, work, "opened")
