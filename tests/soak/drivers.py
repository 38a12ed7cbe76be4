"""Those who write to the desk in a soak: customers, machines, and people who mean no good. Each goes on until told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from itertools import count
from random import Random
from typing import Any

import aiohttp
import aiosmtplib

from tests.fakes import twilio
from tests.soak.tally import Tally

QUESTIONS = (
    "do you sell my data?", "do you use cookies?", "where do you keep my details", "who gets my information",
    "wot data do u hold on me", "how long do you keep it?", "can I speak to a person", "what's the weather like",
    "please delete everything about me", "Ich möchte wissen, was Sie speichern", "🙂🙂🙂", "N", "1", "thanks",
)  # fmt: skip
OUR_MAILBOX = "info@iomart.com"


@dataclass
class Outside:
    """Where the desk is, who has written how much, and how fast they may."""

    base: str
    smtp_port: int
    http: aiohttp.ClientSession
    tally: Tally
    random: Random
    until: float
    pause: float
    numbers: Any = field(default_factory=lambda: count(1))

    async def go_on(self, once: Callable[[], Awaitable[None]]) -> None:
        """Do it again and again, with pauses, until the time is over. The desk may be slow, but never gone."""
        while asyncio.get_running_loop().time() < self.until:
            try:
                await once()
            except (aiohttp.ClientError, aiosmtplib.SMTPException, OSError, TimeoutError) as error:
                self.tally.note("the network", type(error).__name__, "nothing")
            await asyncio.sleep(self.random.uniform(0, 2 * self.pause))

    # Texts

    async def text(self) -> None:
        """A signed text, now and then the same twice; one person never has more than a few under way."""
        number = next(self.numbers)
        sender = f"+4477009{self.random.randrange(500):05}"
        fields = twilio.text(number, self.random.choice(QUESTIONS), sender=sender)
        for _ in range(2 if number % 7 == 0 else 1):
            self.tally.note("text", await self._signed("/sms/twilio", fields), 200)
        self.tally.accepted.add(fields["MessageSid"])

    async def bad_text(self) -> None:
        """Forged, for another account, oversized, no form, a report of nothing."""
        fields = twilio.text(next(self.numbers), "hello")
        match self.random.randrange(5):
            case 0:
                self.tally.note("text, forged", await self._signed("/sms/twilio", fields, token="guess"), 403)
            case 1:
                other = fields | {"AccountSid": "AC" + "f" * 32}
                self.tally.note("text, another account", await self._signed("/sms/twilio", other), 403)
            case 2:
                big = fields | {"Body": "x" * 100_000}
                self.tally.note("text, oversized", await self._signed("/sms/twilio", big), 413)
            case 3:
                async with self.http.post(f"{self.base}/sms/twilio", data=self.random.randbytes(300)) as answer:
                    self.tally.note("text, no form", answer.status, 400, 403)
            case _:
                report = {"AccountSid": twilio.ACCOUNT, "MessageSid": "SM" + "0" * 32, "MessageStatus": "delivered"}
                self.tally.note("report of nothing", await self._signed("/sms/twilio/status", report), 200)

    async def _signed(self, path: str, fields: dict[str, str], token: str = twilio.TOKEN) -> int:
        body, headers = twilio.webhook(self.base + path, fields, token)
        async with self.http.post(self.base + path, data=body, headers=headers) as answer:
            await answer.read()
            return answer.status

    # Mail

    async def mail(self) -> None:
        """A letter of somebody's."""
        ident = f"soak-{next(self.numbers)}@example.net"
        letter = self._letter(self.random.choice(QUESTIONS) * self.random.randrange(1, 4), ident)
        self.tally.note("mail", await self._hand_over(letter.as_bytes()), 250)
        self.tally.accepted.add(ident)

    async def bad_mail(self) -> None:
        """Machines, loops, broken MIME, noise, strangers' threads, mail for nobody."""
        ident = f"soak-{next(self.numbers)}@example.net"
        letter = self._letter("Out of office", ident)
        match self.random.randrange(6):
            case 0:
                letter["Auto-Submitted"] = "auto-replied"
                self.tally.note("mail, vacation", await self._hand_over(letter.as_bytes()), 250)
            case 1:
                self.tally.note("mail, from nobody", await self._hand_over(letter.as_bytes(), sender=""), 250)
            case 2:
                broken = letter.as_bytes().replace(b"Content-Type: text/plain", b"Content-Type: multipart/mixed")
                self.tally.note("mail, broken", await self._hand_over(broken + self.random.randbytes(2_000)), 250, 500)
            case 3:
                self.tally.note("mail, noise", await self._hand_over(self.random.randbytes(4_000)), 250, 500)
            case 4:
                letter["In-Reply-To"] = f"<desk.{self.random.randrange(99)}.{'0' * 16}@iomart.com>"
                self.tally.note("mail, a stranger's thread", await self._hand_over(letter.as_bytes()), 250)
            case _:
                code = await self._hand_over(letter.as_bytes(), to="nobody@example.org")
                self.tally.note("mail, for nobody here", code, 550, 554)

    def _letter(self, words: str, ident: str) -> EmailMessage:
        letter = EmailMessage()
        letter["From"] = f"Ann Lee <ann{self.random.randrange(300)}@example.net>"
        letter["To"], letter["Subject"], letter["Message-ID"] = OUR_MAILBOX, "My data", f"<{ident}>"
        letter.set_content(words)
        return letter

    async def _hand_over(self, raw: bytes, sender: str = "ann@example.net", to: str = OUR_MAILBOX) -> int:
        raw = b"\r\n".join(raw.replace(b"\r", b"").split(b"\n"))
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=self.smtp_port, start_tls=False, timeout=30)
        async with client:
            try:
                await client.sendmail(sender, [to], raw)
            except aiosmtplib.SMTPRecipientsRefused as error:
                return error.recipients[0].code
            except aiosmtplib.SMTPResponseException as error:
                return error.code
        return 250

    # Chat

    async def chat(self) -> None:
        """A visitor who asks a few things, and hears an answer to each; now and then their line drops on the way."""
        async with self.http.ws_connect(f"{self.base}/chat/ws", origin=self.base) as socket:
            await socket.send_json({"type": "hello", "site": "iomart"})
            session = (await socket.receive_json())["session"]
            for number in range(self.random.randrange(1, 4)):
                ident = f"{next(self.numbers)}"
                await socket.send_json({"type": "message", "id": ident, "text": self.random.choice(QUESTIONS)})
                self.tally.note("chat, a question", await self._heard(socket, ident), "answered", "with a person")
                if number == 1 and self.random.random() < 0.3:
                    break
        if self.random.random() < 0.2:
            async with self.http.ws_connect(f"{self.base}/chat/ws", origin=self.base) as again:
                await again.send_json({"type": "hello", "site": "iomart", "session": session, "last_seq": 0})
                ready = await again.receive_json()
                self.tally.note("chat, back again", ready["session"] == session and ready["seq"] > 0, True)

    async def _heard(self, socket: aiohttp.ClientWebSocketResponse, ident: str) -> str:
        """What a question came to: acknowledged at once, answered unless a person has taken over."""
        acknowledged = False
        while True:
            try:
                got = await socket.receive(timeout=20 if not acknowledged else 5)
            except TimeoutError:
                return "with a person" if acknowledged else "no ack"
            if got.type is not aiohttp.WSMsgType.TEXT:
                return "closed"
            frame = json.loads(got.data)
            acknowledged = acknowledged or (frame["type"] == "ack" and frame["id"] == ident)
            if frame["type"] == "message" and frame["from"] == "bot":
                return "answered"
            if frame["type"] == "error":
                return str(frame["code"])

    async def bad_chat(self) -> None:
        """A page of no site, no hello, noise, frames without end, a session that is made up."""
        kind = self.random.randrange(4)
        if kind == 0:
            try:
                await self.http.ws_connect(f"{self.base}/chat/ws", origin="https://evil.example")
            except aiohttp.WSServerHandshakeError as error:
                self.tally.note("chat, a page of no site", error.status, 403)
            return
        async with self.http.ws_connect(f"{self.base}/chat/ws", origin=self.base) as socket:
            if kind == 1:
                for _ in range(3):
                    await socket.send_str("{" * self.random.randrange(1, 90))
                self.tally.note("chat, noise", await self._closed(socket), 1007, 1008)
            elif kind == 2:
                await socket.send_str("x" * 40_000)
                self.tally.note("chat, oversized", await self._closed(socket), 1009)
            else:
                await socket.send_json({"type": "hello", "site": "iomart", "session": "a" * 40, "last_seq": 0})
                ready = await socket.receive_json()
                self.tally.note("chat, a made-up session", ready["session"] != "a" * 40 and ready["seq"] == 0, True)

    async def _closed(self, socket: aiohttp.ClientWebSocketResponse) -> int | None:
        async with asyncio.timeout(20):
            while (await socket.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
        return socket.close_code

    # Pages

    async def page(self) -> None:
        """Somebody reads, somebody tries doors that are shut."""
        path, *expected = self.random.choice((
            ("/policy/iomart/2007-12-15", 200), ("/chat/widget.js", 200), ("/readyz", 200), ("/metrics", 200),
            ("/package/" + "a" * 43, 404, 410), ("/console/", 303, 200), ("/api/v1/tickets", 401, 429),
            ("/../etc", 404), ("/policy/iomart/2007-12-15?q=" + "x" * 5_000, 200, 400, 414),
        ))  # fmt: skip
        async with self.http.get(self.base + path, allow_redirects=False) as answer:
            await answer.read()
            self.tally.note(f"GET {path[:34]}", answer.status, *expected)
