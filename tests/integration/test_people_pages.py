"""The page of a person, the panel of a request to be erased, and lists for partners: over HTTP, by role."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.audit.models import AuditEntry
from bot.contacts.models import Contact
from bot.conversations.models import Message
from bot.erasure import carrying
from bot.erasure.models import ErasureRun
from bot.messages.models import Outbox
from bot.tickets.models import Ticket
from tests.integration.console_support import Console, console, customer, http, request, signed_in, wrote

ANN = "+447700900467"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Console]:
    """One customer with a request to be erased."""
    async with console(tmp_path) as made:

        def fill(session: Session) -> None:
            talk = customer(session, made.clock.at, name="Ann Lee", address=ANN)
            wrote(session, talk, "please erase my zephyr data", made.clock.at, intent="erasure")
            request(session, talk, "erasure", "please erase my zephyr data", made.clock.at)
            session.execute(update(Ticket).values(identity_tier=2, state="searching"))

        await made.write(fill)
        yield made


class Colleague:
    """A signed-in browser."""

    def __init__(self, desk: Console, session: aiohttp.ClientSession, csrf: str) -> None:
        self.desk, self.http, self.csrf = desk, session, csrf

    async def get(self, path: str) -> tuple[int, str]:
        async with self.http.get(self.desk.url + path) as answer:
            return answer.status, await answer.text()

    async def post(self, path: str, **fields: Any) -> tuple[int, str, str]:
        """The status, the page, and where it ended."""
        async with self.http.post(self.desk.url + path, data={"csrf": self.csrf, **fields}) as answer:
            return answer.status, await answer.text(), str(answer.url.relative())


@pytest.fixture
async def sam(desk: Console) -> AsyncIterator[Colleague]:
    async with http() as session:
        yield Colleague(desk, session, await signed_in(desk, session))


@pytest.fixture
async def lena(desk: Console) -> AsyncIterator[Colleague]:
    async with http() as session:
        yield Colleague(desk, session, await signed_in(desk, session, "lena@iomart.com"))


async def test_the_page_shows_the_person_and_each_visit_is_audited(desk: Console, sam: Colleague) -> None:
    """Addresses, requests, how each purpose stands; whoever is not there is said so."""
    status, page = await sam.get("/console/people/1")
    assert status == 200
    for words in ("Ann Lee", ANN, "Offers of partners", "Never asked", "Erasure request", "What is removed"):
        assert words in page
    await sam.get("/console/people/1?why=request")
    desk.clock.at += timedelta(minutes=31)
    await sam.get("/console/people/1?why=request")
    looks = await desk.read(lambda s: s.scalars(select(AuditEntry).where(AuditEntry.action == "person.read")).all())
    assert {(each.actor, each.subject) for each in looks} == {("staff:1", "contact:1")}
    assert [json.loads(each.data)["reason"] for each in looks] == ["opened", "request"], (
        "one look a visit, each with its reason"
    )
    assert (await sam.get("/console/people/99"))[0] == 404
    assert (await sam.get("/console/people/x"))[0] == 404


async def test_staff_write_to_the_ledger_with_evidence_or_not_at_all(desk: Console, sam: Colleague) -> None:
    """What can't be taken comes back with what was typed; the list for partners then holds the person."""
    form = {"purpose": "partner_offers", "state": "granted", "day": "2026-03-01", "wording": "I agree to offers."}
    status, page, _ = await sam.post("/console/people/1/consent", **form, note="")
    assert status == 409
    assert "write what you saw" in page
    assert "I agree to offers." in page
    for bad in ({"purpose": "messages"}, {"day": "yesterday"}, {"state": "sold"}, {"day": "2027-03-01"}):
        assert (await sam.post("/console/people/1/consent", **(form | {"note": "form 7"} | bad)))[0] == 409
    status, page, where = await sam.post("/console/people/1/consent", **form, note="form 7, archive B")
    assert (status, where) == (200, "/console/people/1?done=recorded#consent".partition("#")[0])
    assert "Permitted" in page
    assert "form 7, archive B" in page
    assert (await sam.get("/console/consent"))[0] == 403


async def test_a_list_for_partners_is_for_leads_and_audited(desk: Console, sam: Colleague, lena: Colleague) -> None:
    """The page has counts alone; the download has those with evidence, and the audit says who took it."""
    status, page = await lena.get("/console/consent?purpose=partner_offers")
    assert status == 200
    assert "No permission on record" in page
    await sam.post("/console/people/1/consent", purpose="partner_offers", state="granted", note="form 7")
    assert "1 may be shared" in (await lena.get("/console/consent?purpose=partner_offers"))[1]
    status, text, _ = await lena.post("/console/consent/export", purpose="partner_offers")
    assert status == 200
    (line,) = csv.DictReader(io.StringIO(text))
    assert (line["address"], line["name"]) == (ANN, "Ann Lee")
    assert (await lena.post("/console/consent/export", purpose="sell_all"))[0] == 404
    assert (await sam.post("/console/consent/export", purpose="partner_offers"))[0] == 403
    taken = await desk.read(
        lambda s: s.scalars(select(AuditEntry).where(AuditEntry.action == "consent.exported")).all()
    )
    assert [each.actor for each in taken] == ["staff:2"]


async def test_nobody_shares_alone_what_they_alone_say_was_permitted(
    desk: Console, sam: Colleague, lena: Colleague
) -> None:
    """A lead's own note puts nobody on the list that they take, and the page says why; a colleague's note does."""
    await lena.post("/console/people/1/consent", purpose="partner_offers", state="granted", note="they told me so")
    _, page = await lena.get("/console/consent?purpose=partner_offers")
    assert "0 may be shared" in page
    assert "Shown by nothing but your own note: another lead takes the list" in page
    _, text, _ = await lena.post("/console/consent/export", purpose="partner_offers")
    assert list(csv.DictReader(io.StringIO(text))) == []
    await sam.post("/console/people/1/consent", purpose="partner_offers", state="granted", note="form 7")
    assert "1 may be shared" in (await lena.get("/console/consent?purpose=partner_offers"))[1]


async def test_holds_are_for_leads_and_stop_an_erasure(desk: Console, sam: Colleague, lena: Colleague) -> None:
    """It is shown, with its reason, and nothing can be asked for while it is in force."""
    assert (await sam.post("/console/people/1/hold", reason="a claim"))[0] == 403
    status, page, _ = await lena.post("/console/people/1/hold", reason="")
    assert status == 409
    status, page, _ = await lena.post("/console/people/1/hold", reason="Claim SC/41/26")
    assert "Legal hold" in page
    assert "Claim SC/41/26" in page
    status, page, _ = await sam.post("/console/people/1/erasure", sure="yes", linked="yes")
    assert status == 409
    assert "hold is in force" in page
    assert (await lena.post("/console/people/1/unhold", hold="x"))[0] == 404
    assert "The hold has ended" in (await lena.post("/console/people/1/unhold", hold="1"))[1]


async def test_a_request_is_erased_by_two_people_and_answered(desk: Console, sam: Colleague, lena: Colleague) -> None:
    """From its own page: asked, refused to the same person, confirmed by a lead, told first, then removed."""
    reference = await desk.read(lambda s: s.scalar(select(Ticket.reference)))
    path = f"/console/tickets/{reference}"
    assert "Ask for the erasure" in (await sam.get(path))[1]
    place = {"page": "ticket", "ticket": "1"}
    status, page, _ = await sam.post("/console/people/1/erasure", **place, linked="yes")
    assert (status, "tick that you read" in page) == (409, True)
    status, page, where = await sam.post("/console/people/1/erasure", **place, linked="yes", sure="yes")
    assert (status, where.startswith(path)) == (200, True)
    assert "Waits to be confirmed" in page
    assert "Confirm, and erase" not in page
    assert (await sam.post("/console/erasures/1/confirm", **place))[0] == 403
    assert "Confirm, and erase" in (await lena.get(path))[1]
    status, page, _ = await lena.post("/console/erasures/1/confirm", **place, tell="yes")
    assert status == 200
    told = await desk.read(lambda s: s.scalars(select(Outbox)).all())
    assert [reference in each.payload["text"] for each in told] == [True]
    assert "This is our last message" in told[0].payload["text"]
    assert "finished" not in told[0].payload["text"], "nothing is removed yet when it goes out"
    assert await carrying.carry_due(desk.desk.database, desk.desk.sign, desk.clock.at) == 0
    await desk.write(lambda s: s.execute(update(Outbox).values(state="sent")) and None)
    assert await carrying.carry_due(desk.desk.database, desk.desk.sign, desk.clock.at) == 1
    for each in (path, "/console/people/1", "/console/conversations/1", "/console/?view=all"):
        status, page = await sam.get(each)
        assert status == 200
        for gone in ("zephyr", "900467", "Ann Lee"):
            assert gone not in page, (each, gone)
    assert "Erased on" in (await sam.get("/console/people/1"))[1]
    ticket = await desk.read(lambda s: s.scalars(select(Ticket)).one())
    assert ticket.state == "answered"
    assert await desk.read(lambda s: s.scalars(select(Contact.name)).all()) == [""]
    assert not any(await desk.read(lambda s: s.scalars(select(Message.text)).all()))


async def test_an_erasure_can_be_taken_back_before_it_is_confirmed(desk: Console, sam: Colleague) -> None:
    """And only then; nothing was removed."""
    await sam.post("/console/people/1/erasure", ticket="1", linked="yes", sure="yes")
    assert "taken back" in (await sam.post("/console/erasures/1/cancel"))[1]
    assert (await sam.post("/console/erasures/1/cancel"))[0] == 409
    assert (await sam.post("/console/erasures/7/cancel"))[0] == 404
    assert await desk.read(lambda s: s.scalars(select(ErasureRun.state)).all()) == ["cancelled"]
    assert await desk.read(lambda s: s.scalar(select(Contact.name))) == "Ann Lee"
