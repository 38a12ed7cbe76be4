"""What the contract test needs of the world outside a channel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, Self

from channels.base import Channel, OutboundMessage
from tests.fakes.desk import FakeDesk

Answer = Literal["accepted", "try again"]


class Outside(Protocol):
    """One channel between its customers and a `FakeDesk`. Entered once a test."""

    desk: FakeDesk
    channel: Channel

    async def __aenter__(self) -> Self:
        """Create and start the channel and its surroundings."""
        ...

    async def __aexit__(self, *error: object) -> None:
        """Stop everything."""
        ...

    async def deliver(self, number: int, text: str) -> Answer:
        """Deliver the customer's message `number`; the same number twice is the same message twice."""
        ...

    def reply(self) -> OutboundMessage:
        """A message that this channel can send."""
        ...

    async def trouble(self) -> Sequence[str]:
        """Ways in which the provider can fail; each is given to `fail` in turn."""
        ...

    async def fail(self, way: str) -> None:
        """Make the provider fail for the next message."""
        ...
