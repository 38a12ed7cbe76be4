"""What every channel promises the desk (channels/base.py). A channel is held to it by a test file of its own:

from channels.contract.promises import Promises
from yours.tests.outside import YourOutside

class TestYours(Promises):
    world = YourOutside
"""

from __future__ import annotations

import pickle
from collections.abc import AsyncIterator, Callable
from dataclasses import fields, replace
from importlib.metadata import entry_points
from typing import ClassVar

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from channels.base import Attachment, Channel, DeliveryReport, Finding, InboundMessage, OutboundMessage, Received, Sent
from channels.contract import wounds
from channels.contract.desk import NOW, SITES
from channels.contract.world import Outside, Reports, Signed
from channels.errors import ChannelError, Permanent, Undecodable
from channels.files import Fetches

SAID = "What data do you hold on me? é 😀"
ELSEWHERE = ("http://127.0.0.1:1/files/1", "https://other.example/files/1", "file:///etc/hostname", "files/1", "", "\0")
"""Places that are no provider's; nothing listens at the first."""
STATES = ("queued", "sending", "sent", "delivered")


class Promises:
    """The tests. A subclass says the `world` outside its channel; each test makes one anew."""

    world: ClassVar[Callable[[], Outside]]

    @pytest_asyncio.fixture
    async def outside(self) -> AsyncIterator[Outside]:
        """The world of this test, entered."""
        async with type(self).world() as outside:
            yield outside

    # What comes in

    @pytest.mark.asyncio
    async def test_it_is_named_as_its_entry_point(self, outside: Outside) -> None:
        """The name in the database is the name in the settings."""
        name = outside.channel.name
        installed = {entry.name for entry in entry_points(group="privacydesk.channels")}
        assert name in installed, "no entry point of that name: after a change of pyproject.toml install again"
        assert isinstance(outside.channel.isolated, bool)
        for method, path, handler in outside.channel.routes():
            assert method in ("GET", "POST", "OPTIONS")
            assert path.startswith("/")
            assert callable(handler)

    @pytest.mark.asyncio
    async def test_a_message_is_stored_and_decodes_to_what_was_written(self, outside: Outside) -> None:
        """From the customer's hand to the desk's: text, address and site survive the way."""
        assert await outside.deliver(1, SAID) == "accepted"
        (stored,) = outside.desk.stored
        assert stored.channel == outside.channel.name
        assert stored.sender
        assert stored.dedupe_key
        assert stored.received_at == NOW
        decoded = outside.channel.decode(stored)
        assert isinstance(decoded, InboundMessage)
        assert decoded.text.strip() == SAID
        assert decoded.address
        assert decoded.site == SITES[0].key

    @pytest.mark.asyncio
    async def test_a_repeated_message_is_stored_once_and_answered_like_the_first(self, outside: Outside) -> None:
        """Providers repeat themselves; the key is the same each time, and different for another message."""
        for number in (1, 1, 2, 1):
            assert await outside.deliver(number, "hello") == "accepted"
        assert len(outside.desk.offered) == 4  # noqa: PLR2004  as many as were delivered
        assert len(outside.desk.stored) == 2  # noqa: PLR2004  as many as differ

    @pytest.mark.asyncio
    async def test_a_message_that_cannot_be_stored_is_asked_for_again(self, outside: Outside) -> None:
        """Nothing is acknowledged before it is stored; the provider's next attempt goes through."""
        outside.desk.failing = True
        assert await outside.deliver(1, "hello") == "try again"
        assert outside.desk.stored == []
        outside.desk.failing = False
        assert await outside.deliver(1, "hello") == "accepted"
        assert len(outside.desk.stored) == 1

    @pytest.mark.asyncio
    async def test_what_the_provider_did_not_send_is_not_taken(self, outside: Outside) -> None:
        """Whoever can't sign as the provider puts no words in anybody's mouth, and the refusal is counted."""
        if isinstance(outside, Signed):
            await outside.forge()
            assert outside.desk.offered == []
            assert {channel for channel, _reason in outside.desk.refused} == {outside.channel.name}

    # What it makes of that

    @pytest.mark.asyncio
    async def test_decoding_twice_gives_the_same_and_can_be_handed_between_processes(self, outside: Outside) -> None:
        """Decoding is pure: a unit of work that runs twice sees the same message."""
        await outside.deliver(1, "hello")
        (stored,) = outside.desk.stored
        first = outside.channel.decode(stored)
        assert outside.channel.decode(stored) == first
        assert pickle.loads(pickle.dumps(first)) == first  # noqa: S301  our own
        assert pickle.loads(pickle.dumps(stored)) == stored  # noqa: S301  our own
        if outside.channel.isolated:
            assert pickle.loads(pickle.dumps(outside.channel.decode))(stored) == first  # noqa: S301  our own

    def test_arbitrary_bytes_decode_or_are_undecodable(self) -> None:
        """No payload, however broken, raises anything but Undecodable, and no NUL reaches the database."""
        channel = type(self).world().channel

        @given(st.binary(max_size=300), st.dictionaries(st.sampled_from(["kind", "format", "site"]), st.text()))
        def hold(payload: bytes, facts: dict[str, str]) -> None:
            _held(channel, Received(channel.name, "key", "sender", payload, NOW, facts))

        hold()

    @pytest.mark.asyncio
    async def test_a_damaged_message_decodes_or_is_undecodable(self, outside: Outside) -> None:
        """The same of a real payload that was hurt in each of its places: it gets further in."""
        await outside.deliver(1, SAID)
        (stored,) = outside.desk.stored
        for payload in wounds.of(stored.payload):
            _held(outside.channel, replace(stored, payload=payload))

    # What goes out

    @pytest.mark.asyncio
    async def test_a_reply_is_handed_to_the_provider(self, outside: Outside) -> None:
        """Sending answers with what the provider called it and its first word on delivery."""
        await outside.deliver(1, "hello")
        sent = await outside.channel.send(outside.reply())
        assert isinstance(sent, Sent)
        assert sent.state in STATES

    @pytest.mark.asyncio
    async def test_a_report_finds_the_message_that_it_is_of(self, outside: Outside) -> None:
        """It names the message as `send` did, and what comes later of the same message is another report."""
        if isinstance(outside, Reports):
            sent = await outside.channel.send(outside.reply())
            assert await outside.report(sent, "delivered") == "accepted"
            assert await outside.report(sent, "delivered") == "accepted"
            assert await outside.report(sent, "failed") == "accepted"
            reports = [outside.channel.decode(stored) for stored in outside.desk.stored]
            assert [type(each) for each in reports] == [DeliveryReport, DeliveryReport]
            assert {getattr(each, "provider_id", "") for each in reports} == {sent.provider_id}
            first, second = (getattr(each, "state", "") for each in reports)
            assert first == "delivered"
            assert second in ("failed", "undelivered")

    @pytest.mark.asyncio
    async def test_a_provider_in_trouble_raises_only_channel_errors(self, outside: Outside) -> None:
        """The outbox knows Temporary and Permanent; nothing else may come out of `send`, and no word of the message."""
        await outside.deliver(1, "hello")
        reply = outside.reply()
        for way in await outside.trouble():
            await outside.fail(way)
            said = await _send(outside, reply)
            assert said
            assert reply.address not in said
            assert reply.text not in said

    @pytest.mark.asyncio
    async def test_only_the_provider_is_asked_for_files(self, outside: Outside) -> None:
        """A payload may name any place: what the channel asks its provider with (a token) goes nowhere else."""
        if isinstance(outside.channel, Fetches):
            for place in ELSEWHERE:
                with pytest.raises(Permanent):
                    await outside.channel.fetch(place)
                with pytest.raises(Permanent):
                    await outside.channel.forget(place)

    # How it stands

    @pytest.mark.asyncio
    async def test_it_knows_whether_it_works(self, outside: Outside) -> None:
        """What /readyz asks: yes once started, no once stopped."""
        assert outside.channel.alive()
        await outside.channel.stop()
        assert not outside.channel.alive()

    @pytest.mark.asyncio
    async def test_stopping_twice_is_harmless_and_nothing_is_sent_after(self, outside: Outside) -> None:
        """Shutdown can be asked for by a signal and by an error at once."""
        reply = outside.reply()
        await outside.channel.stop()
        await outside.channel.stop()
        assert await _send(outside, reply)

    @pytest.mark.asyncio
    async def test_checking_names_the_mend_for_what_is_not_well(self, outside: Outside) -> None:
        """What is wrong comes with what to do."""
        await _checked(outside)

    @pytest.mark.asyncio
    async def test_the_doctor_can_ask_what_was_never_started(self) -> None:
        """`privacydesk doctor` looks at a channel without starting it."""
        outside = type(self).world()
        assert not outside.channel.alive()
        await _checked(outside)
        await outside.channel.stop()


def _held(channel: Channel, received: Received) -> None:
    """It decodes, to what a database can keep, or is Undecodable."""
    try:
        decoded = channel.decode(received)
    except Undecodable:
        return
    except Exception as error:
        raise AssertionError(f"{received.payload!r} raises {error!r}, not Undecodable") from error
    assert isinstance(decoded, InboundMessage | DeliveryReport)
    for each in fields(decoded):
        value = getattr(decoded, each.name)
        if isinstance(value, str):
            assert _storable(value), f"{each.name} of {received.payload!r} can't be stored"
    if isinstance(decoded, InboundMessage):
        assert all(isinstance(attachment, Attachment) for attachment in decoded.attachments)


def _storable(text: str) -> bool:
    return not any(each == "\0" or "\ud800" <= each <= "\udfff" for each in text)


async def _send(outside: Outside, reply: OutboundMessage) -> str:
    """Send, and say what came of it; any error but a ChannelError fails the test."""
    try:
        return (await outside.channel.send(reply)).state
    except ChannelError as error:
        return str(error)


async def _checked(outside: Outside) -> None:
    findings = await outside.channel.check()
    assert findings
    for finding in findings:
        assert isinstance(finding, Finding)
        assert finding.text
        assert finding.ok or finding.mend
    assert outside.desk.offered == []
