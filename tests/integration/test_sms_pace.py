"""Texts leave no faster than their number may, and a desk that Twilio slows down slows down as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.app import Running
from bot.contacts import service as contacts
from bot.conversations import repository, sending
from bot.conversations.models import Conversation
from channels.base import InboundMessage, OutboundMessage
from channels.sms.channel import SmsChannel
from tests.fakes.twilio import ACCOUNT, TOKEN, FakeTwilio, Refusal
from tests.support import HeldClock, running, until

FROM = "+447700900999"


def texting(twilio: FakeTwilio, **more: Any) -> dict[str, Any]:
    """Settings of a desk that sends by that Twilio."""
    known = {"twilio_account_sid": ACCOUNT, "twilio_auth_token": TOKEN, "twilio_from": FROM}
    return {"channels": "sms", "twilio_api_base": twilio.base, **known, **more}


async def written(desk: Running, address: str, *texts: str) -> None:
    """Queue texts of the desk's in that address's conversation."""
    site, now = desk.desk.sites[0], desk.desk.now()

    def work(session: Session) -> None:
        conversation = session.scalars(select(Conversation).where(Conversation.address == address)).first()
        if conversation is None:
            known = contacts.find_or_create(session, "sms", address, "", now)
            message = InboundMessage(address, FROM, "")
            conversation = repository.create(
                session, message, channel="sms", site=site.key, contact=known.contact_id, now=now
            )
        for text in texts:
            sending.send(session, conversation, text, now, site=site)

    await desk.desk.database.write(work)


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
