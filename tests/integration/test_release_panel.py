"""Releasing, calling back and taking back from the page of a request, over HTTP as staff do it."""

from __future__ import annotations

import re
import threading
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.console import queue_queries
from bot.console.queue_views import BY_KEY, Filters
from bot.contacts.models import Proof
from bot.packages import contents
from bot.packages.link_models import PackageLink
from bot.packages.models import Package
from bot.sealing import Sealer
from bot.tickets.models import Ticket
from tests.integration.console_support import http, signed_in
from tests.integration.package_support import Delivery, in_review


@pytest.fixture
async def made(tmp_path: Path) -> AsyncIterator[Delivery]:
    async with in_review(tmp_path) as delivery:
        yield delivery


class Colleague:
    """Somebody signed in at the console."""

    def __init__(self, made: Delivery, session: aiohttp.ClientSession, csrf: str) -> None:
        self.made, self.session, self.csrf = made, session, csrf

    async def page(self) -> str:
        async with self.session.get(f"{self.made.desk.url}/console/tickets/{self.made.reference}") as response:
            assert response.status == 200
            return await response.text()

    async def post(self, form: str, fields: Mapping[str, str]) -> tuple[int, str]:
        url = f"{self.made.desk.url}/console/tickets/{self.made.ticket}/{form}"
        async with self.session.post(url, data={"csrf": self.csrf, **fields}) as response:
            return response.status, await response.text()

    @property
    def ways(self) -> dict[str, str]:
        return {"link_to": str(self.made.mail), "code_to": str(self.made.phone)}


@pytest.fixture
async def lena(made: Delivery) -> AsyncIterator[Colleague]:
    async with http() as session:
        yield Colleague(made, session, await signed_in(made.desk, session, "lena@iomart.com"))


@pytest.fixture
async def sam(made: Delivery) -> AsyncIterator[Colleague]:
    async with http() as session:
        yield Colleague(made, session, await signed_in(made.desk, session))


async def test_no_file_is_opened_in_the_writer_s_time(
    made: Delivery, lena: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opening a large package takes a second, in which nobody else's message would be written down: it is released and
    opened by the customer with its files looked at before.
    """
    threads: list[str] = []
    real = contents.plain

    def noted(session: Session, file_id: int, sealer: Sealer) -> bytes:
        threads.append(threading.current_thread().name)
        return real(session, file_id, sealer)

    monkeypatch.setattr(contents, "plain", noted)
    status, _page = await lena.post("release", lena.ways)
    assert status == 200
    released = len(threads)
    assert released > 0
    found = re.search(r"/package/([\w-]+)", await made.sent("mail"))
    assert found
    made.link = found[1]
    async with http() as browser:
        await made.open(browser)
    assert len(threads) > released
    assert not [name for name in threads if name == "desk-write"]


async def test_the_second_person_releases_and_the_first_is_told_why_not(
    made: Delivery, sam: Colleague, lena: Colleague
) -> None:
    """Sam, who built it, has no button and is refused; Lena chooses two ways, and the link stands on the page."""
    page = await sam.page()
    assert "ask a second person to release it" in page
    assert "Release and send the link" not in page
    status, page = await sam.post("release", sam.ways)
    assert (status, "you built or reviewed it yourself" in page) == (409, True)
    assert "Release and send the link" in await lena.page()
    status, page = await lena.post("release", lena.ways)
    assert status == 200
    assert "Released. The link is on its way" in page
    assert "Opens the package" in page
    assert "tess@customer.example" in page


@pytest.mark.parametrize(
    ("fields", "mend"),
    [
        ({}, "choose where the link goes"),
        ({"link_to": "2"}, "another way for the code"),
        ({"link_to": "2", "code_to": "2"}, "the same channel"),
        ({"link_to": "99", "code_to": "call"}, "not proved to be theirs"),
        ({"link_to": "2", "code_to": "9" * 40}, "another way for the code"),
    ],
)
async def test_a_wrong_choice_of_ways_names_the_mend(
    made: Delivery, lena: Colleague, fields: dict[str, str], mend: str
) -> None:
    """Nothing leaves, and the form comes back with what was chosen."""
    status, page = await lena.post("release", fields)
    assert (status, mend in page) == (409, True)
    assert await made.desk.read(lambda s: s.scalars(select(PackageLink)).all()) == []


async def test_where_one_way_alone_is_proved_the_page_says_what_to_do(made: Delivery, lena: Colleague) -> None:
    """How a second one is proved, and that a call-back needs none; with two ways nothing of it is said."""
    assert "is proved, and the link and the code need two" not in await lena.page()
    ended = update(Proof).where(Proof.address_id == made.phone).values(ended_at=made.desk.clock.at)
    await made.desk.write(lambda s: s.execute(ended) and None)
    page = await lena.page()
    assert "Only email is proved, and the link and the code need two." in page
    assert "Ask them to write to us once from a mobile number of theirs." in page
    assert "Or choose a call-back" in page


async def test_the_page_works_once_its_only_link_has_ended(made: Delivery, lena: Colleague) -> None:
    """Nobody opened it in time: the page says so, and a new link can be sent."""
    await lena.post("release", lena.ways)
    past = update(PackageLink).values(expires_at=made.desk.clock.at)
    await made.desk.write(lambda s: s.execute(past) and None)
    page = await lena.page()
    assert "Its time is over" in page
    assert "Send a new link" in page


async def test_a_call_backs_code_is_shown_once(made: Delivery, lena: Colleague, sam: Colleague) -> None:
    """It stands on the answer to the form alone; who had a hand in it gets none; the call must be confirmed."""
    await lena.post("release", {"link_to": str(made.mail), "code_to": "call"})
    status, page = await lena.post("call-back", {})
    assert (status, "tick that you have called" in page) == (409, True)
    status, page = await sam.post("call-back", {"called": "yes"})
    assert (status, "a second person calls back" in page) == (409, True)
    status, page = await lena.post("call-back", {"called": "yes"})
    found = re.search(r'aria-label="The code">(\d{3}) (\d{3})<', page)
    assert status == 200
    assert found
    assert f"{found[1]} {found[2]}" not in await lena.page()


async def test_taking_back_warns_of_a_breach_once_it_was_opened(made: Delivery, lena: Colleague) -> None:
    """The page says that it was opened, and offers to open a breach ticket, whose words name no person."""
    await lena.post("release", lena.ways)
    made.link = re.findall(r"/package/([\w-]+)", await made.sent("mail"))[0]
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as customer:
        await made.open(customer)
    assert "that may be a breach" in await lena.page()
    status, _page = await lena.post("withdraw-package", {"reason": ""})
    assert status == 409
    status, page = await lena.post("withdraw-package", {"reason": "it shows another customer"})
    assert status == 200
    assert "Taken back: the link is dead" in page
    assert "Open a breach ticket" in page
    talk = await made.desk.read(lambda s: s.get_one(Ticket, made.ticket).conversation_id)
    url = f"{made.desk.url}/console/conversations/{talk}/tickets"
    words = f"A package of {made.reference} was taken back after it was opened."
    async with lena.session.post(url, data={"csrf": lena.csrf, "kind": "breach", "summary": words}) as response:
        assert response.status == 200
    kinds = await made.desk.read(lambda s: set(s.scalars(select(Ticket.kind))))
    assert "breach" in kinds


async def test_what_was_done_with_a_link_is_told_in_words(made: Delivery, lena: Colleague) -> None:
    """Wrong codes, places and downloads are words on the page, without any hash of a client."""
    await lena.post("release", lena.ways)
    made.link = re.findall(r"/package/([\w-]+)", await made.sent("mail"))[0]
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as customer:
        await made.look(customer)
        await made.post(customer, "code")
        await made.post(customer, "open", code="12")
        key = await made.open(customer)
        async with customer.post(f"{made.desk.url}/package/{made.link}/file", data={"key": key, "file": "all"}) as got:
            assert got.status == 200
    async with aiohttp.ClientSession(headers={"User-Agent": "another"}) as other:
        await made.post(other, "file", key=key, file="all")
    page = await lena.page()
    for words in (
        "Place 1 looked at the link", "typed a wrong code", "opened the package with a right code",
        "read or saved everything as one archive", "Place 2 was refused a file", "It was used from 2 places",
    ):  # fmt: skip
        assert words in page, words
    assert not re.search(r"\b[0-9a-f]{32}\b", page.partition('id="release"')[2].partition("</section>")[0])


async def test_only_a_lead_deletes_files_by_hand(made: Delivery, sam: Colleague, lena: Colleague) -> None:
    """And only of a package that is not out."""
    await lena.post("release", lena.ways)
    assert (await sam.post("delete-package", {"version": "1"}))[0] == 403
    status, page = await lena.post("delete-package", {"version": "1"})
    assert (status, "withdraw it first" in page) == (409, True)
    await lena.post("withdraw-package", {"reason": "wrong person"})
    assert (await lena.post("delete-package", {"version": "1"}))[0] == 200
    assert (await lena.post("delete-package", {"version": "7"}))[0] == 404
    assert await made.desk.read(lambda s: s.scalars(select(Package.state)).one()) == "deleted"


async def test_the_queue_has_a_view_of_what_is_to_be_released(made: Delivery, lena: Colleague) -> None:
    """In review with a built package, and ready: in the view, with its count; without a package it is not."""

    async def seen() -> list[int]:
        day = made.desk.desk.today()
        found = await made.desk.read(lambda s: queue_queries.page(s, BY_KEY["release"], 2, day, Filters()))
        counts = await made.desk.read(lambda s: queue_queries.counts(s, 2, day))
        assert counts["release"] == len(found.rows)
        return [row.ticket.id for row in found.rows if row.ticket]

    assert await seen() == [made.ticket]
    await lena.post("release", lena.ways)
    assert await seen() == [made.ticket]
    await lena.post("withdraw-package", {"reason": "wrong person"})
    assert await seen() == []
