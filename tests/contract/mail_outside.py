"""The world outside the mail channel: a mail server that delivers, and a relay that takes replies."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from email.message import EmailMessage
from typing import Any, Self

import aiosmtplib
from aiosmtpd.smtp import SMTP

from channels import mail
from channels.base import OutboundMessage
from channels.contract.world import Answer
from channels.mail.channel import MailChannel
from tests.fakes.desk import FakeDesk


class Relay:
    """An SMTP relay on loopback that takes everything until `answer` says otherwise."""

    def __init__(self) -> None:
        self.answer = "250 OK"
        self.mails: list[bytes] = []

    async def handle_DATA(self, server: SMTP, session: object, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.mails.append(envelope.content)
        return self.answer

    async def listen(self) -> asyncio.Server:
        """Start on a free port of the running loop."""
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: SMTP(self, loop=loop), "127.0.0.1", 0)


class Mail:
    """A mail server that hands messages in over SMTP, and a relay that takes replies."""

    def __init__(self) -> None:
        self.desk = FakeDesk(settings={"smtp_port": "0", "trusted_peers": "127.0.0.1,::1"})
        self.channel = mail.create(self.desk.context())
        self.relay = Relay()

    async def __aenter__(self) -> Self:
        self._server = await self.relay.listen()
        port = self._server.sockets[0].getsockname()[1]
        self.desk.settings["relay_url"] = f"smtp://127.0.0.1:{port}"
        channel = mail.create(self.desk.context())
        assert isinstance(channel, MailChannel)
        await channel.start()
        self._port = channel.port
        self.channel = channel
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.channel.stop()
        self._server.close()
        await self._server.wait_closed()

    async def deliver(self, number: int, text: str) -> Answer:
        message = EmailMessage()
        message["From"] = "Ada <ada@example.org>"
        message["To"] = "info@iomart.com"
        message["Subject"] = "A question"
        message["Message-ID"] = f"<{number}@example.org>"
        message.set_content(text)
        try:
            await aiosmtplib.send(message, hostname="127.0.0.1", port=self._port, start_tls=False)
        except aiosmtplib.SMTPDataError as error:
            if error.code >= 500:
                raise
            return "try again"
        return "accepted"

    def reply(self) -> OutboundMessage:
        return OutboundMessage(
            key="out-1",
            address="ada@example.org",
            sender="info@iomart.com",
            text="Clause 6.1.",
            site="iomart",
            subject="Re: A question",
            message_id="<out-1@iomart.com>",
        )

    async def trouble(self) -> Sequence[str]:
        return ("451 4.3.0 later", "550 5.7.1 never", "down")

    async def fail(self, way: str) -> None:
        if way == "down":
            self._server.close()
        else:
            self.relay.answer = way
