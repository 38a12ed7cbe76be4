"""The page of one ticket over real HTTP: its head, its panels, the way back to them, and the record of each look."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import aiohttp
from sqlalchemy import select

from bot.audit.models import AuditEntry
from bot.console.panels import PANELS
from bot.tickets.models import Ticket
from tests.integration.console_support import Console, csrf_of, customer, http, request, signed_in, wrote
from tests.integration.test_console_pages import NASTY, Markup, page, post


async def asked(desk: Console, kind: str = "access", text: str = "what do you hold on me", **values: Any) -> Ticket:
    """A customer with one request."""

    def begin(session: Any) -> int:
        talk = customer(session, desk.clock.at, channel="memory", address="ana", name="Ana Lind")
        wrote(session, talk, text, desk.clock.at)
        return request(session, talk, kind, text, desk.clock.at, **values)

    ident = await desk.write(begin)
    found: Ticket = await desk.read(lambda s: s.get(Ticket, ident))
    return found


async def test_the_page_says_what_is_asked_by_whom_and_until_when(
    desk: Console, browser: aiohttp.ClientSession
) -> None:
    """Head, own words, every panel that applies with its anchor, and a way there from the conversation."""
    ticket = await asked(desk)
    facts = await page(desk, browser, f"/console/conversations/{ticket.conversation_id}?view=all")
    link = f"/console/tickets/{ticket.reference}?view=all&amp;why=queue"
    assert link in facts
    text = await page(desk, browser, link.replace("&amp;", "&"))
    for said in ("Access request", ticket.reference, "Ana Lind", "what do you hold on me", "Due in ", "nobody has it"):
        assert said in text, said
    assert text.count("<h1>") == 1
    for panel in PANELS:
        assert (f'href="#{panel.key}"' in text) == (f'id="{panel.key}"' in text)
    assert 'id="clock"' in text


async def test_a_reference_is_read_in_any_spelling_and_an_unknown_one_says_what_to_do(
    desk: Console, browser: aiohttp.ClientSession
) -> None:
    """Lower case finds it; a wrong check character, an unknown one and a long one are a page with a way back."""
    ticket = await asked(desk)
    assert ticket.reference in await page(desk, browser, f"/console/tickets/{ticket.reference.lower()}")
    for wrong in ("DR-00000-00000", "DR-7K3M9-QX4RU", "x" * 3_000, "7"):
        assert "There is no ticket of that reference" in await page(desk, browser, f"/console/tickets/{wrong}", 404)


async def test_a_look_is_audited_once_a_visit_with_its_reason(desk: Console, browser: aiohttp.ClientSession) -> None:
    """The reason is one of ours; a look soon after is the same visit, a later one another; live ones are none."""
    ticket = await asked(desk)
    path = f"{desk.url}/console/tickets/{ticket.reference}"

    async def looks() -> list[str]:
        query = select(AuditEntry.data).where(AuditEntry.action == "ticket.read", AuditEntry.actor == "staff:1")
        return [json.loads(data)["reason"] for data in await desk.read(lambda s: list(s.scalars(query)))]

    async with browser.get(path, headers={"X-Desk-Live": "1"}):
        assert await looks() == []
    for query in ("?why=search", "?why=queue&done=assigned", ""):
        async with browser.get(path + query) as response:
            assert response.status == 200
    assert await looks() == ["search"]
    desk.clock.at += timedelta(minutes=31)
    async with browser.get(path + f"?why={NASTY[:20]}"):
        assert await looks() == ["search", "opened"]
    assert "looked at the request, from a search" in await page(desk, browser, f"/console/tickets/{ticket.reference}")


async def test_a_form_of_the_page_leads_back_to_the_page(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Assigning here comes back here with a word of it; a colleague who is none is refused with one."""
    ticket = await asked(desk)
    path = f"/console/tickets/{ticket.id}/assign"
    form = {"csrf": csrf_of(await page(desk, browser, "/console/")), "page": "ticket", "to": "1", "view": "rights"}
    async with browser.post(desk.url + path, data=form) as response:
        text = await response.text()
        assert response.url.path == f"/console/tickets/{ticket.reference}"
        assert response.url.query["view"] == "rights"
    assert "It is assigned." in text
    assert "you have it" in text
    await post(desk, browser, path, 404, page="ticket", to="99")
    await post(desk, browser, "/console/tickets/999/assign", 404, page="ticket", to="1")


async def test_words_of_customers_never_become_markup_here(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Whatever the customer wrote stands there as they wrote it, and the page has no script or style of its own."""
    ticket = await asked(desk, text=NASTY)
    text = await page(desk, browser, f"/console/tickets/{ticket.reference}?why={NASTY[:30]}&q=%3Cscript%3Ealert(3)")
    assert "<script>alert" not in text
    assert "{{7*7}}" in text
    markup = Markup()
    markup.feed(text)
    assert not markup.bad


async def test_evidence_is_bundled_for_leads_with_a_reason(desk: Console) -> None:
    """The receipt is on the page; an agent gets no bundle; a lead gets the ZIP with a reason, none without."""
    ticket = await asked(desk)
    path = f"/console/tickets/{ticket.id}/evidence"
    async with http() as session:
        token = await signed_in(desk, session)
        assert "A lead can download" in await page(desk, session, f"/console/tickets/{ticket.reference}")
        async with session.post(f"{desk.url}{path}", data={"csrf": token, "why": "court"}) as answer:
            assert answer.status == 403
    async with http() as session:
        token = await signed_in(desk, session, "lena@iomart.com")
        text = await page(desk, session, f"/console/tickets/{ticket.reference}")
        assert re.search(r"Receipt for the customer: <code>\d+-[0-9a-f]{24}</code>", text)
        async with session.post(f"{desk.url}{path}", data={"csrf": token, "why": "curiosity"}) as answer:
            assert answer.status == 409
            assert "say why the bundle is made" in await answer.text()
        async with session.post(f"{desk.url}{path}", data={"csrf": token, "why": "court"}) as answer:
            assert answer.content_type == "application/zip"
            assert "attachment" in answer.headers["Content-Disposition"]
            assert (await answer.read())[:2] == b"PK"
        assert "a court or a lawyer asks" in await page(desk, session, f"/console/tickets/{ticket.reference}")
