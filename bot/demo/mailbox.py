"""The demo's mailbox: speaks SMTP to the desk as any mail server would, and is the relay that the desk's mail goes to.

Called by views. It takes mail for its own domain only: whatever else the desk wants to send is refused, as a relay
refuses an address that nobody has.
"""

from __future__ import annotations

import asyncio
import smtplib
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import formataddr, make_msgid
from typing import Any

from aiosmtpd.smtp import SMTP

from bot.demo.settings import LOOPBACK, MAIL_DOMAIN
from bot.demo.visitor import NAME, Letter, Visitor
from bot.demo.world import SECONDS, World
from channels.mail.flowed import unflow

LONGEST_SUBJECT = 200
LONGEST_TEXT = 20_000
LONGEST_MAIL = 2_000_000
_SHOWN = 8_000


class _Door:
    """aiosmtpd's handler: who is written to, and what."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        if not address.lower().endswith(f"@{MAIL_DOMAIN}"):
            return f"550 5.1.1 This is the demo's mailbox: it takes mail for {MAIL_DOMAIN} only"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd's name
        visitor = self._world.visitor
        if visitor.mailbox in (address.lower() for address in envelope.rcpt_tos):
            receive(self._world, visitor, envelope.content)
            self._world.changed()
        return "250 OK"


async def listen(world: World, port: int) -> asyncio.Server:
    """Be the relay of the settings, on loopback."""
    door = _Door(world)

    def factory() -> SMTP:
        return SMTP(
            door, data_size_limit=LONGEST_MAIL, enable_SMTPUTF8=True, hostname="demo.invalid",
            ident="Privacy Desk demo mailbox",
        )  # fmt: skip

    return await asyncio.get_running_loop().create_server(factory, LOOPBACK, port)


def receive(world: World, visitor: Visitor, content: bytes) -> Letter:
    """Put a mail from the desk into the mailbox."""
    mail = message_from_bytes(content, policy=policy.default)
    body = mail.get_body(("plain", "html"))
    text = str(body.get_content()).replace("\r\n", "\n").rstrip() if body is not None else ""
    if body is not None and body.get_param("format") == "flowed":
        text = unflow(text, delsp=False)
    letter = visitor.letter(own=False, subject=str(mail["Subject"] or ""), text=text[:_SHOWN], at=world.now())
    letter.message_id = str(mail["Message-ID"] or "")
    letter.references = f"{mail['References'] or ''} {letter.message_id}".strip()
    letter.reply_to = str(mail["Reply-To"] or mail["From"] or "")
    return letter


async def send(world: World, subject: str, text: str, parent: Letter | None) -> None:
    """The customer sends a mail, or answers one; what became of it shows in the mailbox."""
    visitor, settings = world.visitor, world.desk.settings
    mail = compose(visitor, world.desk.sites[0].mailboxes[0], subject, text, parent)
    letter = visitor.letter(own=True, subject=str(mail["Subject"]), text=text, at=world.now(), state="sending")
    try:
        await asyncio.to_thread(_speak, settings.smtp_port, mail)
        letter.state = "sent"
    except smtplib.SMTPResponseException as error:
        letter.state = f"refused by the desk (SMTP {error.smtp_code})"
    except (OSError, smtplib.SMTPException):
        letter.state = "not sent: the desk did not answer"
    world.changed()


def compose(visitor: Visitor, mailbox: str, subject: str, text: str, parent: Letter | None) -> EmailMessage:
    """The mail as a mail program writes it."""
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = formataddr((NAME, visitor.mailbox))
    mail["To"] = parent.reply_to if parent and parent.reply_to else mailbox
    if parent and not subject:
        subject = parent.subject if parent.subject.lower().startswith("re:") else f"Re: {parent.subject}"
    mail["Subject"] = " ".join(subject.split())[:LONGEST_SUBJECT]
    mail["Message-ID"] = make_msgid(domain=MAIL_DOMAIN)
    if parent and parent.message_id:
        mail["In-Reply-To"] = parent.message_id
        mail["References"] = parent.references
    mail.set_content(text)
    return mail


def _speak(port: int, mail: EmailMessage) -> None:
    with smtplib.SMTP(LOOPBACK, port, local_hostname="demo.invalid", timeout=SECONDS) as server:
        server.send_message(mail)
