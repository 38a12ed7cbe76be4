"""A package in the database, made through the models: sealed files with their digests, as the builder leaves them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.actors import BOT, Actor
from bot.contacts import proofs
from bot.contacts.models import ContactAddress
from bot.messages import masked
from bot.messages.models import Outbox
from bot.packages import contents, release, taking, withdrawing
from bot.packages.models import Package, PackageFile
from bot.packages.release import Route
from bot.packages.withdrawing import Withdrawn
from bot.sealing import Sealer
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from bot.tickets.states import Given
from tests.integration.console_support import Console, console, customer, request

FILES = {
    "report.html": ("text/html; charset=utf-8", b"<!doctype html><title>Your data</title><h1>What we hold</h1>"),
    "report.pdf": ("application/pdf", b"%PDF-1.7 what we hold"),
    "data.json": ("application/json", b'{"items": []}'),
    "attachments/1.txt": ("text/plain", b"a letter of yours"),
}


def built(
    session: Session, ticket: Ticket, sealer: Sealer, now: datetime, *, by: int, version: int = 1, state: str = "built"
) -> Package:
    """A whole package of that ticket."""
    package = Package(
        ticket_id=ticket.id, version=version, state=state, built_by=by, built_at=now, digest="",
        inputs=taking.inputs(session, ticket), policies=[], counts={},
    )  # fmt: skip
    session.add(package)
    session.flush()
    for name, (kind, content) in FILES.items():
        session.add(
            PackageFile(
                package_id=package.id,
                name=name,
                content_type=kind,
                size=len(content),
                digest=hashlib.sha256(content).hexdigest(),
                content=sealer.seal(content, PackageFile.purpose(ticket.id, version)),
            )
        )
    session.flush()
    package.digest = contents.whole_digest(contents.entries(session, package.id))
    return package


@dataclass
class Delivery:
    """A running desk with one request in review, whose package is built; `link` is set once it is released."""

    desk: Console
    ticket: int = 0
    reference: str = ""
    phone: int = 0
    mail: int = 0
    link: str = ""

    async def sent(self, channel: str) -> str:
        """What the newest message on that channel says, with its secret in its place, as the deliverer sends it."""

        def work(session: Session) -> str:
            query = select(Outbox).where(Outbox.channel == channel, Outbox.secret.is_not(None))
            row = session.scalars(query.order_by(Outbox.id.desc()).limit(1)).one()
            assert row.secret is not None
            return masked.filled(self.desk.desk.sealer, row.payload["text"], row.secret)

        return str(await self.desk.read(work))

    async def code(self, channel: str = "sms") -> str:
        """The newest code that went out there."""
        found = re.search(r"\b\d{6}\b", await self.sent(channel))
        assert found
        return found[0]

    async def release(self, *, by: int = 2, role: str = "lead", code_to: int | None = -1) -> None:
        """Release it, the link by mail and codes by text, or by a call-back (`code_to=None`)."""
        desk, now = self.desk.desk, self.desk.clock.at
        route = Route(self.mail, self.phone if code_to == -1 else code_to)

        def work(session: Session) -> None:
            release.release(
                session, self.ticket, Actor(role, by), now, house=desk.house, site=desk.sites[0], route=route, days=14
            )  # fmt: skip

        await self.desk.write(work)
        found = re.search(r"/package/([\w-]+)", await self.sent("mail"))
        assert found
        self.link = found[1]

    async def release_link_again(self) -> None:
        """Another link, by the same ways."""
        desk, now = self.desk.desk, self.desk.clock.at
        route = Route(self.mail, self.phone)

        def work(session: Session) -> None:
            release.new_link(
                session, self.ticket, Actor("lead", 2), now, house=desk.house, site=desk.sites[0], route=route, days=14
            )

        await self.desk.write(work)
        found = re.search(r"/package/([\w-]+)", await self.sent("mail"))
        assert found
        self.link = found[1]

    async def withdraw(self, reason: str = "it shows somebody else") -> Withdrawn:
        """Take it back."""
        desk, now = self.desk.desk, self.desk.clock.at
        who = Actor("lead", 2)
        found = await self.desk.write(
            lambda session: withdrawing.withdraw(
                session, self.ticket, who, now, house=desk.house, site=desk.sites[0], reason=reason
            )
        )
        assert isinstance(found, Withdrawn)
        return found

    async def post(self, http: aiohttp.ClientSession, form: str, **fields: str) -> tuple[int, str]:
        """Send one of the page's forms."""
        url = f"{self.desk.url}/package/{self.link}/{form}"
        async with http.post(url, data=fields, allow_redirects=False) as response:
            return response.status, await response.text()

    async def look(self, http: aiohttp.ClientSession, token: str = "") -> tuple[int, str]:
        """Open the link."""
        async with http.get(f"{self.desk.url}/package/{token or self.link}", allow_redirects=False) as response:
            return response.status, await response.text()

    async def open(self, http: aiohttp.ClientSession) -> str:
        """Have a code sent, type it, and return the opening's key."""
        await self.post(http, "code")
        status, page = await self.post(http, "open", code=await self.code())
        assert status == 200, page
        return key_of(page)


def key_of(page: str) -> str:
    """The opening's key in a page."""
    found = re.search(r'name="key" value="([\w-]+)"', page)
    assert found, page
    return found[1]


@asynccontextmanager
async def in_review(folder: Path, **values: Any) -> AsyncIterator[Delivery]:
    """A desk where Sam (1) has searched, built and reviewed a request by text; Lena (2) and Ada (3) have not."""
    async with console(folder, **values) as desk:
        made = Delivery(desk)
        now, sealer = desk.clock.at, desk.desk.sealer

        def work(session: Session) -> None:
            talk = customer(session, now)
            ticket = session.get_one(Ticket, request(session, talk, "access", "my data please", now))
            mail = ContactAddress(contact_id=talk.contact_id, channel="mail", value="tess@customer.example")
            session.add(mail)
            session.flush()
            phone = session.scalars(select(ContactAddress).where(ContactAddress.channel == "sms")).one()
            sam = Actor("agent", 1)
            for address in (phone, mail):
                proofs.add(session, talk.contact_id, "control", BOT, now, address=address)
            proofs.add(session, talk.contact_id, "record", BOT, now, ticket_id=ticket.id)
            tickets.prove_identity(session, ticket.id, 2, "record", sam, now)
            if ticket.state == "received":
                tickets.change(session, ticket.id, "start", sam, now)
            tickets.change(session, ticket.id, "search_done", sam, now, given=Given(search_complete=True))
            built(session, ticket, sealer, now, by=1)
            made.ticket, made.reference, made.phone, made.mail = ticket.id, ticket.reference, phone.id, mail.id

        await desk.write(work)
        yield made
