"""Email as a channel: raw mail comes in over SMTP, replies go out through the relay."""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections.abc import Mapping, Sequence

import structlog

from channels.base import Finding, InboundMessage, OutboundMessage, Received, Route, Sent
from channels.context import Context
from channels.errors import Temporary
from channels.evidence import Apart
from channels.mail import decode as decoding
from channels.mail import dkim_check, resolving, signing, smtp_in, smtp_out
from channels.mail.addresses import a_labels
from channels.mail.compose import compose
from channels.mail.connections import Connections
from channels.mail.doorman import PEER_CONNECTIONS, PEER_MESSAGES, Doorman, Limits
from channels.mail.receipt import CHANNEL
from channels.mail.tls import certificate
from channels.peers import networks

log = structlog.get_logger()

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 8025
DEFAULT_SIZE = 25 * 1024 * 1024
TIMEOUT = 300.0
"""Seconds of silence before a connection is closed (RFC 5321 section 4.5.3.2.7)."""
ON = frozenset({"true", "1", "yes", "on"})
DRAIN = 5.0
"""Seconds that `stop` gives to messages that are just being stored."""


class MailChannel:
    """The `Channel` for email. `port` is the real one once started."""

    name = CHANNEL
    isolated = True
    # A plain function, so that it can be sent to another process without this object.
    decode = staticmethod(decoding.decode)

    def __init__(self, context: Context, *, timeout: float = TIMEOUT) -> None:
        self.context = context
        self.host = context.setting("smtp_host") or DEFAULT_HOST
        self.port = int(context.setting("smtp_port") or DEFAULT_PORT)
        self.hostname = _domain(context) or "localhost"
        relay_url = context.setting("relay_url")
        self.relay = smtp_out.relay(relay_url) if relay_url else None
        self.keys = signing.keys(context.setting, context.sites)
        self.lookup = resolving.resolver(context.setting("mail_dns"))
        self.out: Connections | None = None
        limits = _limits(context, timeout)
        self.certificate = certificate(
            context.setting("smtp_tls_cert"), context.setting("smtp_tls_key"), required=limits.tls_required
        )
        self.handler = smtp_in.Handler(Doorman(context, limits))
        self.server: asyncio.Server | None = None
        self.connections: weakref.WeakSet[smtp_in.Server] = weakref.WeakSet()

    def routes(self) -> Sequence[Route]:
        """Mail has no HTTP ways in."""
        return ()

    async def start(self) -> None:
        """Listen for mail. Raises OSError when the port is taken."""
        # aiosmtpd logs addresses; what matters is logged here without them.
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)
        self.server = await smtp_in.listen(
            self.handler, (self.host, self.port), self.hostname, self.connections.add, self.certificate
        )
        self.port = int(self.server.sockets[0].getsockname()[1])
        log.info("mail listens", action="mail.listen", port=self.port)

    async def stop(self) -> None:
        """Take no new connection, let messages that are being stored end, then close."""
        if self.out is not None:
            await self.out.close()
        if self.server is None:
            return
        self.server.close()
        deadline = asyncio.get_running_loop().time() + DRAIN
        while self.handler.storing and asyncio.get_running_loop().time() < deadline:
            await asyncio.wait(self.handler.storing, timeout=DRAIN)
        for connection in list(self.connections):
            await smtp_in.goodbye(connection)
        self.server = None
        log.info("mail stopped", action="mail.stop")

    def alive(self) -> bool:
        """Whether the port is open."""
        return self.server is not None and self.server.is_serving()

    async def checked(self, received: Received, message: InboundMessage, apart: Apart) -> Mapping[str, str]:
        """Who signed it, by a check of our own; empty where nobody did, or DESK_MAIL_DNS is off."""
        if self.lookup is None:
            return {}
        return await dkim_check.checked(received, message, self.lookup, apart)

    async def send(self, message: OutboundMessage) -> Sent:
        """Hand a reply to the relay. Raises Temporary or Permanent."""
        if self.relay is None:
            raise Temporary(smtp_out.NO_RELAY, retry_after=smtp_out.NO_RELAY_RETRY)
        names = {site.key: site.name for site in self.context.sites}
        mail = compose(
            message, names.get(message.site, ""), self.context.now(), self.context.sign, self.context.public_url
        )
        key = self.keys.get(a_labels(message.sender.rpartition("@")[2].lower()))
        mail = mail._replace(content=await asyncio.to_thread(signing.signed, mail.content, key))
        self.out = self.out or smtp_out.connections(self.relay, self.hostname)
        await smtp_out.deliver(self.relay, mail, self.out)
        return Sent(mail.message_id)

    async def check(self) -> Sequence[Finding]:
        """Look at the port, at the certificate, at the relay and at the keys that sign."""
        tls = [self.certificate.check(self.context.now())] if self.certificate else []
        keys = signing.findings(self.keys, self.context.sites, relay=self.relay is not None)
        return [await self._port(), *tls, await self._relay(), *keys]

    async def _port(self) -> Finding:
        part = f"mail in {self.host}:{self.port}"
        if self.alive():
            return Finding(part, True, "listening")
        greeting = await smtp_in.greeting(self.host, self.port)
        if greeting is None:
            return Finding(part, True, "the port is free; the desk is not running")
        if smtp_in.IDENT in greeting:
            return Finding(part, True, "a running desk answers")
        return Finding(part, False, "another program has this port", "stop it, or set DESK_SMTP_PORT to a free port")

    async def _relay(self) -> Finding:
        if self.relay is None:
            return Finding("mail relay", False, "none: replies by mail wait in the outbox", smtp_out.NO_RELAY)
        return await smtp_out.reach(self.relay, self.hostname)


def _domain(context: Context) -> str:
    """The name that the server greets with: the domain of the first mailbox."""
    for site in context.sites:
        for mailbox in site.mailboxes:
            return mailbox.partition("@")[2]
    return ""


def _limits(context: Context, timeout: float) -> Limits:
    """What the settings say of who may come in, and how much. Raises ValueError with the mend."""
    allow = context.setting("smtp_allow")
    return Limits(
        size=int(context.setting("smtp_max_bytes") or DEFAULT_SIZE),
        timeout=timeout,
        trusted=networks(context.setting("trusted_peers")),
        allowed=networks(allow, "DESK_SMTP_ALLOW") if allow else (),
        peer_connections=int(context.setting("smtp_max_connections") or PEER_CONNECTIONS),
        messages=int(context.setting("smtp_per_minute") or PEER_MESSAGES),
        tls_required=context.setting("smtp_tls_required").lower() in ON,
        authservs=tuple(
            name.strip().lower() for name in context.setting("mail_trusted_authserv").split(",") if name.strip()
        ),
    )
