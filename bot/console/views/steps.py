"""What staff do with a request from the panel "Next steps": take a step, see its words first, merge, split."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy.orm import Session

from bot.casework import service as casework
from bot.console import ticket_queries
from bot.console.gate import Call
from bot.console.panels.offers import BY_EVENT, Offer
from bot.console.typed import Typed
from bot.console.views.ticket_page import reference_of, show, ticket_done, ticket_run
from bot.contacts import linking
from bot.conversations import repository
from bot.errors import NotFound
from bot.tickets import joining
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from bot.tickets.states import NotAllowed
from channels.context import Site

PANEL = "steps"


async def step(call: Call) -> web.StreamResponse:
    """Take one step; the customer is told in the same moment, unless staff say that they tell them by themselves."""
    ident, offer = call.number("id"), _offer(call)
    if call.form.get("preview"):
        return await show(call, await reference_of(call, ident), Typed(PANEL, "", call.form, 200))
    done = "unmerged" if offer.event == "unmerge" else "stepped"
    return await ticket_run(call, ident, lambda session: _take(session, ident, offer, call), done, PANEL)


def _offer(call: Call) -> Offer:
    offer = BY_EVENT.get(call.form.get("event", ""))
    if offer is None:
        raise NotFound("there is no such step: load the page again")
    return offer


def _take(session: Session, ticket_id: int, offer: Offer, call: Call) -> None:
    reason, said = call.form.get("reason", "").strip(), call.form.get("words", "").strip()
    if offer.must == "words" and not said:
        raise NotAllowed(f"the field “{offer.words}” is empty: fill it in, the customer reads it")
    if offer.must == "reason" and not reason:
        raise NotAllowed(f"the field “{offer.reason}” is empty: fill it in")
    now, who = call.desk.now(), call.actor
    if offer.event == "unmerge":
        joining.unmerge(session, ticket_id, who, now)
        return
    casework.step(
        session, ticket_id, offer.event, who, now, house=call.desk.house, site=_site(session, ticket_id, call),
        reason=reason, words=said, tell=call.form.get("tell", "yes") == "yes",
    )  # fmt: skip


async def merge(call: Call) -> web.StreamResponse:
    """Let another request go on for this one too; the page of that one follows."""
    ident, into = call.number("id"), call.form.get("into", "")

    def work(session: Session) -> None:
        try:
            other = joining.resolve(session, into)
        except NotFound as error:
            # A word on the page, which keeps what was typed, instead of a page of its own.
            raise NotAllowed(str(error)) from error
        ticket = tickets.get(session, ident)
        linked = other.contact_id in linking.one_person(session, ticket.contact_id)
        casework.merge(
            session, ident, other.id, call.actor, call.desk.now(), house=call.desk.house,
            site=_site(session, ident, call), linked=linked, reason=call.form.get("reason", "").strip(),
            tell=call.form.get("tell", "yes") == "yes",
        )  # fmt: skip

    answer = await ticket_run(call, ident, work, "merged", PANEL)
    if answer.status != 303:  # noqa: PLR2004  See Other
        return answer
    survivor = await call.desk.database.read(
        lambda session: joining.survivor(session, tickets.get(session, ident)).reference
    )
    return ticket_done(call, survivor, "merged", PANEL)


async def split(call: Call) -> web.StreamResponse:
    """Make a second request of what else the message asks for; its page follows."""
    ident = call.number("id")
    kind, summary = call.form.get("kind", ""), call.form.get("summary", "")

    def work(session: Session) -> None:
        joining.split(session, ident, kind, summary[:4_000], call.actor, call.desk.now())

    answer = await ticket_run(call, ident, work, "split", PANEL)
    if answer.status != 303:  # noqa: PLR2004  See Other
        return answer
    newest = await call.desk.database.read(lambda session: ticket_queries.newest_beside(session, ident))
    return ticket_done(call, newest, "split", PANEL)


def _site(session: Session, ticket_id: int, call: Call) -> Site:
    ticket = session.get_one(Ticket, ticket_id)
    return call.desk.site(repository.get(session, ticket.conversation_id).site)
