"""The world outside the voice channel: a caller, and Twilio's signed webhooks of one call."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Self

from channels.base import Channel, OutboundMessage
from channels.contract.world import Answer
from channels.voice import VoiceChannel
from tests.fakes import twilio as fake
from tests.fakes.desk import FakeDesk, over_http


class Voice:
    """One call: what is said goes in by webhooks, and the desk's lines are read out when it asks for them."""

    def __init__(self) -> None:
        self.desk = FakeDesk(settings={"twilio_account_sid": fake.ACCOUNT, "twilio_auth_token": fake.TOKEN})
        self.channel: Channel = VoiceChannel(self.desk.context(), patience=0)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._client = await self._stack.enter_async_context(over_http(self.channel))
        await self.channel.start()
        assert "Hello" in await self._post("/voice/twilio")
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.channel.stop()
        await self._stack.aclose()

    async def _post(self, path: str, **fields: str) -> str:
        body, headers = fake.webhook(f"https://desk.example{path}", fake.call(1, **fields))
        async with self._client.post(path, data=body, headers=headers) as answer:
            assert answer.status in (200, 204)
            return await answer.text()

    async def deliver(self, number: int, text: str) -> Answer:
        said = await self._post(f"/voice/twilio/said?turn={number}", SpeechResult=text, Confidence="0.9")
        return "try again" if "Please say it again" in said else "accepted"

    async def forge(self) -> None:
        fields = fake.call(1, SpeechResult="hello", Confidence="0.9")
        body, headers = fake.webhook("https://desk.example/voice/twilio/said?turn=1", fields, token="another")
        async with self._client.post("/voice/twilio/said?turn=1", data=body, headers=headers) as answer:
            assert answer.status == 403

    def reply(self) -> OutboundMessage:
        sid = fake.call(1)["CallSid"]
        return OutboundMessage("out-1", f"+447700900001 {sid}", "+447700900999", "Clause 6.1.")

    async def trouble(self) -> Sequence[str]:
        return ("hung up",)

    async def fail(self, way: str) -> None:
        await self._post("/voice/twilio/status", CallStatus="completed")
