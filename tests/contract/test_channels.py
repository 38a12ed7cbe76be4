"""What every channel promises the desk (channels/base.py), proved on each of them over its real protocol."""

from __future__ import annotations

import pickle
from collections.abc import AsyncIterator
from importlib.metadata import entry_points

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import Attachment, DeliveryReport, Finding, InboundMessage, OutboundMessage, Received, Sent
from channels.errors import ChannelError, Undecodable
from tests.contract.outside import OUTSIDES
from tests.contract.world import Outside
from tests.fakes.desk import NOW

EVERY = pytest.mark.parametrize("name", OUTSIDES)


@pytest.fixture(params=OUTSIDES)
async def outside(request: pytest.FixtureRequest) -> AsyncIterator[Outside]:
    async with OUTSIDES[request.param]() as outside:
        yield outside


def test_every_channel_that_ships_is_held_to_the_contract() -> None:
    """A channel that is offered through an entry point can't escape this file."""
    installed = {entry.name for entry in entry_points(group="privacydesk.channels")}
    assert installed == set(OUTSIDES), (
        "add its outside to OUTSIDES; after a change of pyproject.toml run make test (or pip install -e .)"
    )


async def test_a_channel_is_named_as_its_entry_point(outside: Outside, request: pytest.FixtureRequest) -> None:
    """The name in the database is the name in the settings."""
    assert OUTSIDES[outside.channel.name] is type(outside)
    assert isinstance(outside.channel.isolated, bool)
    for method, path, handler in outside.channel.routes():
        assert method in ("GET", "POST", "OPTIONS")
        assert path.startswith("/")
        assert callable(handler)


async def test_a_message_is_stored_and_decodes_to_what_was_written(outside: Outside) -> None:
    """From the customer's hand to the desk's: text, address and site survive the way."""
    assert await outside.deliver(1, "What data do you hold on me? é 😀") == "accepted"
    (stored,) = outside.desk.stored
    assert stored.channel == outside.channel.name
    assert stored.sender
    assert stored.received_at == NOW
    decoded = outside.channel.decode(stored)
    assert isinstance(decoded, InboundMessage)
    assert decoded.text.strip() == "What data do you hold on me? é 😀"
    assert decoded.address
    assert decoded.site == "iomart"


async def test_a_repeated_message_is_stored_once_and_answered_like_the_first(outside: Outside) -> None:
    """Providers repeat themselves; the key is the same each time, and different for another message."""
    for number in (1, 1, 2, 1):
        assert await outside.deliver(number, "hello") == "accepted"
    assert len(outside.desk.offered) == 4
    assert len(outside.desk.stored) == 2


async def test_a_message_that_cannot_be_stored_is_asked_for_again(outside: Outside) -> None:
    """Nothing is acknowledged before it is stored; the provider's next attempt goes through."""
    outside.desk.failing = True
    assert await outside.deliver(1, "hello") == "try again"
    assert outside.desk.stored == []
    outside.desk.failing = False
    assert await outside.deliver(1, "hello") == "accepted"
    assert len(outside.desk.stored) == 1


async def test_decoding_twice_gives_the_same_and_can_be_handed_between_processes(outside: Outside) -> None:
    """Decoding is pure: a unit of work that runs twice sees the same message."""
    await outside.deliver(1, "hello")
    (stored,) = outside.desk.stored
    first = outside.channel.decode(stored)
    assert outside.channel.decode(stored) == first
    assert pickle.loads(pickle.dumps(first)) == first
    assert pickle.loads(pickle.dumps(stored)) == stored
    if outside.channel.isolated:
        assert pickle.loads(pickle.dumps(outside.channel.decode))(stored) == first


@EVERY
@given(payload=st.binary(max_size=300), facts=st.dictionaries(st.sampled_from(["kind", "format", "site"]), st.text()))
def test_arbitrary_bytes_decode_or_are_undecodable(name: str, payload: bytes, facts: dict[str, str]) -> None:
    """No payload, however broken, raises anything but Undecodable, and no NUL reaches the database."""
    channel = OUTSIDES[name]().channel
    try:
        decoded = channel.decode(Received(name, "key", "sender", payload, NOW, facts))
    except Undecodable:
        return
    assert isinstance(decoded, InboundMessage | DeliveryReport)
    assert "\x00" not in decoded.text
    assert decoded.text.encode() is not None
    if isinstance(decoded, InboundMessage):
        assert all(isinstance(attachment, Attachment) for attachment in decoded.attachments)


async def test_a_reply_is_handed_to_the_provider(outside: Outside) -> None:
    """Sending answers with what the provider called it and its first word on delivery."""
    await outside.deliver(1, "hello")
    sent = await outside.channel.send(outside.reply())
    assert isinstance(sent, Sent)
    assert sent.state in ("queued", "sending", "sent", "delivered")


async def _send(outside: Outside, reply: OutboundMessage) -> str:
    """Send, and say what came of it; any error but a ChannelError fails the test."""
    try:
        return (await outside.channel.send(reply)).state
    except ChannelError as error:
        return str(error)


async def test_a_provider_in_trouble_raises_only_channel_errors(outside: Outside) -> None:
    """The outbox knows Temporary and Permanent; nothing else may come out of `send`."""
    await outside.deliver(1, "hello")
    reply = outside.reply()
    for way in await outside.trouble():
        await outside.fail(way)
        said = await _send(outside, reply)
        assert said
        assert reply.address not in said
        assert reply.text not in said


async def test_a_channel_knows_whether_it_works(outside: Outside) -> None:
    """What /readyz asks: yes once started, no once stopped."""
    assert outside.channel.alive()
    await outside.channel.stop()
    assert not outside.channel.alive()


async def test_stopping_twice_is_harmless_and_nothing_is_sent_after(outside: Outside) -> None:
    """Shutdown can be asked for by a signal and by an error at once."""
    reply = outside.reply()
    await outside.channel.stop()
    await outside.channel.stop()
    assert await _send(outside, reply)


async def test_checking_names_the_mend_for_what_is_not_well(outside: Outside) -> None:
    """`doctor` can ask any channel, and what is wrong comes with what to do."""
    findings = await outside.channel.check()
    assert findings
    for finding in findings:
        assert isinstance(finding, Finding)
        assert finding.text
        assert finding.ok or finding.mend
    assert outside.desk.offered == []
