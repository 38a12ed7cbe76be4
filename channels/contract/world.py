"""The world outside a channel, which whoever writes the channel plays: its customers, and its provider.

`Outside` is what every channel needs. `Signed` and `Reports` are for those whose way in is signed, and whose provider
says what became of a message: where an outside has these too, those promises are tested as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, Self, runtime_checkable

from channels.base import Channel, OutboundMessage, Sent
from channels.contract.desk import FakeDesk

Answer = Literal["accepted", "try again"]


class Outside(Protocol):
    """One channel between its customers and a `FakeDesk`. Made without arguments, and entered once a test."""

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


@runtime_checkable
class Signed(Protocol):
    """An outside whose provider signs what it delivers, or proves itself otherwise."""

    async def forge(self) -> None:
        """Deliver a message that looks like the provider's and is not."""
        ...


@runtime_checkable
class Reports(Protocol):
    """An outside whose provider tells what became of a message."""

    async def report(self, sent: Sent, state: Literal["delivered", "failed"]) -> Answer:
        """Deliver the provider's report on the message that it took as `sent`."""
        ...
