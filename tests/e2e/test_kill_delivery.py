"""A package is handed over once, by force: the desk is killed while links, codes and deliveries are under way.

People press their buttons over real HTTP; whoever's answer is cut off looks again when the desk is back, as people do.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.actors import BOT, Actor
from bot.clock import utc_now
from bot.contacts import proofs
from bot.contacts.models import ContactAddress
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from bot.tickets.states import Given
from tests import processes
from tests.integration.console_support import PASSWORD, csrf_of, customer, http, request, staff
from tests.integration.package_support import FILES, built, key_of
from tests.integration.whole_desk import Relay
from tests.support import running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
PEOPLE = 40
STEPS = 4
"""Released, a code asked for, opened, downloaded."""
MOMENTS = (PEOPLE // 2, PEOPLE * 3 // 2, PEOPLE * 5 // 2, PEOPLE * 7 // 2)
"""After how many steps in all the desk is killed."""
CODE = re.compile(r"\b(\d{6}) is your code")
LINK = re.compile(r"/package/([\w-]{43})")


@dataclass
class Person:
    """Somebody whose package waits to be released, and what has reached them."""

    number: int
    ticket: int = 0
    reference: str = ""
    phone_id: int = 0
    mail_id: int = 0
    codes: int = 0

    @property
    def phone(self) -> str:
        return f"+4477009007{self.number:02}"

    @property
    def mail(self) -> str:
        return f"person{self.number}@customer.example"


async def prepared(folder: Path) -> list[Person]:
    """Requests in review, each with its package built by Sam; Lena has had no hand in them."""
    people = [Person(number) for number in range(PEOPLE)]
    async with running(folder, utc_now) as desk:
        sealer, now = desk.desk.sealer, utc_now()

        def work(session: Session) -> None:
            staff(session, now)
            staff(session, now, "lena@iomart.com", "Lena Okafor", "lead")
            for person in people:
                _in_review(session, person)

        def _in_review(session: Session, person: Person) -> None:
            sam, talk = Actor("agent", 1), customer(session, now, address=person.phone)
            ticket = session.get_one(Ticket, request(session, talk, "access", "my data please", now))
            session.add(ContactAddress(contact_id=talk.contact_id, channel="mail", value=person.mail))
            session.flush()
            query = select(ContactAddress).where(ContactAddress.contact_id == talk.contact_id)
            for address in session.scalars(query.order_by(ContactAddress.id)).all():
                proofs.add(session, talk.contact_id, "control", BOT, now, address=address)
                person.phone_id = address.id if address.channel == "sms" else person.phone_id
                person.mail_id = address.id if address.channel == "mail" else person.mail_id
            proofs.add(session, talk.contact_id, "record", BOT, now, ticket_id=ticket.id)
            tickets.prove_identity(session, ticket.id, 2, "record", sam, now)
            if ticket.state == "received":
                tickets.change(session, ticket.id, "start", sam, now)
            tickets.change(session, ticket.id, "search_done", sam, now, given=Given(search_complete=True))
            built(session, ticket, sealer, now, by=1)
            person.ticket, person.reference = ticket.id, ticket.reference

        await desk.desk.database.write(work)
    return people


@dataclass
class Day:
    """The desk, everybody's browser, and how their steps went.

    `heard` counts the steps whose answer came, `cut` those whose answer did not; of these `unheard` were done all the
    same, and a second press of their button was refused or changed nothing.
    """

    desk: processes.Served
    relay: Relay
    record: Path
    lead: aiohttp.ClientSession
    web: aiohttp.ClientSession
    csrf: str = ""
    up: asyncio.Event = field(default_factory=asyncio.Event)
    heard: int = 0
    cut: int = 0
    unheard: Counter[str] = field(default_factory=Counter)
    _moved: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def signed_in(self) -> None:
        form = {"email": "lena@iomart.com", "password": PASSWORD}
        async with self.lead.post(f"{self.desk.base}/console/sign-in", data=form) as answer:
            self.csrf = csrf_of(await answer.text())

    async def step(self, name: str, press: Callable[[], Awaitable[str | None]], done: Callable[[], bool]) -> str:
        """Press until it is done; what the answer said, "" where it was cut off after the desk had done it."""
        said: str | None = None
        while said is None:
            await self.up.wait()
            try:
                said = await press()
            except (aiohttp.ClientError, ConnectionError):
                self.cut += 1
                await self.up.wait()
                if done():
                    self.unheard[name] += 1
                    said = ""
        async with self._moved:
            self.heard += 1
            self._moved.notify_all()
        return said

    async def reached(self, count: int) -> None:
        async with self._moved, asyncio.timeout(processes.DEADLINE):
            await self._moved.wait_for(lambda: self.heard >= count)

    async def release(self, person: Person) -> str | None:
        """Lena presses "Release and send the link"."""
        url = f"{self.desk.base}/console/tickets/{person.ticket}/release"
        form = {"csrf": self.csrf, "link_to": str(person.mail_id), "code_to": str(person.phone_id)}
        async with self.lead.post(url, data=form, allow_redirects=False) as answer:
            assert answer.status in {303, 503}, await answer.text()
            return "released" if answer.status == 303 else None

    async def post(self, link: str, form: str, **fields: str) -> str | None:
        """One of the forms of the package's page."""
        async with self.web.post(f"{self.desk.base}/package/{link}/{form}", data=fields) as answer:
            text = (await answer.read()).decode("utf-8", "replace")
            assert answer.status in {200, 503}, text
            return text if answer.status == 200 else None

    async def arrived(self, found: Callable[[], str | None]) -> str:
        """Wait for a message, as people look at their phone."""
        async with asyncio.timeout(processes.DEADLINE):
            while (text := found()) is None:  # noqa: ASYNC110  another process writes it: there is no event
                await asyncio.sleep(0.05)
        return text

    def link_of(self, person: Person) -> str | None:
        """The link that reached their mailbox."""
        mails = [each.text for each in self.relay.mails if each.rcpt_to == person.mail]
        return next((found[1] for text in mails if (found := LINK.search(text))), None)

    def code_of(self, person: Person) -> str | None:
        """The newest code that reached them, once as many came as they asked for."""
        found = [codes for key, codes in self.texts(person).items() if key and codes]
        return found[-1][0] if len(found) >= person.codes else None

    def texts(self, person: Person) -> dict[str, list[str]]:
        """The codes that reached their phone, by the message's own key: one sent twice has two."""
        by_key: dict[str, list[str]] = {}
        for each in processes.recorded(self.record):
            if each["To"] == person.phone and (code := CODE.search(each["Body"])):
                by_key.setdefault(each["StatusCallback"], []).append(code[1])
        return by_key


async def _their_day(day: Day, person: Person) -> None:
    """Released, the link by mail, a code by text, opened, downloaded."""
    database, ticket = day.desk.database, person.ticket
    state = f"SELECT state FROM ticket WHERE id = {ticket}"
    await day.step("release", lambda: day.release(person), lambda: _rows(database, state) != [("review",)])
    link = await day.arrived(lambda: day.link_of(person))
    page = ""
    while not page:
        # Whose page was cut off after the code was taken has the key nowhere, and asks for another code.
        page = await _opened(day, person, link)
    key = key_of(page)
    await day.step("download", lambda: day.post(link, "file", key=key, file="all"), lambda: False)


async def _opened(day: Day, person: Person, link: str) -> str:
    """A code is asked for, read and typed; the page that shows the files, "" where that was cut off."""
    database, ticket = day.desk.database, person.ticket
    state = f"SELECT state FROM ticket WHERE id = {ticket}"
    used = f"SELECT count(*) FROM one_time_code WHERE ticket_id = {ticket} AND state = 'used'"
    sent = f"SELECT count(*) FROM one_time_code WHERE ticket_id = {ticket}"
    person.codes += 1
    await day.step("code", lambda: day.post(link, "code"), lambda: _rows(database, sent) == [(person.codes,)])
    code = await day.arrived(lambda: day.code_of(person))
    page = await day.step(
        "open", lambda: day.post(link, "open", code=code), lambda: _rows(database, used) == [(person.codes,)]
    )
    assert _rows(database, state) == [("delivered",)]
    return page


async def _killed_at(day: Day, moments: Sequence[int]) -> list[int]:
    """Kill at each moment and start again; what waited to be sent at each kill."""
    waited = []
    for moment in moments:
        await day.reached(moment)
        day.up.clear()
        await day.desk.kill()
        waited += [int(str(_rows(day.desk.database, "SELECT count(*) FROM outbox WHERE state = 'waiting'")[0][0]))]
        await day.desk.start()
        day.up.set()
    return waited


async def test_a_package_is_handed_over_once_over_four_kills(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """40 packages: one release, one link, one message for each code asked for, one delivery; nothing lost or doubled.

    A message that its provider had taken when the kill fell goes out again, with the same code: counted, not hidden.
    """
    folder, record, relay = tmp_path / "desk", tmp_path / "sent.jsonl", Relay(delay=0.02)
    people = await prepared(folder)
    record.touch()
    server = await relay.listen()
    try:
        port = server.sockets[0].getsockname()[1]
        async with processes.recording_twilio(record, delay=0.02) as base, http() as lead, http() as web:
            desk = processes.Served(
                folder, channels="sms,mail", relay_url=f"smtp://127.0.0.1:{port}", **processes.twilio_settings(base)
            )
            day = Day(desk, relay, record, lead, web)
            try:
                await desk.start()
                await day.signed_in()
                day.up.set()
                async with asyncio.TaskGroup() as group:
                    killing = group.create_task(_killed_at(day, MOMENTS))
                    for person in people:
                        group.create_task(_their_day(day, person))
                await desk.idle()
            finally:
                await desk.stop()
    finally:
        server.close()
    _once(day, people)
    assert any(killing.result()), "kills while nothing is under way prove nothing"
    assert day.cut, "no answer was cut off: the kills fell beside the steps"
    await _whole(desk)
    with capsys.disabled():
        print(  # noqa: T201  the counts are what the test shows
            f"\npackages: {len(people)} handed over, {day.cut} answers cut off, {dict(day.unheard)} of them done all "
            f"the same; {killing.result()} messages waited at the kills; {_repeated(day, people)} texts sent twice"
        )


def _once(day: Day, people: Sequence[Person]) -> None:
    """What the database, the phones and the mailboxes hold is what was asked for, once."""
    database = day.desk.database
    steps = (
        "SELECT subject, action, count(*) FROM audit WHERE action IN ('ticket.released', 'ticket.delivered') "
        "GROUP BY 1, 2"
    )
    done = ("ticket.released", "ticket.delivered")
    assert set(_rows(database, steps)) == {(f"ticket:{each.reference}", step, 1) for each in people for step in done}
    assert _rows(database, "SELECT count(*), count(DISTINCT ticket_id) FROM package_link") == [(PEOPLE, PEOPLE)]
    assert _rows(database, "SELECT count(*), min(version), max(version), min(state) FROM package") == [
        (PEOPLE, 1, 1, "released")
    ]
    assert _rows(database, "SELECT count(*) FROM package_file") == [(PEOPLE * len(FILES),)]
    waits = "secret IS NOT NULL OR state NOT IN ('sent', 'delivered')"
    assert _rows(database, f"SELECT count(*) FROM outbox WHERE {waits}") == [(0,)]
    codes = sum(person.codes for person in people)
    told = dict.fromkeys(("package_ready", "told:package_ready", "told:delivered"), PEOPLE)
    lines = _rows(database, "SELECT outcome, count(*) FROM message WHERE outcome != '' GROUP BY 1")
    assert dict(lines) == told | {"package_code": codes}  # type: ignore[arg-type]  # two columns, a name and a number
    assert _rows(database, "SELECT count(*) FROM one_time_code WHERE state = 'used'") == [(codes,)]
    for person in people:
        texts = day.texts(person)
        assert len(texts) == person.codes
        assert all(len(set(sent)) == 1 for sent in texts.values()), "a message sent twice says the same"
        mails = [each.text for each in day.relay.mails if each.rcpt_to == person.mail]
        assert len({link for text in mails for link in LINK.findall(text)}) == 1


def _repeated(day: Day, people: Sequence[Person]) -> int:
    return sum(len(sent) - 1 for person in people for sent in day.texts(person).values())


async def _whole(desk: processes.Served) -> None:
    """The audit verifies."""
    command = (sys.executable, "-m", "bot", "audit", "verify")
    verify = await asyncio.create_subprocess_exec(*command, env=desk.environ, stdout=asyncio.subprocess.DEVNULL)
    assert await verify.wait() == 0


def _rows(database: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()
