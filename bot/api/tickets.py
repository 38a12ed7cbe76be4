"""Tickets: listing, reading, moving, giving to somebody. Each look and each change is audited."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from bot.api import answers, paging, queries, shown
from bot.api.bodies import Event, NewAssignee, TicketQuery
from bot.api.gate import Call
from bot.api.problems import Problem
from bot.casework import service as casework
from bot.console import accounts
from bot.conversations import repository as conversations
from bot.db import wake
from bot.errors import NotFound
from bot.tickets import finding, service
from bot.tickets.models import Ticket


async def index(call: Call) -> answers.Tickets:
    """A page of tickets, newest first."""
    asked = call.query(TicketQuery)
    after = paging.ticket_place(asked.after)
    page = await call.desk.database.read(lambda session: queries.tickets(session, asked.state, asked.kind, after))
    await call.looked("tickets.listed", "tickets", conversations=[row.conversation_id for row in page.tickets])
    return answers.Tickets(
        items=[shown.ticket(row, page.people) for row in page.tickets],
        after=paging.mark(str(page.after or "")),
    )


async def read(call: Call) -> answers.TicketInFull:
    """One ticket with its clock."""
    reference, role = call.word("reference"), call.who.role

    def find(session: Session) -> answers.TicketInFull:
        return shown.ticket_in_full(session, finding.named(session, reference), role)

    found = await call.desk.database.read(find)
    await call.looked("ticket.read", f"ticket:{found.reference}")
    return found


async def event(call: Call) -> answers.TicketInFull:
    """Take a ticket one step further: which steps there are is `bot.tickets.states`' business."""
    body, actor, desk, now = call.body(Event), call.who.actor, call.desk, call.desk.now()

    def work(session: Session, row: Ticket) -> None:
        site = desk.site(conversations.get(session, row.conversation_id).site)
        casework.step(
            session, row.id, body.event, actor, now, house=desk.house, site=site, reason=body.reason, words=body.words,
            tell=body.tell,
        )  # fmt: skip

    return await _change(call, work)


async def assignee(call: Call) -> answers.TicketInFull:
    """Give a ticket to somebody, or back to the queue."""
    email, actor, now = call.body(NewAssignee).email, call.who.actor, call.desk.now()

    def work(session: Session, row: Ticket) -> None:
        service.assign(session, row.id, _account(session, email) if email else None, actor, now)

    return await _change(call, work)


def _account(session: Session, email: str) -> int:
    try:
        return accounts.by_email(session, email).id
    except NotFound:
        raise Problem(422, "email: nobody at the desk has this address", code="unknown_account") from None


async def _change(call: Call, work: Callable[[Session, Ticket], object]) -> answers.TicketInFull:
    """Do it to the ticket of the path, and answer with how it stands then."""
    reference, role = call.word("reference"), call.who.role

    def unit(session: Session) -> answers.TicketInFull:
        row = finding.named(session, reference)
        work(session, row)
        session.flush()
        wake(session, "console")
        return shown.ticket_in_full(session, row, role)

    return await call.desk.database.write(unit)
