"""Texts leave no faster than their number may, and a desk that Twilio slows down slows down as a whole."""

from __future__ import annotations

from pathlib import Path

from channels.base import OutboundMessage
from channels.sms.channel import SmsChannel
from tests.fakes.twilio import FakeTwilio, Refusal
from tests.integration.texting import FROM, texting, written
from tests.support import HeldClock, running, until


async def test_a_rate_holds_and_a_flood_holds_nobody(tmp_path: Path) -> None:
    """Ten a second from the number: of a conversation with fifteen texts ten go, and another's one is soon after."""
    clock = HeldClock()
    async with FakeTwilio() as twilio, running(tmp_path, clock, **texting(twilio, twilio_rate=10)) as desk:
        flood = [f"flood {number}" for number in range(15)]
        await written(desk, "+447700900001", *flood)
        await until(desk, lambda: len(twilio.messages) == 10)
        await written(desk, "+447700900002", "single")
        for sent in range(11, 17):
            clock.move(seconds=0.11)
            await until(desk, lambda sent=sent: len(twilio.messages) == sent)  # type: ignore[misc]  # mypy knows no default here
        bodies = [message["Body"] for message in twilio.messages]
        assert [body for body in bodies if body != "single"] == flood
        assert bodies.index("single") <= 11


async def test_who_is_told_to_slow_down_slows_down_for_all(tmp_path: Path) -> None:
    """After 20429 nothing leaves from that number until Retry-After, for anybody; then everything does."""
    clock = HeldClock()
    async with FakeTwilio() as twilio, running(tmp_path, clock, **texting(twilio)) as desk:
        twilio.refusals.append(Refusal(429, 20429, {"Retry-After": "30"}))
        await written(desk, "+447700900001", "first")
        await until(desk, lambda: twilio.requests == 1)
        await written(desk, "+447700900002", "second")
        channel = desk.desk.channels["sms"]
        assert isinstance(channel, SmsChannel)
        message = OutboundMessage(key="probe", address="+447700900003", sender=FROM, text="third")
        assert channel.pace(message) >= 29
        assert twilio.requests == 1
        clock.move(seconds=120)

        async def both() -> bool:
            desk.deliverer.feeds.hurry()
            return len(twilio.messages) == 2

        await until(desk, both)
