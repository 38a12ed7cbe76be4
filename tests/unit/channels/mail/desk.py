"""A desk for the mail channel's tests: real contexts whose inbox is a list."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from channels.base import Received
from channels.context import Context, Line, Site

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SITES = (
    Site("iomart", "iomart", (), (), ("info@iomart.com", "privacy@iomart.com"), "iomart"),
    Site("easyspace", "Easyspace", (), (), ("help@easyspace.com",), "easyspace"),
)


def sign(purpose: str, text: str) -> str:
    """A keyed hash as the desk makes it: 32 hex digits."""
    return hmac.new(b"a test key", f"{purpose}:{text}".encode(), "sha256").hexdigest()[:32]


class Inbox:
    """Takes what the channel hands over; `fail` is raised instead when set."""

    def __init__(self) -> None:
        self.items: list[Received] = []
        self.fail: Exception | None = None

    async def accept(self, received: Received) -> bool:
        """Store one, unless told to fail; False for a duplicate."""
        if self.fail:
            raise self.fail
        new = received.dedupe_key not in {item.dedupe_key for item in self.items}
        self.items.append(received)
        return new


def context(inbox: Inbox, **settings: str) -> Context:
    """A context with the two test sites and the given settings."""

    async def transcript(address: str, after: int) -> Sequence[Line]:
        return ()

    def listen(address: str, wake: Callable[[], None]) -> Callable[[], None]:
        return lambda: None

    return Context(
        sites=SITES,
        public_url="http://127.0.0.1:8080",
        setting=lambda name: settings.get(name, ""),
        accept=inbox.accept,
        now=lambda: NOW,
        sign=sign,
        transcript=transcript,
        listen=listen,
        rejected=lambda kind, text: None,
    )


def received(payload: bytes | str, **facts: object) -> Received:
    """A mail as the channel would have stored it; bare newlines become CRLF."""
    raw = payload.encode() if isinstance(payload, str) else payload
    raw = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    known = {"mail_from": "customer@example.net", "mailbox": "info@iomart.com", "site": "iomart", **facts}
    return Received("mail", "key", "customer@example.net", raw, NOW, known)
