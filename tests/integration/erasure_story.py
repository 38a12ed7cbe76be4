"""One request's life for the proof of erasure: a customer by text, mail and chat, and two colleagues' consoles."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.audit.actors import BOT, Actor
from bot.contacts import consent, holds, linking, proofs
from bot.contacts.consent import Evidence
from bot.contacts.models import Contact, ContactAddress
from bot.learning.models import Lesson
from bot.models import ErasureRun
from bot.packages.models import Package, PackageFinding
from bot.sources.models import FoundRow, SearchRun
from bot.tickets.models import Ticket
from tests.integration.console_support import PASSWORD, csrf_of, http, staff
from tests.integration.package_support import key_of
from tests.integration.search_support import HEAD
from tests.integration.test_erasure import FILE, NAME, WORD
from tests.integration.test_identity import ask, code_in, texted_code
from tests.integration.test_learning import draft
from tests.integration.test_way_chat import asked
from tests.integration.whole_desk import ANN, ANN_NUMBER, World, letter
from tests.support import until

RECORD = f"{HEAD}IOM-4471,{ANN},{ANN_NUMBER},2026-02-03,{NAME}\n"
UPLOAD = f"A letter of {NAME} about {WORD}.".encode()


@dataclass
class Browser:
    """One of the staff at the console."""

    desk: World
    session: aiohttp.ClientSession
    csrf: str = ""

    async def get(self, path: str) -> str:
        async with self.session.get(self._at(path)) as answer:
            return await answer.text()

    async def post(self, path: str, data: Any = None, **form: str) -> str:
        """Press a button; what it must not do is refuse."""
        fields: Any = {"csrf": self.csrf} | form
        if data is not None:
            fields = aiohttp.FormData(fields)
            fields.add_field("file", data, filename=f"{WORD}.txt", content_type="text/plain")
        async with self.session.post(self._at(path), data=fields) as answer:
            page = await answer.text()
            assert answer.status == 200, page
        await self.desk.settled()
        return page

    def _at(self, path: str) -> str:
        return f"http://127.0.0.1:{self.desk.desk.http_port}{path}"


@asynccontextmanager
async def at_work(desk: World, email: str, role: str) -> AsyncIterator[Browser]:
    """Somebody signed in."""
    await desk.desk.desk.database.write(lambda s: staff(s, desk.clock(), email, "", role))
    async with http() as session:
        browser = Browser(desk, session)
        browser.csrf = csrf_of(await browser.post("/console/sign-in", email=email, password=PASSWORD))
        yield browser


async def write(outside: World, work: Any) -> Any:
    done = await outside.desk.desk.database.write(work)
    await outside.settled()
    return done


async def asked_and_known(outside: World) -> Ticket:
    """She asks by text, writes by mail (with a file) and chat, and shows who she is by a code and her record."""
    await outside.texted(f"Please send me all the data you hold about me, {WORD} and everything. I met Priya Patel.")
    mail = letter(f"I am {NAME}. Do you sell my {WORD} data?", sender=f"{NAME} <{ANN}>", subject=f"My {WORD}")
    mail.add_attachment(FILE, maintype="application", subtype="pdf", filename=f"{WORD}.pdf")
    await outside.mailed(mail)
    visitor = await outside.visit()
    await asked(visitor, f"hello, is {WORD} cheese shared?", "client-1")
    await outside.settled()
    actor = await ask(outside)
    await outside.texted(texted_code(outside))
    await outside.texted(f"{NAME}, account IOM-4471")

    async def known() -> bool:
        return bool((await outside.ticket()).state == "searching")

    await until(outside.desk, known)
    found = await outside.ticket()

    def one_person(session: Session) -> None:
        for other in session.scalars(select(Contact.id).where(Contact.id != found.contact_id)).all():
            linking.link(session, found.contact_id, other, "staff", actor, outside.clock())

    await write(outside, one_person)
    return found


async def searched(outside: World, sam: Browser, ticket: Ticket) -> None:
    """The sources find her; a file is added by hand; every line is settled."""
    await outside.desk.searcher.settled()
    runs = await outside.all(SearchRun)
    assert {run.state for run in runs} <= {"found", "nothing", "by_hand"}
    base = f"/console/tickets/{ticket.id}/search"
    of = {run.source: run for run in runs}
    await sam.post(f"{base}/upload", UPLOAD, line=str(of["crm"].id), note=f"From the file of {NAME}", collected_on="")
    by_hand = [run.id for run in runs if run.state == "by_hand"]
    assert by_hand
    for line in by_hand:
        await sam.post(f"{base}/{line}/nil", reason=f"Looked for {NAME} in the ledger: nothing.")
    await sam.post(f"{base}/finish")


async def handed_over(outside: World, sam: Browser, lena: Browser, ticket: Ticket) -> str:
    """Somebody else is left out, it is built and released; she opens it by a texted code, then after a call-back."""
    at = f"/console/tickets/{ticket.id}"
    await sam.post(f"{at}/package/look")
    await sam.post(f"{at}/package/decide", kind="name", choice="confirmed")
    while kinds := re.findall(r'name="kind" value="(\w+)"', await sam.get(f"/console/tickets/{ticket.reference}")):
        await sam.post(f"{at}/package/decide", kind=kinds[0], choice="rejected")
    for item in await outside.all(FoundRow):
        path = f"/console/tickets/{ticket.reference}/items/{item.id}"
        if 'value="free"' in await sam.get(path):
            await sam.post(f"{path}/whole", decision="withheld", reason="somebody_else", note=f"{NAME} sent {WORD}")
    await sam.post(f"{at}/package/build")
    ways = {each.channel: each for each in await outside.all(ContactAddress)}
    now = outside.clock()
    await write(outside, lambda s: proofs.add(s, ways["mail"].contact_id, "control", BOT, now, address=ways["mail"]))
    mail, phone = (str(ways[channel].id) for channel in ("mail", "sms"))
    await lena.post(f"{at}/release", link_to=mail, code_to=phone)
    first = newest_link(outside)
    await taken(outside, first, "")
    await lena.post(f"{at}/new-link", link_to=mail, code_to="call")
    spoken = await lena.post(f"{at}/call-back", called="yes")
    digits = re.search(r'class="digits"[^>]*>(\d{3}) (\d{3})<', spoken)
    assert digits
    await taken(outside, newest_link(outside), digits[1] + digits[2])
    assert (await outside.ticket()).state == "delivered"
    return first


def newest_link(outside: World) -> str:
    """What the last mail with a link says."""
    return [found[1] for each in outside.relay.mails if (found := re.search(r"/package/([\w-]{43})", each.text))][-1]


async def taken(outside: World, link: str, code: str) -> None:
    """She looks, has a code sent where none was read out to her, gets it wrong once, opens and saves everything."""
    base = f"http://127.0.0.1:{outside.desk.http_port}/package/{link}"
    async with outside.http.get(base) as answer:
        assert answer.status == 200
    if not code:
        async with outside.http.post(f"{base}/code") as answer:
            assert answer.status == 200
        await outside.settled()
        code = code_in(re.sub(r"^(\d{6}) is", r"is \1.", outside.twilio.messages[-1]["Body"]))
    async with outside.http.post(f"{base}/open", data={"code": f"{(int(code) + 1) % 10**6:06}"}) as answer:
        assert answer.status == 403
    async with outside.http.post(f"{base}/open", data={"code": code}) as answer:
        key = key_of(await answer.text())
    async with outside.http.post(f"{base}/file", data={"key": key, "file": "all"}) as answer:
        assert (await answer.read())[:2] == b"PK"
    await outside.settled()


async def beside(outside: World, ticket: Ticket) -> None:
    """Consent, a hold that ended, a lesson in her words, a finding that names her."""
    now, sealer, lead = outside.clock(), outside.desk.desk.sealer, Actor("lead", 2)
    line = (await outside.lines())[0]
    lesson = await draft(outside, lead, "example", question=line.text, clause="5")

    def work(session: Session) -> None:
        session.get_one(Lesson, lesson.id).message_id = line.id
        evidence = Evidence("staff", note=f"{NAME} ticked it", wording=f"I, {NAME}, agree")
        consent.record(
            session, ticket.contact_id, "newsletter", "granted", evidence, by="staff:1", at=now, now=now, sealer=sealer
        )
        hold = holds.place(session, ticket.contact_id, f"{NAME} against us", lead, now)
        holds.end(session, hold.id, lead, now)
        package = session.scalars(select(Package)).one()
        found = sealer.seal_text(NAME, PackageFinding.PURPOSE)
        session.add(PackageFinding(package_id=package.id, kind="name", place="report.html", text=found))

    await write(outside, work)


async def erased(outside: World, sam: Browser, lena: Browser) -> None:
    """She asks for it by text; one asks, another confirms, she is told, and it is carried out."""
    await outside.texted(f"Now please delete all my data, {WORD} and all")
    erasure = next(each for each in await outside.all(Ticket) if each.kind == "erasure")
    ended = update(Ticket).where(Ticket.kind != "erasure").values(state="closed", closed_at=outside.clock())
    known = update(Ticket).where(Ticket.id == erasure.id).values(identity_tier=2, state="searching")
    for each in (ended, known):
        await write(outside, lambda s, each=each: s.execute(each).rowcount)
    place = {"page": "ticket", "ticket": str(erasure.id), "linked": "yes", "sure": "yes"}
    await sam.post(f"/console/people/{erasure.contact_id}/erasure", **place)
    (run,) = await outside.all(ErasureRun)
    await lena.post(f"/console/erasures/{run.id}/confirm", page="ticket", ticket=str(erasure.id), tell="yes")
    assert erasure.reference in outside.twilio.messages[-1]["Body"]
    outside.clock.move(minutes=2)
    await outside.desk.scheduler.run_due()
    (run,) = await outside.all(ErasureRun)
    assert run.state == "done", run.problem
