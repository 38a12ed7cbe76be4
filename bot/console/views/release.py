"""What staff do to let a package out, in the panel "Release and delivery": release, new link, call-back, withdraw."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.console.gate import Call
from bot.console.typed import Typed
from bot.console.views.ticket_page import reference_of, show, ticket_run
from bot.conversations import repository
from bot.errors import NotFound, PermanentError
from bot.packages import contents, keeping, release, withdrawing
from bot.packages import on_paper as paper
from bot.packages.models import Package
from bot.packages.release import Route
from bot.tickets import service as tickets
from bot.tickets.states import NotAllowed
from channels.context import Site

PANEL = "release"
CALL = "call"
"""What the form sends as the way of the code for a call-back."""


async def let_out(call: Call) -> web.StreamResponse:
    """Release the newest package and send its link."""
    ident, now, desk = call.number("id"), call.desk.now(), call.desk
    opened = await desk.database.read(
        lambda session: contents.opened(session, release.newest(session, ident), desk.sealer)
    )

    def work(session: Session) -> None:
        release.release(
            session, ident, call.actor, now, house=desk.house, site=_site(session, call, ident), route=_route(call),
            days=desk.settings.package_link_days, opened=opened,
        )  # fmt: skip

    return await ticket_run(call, ident, work, "released", PANEL)


async def on_paper(call: Call) -> web.StreamResponse:
    """Release the newest package to be handed over on paper."""
    ident, now, desk = call.number("id"), call.desk.now(), call.desk
    opened = await desk.database.read(
        lambda session: contents.opened(session, release.newest(session, ident), desk.sealer)
    )

    def work(session: Session) -> None:
        site = _site(session, call, ident)
        paper.let_out(session, ident, call.actor, now, house=desk.house, site=site, opened=opened)

    return await ticket_run(call, ident, work, "paper", PANEL)


async def handed_over(call: Call) -> web.StreamResponse:
    """Note that it was handed over on paper."""
    ident, now, desk, form = call.number("id"), call.desk.now(), call.desk, call.form
    note = paper.Handover(form.get("day", ""), form.get("how", ""), form.get("checked", ""))

    def work(session: Session) -> None:
        site = _site(session, call, ident)
        paper.handed_over(session, ident, call.actor, now, house=desk.house, site=site, note=note)

    return await ticket_run(call, ident, work, "handed", PANEL)


async def new_link(call: Call) -> web.StreamResponse:
    """Send another link; the one before ends."""
    ident, now, desk = call.number("id"), call.desk.now(), call.desk

    def work(session: Session) -> None:
        release.new_link(
            session, ident, call.actor, now, house=desk.house, site=_site(session, call, ident), route=_route(call),
            days=desk.settings.package_link_days,
        )  # fmt: skip

    return await ticket_run(call, ident, work, "linked", PANEL)


async def call_back(call: Call) -> web.StreamResponse:
    """Note the call and show the code to read out. It is shown on this one answer and kept nowhere."""
    ident, now = call.number("id"), call.desk.now()
    reference = await reference_of(call, ident)
    if call.form.get("called") != "yes":
        problem = "That didn't work: tick that you have called the number on record and know who answers."
        return await show(call, reference, Typed(PANEL, problem, call.form, 409))
    try:
        code = await call.desk.database.write(
            lambda session: release.call_back(session, ident, call.actor, now, sign=call.desk.sign)
        )
    except (NotAllowed, PermanentError) as error:
        return await show(call, reference, Typed(PANEL, f"That didn't work: {error}.", call.form, 409))
    return await show(call, reference, Typed(PANEL, "", {"spoken": code}))


async def withdraw(call: Call) -> web.StreamResponse:
    """Take the package back at once."""
    ident, now, desk = call.number("id"), call.desk.now(), call.desk
    reason = call.form.get("reason", "")

    def work(session: Session) -> None:
        site = _site(session, call, ident)
        withdrawing.withdraw(session, ident, call.actor, now, house=desk.house, site=site, reason=reason)

    return await ticket_run(call, ident, work, "withdrawn", PANEL)


async def delete(call: Call) -> web.StreamResponse:
    """Delete the files of one version before their time."""
    ident, now = call.number("id"), call.desk.now()
    version = call.form.get("version", "")

    def work(session: Session) -> None:
        number = int(version) if version.isdecimal() and len(version) < 9 else 0  # noqa: PLR2004  no more versions
        query = select(Package.id).where(Package.ticket_id == ident, Package.version == number)
        found = session.scalar(query)
        if found is None:
            raise NotFound("there is no such version: load the page again")
        keeping.delete(session, found, call.actor, now)

    return await ticket_run(call, ident, work, "deleted", PANEL)


def _site(session: Session, call: Call, ticket_id: int) -> Site:
    ticket = tickets.get(session, ticket_id)
    return call.desk.site(repository.get(session, ticket.conversation_id).site)


def _route(call: Call) -> Route:
    """The two ways that the form names.

    Raises:
        PermanentError: one is not chosen.
    """
    link_to, code_to = call.form.get("link_to", ""), call.form.get("code_to", "")
    if not _number(link_to) or not (code_to == CALL or _number(code_to)):
        raise PermanentError("choose where the link goes, and another way for the code")
    return Route(int(link_to), None if code_to == CALL else int(code_to))


def _number(text: str) -> bool:
    return text.isdecimal() and len(text) < 16  # noqa: PLR2004  what a 64-bit column surely holds
