"""aiosmtpd's protocol with bounds: connections, who may come, commands of strangers, and a DATA that is read in blocks.

What it announces: SIZE, 8BITMIME, SMTPUTF8, PIPELINING (RFC 2920), ENHANCEDSTATUSCODES (RFC 2034), and STARTTLS
(RFC 3207) where it has a certificate.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from typing import Any

import structlog
from aiosmtpd.smtp import SMTP

from channels.mail.doorman import AGAIN, Doorman
from channels.mail.receipt import host
from channels.mail.status_codes import enhanced

log = structlog.get_logger()

LINE_LIMIT = 65_536
"""Bytes in a line. RFC 5321 says 1,000; real mail exceeds it, and a relay that took it must be rid of it."""
PEER_COMMANDS = {"*": 50, "MAIL": 100, "RCPT": 400, "DATA": 100, "RSET": 200, "NOOP": 100}
"""Commands of each kind in one connection from a peer that is not trusted."""

_PLAIN = re.compile(
    r"<([A-Za-z0-9_+=-]+(?:\.[A-Za-z0-9_+=-]+)*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)>(?: ([A-Za-z][^()\\\r\n]*))?"
)
"""A command's address as nearly all are written, and the parameters behind it."""

IDENT = "Privacy Desk"
END = b"\r\n.\r\n"
TOO_LARGE = "552 5.3.4 The message is larger than this server takes"
NO_ROOM = f"452 4.3.1 Too many messages at once; please try again in {AGAIN} seconds"
TOO_BUSY = f"421 4.3.2 Too many connections; please try again in {AGAIN} seconds"
NOT_ALLOWED = "554 5.7.1 This server takes mail only from its own relays; send to the domain's MX instead"


class Server(SMTP):
    """One connection."""

    line_length_limit = LINE_LIMIT

    def __init__(
        self, handler: Any, doorman: Doorman, hostname: str, loop: asyncio.AbstractEventLoop, tls: ssl.SSLContext | None
    ) -> None:
        self.doorman = doorman
        self.turned_away = self.greeting = False
        self.held = 0
        self.peer = ""
        super().__init__(
            handler,
            data_size_limit=doorman.limits.size,
            enable_SMTPUTF8=True,
            hostname=hostname,
            ident=IDENT,
            timeout=doorman.limits.timeout,
            command_call_limit=PEER_COMMANDS,
            auth_exclude_mechanism=["LOGIN", "PLAIN"],
            tls_context=tls,
            loop=loop,
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, or say at once why not. Called a second time when TLS has begun on it."""
        if self._original_transport is not None:
            super().connection_made(transport)
            return
        self.peer = host(transport.get_extra_info("peername"))
        refusal = "" if self.doorman.allowed(self.peer) else NOT_ALLOWED
        refusal = refusal or ("" if self.doorman.room(self.peer) else TOO_BUSY)
        if refusal:
            self.turned_away = True
            assert isinstance(transport, asyncio.Transport)
            transport.write(f"{refusal}\r\n".encode("ascii"))
            transport.close()
            self.doorman.turned_away(refusal == TOO_BUSY)
            return
        self.doorman.came(self.peer)
        trusted = self.doorman.trusted(self.peer)
        self._enforce_call_limit = not trusted
        self.require_starttls = self.doorman.limits.tls_required and not trusted
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Count the connection out."""
        # aiosmtpd calls this twice where the TLS handshake fails.
        if self.turned_away or self._handler_coroutine is None:
            return
        if self.peer:
            self.doorman.went(self.peer)
            self.peer = ""
            super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """Ignore what somebody sends who was turned away."""
        if not self.turned_away:
            super().data_received(data)

    def eof_received(self) -> bool | None:
        """As above."""
        return None if self.turned_away else super().eof_received()

    async def push(self, status: str | bytes) -> None:
        """Answer, with the enhanced code that aiosmtpd's own answers lack; the answer to HELO and EHLO has none."""
        if isinstance(status, str):
            if status.startswith("552"):  # ours while it comes, and aiosmtpd's own where its size is announced
                self.doorman.too_large()
            status = (status if self.greeting else enhanced(status)).encode()
        await super().push(status)

    async def smtp_HELO(self, hostname: str) -> None:  # noqa: N802 - aiosmtpd's name
        """As aiosmtpd's."""
        self.greeting = True
        try:
            await super().smtp_HELO(hostname)
        finally:
            self.greeting = False

    async def smtp_EHLO(self, hostname: str) -> None:  # noqa: N802 - aiosmtpd's name
        """As aiosmtpd's; `Handler.handle_EHLO` says what is announced."""
        self.greeting = True
        try:
            await super().smtp_EHLO(hostname)
        finally:
            self.greeting = False

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """A plain address is read here, at a fiftieth of the cost: aiosmtpd has the grammar of headers read each one,
        which costs it a third of a mail. Every other form is its to judge.
        """
        plain = _PLAIN.fullmatch(arg)
        return (plain[1], plain[2] or "") if plain else super()._getaddr(arg)

    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        """Nobody signs in here: mail is taken by its recipient and its peer."""
        del arg
        await self.push("502 5.5.1 AUTH is not offered here")

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
        elif has_long_line(content):
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


def has_long_line(content: bytes) -> bool:
    """Whether a line exceeds the limit; jumps from line end to line end instead of splitting."""
    start, size = 0, len(content)
    while size - start > LINE_LIMIT:
        end = content.rfind(b"\n", start, start + LINE_LIMIT)
        if end < 0:
            return True
        start = end + 1
    return False
