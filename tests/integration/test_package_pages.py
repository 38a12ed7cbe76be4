"""Reviewing and building a package over real HTTP, without JavaScript: each button does what it says."""

from __future__ import annotations

import re
from typing import Any

import aiohttp
from sqlalchemy import select
from yarl import URL

from bot.audit.models import AuditEntry
from bot.packages import building
from bot.packages.models import Package, Redaction
from bot.sources.base import File
from bot.sources.models import SearchRun
from bot.tickets.models import Ticket
from tests.integration.console_support import Console, csrf_of, customer, request, wrote
from tests.integration.test_console_pages import NASTY, Markup, page
from tests.unit.packages.desk import holds


async def reviewed(
    desk: Console, *contents: Any, file: File | None = None, name: str = "ana"
) -> tuple[Ticket, list[int]]:
    """A request in review, for which that was found."""

    def begin(session: Any) -> tuple[int, list[int]]:
        talk = customer(session, desk.clock.at, channel="mail", address=f"{name}@example.com", name="Ana Lind")
        wrote(session, talk, "what do you hold on me", desk.clock.at)
        ticket = session.get(Ticket, request(session, talk, "access", "what do you hold on me", desk.clock.at))
        ticket.state = "review"
        session.add(
            SearchRun(ticket_id=ticket.id, source="crm", title="Customer database", state="found", at=desk.clock.at)
        )
        session.flush()
        ids = holds(session, ticket, *contents, sealer=desk.desk.sealer)
        if file is not None:
            ids += holds(session, ticket, {"name": file.name}, file=file, sealer=desk.desk.sealer)
        return ticket.id, ids

    ident, ids = await desk.write(begin)
    found: Ticket = await desk.read(lambda s: s.get(Ticket, ident))
    return found, ids


async def press(desk: Console, browser: aiohttp.ClientSession, at: str, to: str, status: int = 200, **form: str) -> str:
    """Send a form from one page to another, as a browser does, and follow."""
    token = csrf_of(await page(desk, browser, at))
    async with browser.post(f"{desk.url}{to}", data={"csrf": token, **form}) as response:
        text = await response.text()
        assert response.status == status, text
        return text


async def test_from_what_was_found_to_a_built_package(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Look through, decide, build, download: each step says what comes next, and the last is audited."""
    ticket, (first, _second) = await reviewed(desk, {"note": "Ana met Priya Patel"}, "my lamp broke")
    at, base = f"/console/tickets/{ticket.reference}", f"/console/tickets/{ticket.id}/package"
    assert "2 not looked through yet" in await page(desk, browser, at)
    text = await press(desk, browser, at, f"{base}/look")
    assert "1 to decide" in text
    assert "Collected<" in text
    assert not re.search(r"<td>\d{4}-\d\d-\d\d<", text)
    text = await press(desk, browser, at, f"{base}/build", 409)
    assert "1 proposal is open, in item 1: decide" in text
    item = f"{at}/items/{first}"
    text = await page(desk, browser, item)
    (number,) = await desk.read(lambda s: s.scalars(select(Redaction.id)).all())
    assert f'name="redaction" value="{number}"' in text
    text = await press(desk, browser, item, f"{item}/decide", redaction=str(number), choice="confirmed")
    assert '<span class="gone">[name removed]</span>' in text
    assert '<mark class="confirmed" data-number="1">Priya Patel</mark>' in text
    text = await press(desk, browser, at, f"{base}/build")
    assert "The package is built" in text
    made = re.findall(rf'href="({re.escape(at)}/package/\d+)" download>.*?</svg> ([\w./]+)</a>', text, re.DOTALL)
    assert [name for _link, name in made][:3] == ["report.html", "report.pdf", "data.json"]
    for link, name in made:
        async with browser.get(f"{desk.url}{link}") as response:
            assert response.headers["Content-Disposition"].startswith("attachment"), name
            assert "sandbox" in response.headers["Content-Security-Policy"]
            assert b"Patel" not in await response.read()
    actions = await desk.read(lambda s: s.scalars(select(AuditEntry.action)).all())
    assert actions.count("package.previewed") == len(made)
    assert "item.read" in actions
    assert (await desk.read(lambda s: building.package_facts(s, ticket.id))).package


async def test_all_of_a_kind_are_decided_at_once(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Two buttons for each kind, on the request's page and on the item's own."""
    ticket, (first, _second) = await reviewed(desk, "Priya Patel and bob@x.example", "Tom Ash and sue@x.example")
    at, base = f"/console/tickets/{ticket.reference}", f"/console/tickets/{ticket.id}/package"
    await press(desk, browser, at, f"{base}/look")
    text = await press(desk, browser, at, f"{base}/decide", kind="email", choice="rejected")
    assert "every name" in text
    assert "every email" not in text
    text = await press(
        desk, browser, f"{at}/items/{first}", f"{at}/items/{first}/decide", redaction="all", choice="confirmed"
    )
    assert "[name removed] and bob@x.example" in re.sub(r"<[^>]+>", "", text)
    await press(desk, browser, at, f"{base}/decide", 404, kind="name", choice="perhaps")
    await press(desk, browser, at, f"{base}/decide", 409, kind="email", choice="confirmed")


async def test_words_are_marked_by_hand_and_by_selecting(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Typed words go wherever they stand; a selection is held against the text that it was made in."""
    ticket, (item,) = await reviewed(desk, "the tall man, The Tall  Man and a 🙂 dog")
    at = f"/console/tickets/{ticket.reference}/items/{item}"
    text = await press(desk, browser, at, f"{at}/mark", words="the tall man", kind="other")
    assert "[words removed], [words removed] and a" in re.sub(r"<[^>]+>", "", text)
    place = "the tall man, The Tall  Man and a 🙂 dog".index("dog")
    where = {"start": str(place), "end": str(place + 3)}
    text = await press(desk, browser, at, f"{at}/mark", 409, words="cat", kind="other", **where)
    assert "mark it again" in text
    assert ">cat</textarea>" in text
    text = await press(desk, browser, at, f"{at}/mark", words="dog", kind="other", **where)
    assert "🙂 [words removed]" in re.sub(r"<[^>]+>", "", text)
    assert "nowhere" in await press(desk, browser, at, f"{at}/mark", 409, words="nowhere", kind="name")


async def test_a_file_is_read_then_handed_over_or_withheld(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Its words are shown, it can be downloaded, freed, taken back and withheld with a reason."""
    ticket, (_first, item) = await reviewed(desk, "a", file=File("note.txt", "text/plain", b"ring Tom Ash"))
    at = f"/console/tickets/{ticket.reference}/items/{item}"
    assert "ring Tom Ash" in await page(desk, browser, at)
    assert f'href="/console/items/{item}/file"' in await page(desk, browser, at)
    async with browser.get(f"{desk.url}/console/items/{item}/file") as response:
        assert (await response.read(), response.headers["Content-Type"]) == (b"ring Tom Ash", "text/plain")
    assert "nobody else in it" in await press(desk, browser, at, f"{at}/whole", decision="free")
    assert "Take that back" in await page(desk, browser, at)
    assert "Choose a reason" in (await press(desk, browser, at, f"{at}/whole", 409, decision="withheld")).replace(
        "choose", "Choose"
    )
    text = await press(desk, browser, at, f"{at}/whole", decision="withheld", reason="both", note="see <b>Lena</b>")
    assert "Nothing of it: the item is withheld." in text
    assert "see &lt;b&gt;Lena&lt;/b&gt;" in text
    assert "in the package again" in await press(desk, browser, at, f"{at}/whole", decision="include")


async def test_findings_are_settled_with_a_reason(desk: Console, browser: aiohttp.ClientSession) -> None:
    """What the last scan found stands on the page; ticked with a reason it makes the package whole."""
    ticket, (_first, item) = await reviewed(desk, "a", file=File("n.txt", "text/plain", b"write to bob@x.example"))
    at, base = f"/console/tickets/{ticket.reference}", f"/console/tickets/{ticket.id}/package"
    await press(desk, browser, f"{at}/items/{item}", f"{at}/items/{item}/whole", decision="free")
    text = await press(desk, browser, at, f"{base}/build")
    assert "settle them below" in text
    (box,) = re.findall(r'name="(finding-\d+)"', text)
    assert "bob@x.example" in text
    assert "tick the words" in await press(desk, browser, at, f"{base}/settle", 409, reason="a shop of theirs")
    kept = await press(desk, browser, at, f"{base}/settle", 409, **{box: "1", "reason": " "})
    assert "checked" in kept
    await press(desk, browser, at, f"{base}/settle", **{box: "1", "reason": "their own old address"})
    assert (await desk.read(lambda s: s.scalars(select(Package)).one())).state == "built"


async def test_hostile_words_and_foreign_items_do_nothing(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Everything is escaped on both sides; an item or file of another request is not there."""
    ticket, (item,) = await reviewed(desk, {NASTY[:40]: NASTY + " Tom Ash"})
    other, (theirs,) = await reviewed(desk, "of somebody else", name="bo")
    at, base = f"/console/tickets/{ticket.reference}", f"/console/tickets/{ticket.id}/package"
    await press(desk, browser, at, f"{base}/look")
    text = await page(desk, browser, f"{at}/items/{item}")
    Markup().feed(text)
    assert "<script>" not in text
    for wrong in (f"{at}/items/{theirs}", f"{at}/items/999", f"{at}/package/1"):
        await page(desk, browser, wrong, 404)
    await press(desk, browser, at, f"{at}/items/{theirs}/decide", 404, redaction="1", choice="confirmed")
    assert other.reference not in text


async def test_the_panel_is_there_where_a_package_may_be(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Not before the search, and not for what is answered without a package."""
    ticket, _ids = await reviewed(desk, "a")
    at = f"/console/tickets/{ticket.reference}"
    assert 'id="package"' in await page(desk, browser, at)

    def back(session: Any) -> None:
        session.get(Ticket, ticket.id).state = "received"

    await desk.write(back)
    assert 'id="package"' not in await page(desk, browser, at)


async def test_a_reference_in_another_spelling_comes_back_in_its_own(
    desk: Console, browser: aiohttp.ClientSession
) -> None:
    """An end of a line in an address writes no header and breaks nothing."""
    ticket, (item,) = await reviewed(desk, {"note": "my lamp broke"})
    at = f"/console/tickets/{ticket.reference}"
    token = csrf_of(await page(desk, browser, at))
    spelled = URL(f"{desk.url}{at.lower()}%0D%0ASet-Cookie:%20x=1/items/{item}/whole", encoded=True)
    form = {"csrf": token, "decision": "withheld", "reason": "both"}
    async with browser.post(spelled, data=form, allow_redirects=False) as response:
        assert response.status == 303
        assert response.headers["Location"].startswith(f"{at}/items/{item}?")
        assert "Set-Cookie" not in response.headers
