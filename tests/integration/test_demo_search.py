"""In the demo a request goes from a mail to what is held about its customer, with nobody looking anything up."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import demo
from bot.app import Running
from bot.audit.actors import BOT
from bot.conversations import identity
from bot.demo import records
from bot.demo.visitor import Letter
from bot.demo.world import WORLD, World
from bot.sources import found
from bot.tickets.models import Ticket
from tests.patience import patience
from tests.support import settings

HOME = {"Sec-Fetch-Site": "same-origin"}


class Sam:
    """The customer of the demo's page, who writes mails."""

    def __init__(self, desk: Running, http: aiohttp.ClientSession) -> None:
        self.desk, self.http = desk, http
        assert desk.runner.app is not None
        self.world: World = desk.runner.app[WORLD]

    async def when(self, true: Callable[[], Any]) -> None:
        """Wait until it is so, looking whenever the page would."""
        async with patience():
            with self.world.watch() as changed:
                while not true():
                    await changed.wait()
                    changed.clear()

    @property
    def got(self) -> list[Letter]:
        """The mails from the desk."""
        return [mail for mail in self.world.visitor.mails if not mail.own]

    async def write(self, text: str, reply: str = "") -> Letter:
        """Write, or answer a mail; gives the desk's next mail."""
        before = len(self.got)
        url = f"http://127.0.0.1:{self.desk.http_port}/demo/mailbox"
        fields = {"subject": "" if reply else "My data", "text": text, "reply": reply}
        async with self.http.post(url, data=fields, headers=HOME, allow_redirects=False) as answer:
            assert answer.status == 303
        await self.when(lambda: len(self.got) > before)
        return self.got[-1]

    async def ticket(self, state: str) -> Ticket:
        """The request, once it is in that state."""
        async with patience():
            with self.world.watch() as changed:
                while True:
                    changed.clear()
                    found: Ticket = await self.read(lambda session: session.scalars(select(Ticket)).one())
                    if found.state == state:
                        return found
                    await changed.wait()

    async def read(self, work: Callable[[Session], Any]) -> Any:
        """Look into the desk."""
        return await self.desk.desk.database.read(work)


async def test_a_mail_leads_to_what_is_held(tmp_path: Path) -> None:
    """A request, a code, name and customer number: the records agree, the search begins, and finds what they hold."""
    async with (
        demo.running(settings(tmp_path, channels="sms,mail,webchat")) as desk,
        aiohttp.ClientSession() as http,
    ):
        sam, running = Sam(desk, http), desk.desk
        await sam.write("Dear Sir or Madam,\n\nPlease send me a copy of everything you hold about me.\n\nSam Carter")

        def ask(session: Session) -> None:
            ticket = session.scalars(select(Ticket)).one()
            identity.ask(
                session, ticket.id, BOT, running.now(), house=running.house, site=running.sites[0],
                reason="unknown_address", reasonable=True,
            )  # fmt: skip

        before = len(sam.got)
        await running.database.write(ask)
        await sam.when(lambda: len(sam.got) > before)
        code = re.search(r"code is (\d{6})", sam.got[-1].text)
        assert code
        asked = await sam.write(code[1], str(sam.got[-1].id))
        known = records.details(sam.world.visitor.mailbox)
        await sam.write(f"Sam Carter, customer number {known['customer_no']}", str(asked.id))
        ticket = await sam.ticket("searching")
        assert ticket.identity_tier == 2
        await desk.searcher.settled()
        lines = await sam.read(lambda session: {run.source: run.state for run in found.runs(session, ticket.id)})
        assert lines == {"own": "found", "records": "found", "hand:fax": "by_hand"}
        held = await sam.read(lambda session: found.items(session, ticket.id, running.sealer))
        titles = [item.title for item in held if item.source == "records"]
        assert titles == ["Customer record", "Order", "Order", "Telephone call", "Telephone call"]
        assert {item.nearest for item in held if item.source == "records"} == {True, False}
        assert code[1] not in str([item.content for item in held])
