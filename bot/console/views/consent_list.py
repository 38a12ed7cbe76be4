"""Lists for marketing partners, for leads: who may be shared, how many may not and why, and the list as a download."""

from __future__ import annotations

import csv
import io

from aiohttp import web

from bot.console.gate import Call
from bot.console.views.common import rendered
from bot.console.views.files import disposition
from bot.contacts import consent, consent_export
from bot.errors import NotFound


async def look(call: Call) -> web.StreamResponse:
    """The counts of one purpose; nothing is handed out here."""
    purposes, now = _purposes(call), call.desk.now()
    asked = call.request.query.get("purpose", "")
    purpose = asked if asked in purposes else next(iter(purposes))
    by = f"staff:{call.who.id}"
    found = await call.desk.database.read(lambda session: consent_export.chosen(session, purpose, now, by=by))
    problem = f"There is no purpose {asked[:40]!r}: choose one of the list." if asked and asked != purpose else ""
    return rendered(
        call, "consent_list.html", purposes=purposes, purpose=purpose, found=found, problem=problem,
    )  # fmt: skip


async def export(call: Call) -> web.StreamResponse:
    """The list as CSV; that it was taken, by whom and how many are on it, is audited before it leaves."""
    purpose, now = call.form.get("purpose", ""), call.desk.now()
    if purpose not in _purposes(call):
        raise NotFound("there is no such purpose: choose one of the list")
    by = f"staff:{call.who.id}"
    found = await call.desk.database.write(lambda s: consent_export.export(s, purpose, by=by, now=now))
    text = io.StringIO()
    csv.writer(text).writerows(consent_export.rows(found))
    headers = {"Content-Disposition": disposition(f"{purpose}-{now:%Y-%m-%d}.csv"), "Cache-Control": "no-store"}
    return web.Response(text=text.getvalue(), content_type="text/csv", charset="utf-8", headers=headers)


def _purposes(call: Call) -> dict[str, str]:
    found = consent.purposes(call.desk.settings.consent_purposes)
    return {key: title for key, title in found.items() if key != consent.MESSAGES}
