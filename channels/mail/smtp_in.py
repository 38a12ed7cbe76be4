"""The way in: an SMTP server that says 250 only after the desk has stored the raw mail.

The commands of strangers, the connections, a message's size and its lines are bounded.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session

from channels.base import Received
from channels.errors import Temporary
from channels.mail import receipt
from channels.mail.doorman import AGAIN, Doorman
from channels.mail.receipt import host
from channels.mail.smtp_server import IDENT, Server
from channels.mail.tls import Certificate

__all__ = ["IDENT", "Handler", "Server", "goodbye", "greeting", "listen"]

log = structlog.get_logger()

RECIPIENTS_LIMIT = 100
ANNOUNCED = ("PIPELINING", "ENHANCEDSTATUSCODES")
"""What the server can do beside what aiosmtpd says of itself."""

STORED = "250 2.0.0 Accepted"
NOT_STORED = f"451 4.3.0 The message could not be stored just now; please try again in {AGAIN} seconds"


class Handler:
    """Answers the commands that matter. aiosmtpd finds the methods by their names."""

    def __init__(self, doorman: Doorman) -> None:
        self.doorman = doorman
        self.storing: set[asyncio.Task[bool]] = set()

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """What the server can do. AUTH is not offered, whatever aiosmtpd would say once TLS has begun."""
        del server, envelope
        session.host_name = hostname
        kept = [line for line in responses if not line.startswith(("250-AUTH", "250 HELP"))]
        return [*kept, *(f"250-{name}" for name in ANNOUNCED), "250 HELP"]

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Begin a message, unless this peer has brought too many."""
        del server
        wait = self.doorman.wait(host(session.peer))
        if wait:
            self.doorman.context.rejected(receipt.CHANNEL, "messages")
            return f"451 4.7.1 Too many messages from you; please try again in {wait} seconds"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take only mail for our mailboxes and our signed reply addresses."""
        del server, session
        if len(envelope.rcpt_tos) >= RECIPIENTS_LIMIT:
            return "452 4.5.3 Too many recipients in one message"
        if self.doorman.mailbox(address) is None:
            self.doorman.no_mailbox(address)
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        """Store, then answer; a duplicate is answered as the first was."""
        del server
        try:
            await self._store(await receipt.received(self.doorman, session, envelope))
        except Temporary as error:
            log.warning("mail not stored", action="mail.refuse", error=type(error).__name__, code=error.code)
            return NOT_STORED
        except Exception as error:  # noqa: BLE001 - whatever failed, the sender keeps the message and tries again
            # No traceback: a database's error text may carry the message.
            log.error("mail not stored", action="mail.refuse", error=type(error).__name__)  # noqa: TRY400
            return NOT_STORED
        return STORED

    async def handle_exception(self, error: Exception) -> str:
        """Whatever goes wrong, the sender keeps the message and tries again."""
        log.error("mail not taken", action="mail.refuse", error=type(error).__name__)
        return NOT_STORED

    async def _store(self, received: Received) -> None:
        """Store to the end even when the sender hangs up meanwhile."""
        task = asyncio.ensure_future(self.doorman.context.accept(received))
        self.storing.add(task)
        task.add_done_callback(self.storing.discard)
        await asyncio.shield(task)


async def listen(
    handler: Handler, where: tuple[str, int], hostname: str, opened: Callable[[Server], None], tls: Certificate | None
) -> asyncio.Server:
    """Start the server at host and port on the running loop. Raises OSError when the port is taken."""
    loop = asyncio.get_running_loop()

    def factory() -> Server:
        server = Server(handler, handler.doorman, hostname, loop, tls.context() if tls else None)
        opened(server)
        return server

    return await loop.create_server(factory, *where, backlog=256)


async def greeting(host: str, port: int, *, seconds: float = 3.0) -> str | None:
    """What a server at this place says first; None where nobody listens."""
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                return (await reader.readline()).decode("ascii", "replace")
            finally:
                writer.close()
    except TimeoutError:
        return ""
    except (OSError, ValueError):
        return None


async def goodbye(server: Server) -> None:
    """End one connection in the words of the protocol; a message not yet taken is tried again by its sender."""
    with contextlib.suppress(ConnectionError, AttributeError):
        await server.push("421 4.3.2 The desk is restarting; please try again shortly")
    transport: Any = server.transport
    if transport is not None:
        transport.close()
