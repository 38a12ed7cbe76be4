"""The whole desk with the world around it: a Twilio that records, a relay that records, real SMTP, a real socket."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import aiohttp
import aiosmtplib
from aiosmtpd.smtp import SMTP
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.app import Running
from bot.audit.actors import Actor
from bot.conversations import service
from bot.conversations.models import Conversation, Message
from bot.messages.models import Outbox
from bot.models import Staff
from bot.tickets.models import Ticket
from channels.mail.channel import MailChannel
from tests.fakes import twilio as fake
from tests.support import HeldClock, rows, running, settled
from tests.unit.channels.webchat.desk import Visitor

PUBLIC = "https://desk.example"
OUR_NUMBER, OUR_MAILBOX = "+447700900999", "info@iomart.com"
ANN, ANN_NUMBER = "ann@example.net", "+447700900001"
_NUMBERS = count(1)


class Mail(NamedTuple):
    """A mail as the relay took it."""

    mail_from: str
    rcpt_to: str
    message: EmailMessage

    @property
    def text(self) -> str:
        """Its words, however their lines flow."""
        part = self.message.get_body(("plain",))
        assert part is not None
        return " ".join(str(part.get_content()).split())

    @property
    def reply_address(self) -> str:
        """Where an answer to it goes."""
        address = self.message["Reply-To"].addresses[0]
        return f"{address.username}@{address.domain}"


@dataclass
class Relay:
    """An SMTP relay that records what it takes. `refusals` are given first, one a mail; `delay` in seconds. Recipients
    that are `unknown` are refused.
    """

    mails: list[Mail] = field(default_factory=list)
    refusals: deque[str] = field(default_factory=deque)
    delay: float = 0.0
    unknown: set[str] = field(default_factory=set)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name, and its arguments
        self, _server: SMTP, _session: object, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address in self.unknown:
            return "550 5.1.1 No such user"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: object, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.delay:
            await asyncio.sleep(self.delay)
        if self.refusals:
            return self.refusals.popleft()
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.mails.append(Mail((envelope.mail_from or "").strip("<>"), envelope.rcpt_tos[0], message))
        return "250 OK"

    async def listen(self) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: SMTP(self, loop=loop, hostname="relay"), "127.0.0.1", 0)


@dataclass
class World:
    """The desk, and what a customer and the providers can do."""

    desk: Running
    clock: HeldClock
    twilio: fake.FakeTwilio
    relay: Relay
    http: aiohttp.ClientSession

    async def post(self, path: str, fields: dict[str, str]) -> int:
        """A signed webhook; gives the status."""
        body, headers = fake.webhook(PUBLIC + path, fields)
        url = f"http://127.0.0.1:{self.desk.http_port}{path}"
        async with self.http.post(url, data=body, headers=headers) as answer:
            return answer.status

    async def text(self, words: str, sender: str = ANN_NUMBER, *, number: int = 0, **more: str) -> int:
        """Ann texts; gives the status of the webhook. `number` repeats an earlier MessageSid."""
        return await self.post("/sms/twilio", fake.text(number or next(_NUMBERS), words, sender=sender) | more)

    async def texted(self, words: str, sender: str = ANN_NUMBER) -> str:
        """Ann texts, and reads what came back; "" for nothing."""
        before = len(self.twilio.messages)
        assert await self.text(words, sender) == 200
        await self.settled()
        new = [message["Body"] for message in self.twilio.messages[before:] if message["To"] == sender]
        return new[-1] if new else ""

    async def report(self, message: dict[str, str], status: str, code: str = "") -> int:
        """Twilio calls back about a message that it took."""
        url = urlsplit(message["StatusCallback"])
        fields = {"AccountSid": fake.ACCOUNT, "MessageSid": message["sid"], "MessageStatus": status}
        return await self.post(f"{url.path}?{url.query}", fields | ({"ErrorCode": code} if code else {}))

    async def mail(self, content: EmailMessage | bytes, mail_from: str = ANN, to: str = OUR_MAILBOX) -> int:
        """A mail comes over SMTP; gives the code of the answer to DATA."""
        async with self.smtp() as client:
            return await hand_over(client, content, mail_from, to)

    async def mailed(self, content: EmailMessage | bytes, mail_from: str = ANN, to: str = OUR_MAILBOX) -> Mail | None:
        """A mail comes, and what was answered; None for nothing."""
        before = len(self.relay.mails)
        assert await self.mail(content, mail_from, to) == 250
        await self.settled()
        new = self.relay.mails[before:]
        return new[-1] if new else None

    @property
    def smtp_port(self) -> int:
        channel = self.desk.desk.channels["mail"]
        assert isinstance(channel, MailChannel)
        return channel.port

    def smtp(self) -> aiosmtplib.SMTP:
        """A client of the desk's own SMTP server."""
        return aiosmtplib.SMTP(hostname="127.0.0.1", port=self.smtp_port, start_tls=False)

    async def open_chat(self) -> Visitor:
        """A visitor's page, before its hello."""
        url = f"http://127.0.0.1:{self.desk.http_port}/chat/ws"
        return Visitor(await self.http.ws_connect(url, headers={"Origin": PUBLIC}))

    async def visit(self, **fields: Any) -> Visitor:
        """A visitor's page, after hello and ready."""
        visitor = await self.open_chat()
        assert (await visitor.hello(**fields))["type"] == "ready"
        return visitor

    async def settled(self) -> None:
        await settled(self.desk)

    async def all(self, table: type[Any]) -> Sequence[Any]:
        """Every row of a table."""
        return await rows(self.desk, lambda session: session.scalars(select(table).order_by(table.id)).all())

    async def ticket(self) -> Ticket:
        """The only ticket."""
        (ticket,) = await self.all(Ticket)
        assert isinstance(ticket, Ticket)
        return ticket

    async def sent(self) -> Outbox:
        """The only message that went out."""
        (row,) = await self.all(Outbox)
        assert isinstance(row, Outbox)
        return row

    async def lines(self, conversation: int = 1) -> list[Message]:
        """A conversation's lines."""
        return [line for line in await self.all(Message) if line.conversation_id == conversation]

    async def staff(self) -> Actor:
        """Somebody who works at the desk."""
        now = self.clock()

        def work(session: Session) -> Actor:
            person = Staff(email=f"sam{secrets.token_hex(4)}@example.com", role="agent", created_at=now)
            session.add(person)
            session.flush()
            return Actor("agent", person.id)

        return await self.desk.desk.database.write(work)

    async def staff_reply(self, words: str, conversation: int = 1) -> None:
        """One of the staff answers, having seen everything."""
        now, site, actor = self.clock(), self.desk.desk.sites[0], await self.staff()

        def work(session: Session) -> None:
            seen = session.get_one(Conversation, conversation).last_seq
            service.reply(session, conversation, actor, words, seen_seq=seen, site=site, now=now)

        await self.desk.desk.database.write(work)
        await self.settled()


@asynccontextmanager
async def world(folder: Path, clock: HeldClock | None = None, **values: Any) -> AsyncIterator[World]:
    """A started desk with all three channels, and the world around it."""
    clock, relay = clock or HeldClock(), Relay()
    server = await relay.listen()
    port = server.sockets[0].getsockname()[1]
    try:
        async with fake.FakeTwilio() as twilio, aiohttp.ClientSession() as http:
            outside = {"public_url": PUBLIC, "relay_url": f"smtp://127.0.0.1:{port}", **credentials(twilio.base)}
            given = {"channels": "sms,mail,webchat"} | outside | values
            async with running(folder, clock, **given) as desk:
                yield World(desk, clock, twilio, relay, http)
    finally:
        server.close()


def credentials(base: str) -> dict[str, str]:
    """Settings with which the desk and the fake Twilio know each other."""
    return {
        "twilio_account_sid": fake.ACCOUNT,
        "twilio_auth_token": fake.TOKEN,
        "twilio_from": OUR_NUMBER,
        "twilio_api_base": base,
    }


async def hand_over(client: aiosmtplib.SMTP, content: EmailMessage | bytes, mail_from: str, to: str) -> int:
    """One mail over a connected client; gives the answer's code."""
    raw = content if isinstance(content, bytes) else content.as_bytes(policy=policy.SMTP)
    try:
        await client.sendmail(mail_from, [to], raw)
    except aiosmtplib.SMTPRecipientsRefused as error:
        return error.recipients[0].code
    except aiosmtplib.SMTPResponseException as error:
        return error.code
    return 250


def letter(
    words: str, *, sender: str = f"Ann Lee <{ANN}>", ident: str = "one@example.net", **headers: str
) -> EmailMessage:
    """A mail of Ann's; `headers` by name with "_" for "-"."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = OUR_MAILBOX
    mail["Subject"] = headers.pop("subject", "My data")
    if ident:
        mail["Message-ID"] = f"<{ident}>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(words)
    return mail
