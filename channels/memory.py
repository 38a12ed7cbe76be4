"""The channel that ships for tests and the demo: what is sent stays in a list, what comes in is handed over by hand.

`failure` makes every send fail until it is cleared: set it to any of channels.errors.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence

from channels.base import DeliveryReport, Finding, InboundMessage, OutboundMessage, Received, Route, Sent
from channels.context import Context
from channels.errors import ChannelError, Temporary, Undecodable


class MemoryChannel:
    """A `Channel` without a network. `sent` holds what was handed over, in order."""

    name = "memory"
    isolated = False

    def __init__(self, context: Context) -> None:
        self._context = context
        self.sent: list[OutboundMessage] = []
        self.failure: ChannelError | None = None
        self.running = False

    def routes(self) -> Sequence[Route]:
        """None: nothing comes in by HTTP."""
        return ()

    async def start(self) -> None:
        """Begin to send."""
        self.running = True

    async def stop(self) -> None:
        """Send nothing more."""
        self.running = False

    def alive(self) -> bool:
        """Whether it sends."""
        return self.running

    async def receive(self, address: str, text: str, *, key: str = "", subject: str = "", consent: str = "") -> bool:
        """Hand in a text as if `address` had sent it; True when it is new. `key` makes a repeat recognisable.

        `consent` plays an opt-out word that a provider has recognised: stop, start or help.

        Raises:
            Temporary: the desk can't store it now.
        """
        fields = {"address": address, "text": text, "subject": subject, "site": self._site(), "consent": consent}
        payload = json.dumps(fields)
        return await self._context.accept(
            Received(
                channel=self.name,
                dedupe_key=key or f"memory-{secrets.token_hex(8)}",
                sender=address,
                payload=payload.encode(),
                received_at=self._context.now(),
            )
        )

    def _site(self) -> str:
        return self._context.sites[0].key if self._context.sites else ""

    @staticmethod
    def decode(received: Received) -> InboundMessage | DeliveryReport:
        """Read a stored message. Raises Undecodable."""
        try:
            fields = json.loads(received.payload)
            values = [_storable(fields[name]) for name in ("address", "text", "subject", "site")]
            consent = fields.get("consent")
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise Undecodable("the payload is not one that this channel writes") from error
        if not values[0]:
            raise Undecodable("the payload names no address")
        address, text, subject, site = values
        return InboundMessage(
            address=address,
            recipient="desk",
            text=text,
            subject=subject,
            site=site,
            message_id=received.dedupe_key,
            consent=consent if consent in ("stop", "start", "help") else "",
            provider_answers=bool(consent),
        )

    async def send(self, message: OutboundMessage) -> Sent:
        """Keep the message in `sent`. Raises `failure` while it is set, and Temporary while stopped."""
        if self.failure is not None:
            raise self.failure
        if not self.running:
            raise Temporary("The memory channel is not started")
        self.sent.append(message)
        return Sent(f"memory-{message.key}", "delivered")

    async def check(self) -> Sequence[Finding]:
        """Say that it is there."""
        return (Finding("memory", True, "Keeps messages in this process only"),)


def _storable(text: str) -> str:
    """Text without NULs and lone surrogates, which databases refuse."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode()


def create(context: Context) -> MemoryChannel:
    """Build the in-memory channel (entry point `privacydesk.channels`)."""
    return MemoryChannel(context)
