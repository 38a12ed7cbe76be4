"""What staff do with a request's package: look through, decide all of a kind, build, settle findings, download."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.console.gate import Call
from bot.console.models import Staff
from bot.console.typed import Typed
from bot.console.views.files import given
from bot.console.views.ticket_page import reference_of, show, ticket_done, ticket_run
from bot.db import wake
from bot.errors import NotFound, PermanentError
from bot.packages import building, contents, findings, review
from bot.packages.errors import NotReady
from bot.packages.gathering import Around
from bot.packages.models import Package, PackageFile
from bot.packages.review import Choice
from bot.tickets import finding
from bot.tickets.models import Ticket
from bot.turns import Turns

TURNS: web.AppKey[Turns] = web.AppKey("package_turns", Turns)
OUR_FORMS = ("text/html", "application/json", "text/csv")
"""In which a package's own documents are made; a browser is given them as they are."""
MOST_COLLEAGUES = 2_000
MOST_SETTLED = 500


async def around(call: Call) -> Around:
    """What building needs of this desk."""
    query = select(Staff.name).where(Staff.name != "").limit(MOST_COLLEAGUES)
    staff = await call.desk.database.read(lambda session: tuple(session.scalars(query)))
    desk = call.desk
    return Around(desk.library, desk.sites, desk.settings.base_url, desk.sealer, staff)


async def look(call: Call) -> web.StreamResponse:
    """POST: look through every item for other people's details."""
    ident, now = call.number("id"), call.desk.now()
    reference, of = await reference_of(call, ident), await around(call)
    try:
        async with call.request.app[TURNS].turn():
            await building.look_apart(call.desk.database, ident, of, now)
    except PermanentError as error:
        return await _not_done(call, reference, error)
    return ticket_done(call, reference, "looked", "package")


async def decide(call: Call) -> web.StreamResponse:
    """POST: leave all open proposals of a kind out, or in."""
    ident, now, kind = call.number("id"), call.desk.now(), call.form.get("kind", "")
    choice = choice_of(call)
    return await ticket_run(
        call, ident, lambda s: review.decide_all(s, ident, kind, choice, call.actor, now), "decided", "package"
    )


async def build(call: Call) -> web.StreamResponse:
    """POST: build the next version. A few are built at once; who comes when many wait is asked to try again."""
    ident, now = call.number("id"), call.desk.now()
    reference, of = await reference_of(call, ident), await around(call)
    database = call.desk.database
    try:
        async with call.request.app[TURNS].turn():
            made = await building.build_apart(database, ident, call.actor, now, of)
    except PermanentError as error:
        return await _not_done(call, reference, error)
    state = await database.read(lambda session: session.get_one(Package, made).state)
    return ticket_done(call, reference, "draft" if state == "draft" else "built", "package")


async def settle(call: Call) -> web.StreamResponse:
    """POST: let ticked findings stand, with one reason."""
    ident, now, reason = call.number("id"), call.desk.now(), call.form.get("reason", "")
    ticked = [name.removeprefix("finding-") for name in call.form if name.startswith("finding-")]
    chosen = [int(each) for each in ticked if each.isdecimal() and len(each) < 16][:MOST_SETTLED]  # noqa: PLR2004

    def work(session: Session) -> None:
        if not chosen:
            raise NotReady("tick the words that may stay in")
        findings.settle(session, ident, chosen, reason, call.actor, now)

    return await ticket_run(call, ident, work, "settled", "package")


async def download(call: Call) -> web.StreamResponse:
    """A file of the package for staff to look at before it goes out; each download is audited."""
    reference, number = call.request.match_info["reference"], call.number("file")

    def read(session: Session) -> tuple[str, str, bytes, str]:
        row = session.execute(
            select(PackageFile.name, PackageFile.content_type, Ticket.reference)
            .join(Package, Package.id == PackageFile.package_id)
            .join(Ticket, Ticket.id == Package.ticket_id)
            .where(PackageFile.id == number)
        ).first()
        if row is None or row.reference != finding.named(session, reference).reference:
            raise NotFound("there is no such file in this package: load the page again")
        return row.name, row.content_type, contents.plain(session, number, call.desk.sealer), row.reference

    try:
        name, kind, content, found = await call.desk.database.read(read)
    except contents.NotWhole as error:
        return await _not_done(call, reference, error)
    await noted(call, found, "package.previewed", {"reason": "request", "file": number})
    return given(f"{found} {name.replace('/', ' ')}", kind, content, OUR_FORMS)


def choice_of(call: Call) -> Choice:
    """What a form chose. Raises NotFound for anything but the two buttons."""
    choice = call.form.get("choice", "")
    if choice not in ("confirmed", "rejected"):
        raise NotFound("choose “Leave out” or “Leave in”: load the page again")
    return "confirmed" if choice == "confirmed" else "rejected"


async def noted(call: Call, reference: str, action: str, data: dict[str, object]) -> None:
    """Keep in the audit that a colleague looked at somebody's data."""
    who, at = f"staff:{call.who.id}", call.desk.now()

    def unit(session: Session) -> None:
        audit.append(session, actor=who, action=action, subject=f"ticket:{reference}", data=data, now=at)
        wake(session, "console")

    await call.desk.database.write(unit)


async def _not_done(call: Call, reference: str, error: PermanentError) -> web.StreamResponse:
    return await show(call, reference, Typed("package", f"That didn't work: {error}.", call.form, 409))
