"""The page of reports and its sheets over real HTTP, its figures counted a second time in plain Python."""

from __future__ import annotations

import csv
import io
import re
import statistics
from collections import Counter
from datetime import date, timedelta

import aiohttp
import pytest

from bot.audit.actors import Actor
from bot.console.models import Staff
from bot.reports.periods import usual
from bot.reports.queries import SETTLED
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from bot.tickets.vocabulary import OWED, RIGHTS
from tests.integration.console_support import Console, customer, request
from tests.integration.report_year import LONDON, Made, year
from tests.integration.test_console_pages import Markup, page


async def sheet(desk: Console, browser: aiohttp.ClientSession, name: str, query: str = "") -> list[list[str]]:
    """A report's table, as a spreadsheet reads it."""
    async with browser.get(f"{desk.url}/console/report/{name}.csv{query}") as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert "attachment" in response.headers["Content-Disposition"]
        text = (await response.read()).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


async def test_the_figures_are_those_of_a_plain_count(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Open by age, rate, median, kinds, overdue, breaches and waits, each against every request by itself."""
    made: list[Made] = await desk.write(lambda s: year(s, desk.clock.at, assignee=2))
    today = desk.clock.at.astimezone(LONDON).date()
    period = usual(today)
    found = [each.ticket for each in made]

    ages = [(today - each.received_at.astimezone(LONDON).date()).days for each in found if each.state in OWED]
    rows = await sheet(desk, browser, "open")
    bounds = ((0, 7), (8, 14), (15, 21), (22, 30), (31, 60), (61, 90), (91, 9_999))
    assert [int(row[3]) for row in rows[1:]] == [sum(low <= age <= high for age in ages) for low, high in bounds]

    settled = [
        each for each in found
        if each.kind in RIGHTS and each.state in SETTLED and each.settled_on and each.settled_on >= period.first
    ]  # fmt: skip
    months = Counter(each.settled_on.replace(day=1) for each in settled if each.settled_on)
    kept = Counter(
        each.settled_on.replace(day=1) for each in settled
        if each.settled_on and each.due_on and each.settled_on <= each.due_on
    )  # fmt: skip
    rows = await sheet(desk, browser, "on-time")
    assert [(int(row[1]), int(row[2])) for row in rows[1:]] == [(months[m], kept[m]) for m in period.months]
    rows = await sheet(desk, browser, "days")
    for month, row in zip(period.months, rows[1:], strict=True):
        days = [_days(each) for each in settled if each.settled_on and each.settled_on.replace(day=1) == month]
        assert (float(row[2]) if row[2] else None) == (statistics.median(days) if days else None)

    came = Counter(
        each.ticket.kind for each in made
        if each.ticket.state != "not_request" and each.ticket.received_at.astimezone(LONDON).date() >= period.first
    )  # fmt: skip
    rows = await sheet(desk, browser, "kinds")
    assert sorted(int(row[-1]) for row in rows[1:]) == sorted(came.values())
    late = [each for each in found if each.state in OWED and each.due_on and each.due_on < today]
    rows = await sheet(desk, browser, "overdue")
    assert {row[0] for row in rows[1:]} == {each.reference for each in late}
    assert [row[2] for row in rows[1:]] == sorted(row[2] for row in rows[1:])
    asked = [each for each in made if each.asked_at and each.asked_at.astimezone(LONDON).date() >= period.first]
    rows = await sheet(desk, browser, "identity")
    assert sum(int(row[1]) for row in rows[1:]) == len(asked)
    assert sum(int(row[2]) for row in rows[1:]) == sum(each.proved_at is not None for each in asked)


def _days(ticket: Ticket) -> int:
    assert ticket.settled_on
    return (ticket.settled_on - ticket.received_at.date()).days


async def test_the_page_shows_each_report_with_plot_table_and_sheet(
    desk: Console, browser: aiohttp.ClientSession
) -> None:
    """Seven parts, each titled, with its sentence, a picture that names itself, and its rows; nothing inline."""
    await desk.write(lambda s: year(s, desk.clock.at))
    text = await page(desk, browser, "/console/report")
    for key in ("open", "overdue", "on-time", "days", "kinds", "breaches", "identity"):
        part = text[text.index(f'id="{key}"') :].split("</section>")[0]
        assert part.count('<svg class="plot"') == 2, key
        assert "<table>" in part
        assert f"/console/report/{key}.csv?from=2025" in part
    assert 'href="/console/tickets/DR-TEST' in text
    markup = Markup()
    markup.feed(text)
    assert not markup.bad
    assert 'href="/console/report"' in await page(desk, browser, "/console/")


async def test_an_empty_desk_has_reports_that_say_so(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Words instead of pictures, and sheets with only a head."""
    text = await page(desk, browser, "/console/report")
    for said in ("No request is open.", "Nothing is overdue.", "No rights request was settled", "Nothing came in",
                 "No breach was reported", "Nobody was asked for proof"):  # fmt: skip
        assert said in text
    assert '<svg class="plot"' not in text
    assert len(await sheet(desk, browser, "overdue")) == 1


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("from=2026-02-30", "does not exist"),
        ("from=<script>", "write it like"),
        ("from=2026-10-01&to=2026-09-01", "ends before it begins"),
        ("to=2999-01-01", "in the future"),
        ("from=2001-01-01", "choose a shorter one"),
    ],
)
async def test_a_bad_period_comes_back_with_the_mend(
    desk: Console, browser: aiohttp.ClientSession, query: str, says: str
) -> None:
    """The sentence stands beside the form, what was typed is kept, and the sheet refuses it too."""
    text = await page(desk, browser, f"/console/report?{query}", 400)
    assert says in text
    assert "<script>" not in text
    assert 'aria-invalid="true"' in text
    assert says in await page(desk, browser, f"/console/report/days.csv?{query}", 400)


async def test_no_sheet_carries_a_formula(desk: Console, browser: aiohttp.ClientSession) -> None:
    """A colleague whose name is a formula stands in the sheet as text; an unknown sheet is a page with a way back."""

    def begin(session: object) -> None:
        session.get(Staff, 1).name = '=HYPERLINK("http://x")'  # type: ignore[attr-defined]
        talk = customer(session, desk.clock.at)  # type: ignore[arg-type]
        ident = request(session, talk, "access", "x", desk.clock.at - timedelta(days=50))  # type: ignore[arg-type]
        session.get(Ticket, ident).assignee_id = 1  # type: ignore[attr-defined]

    await desk.write(begin)
    rows = await sheet(desk, browser, "overdue")
    assert rows[1][4] == '\'=HYPERLINK("http://x")'
    await page(desk, browser, "/console/report/passwords.csv", 404)


async def test_a_request_is_settled_on_the_local_day_and_no_longer_once_reopened(desk: Console) -> None:
    """Answering sets the day, closing keeps it, reopening takes it away."""

    def begin(session: object) -> int:
        return request(session, customer(session, desk.clock.at), "question", "x", desk.clock.at)  # type: ignore[arg-type]

    ident, lead = await desk.write(begin), Actor("lead", 2)

    async def after(event: str, days: int) -> date | None:
        at = desk.clock.at + timedelta(days=days)
        return await desk.write(lambda s: tickets.change(s, ident, event, lead, at).settled_on)  # type: ignore[arg-type]

    first = (desk.clock.at + timedelta(days=1)).astimezone(LONDON).date()
    assert [await after("answer", 1), await after("close", 2), await after("reopen", 3)] == [first, first, None]


async def test_a_column_without_a_figure_yet_stands_under_its_head(
    desk: Console, browser: aiohttp.ClientSession
) -> None:
    """Head and cells of a column of figures keep to one side, also where its first month has none."""
    async with browser.get(f"{desk.url}/console/report") as response:
        text = await response.text()
    tables = re.findall(r"<table.*?</table>", text, re.DOTALL)
    assert len(tables) > 3
    for table in tables:
        heads = re.findall(r'<th scope="col"([^>]*)>', table)
        row = re.search(r"<tbody><tr>(.*?)</tr>", table, re.DOTALL)
        cells = re.findall(r"<td([^>]*)>", row[1]) if row else heads[1:]
        assert heads[1:] == cells
