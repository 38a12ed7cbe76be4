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
from channels.mail.doorman import Doorman
from channels.mail.receipt import host

log = structlog.get_logger()

LINE_LIMIT = 65_536
"""Bytes in a line. RFC 5321 says 1,000; real mail exceeds it, and a relay that took it must be rid of it."""
RECIPIENTS_LIMIT = 100
PEER_COMMANDS = {"*": 50, "MAIL": 100, "RCPT": 400, "DATA": 100, "RSET": 200, "NOOP": 100}
"""Commands of each kind in one connection from a peer that is not trusted."""

IDENT = "Privacy Desk"
END = b"\r\n.\r\n"
STORED = "250 2.0.0 Accepted"
NOT_STORED = "451 4.3.0 The message could not be stored just now; please try again later"
TOO_LARGE = "552 5.3.4 The message is larger than this server takes"
NO_ROOM = "452 4.3.1 Too many messages at once; please try again later"
TOO_BUSY = b"421 4.3.2 Too many connections; please try again later\r\n"


class Handler:
    """Answers the commands that matter. aiosmtpd finds the methods by their names."""

    def __init__(self, doorman: Doorman) -> None:
        self.doorman = doorman
        self.storing: set[asyncio.Task[bool]] = set()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take only mail for our mailboxes and our signed reply addresses."""
        del server, session
        if len(envelope.rcpt_tos) >= RECIPIENTS_LIMIT:
            return "452 4.5.3 Too many recipients in one message"
        if self.doorman.mailbox(address) is None:
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


class Server(SMTP):
    """aiosmtpd's protocol with bounds: connections, commands of strangers, and a DATA that is read in blocks."""

    line_length_limit = LINE_LIMIT

    def __init__(self, handler: Handler, hostname: str, loop: asyncio.AbstractEventLoop) -> None:
        self.doorman = handler.doorman
        self.turned_away = False
        self.held = 0
        self.peer = ""
        super().__init__(
            handler,
            data_size_limit=self.doorman.limits.size,
            enable_SMTPUTF8=True,
            hostname=hostname,
            ident=IDENT,
            timeout=self.doorman.limits.timeout,
            command_call_limit=PEER_COMMANDS,
            auth_exclude_mechanism=["LOGIN", "PLAIN"],
            loop=loop,
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, or say at once that there are too many."""
        self.peer = host(transport.get_extra_info("peername"))
        if not self.doorman.room(self.peer):
            self.turned_away = True
            assert isinstance(transport, asyncio.Transport)
            transport.write(TOO_BUSY)
            transport.close()
            return
        self.doorman.peers[self.peer] += 1
        self._enforce_call_limit = not self.doorman.trusted(self.peer)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Count the connection out."""
        if self.turned_away:
            return
        self.doorman.peers[self.peer] -= 1
        if self.doorman.peers[self.peer] <= 0:
            del self.doorman.peers[self.peer]
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """Ignore what somebody sends who was turned away."""
        if not self.turned_away:
            super().data_received(data)

    def eof_received(self) -> bool | None:
        """As above."""
        return None if self.turned_away else super().eof_received()

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        """Read a message in blocks: bounded in size and line length, and cheaper than line by line."""
        if await self.check_helo_needed():
            return
        assert self.envelope is not None
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Need RCPT first")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        held_before = self.held
        try:
            await self._take(await self._content())
        finally:
            self.doorman.held -= self.held - held_before
            self.held = held_before

    async def _take(self, content: bytes | str) -> None:
        """Hand a whole message on, or say why it was refused."""
        assert self.envelope is not None
        envelope, self.envelope = self.envelope, self._create_envelope()
        if isinstance(content, str):
            await self.push(content)
        elif _has_long_line(content):
            await self.push(f"500 5.5.2 A line is longer than {LINE_LIMIT} bytes")
        else:
            envelope.content = content
            await self.push(await self.event_handler.handle_DATA(self, self.session, envelope))

    async def _content(self) -> bytes | str:
        """The message without dot-stuffing, or the answer that refuses it; it is read to its end all the same."""
        # The end is CRLF.CRLF, and the first CRLF may be the one that ended the DATA command: put it back.
        buffer: bytearray = self._reader._buffer  # type: ignore[attr-defined]  # noqa: SLF001 - no public look-ahead
        buffer[:0] = b"\r\n"
        blocks: list[bytes] = []
        size, refusal, ended = 0, "", False
        while not ended:
            try:
                block = await self._reader.readuntil(END)
                ended = True
            except asyncio.LimitOverrunError as overrun:
                block = await self._reader.readexactly(overrun.consumed)
            size += len(block)
            refusal = refusal or self._refusal(size, len(block))
            if refusal:
                blocks.clear()
            else:
                blocks.append(block)
        if refusal:
            return refusal
        joined = blocks[0] if len(blocks) == 1 else b"".join(blocks)
        return joined[: -len(END) + 2].replace(b"\r\n.", b"\r\n")[2:]

    def _refusal(self, size: int, more: int) -> str:
        """Why a message of this size can't be borne; empty when it can."""
        if size > self.doorman.limits.size + len(END):
            return TOO_LARGE
        self.held += more
        self.doorman.held += more
        return NO_ROOM if self.doorman.held > self.doorman.limits.held else ""


async def listen(
    handler: Handler, host: str, port: int, hostname: str, opened: Callable[[Server], None]
) -> asyncio.Server:
    """Start the server on the running loop. Raises OSError when the port is taken."""
    loop = asyncio.get_running_loop()

    def factory() -> Server:
        server = Server(handler, hostname, loop)
        opened(server)
        return server

    return await loop.create_server(factory, host, port, backlog=256)


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


def _has_long_line(content: bytes) -> bool:
    """Whether a line exceeds the limit; jumps from line end to line end instead of splitting."""
    start, size = 0, len(content)
    while size - start > LINE_LIMIT:
        end = content.rfind(b"\n", start, start + LINE_LIMIT)
        if end < 0:
            return True
        start = end + 1
    return False
