"""A desk with staff, for the console's tests: real services, real database, real HTTP."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from bot.app import Running
from bot.console import auth
from bot.console.models import Staff
from bot.contacts.models import Contact, ContactAddress
from bot.conversations import repository
from bot.conversations.models import Conversation
from bot.desk import Desk
from bot.tickets import service as tickets
from bot.tickets.service import Terms
from channels.base import InboundMessage
from tests.support import HeldClock, running

PASSWORD = "four small grey pebbles"
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""Of PASSWORD, quickly checked: a hash says itself what it costs. `unit/console/test_door.py` holds what ours does."""


def staff(
    session: Session, now: datetime, email: str = "sam@iomart.com", name: str = "Sam Reid", role: str = "agent"
) -> int:
    """An account whose password is PASSWORD."""
    person = Staff(email=email, name=name, role=role, password_hash=HASH, active=True, failures=0, created_at=now)
    session.add(person)
    session.flush()
    return person.id


def customer(
    session: Session,
    now: datetime,
    *,
    channel: str = "sms",
    address: str = "+447700900123",
    name: str = "",
    subject: str = "",
    recipient: str = "",
) -> Conversation:
    """A conversation of somebody new."""
    contact = Contact(name=name, created_at=now)
    session.add(contact)
    session.flush()
    session.add(ContactAddress(contact_id=contact.id, channel=channel, value=address))
    recipient = recipient or {"sms": "+447700900999", "mail": "info@iomart.com"}.get(channel, "iomart")
    message = InboundMessage(address=address, recipient=recipient, text="", name=name, subject=subject)
    return repository.create(session, message, channel=channel, site="iomart", contact=contact.id, now=now)


def wrote(session: Session, conversation: Conversation, text: str, now: datetime, **values: Any) -> int:
    """The customer says something."""
    line = repository.add_line(session, conversation, now, direction="in", author="you", text=text, **values)
    session.flush()
    conversation.last_intent = values.get("intent", conversation.last_intent)
    return line.id


def request(session: Session, conversation: Conversation, kind: str, text: str, now: datetime, **values: Any) -> int:
    """A ticket of that kind."""
    return tickets.open_ticket(
        session, kind=kind, certainty=values.pop("certainty", "received"), conversation=conversation, summary=text,
        received_at=now, terms=Terms(), now=now,
    ).id  # fmt: skip


@dataclass
class Console:
    """A running desk with its address; `browser` signs somebody in and keeps their cookies."""

    running: Running
    clock: HeldClock
    url: str
    made: dict[str, int] = field(default_factory=dict)

    @property
    def desk(self) -> Desk:
        return self.running.desk

    async def write(self, work: Any) -> Any:
        """Run a unit of work."""
        return await self.desk.database.write(work)

    async def read(self, work: Any) -> Any:
        """Read."""
        return await self.desk.database.read(work)


@asynccontextmanager
async def console(folder: Path, **values: Any) -> AsyncIterator[Console]:
    """A desk over HTTP with one agent, one lead and one admin."""
    clock = HeldClock()
    async with running(folder, clock, **values) as desk:

        def accounts(session: Session) -> None:
            staff(session, clock.at)
            staff(session, clock.at, "lena@iomart.com", "Lena Okafor", "lead")
            staff(session, clock.at, "ada@iomart.com", "Ada Bell", "admin")

        await desk.desk.database.write(accounts)
        yield Console(desk, clock, f"http://127.0.0.1:{desk.http_port}")


def http() -> aiohttp.ClientSession:
    """A browser's cookie jar on loopback addresses."""
    return aiohttp.ClientSession(cookie_jar=LoopbackJar())


class LoopbackJar(aiohttp.CookieJar):
    """Keeps Secure cookies of loopback addresses and sends them back over plain http, as browsers do."""

    def __init__(self) -> None:
        super().__init__(unsafe=True)

    def filter_cookies(self, request_url: Any) -> Any:
        return super().filter_cookies(request_url.with_scheme("https"))


async def signed_in(desk: Console, http_session: aiohttp.ClientSession, email: str = "sam@iomart.com") -> str:
    """Sign in by password; returns the CSRF token."""
    form = {"email": email, "password": PASSWORD}
    async with http_session.post(f"{desk.url}/console/sign-in", data=form) as response:
        text = await response.text()
        assert response.status == 200, text
    return csrf_of(text)


def csrf_of(text: str) -> str:
    """The CSRF token of a page."""
    found = re.search(r'<meta name="csrf" content="([^"]+)"', text)
    assert found, text[:500]
    return found[1]


def link(session: Session, staff_id: int, now: datetime) -> str:
    """A one-time sign-in link's token."""
    return auth.sign_in_link(session, staff_id, now)
