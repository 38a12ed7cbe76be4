"""Handing texts to Twilio over real HTTP, in good days and bad."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from channels.base import OutboundMessage
from channels.errors import OptedOut, Permanent, Temporary
from channels.sms import create
from channels.sms.channel import SmsChannel
from tests.fakes.desk import FakeDesk
from tests.fakes.twilio import ACCOUNT, TOKEN, FakeTwilio, Refusal


@pytest.fixture
async def twilio() -> AsyncIterator[FakeTwilio]:
    async with FakeTwilio() as twilio:
        yield twilio


def desk_for(twilio: FakeTwilio, **settings: str) -> FakeDesk:
    known = {
        "twilio_account_sid": ACCOUNT,
        "twilio_auth_token": TOKEN,
        "twilio_from": "+447700900999",
        "twilio_api_base": twilio.base,
    }
    return FakeDesk(settings=known | settings)


@pytest.fixture
async def channel(twilio: FakeTwilio) -> AsyncIterator[SmsChannel]:
    channel = create(desk_for(twilio).context())
    await channel.start()
    yield channel
    await channel.stop()


def message(text: str = "Clause 6.1 says so.", sender: str = "") -> OutboundMessage:
    return OutboundMessage(key="out-1", address="+447700900001", text=text, sender=sender)


async def test_a_text_reaches_twilio_with_all_that_it_needs(channel: SmsChannel, twilio: FakeTwilio) -> None:
    """Recipient, sender, body and a callback that carries our key and its mark; the SID comes back."""
    sent = await channel.send(message())
    (taken,) = twilio.messages
    assert sent == (taken["sid"], "queued")
    assert taken["To"] == "+447700900001"
    assert taken["From"] == "+447700900999"
    assert taken["Body"] == "Clause 6.1 says so."
    callback, _, mark = taken["StatusCallback"].partition("&mark=")
    assert callback == "https://desk.example/sms/twilio/status?key=out-1"
    assert len(mark) == 32


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("\u201cWe don\u2019t\u201d\u2026", '"We don\'t"...'),
        ("👋🏽 𠜎 שלום", "👋🏽 𠜎 שלום"),
        ("a&b=c+d%20é", "a&b=c+d%20é"),
        ("x" * 1600, "x" * 1600),
        ("a\ud800b", "ab"),
    ],
    ids=["straightened", "unicode", "reserved", "long", "lone-surrogate"],
)
async def test_any_text_arrives_whole(channel: SmsChannel, twilio: FakeTwilio, text: str, body: str) -> None:
    """Quotes are straightened where that saves segments; everything else arrives to the letter."""
    await channel.send(message(text))
    assert twilio.messages[0]["Body"] == body


async def test_the_conversations_own_number_answers(channel: SmsChannel, twilio: FakeTwilio) -> None:
    """A reply goes out by the number that was texted, or by its Messaging Service."""
    await channel.send(message(sender="+447700900888"))
    await channel.send(message(sender="MG" + "e" * 32))
    assert twilio.messages[0]["From"] == "+447700900888"
    assert twilio.messages[1]["MessagingServiceSid"] == "MG" + "e" * 32
    assert "From" not in twilio.messages[1]


async def test_many_at_once_get_their_own_sids(channel: SmsChannel, twilio: FakeTwilio) -> None:
    """Concurrent sends don't mix up their answers."""
    sent = await asyncio.gather(*(channel.send(message(f"text {index}")) for index in range(200)))
    by_sid = {taken["sid"]: taken["Body"] for taken in twilio.messages}
    assert [by_sid[one.provider_id] for one in sent] == [f"text {index}" for index in range(200)]


async def test_too_long_a_text_is_final(channel: SmsChannel, twilio: FakeTwilio) -> None:
    """Twilio would refuse it; staff are told to shorten it."""
    with pytest.raises(Permanent, match="shorten"):
        await channel.send(message("x" * 1601))
    assert twilio.requests == 0


@pytest.mark.parametrize(
    ("refusal", "kind", "retry_after"),
    [
        (Refusal(400, 21610), OptedOut, None),
        (Refusal(400, 21211), Permanent, None),
        (Refusal(429, 20429, {"Retry-After": "30"}), Temporary, 30),
        (Refusal(429, 20429), Temporary, None),
        (Refusal(500), Temporary, None),
        (Refusal(503, None, {"Retry-After": "5"}, b"<html>down</html>"), Temporary, 5),
        (Refusal(401, 20003), Temporary, 300),
        (Refusal(307, None, {"Location": "http://127.0.0.1:1/"}), Temporary, None),
        (Refusal(200, None, {}, b"<html>sign in to the wifi</html>"), Temporary, None),
        (Refusal(201, None, {}, b"[" * 100_000), Temporary, None),
        (Refusal(0), Temporary, None),
    ],
    ids=["opted-out", "bad-number", "busy", "busy-no-hint", "500", "503", "401", "redirect", "portal", "deep", "cut"],
)
async def test_refusals_say_whether_to_try_again(
    channel: SmsChannel, twilio: FakeTwilio, refusal: Refusal, kind: type[Exception], retry_after: float | None
) -> None:
    """Each way to fail becomes the right error, without the number or the text in its words."""
    twilio.refusals.append(refusal)
    with pytest.raises(kind) as raised:
        await channel.send(message("a very private text"))
    assert type(raised.value) is kind
    assert "+447700900001" not in str(raised.value)
    assert "private" not in str(raised.value)
    assert getattr(raised.value, "retry_after", None) == retry_after
    assert (await channel.send(message())).provider_id, "the channel works on after a refusal"


async def test_a_slow_twilio_is_not_waited_for(twilio: FakeTwilio) -> None:
    """One request is bounded; the text stays in the outbox."""
    twilio.delay = 5
    channel = SmsChannel(desk_for(twilio).context(), seconds=0.1)
    await channel.start()
    with pytest.raises(Temporary, match="in time"):
        await channel.send(message())
    await channel.stop()


async def test_a_twilio_that_is_down_is_temporary(twilio: FakeTwilio) -> None:
    """Nobody listens there: try later."""
    await twilio.stop()
    channel = create(desk_for(twilio).context())
    await channel.start()
    with pytest.raises(Temporary, match="can't be reached"):
        await channel.send(message())
    await channel.stop()


@pytest.mark.parametrize("missing", ["account_sid", "auth_token", "from"])
async def test_without_credentials_a_text_waits_with_the_reason(twilio: FakeTwilio, missing: str) -> None:
    """Nothing is pretended: the row waits and says which setting is missing."""
    channel = create(desk_for(twilio, **{f"twilio_{missing}": ""}).context())
    await channel.start()
    with pytest.raises(Temporary, match=f"DESK_TWILIO_{missing.upper()} is not set") as raised:
        await channel.send(message())
    assert raised.value.retry_after == 300
    (finding,) = await channel.check()
    assert not finding.ok
    assert missing.upper() in finding.text
    assert twilio.requests == 0
    await channel.stop()


async def test_reports_are_asked_for_only_where_they_are_safe(twilio: FakeTwilio) -> None:
    """A callback names a customer's number, so it is not asked for in the clear over the network."""
    desk = FakeDesk(settings={}, public_url="http://desk.example")
    assert SmsChannel(desk.context())._status_url == ""
    desk = FakeDesk(settings={"twilio_api_base": twilio.base}, public_url="http://127.0.0.1:8080")
    assert SmsChannel(desk.context())._status_url == "http://127.0.0.1:8080/sms/twilio/status"


async def test_check_asks_for_the_account_and_sends_nothing(channel: SmsChannel, twilio: FakeTwilio) -> None:
    """Doctor learns whether the credentials are right without a message."""
    (finding,) = await channel.check()
    assert finding.ok
    assert (twilio.requests, twilio.messages) == (1, [])
    twilio.token = "changed meanwhile"
    (finding,) = await channel.check()
    assert not finding.ok
    assert "DESK_TWILIO_AUTH_TOKEN" in finding.text


async def test_check_warns_of_credentials_in_the_clear(twilio: FakeTwilio) -> None:
    """An http API base elsewhere than on this machine would give the token away."""
    channel = create(desk_for(twilio, twilio_api_base="http://twilio.example").context())
    (finding,) = await channel.check()
    assert not finding.ok
    assert "https" in finding.mend
