"""The page of one ticket: its head, its panels, and the way back to it after a panel's form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.console import ticket_queries
from bot.console.gate import Call
from bot.console.panels import PANELS, Panel
from bot.console.ticket_queries import Head
from bot.console.typed import NOTHING, Typed
from bot.console.views.common import attempt, rendered
from bot.console.views.desk_page import KEPT, kept
from bot.errors import NotFound
from bot.tickets import finding
from bot.tickets.models import Ticket
from bot.tickets.references import parse_reference

LONGEST_TYPED = 20_000
DONE: Mapping[str, str] = {
    "assigned": "It is assigned.",
    "logged": "It is written down, and the clock counts from the day on which it came in.",
    "logged_with": "It is written down with this request.",
}
"""Words after what is done outside the panels; each panel has its own."""


@dataclass(frozen=True, slots=True)
class Section:
    """A panel as it is shown: what it loaded, the word of what was done, and a form given back."""

    panel: Panel
    loaded: Any
    done: str
    typed: Typed

    def was(self, name: str, default: str = "") -> str:
        """What was typed into a field when its form came back; else the default."""
        return self.typed.form.get(name, default)[:LONGEST_TYPED]


async def look(call: Call) -> web.StreamResponse:
    """The page; each visit is audited with why somebody came."""
    asked = call.request.query
    reference, survivor = await call.desk.database.read(
        lambda session: ticket_queries.onward(session, call.request.match_info["reference"])
    )
    if survivor != reference and not asked.get("stay"):
        query = urlencode({"why": asked.get("why", "")[:20], "from": reference})
        return web.Response(status=303, headers={"Location": f"/console/tickets/{survivor}?{query}"})
    shown = await show(call, reference)
    if "X-Desk-Live" not in call.request.headers:
        why, now = asked.get("why", ""), call.desk.now()
        await call.desk.database.write(lambda s: ticket_queries.looked(s, reference, call.who.id, why, now))
    return shown


async def show(call: Call, reference: str, typed: Typed = NOTHING) -> web.StreamResponse:
    """The page of a ticket, with a form given back where one could not be taken."""
    asked = call.request.query
    done, at = asked.get("done", ""), asked.get("at", "")

    def work(session: Session) -> tuple[Head, Sequence[Section]]:
        ticket = finding.named(session, reference)
        sections = [
            Section(
                panel,
                panel.load(session, ticket, call),
                panel.done.get(done, "") if panel.key == at else "",
                typed if panel.key == typed.place else NOTHING,
            )
            for panel in PANELS
            if panel.applies(ticket, call)
        ]
        return ticket_queries.head(session, ticket), sections

    head, sections = await call.desk.database.read(work)
    return _render(call, head, sections, typed)


def _render(call: Call, head: Head, sections: Sequence[Section], typed: Typed) -> web.Response:
    place = call.form if call.request.method == "POST" else call.request.query
    values = {name: place[name][:200] for name in KEPT if place.get(name)}
    told = {section.panel.key for section in sections}
    return rendered(
        call,
        "ticket.html",
        status=typed.status,
        head=head,
        ticket=head.ticket,
        sections=sections,
        values=values,
        keep=kept(values),
        done="" if call.request.query.get("at") else DONE.get(call.request.query.get("done", ""), ""),
        came_from=parse_reference(call.request.query.get("from", "")[:40]) or "",
        problem=typed.problem if typed.place not in told else "",
        site=call.desk.site,
        demo=call.desk.demo,
    )


async def ticket_run(
    call: Call, ticket_id: int, work: Callable[[Session], Any], done: str, panel: str
) -> web.StreamResponse:
    """Do it and go back to the panel with a word of what was done.

    What is not possible comes back as a sentence beside the panel, with what was typed.
    """
    reference = await reference_of(call, ticket_id)
    if why := await attempt(call, work):
        return await refused_in(call, ticket_id, why, panel)
    return ticket_done(call, reference, done, panel)


async def refused_in(call: Call, ticket_id: int, why: str, panel: str) -> web.StreamResponse:
    """The page again, with the reason beside the panel and what was typed."""
    reference = await reference_of(call, ticket_id)
    return await show(call, reference, Typed(panel, f"That didn't work: {why}.", call.form, 409))


def ticket_done(call: Call, reference: str, done: str, panel: str) -> web.StreamResponse:
    """Back to a panel of the ticket's page; `done` is a key of the panel's words ("" as panel: the page's own)."""
    place = {name: call.form[name][:200] for name in KEPT if call.form.get(name)}
    query = urlencode({**place, "done": done, **({"at": panel} if panel else {})})
    anchor = f"#{panel}" if panel else ""
    return web.Response(status=303, headers={"Location": f"/console/tickets/{reference}?{query}{anchor}"})


async def reference_of(call: Call, ticket_id: int) -> str:
    """The reference of the ticket with that number.

    Raises:
        NotFound: there is none.
    """
    query = select(Ticket.reference).where(Ticket.id == ticket_id)
    found = await call.desk.database.read(lambda session: session.scalar(query))
    if found is None:
        raise NotFound("there is no such ticket: look for it in the queue")
    return found
