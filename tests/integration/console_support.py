"""A desk with staff and a day's worth of customers, for the console's tests: real services, real database, real HTTP."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.app import Running
from bot.audit.actors import Actor
from bot.console import auth, passwords
from bot.console.models import Staff
from bot.contacts.models import Contact, ContactAddress
from bot.conversations import repository
from bot.conversations import service as conversations
from bot.conversations.models import AttachmentFile, Conversation
from bot.desk import Desk
from bot.messages.models import Inbox, Outbox
from bot.tickets import service as tickets
from bot.tickets.service import Terms
from channels.base import InboundMessage
from tests.support import HeldClock, running

PASSWORD = "four small grey pebbles"
HASH = passwords.hashed(PASSWORD)


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
) -> Conversation:
    """A conversation of somebody new."""
    contact = Contact(name=name, created_at=now)
    session.add(contact)
    session.flush()
    session.add(ContactAddress(contact_id=contact.id, channel=channel, value=address))
    recipient = {"sms": "+447700900999", "mail": "info@iomart.com"}.get(channel, "iomart")
    message = InboundMessage(address=address, recipient=recipient, text="", name=name, subject=subject)
    return repository.create(session, message, channel=channel, site="iomart", contact=contact.id, now=now)


def wrote(session: Session, conversation: Conversation, text: str, now: datetime, **values: Any) -> int:
    """The customer says something."""
    line = repository.add_line(session, conversation, now, direction="in", author="you", text=text, **values)
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


def day_at_the_desk(session: Session, now: datetime, desk: Desk) -> dict[str, int]:
    """What an ordinary day leaves in the queue; the ids of the conversations by what they are about."""
    from bot.console.views.clauses import cite
    from bot.conversations.replies import quote

    policy = desk.library.in_force("iomart")
    site = desk.site("iomart")

    def clause(ident: str) -> list[dict[str, Any]]:
        return [quote(cite(policy, ident), desk.settings.base_url).stored()]

    def ago(**duration: float) -> datetime:
        return now - timedelta(**duration)

    sam, lena = Actor("agent", 1), Actor("lead", 2)
    made: dict[str, int] = {}

    talk = customer(session, ago(days=3, hours=2), name="Priya Raman", address="+447700900321")
    made["access"] = talk.id
    text = "Hi, wot data do u hold on me?? need it for my records. thx Priya"
    wrote(session, talk, text, ago(days=3, hours=2), intent="access", confidence=0.93)
    request(session, talk, "access", text, ago(days=3, hours=2))
    ours = (
        "We've noted your request for the data we hold about you. Reference DR-7K3M9-QX4RT. We'll answer by Monday "
        "21 December 2026. Next we may ask you to show it's you."
    )
    conversations.send(session, talk, ours, ago(days=3, hours=2), site=site)
    wrote(
        session,
        talk,
        "ok great. does that include my old hosting account from 2019?",
        ago(minutes=42),
        intent="question",
        confidence=0.55,
    )
    conversations.hand_over(session, talk, "The bot was not sure what is asked.", ago(minutes=42))
    conversations.take_over(session, talk.id, sam, ago(minutes=30))
    conversations.note(
        session, talk.id, lena, "Her old account is under priya.r@example.org. Check the archive too.", ago(minutes=12)
    )

    talk = customer(
        session,
        ago(hours=5),
        channel="mail",
        name="Tom Ferris",
        address="tom.ferris@example.net",
        subject="Do you sell my details?",
    )
    made["question"] = talk.id
    wrote(
        session, talk, "Hello,\n\nI keep getting calls from companies that seem to know I host with you. Do you sell my details "
        "to anyone?\n\nTom", ago(hours=5), intent="question", confidence=0.88, subject="Do you sell my details?",
        quoted="On 12 Nov 2026, iomart wrote:\n> Thank you for renewing your domain tomferris.example.\n> Your invoice is attached.",
    )  # fmt: skip
    conversations.send(
        session,
        talk,
        "Hello Tom,\n\nOur policy says this:",
        ago(hours=5),
        site=site,
        outcome="answered",
        citations=clause("3.2"),
    ).confidence = 0.86
    talk.last_topic = "sale of data"

    talk = customer(session, ago(hours=1), channel="webchat", address="k3f9a2c1d4e5f6a7")
    made["silent"] = talk.id
    wrote(session, talk, "how long do you keep call recordings?", ago(hours=1), intent="question", confidence=0.81)
    conversations.send(
        session, talk, "Our policy doesn't say how long call recordings are kept. Shall I pass your question to our privacy team?",
        ago(hours=1), site=site, outcome="silent", choices=["Yes, please", "No, thank you"],
    )  # fmt: skip
    talk.last_topic = "how long data is kept"

    talk = customer(
        session,
        ago(days=26),
        channel="mail",
        name="Margaret Ellis-Whitworth",
        address="m.ellis@example.co.uk",
        subject="Delete everything",
    )
    made["due"] = talk.id
    text = "Please delete every record you hold on me and confirm when it is done."
    wrote(session, talk, text, ago(days=26), intent="erasure", confidence=0.97, subject="Delete everything")
    ticket = request(session, talk, "erasure", text, ago(days=26))
    conversations.take_over(session, talk.id, lena, ago(days=25))
    tickets.change(session, ticket, "ask", lena, ago(days=20))

    talk = customer(session, ago(days=39), address="+447700900555")
    made["overdue"] = talk.id
    text = "I want a copy of all my info, you said you would send it"
    wrote(session, talk, text, ago(days=39), intent="access", confidence=0.9)
    request(session, talk, "access", text, ago(days=39))
    conversations.hand_over(session, talk, "The customer asked for a person.", ago(days=2))
    wrote(session, talk, "Hello?? Still waiting", ago(days=2), intent="status")

    talk = customer(
        session,
        ago(minutes=18),
        channel="mail",
        name="Jonas Weber",
        address="jonas@weber.example",
        subject="Rechnung von jemand anderem",
    )
    made["breach"] = talk.id
    text = "I received an invoice with somebody else's name and address on it. Attached."
    line = wrote(
        session, talk, text, ago(minutes=18), intent="breach", confidence=0.95, subject="Rechnung von jemand anderem"
    )
    session.add(
        AttachmentFile(
            message_id=line,
            name="invoice <b>41</b>.html",
            content_type="text/html",
            size=48_211,
            digest="0" * 64,
            content=b"<script>alert(1)</script>",
        )
    )
    request(session, talk, "breach", text, ago(minutes=18))
    conversations.hand_over(session, talk, "The customer reports a breach.", ago(minutes=18))

    talk = customer(session, ago(hours=7), address="+447700900777", name="Ola Nowak")
    made["undelivered"] = talk.id
    wrote(session, talk, "stop sending me offers pls", ago(hours=7), intent="objection", confidence=0.7)
    request(session, talk, "objection", "stop sending me offers pls", ago(hours=7), certainty="suspected")
    sent = conversations.send(
        session,
        talk,
        "We've noted that you may be asking us to stop using your data for offers.",
        ago(hours=7),
        site=site,
    )
    session.flush()
    session.execute(update(Outbox).values(state="delivered", sent_at=Outbox.created_at))
    row = session.query(Outbox).filter_by(message_id=sent.id).one()
    row.state, row.error, row.code = "failed", "the phone was off or out of reach", "30003"

    talk = customer(session, ago(minutes=3), address="+447700900888")
    made["odd"] = talk.id
    delivery = Inbox(
        channel="sms",
        dedupe_key="x1",
        sender="+447700900888",
        payload=b"\xff\x00Body=",
        facts={},
        received_at=ago(minutes=3),
        state="handled",
        attempts=1,
    )
    session.add(delivery)
    session.flush()
    wrote(session, talk, "", ago(minutes=3), state="undecodable", inbox_id=delivery.id)
    conversations.hand_over(session, talk, "The message could not be read.", ago(minutes=3))
    session.add(
        Inbox(
            channel="mail",
            dedupe_key="x2",
            sender="weird@example.org",
            payload=b"x",
            facts={},
            received_at=ago(hours=9),
            state="dead",
            attempts=5,
            error="the message has 10,000 nested parts: look at it by hand",
        )
    )
    return made


def link(session: Session, staff_id: int, now: datetime) -> str:
    """A one-time sign-in link's token."""
    return auth.sign_in_link(session, staff_id, now)
