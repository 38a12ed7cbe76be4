"""The page of reports: figures of requests with their plots and tables, and each table as a sheet."""

from __future__ import annotations

from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from aiohttp import web
from sqlalchemy.orm import Session

from bot.console import conversation_queries, words
from bot.console.gate import Call, refused
from bot.console.views.common import rendered
from bot.errors import NotFound
from bot.reports import charts, sheets
from bot.reports.figures import Report
from bot.reports.periods import Period, PeriodError, read, usual
from bot.reports.service import OF_NOW, REPORTS, Asked

WIDTHS = (("narrow", charts.NARROW), ("wide", charts.WIDE))


async def look(call: Call) -> web.StreamResponse:
    """All reports of a period; a bad one is told beside the form, and the usual one is shown."""
    typed = {name: call.request.query.get(name, "")[:40] for name in ("from", "to")}
    today, problem = call.desk.today(), ""
    try:
        period = read(typed["from"], typed["to"], today)
    except PeriodError as error:
        period, problem = usual(today), str(error)

    def work(session: Session) -> list[Report]:
        asked = _asked(session, call, period)
        return [make(session, asked) for make in REPORTS.values()]

    shown = await call.desk.database.read(work)
    return rendered(
        call,
        "report.html",
        status=400 if problem else 200,
        reports=shown,
        of_now=OF_NOW,
        draw=charts.draw,
        widths=WIDTHS,
        number=charts.number,
        period=period,
        typed=typed if problem else {"from": period.first.isoformat(), "to": period.last.isoformat()},
        problem=f"{problem[0].upper()}{problem[1:]}." if problem else "",
        keep=urlencode({"from": period.first.isoformat(), "to": period.last.isoformat()}),
    )


async def sheet(call: Call) -> web.StreamResponse:
    """One report as CSV."""
    name = call.request.match_info["name"]
    if name not in REPORTS:
        raise NotFound("there is no such report: choose one on the page of reports")
    try:
        period = read(call.request.query.get("from", ""), call.request.query.get("to", ""), call.desk.today())
    except PeriodError as error:
        text = str(error)
        return refused(f"{text[0].upper()}{text[1:]}.", 400)
    found = await call.desk.database.read(lambda session: REPORTS[name](session, _asked(session, call, period)))
    file = f"{name}-{period.first}-{period.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{file}"', "Cache-Control": "no-store"}
    # The mark at the beginning tells spreadsheets that it is UTF-8.
    return web.Response(
        body=sheets.sheet(found).encode("utf-8-sig"), content_type="text/csv", charset="utf-8", headers=headers
    )


def _asked(session: Session, call: Call, period: Period) -> Asked:
    names = {row.id: row.name or row.email for row in conversation_queries.staff(session)}
    zone = ZoneInfo(call.desk.settings.timezone)
    return Asked(period, call.desk.now(), zone, words.KINDS, words.CHANNELS, names)
