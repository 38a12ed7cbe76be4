"""The page of a person: who they are, what they permitted, holds, and their erasure; with its forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from aiohttp import web
from sqlalchemy.orm import Session

from bot.console import people_queries
from bot.console.gate import Call
from bot.console.typed import NOTHING, Typed
from bot.console.views.common import attempt, rendered
from bot.contacts import consent, holds
from bot.contacts.consent import Evidence, Policy
from bot.errors import PermanentError

DONE: Mapping[str, str] = {
    "recorded": "It stands in the ledger.",
    "held": "The hold is in force. Nothing of this person is erased until it ends.",
    "unheld": "The hold has ended.",
    "asked": "The erasure is asked for. A lead or admin other than you confirms it.",
    "confirmed": "It is confirmed. Their last message goes out first; then everything is removed.",
    "cancelled": "The erasure is taken back. Nothing was removed.",
    "noted": "It is noted.",
}


async def look(call: Call) -> web.StreamResponse:
    """The page; each visit is audited."""
    ident, now = call.number("id"), call.desk.now()
    shown = await show(call, ident)
    if "X-Desk-Live" not in call.request.headers:
        why = call.request.query.get("why", "")
        await call.desk.database.write(lambda s: people_queries.looked(s, ident, call.who.id, why, now))
    return shown


async def show(call: Call, contact_id: int, typed: Typed = NOTHING) -> web.Response:
    """The page, with a form given back where one could not be taken."""
    desk, now = call.desk, call.desk.now()
    known = consent.purposes(desk.settings.consent_purposes)
    found = await desk.database.read(lambda s: people_queries.load(s, contact_id, desk.sealer, known, now))
    return rendered(
        call,
        "person.html",
        status=typed.status,
        person=found,
        panel=found.erasing,
        typed=typed,
        was=lambda name, default="": typed.form.get(name, default)[:4_000],
        done=DONE.get(call.request.query.get("done", ""), ""),
        states=consent.STATES,
        form_page="person",
    )


async def run(
    call: Call, contact_id: int, work: Callable[[Session], Any], done: str, section: str
) -> web.StreamResponse:
    """Do it and go back to the section; what is not possible comes back there as a sentence, with what was typed."""
    if why := await attempt(call, work):
        return await show(call, contact_id, Typed(section, f"That didn't work: {why}.", call.form, 409))
    return web.Response(status=303, headers={"Location": f"/console/people/{contact_id}?done={done}#{section}"})


async def record(call: Call) -> web.StreamResponse:
    """Add an entry to the ledger, with what was seen as evidence."""
    ident, now, desk, form = call.number("id"), call.desk.now(), call.desk, call.form
    purpose, state = form.get("purpose", ""), cast("consent.State", form.get("state", ""))

    def work(session: Session) -> None:
        if purpose not in consent.purposes(desk.settings.consent_purposes) or purpose == consent.MESSAGES:
            raise PermanentError("choose a purpose")
        if not form.get("note", "").strip():
            raise PermanentError("write what you saw, and where it is kept: that is the evidence")
        policy = desk.library.in_force(desk.sites[0].policy, desk.today())
        evidence = Evidence(
            "staff", note=form.get("note", ""), wording=form.get("wording", "").strip(),
            policy=Policy(policy.key, policy.effective.isoformat()),
        )  # fmt: skip
        at = _moment(form.get("day", ""), state, now)
        consent.record(
            session, ident, purpose, state, evidence, by=call.actor.name, at=at, now=now, sealer=desk.sealer
        )  # fmt: skip

    return await run(call, ident, work, "recorded", "consent")


def _moment(day: str, state: str, now: datetime) -> datetime:
    """That day, as the ledger counts it; now where none is given."""
    if not day:
        return now
    try:
        return consent.on_day(datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC).date(), state, now)
    except ValueError:
        raise PermanentError("write the day like 2026-11-24") from None


async def hold(call: Call) -> web.StreamResponse:
    """Lay a hold on the person."""
    ident, now = call.number("id"), call.desk.now()
    reason = call.form.get("reason", "")
    return await run(call, ident, lambda s: holds.place(s, ident, reason, call.actor, now), "held", "holds")


async def unhold(call: Call) -> web.StreamResponse:
    """End a hold."""
    ident, now = call.number("id"), call.desk.now()
    number = call.form.get("hold", "")
    which = int(number) if number.isdecimal() and len(number) < 16 else 0  # noqa: PLR2004  what a column holds

    def work(session: Session) -> None:
        holds.end(session, which, call.actor, now)

    return await run(call, ident, work, "unheld", "holds")
