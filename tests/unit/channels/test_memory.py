"""The channel that ships for tests and the demo."""

from __future__ import annotations

import pytest

from channels import memory
from channels.base import InboundMessage, OutboundMessage
from channels.errors import OptedOut, Permanent, Temporary
from tests.fakes.desk import FakeDesk

REPLY = OutboundMessage(key="out-1", address="ada", sender="desk", text="Clause 6.1.")


async def test_what_is_sent_can_be_read_in_order() -> None:
    """The demo shows what a customer would see."""
    channel = memory.create(FakeDesk().context())
    await channel.start()
    await channel.send(REPLY)
    assert channel.sent == [REPLY]


async def test_receiving_tells_new_from_repeated() -> None:
    """Without a key every call is a new message; with one the second call is a repeat."""
    desk = FakeDesk()
    channel = memory.create(desk.context())
    assert await channel.receive("ada", "hi")
    assert await channel.receive("ada", "hi")
    assert await channel.receive("ada", "hi", key="k")
    assert not await channel.receive("ada", "hi", key="k")
    assert len(desk.stored) == 3


@pytest.mark.parametrize(
    "failure", [Temporary("later", retry_after=1), Permanent("never"), OptedOut("stop", code="21610")]
)
async def test_failures_can_be_switched_on_and_off(failure: Temporary | Permanent) -> None:
    """A test of the outbox chooses how the provider fails, and when it is well again."""
    channel = memory.create(FakeDesk().context())
    await channel.start()
    channel.failure = failure
    with pytest.raises(type(failure)):
        await channel.send(REPLY)
    channel.failure = None
    await channel.send(REPLY)
    assert len(channel.sent) == 1


async def test_nothing_is_sent_while_stopped() -> None:
    """A stopped channel is like a provider that is away."""
    channel = memory.create(FakeDesk().context())
    with pytest.raises(Temporary):
        await channel.send(REPLY)


async def test_odd_text_is_storable() -> None:
    """NULs and lone surrogates are dropped, as on every other channel."""
    desk = FakeDesk()
    channel = memory.create(desk.context())
    await channel.receive("ada", "a\x00b\ud800c", subject="s")
    decoded = channel.decode(desk.stored[0])
    assert isinstance(decoded, InboundMessage)
    assert (decoded.text, decoded.subject) == ("abc", "s")
