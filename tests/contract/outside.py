"""The world outside each channel: a customer who delivers a message over the real protocol, and a provider."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any, Literal, Self

from aiohttp import ClientWebSocketResponse

from channels import memory, sms, webchat
from channels.base import Channel, OutboundMessage, Sent
from channels.contract.world import Answer
from channels.errors import Permanent, Temporary
from tests.fakes import twilio as fake
from tests.fakes.desk import FakeDesk, over_http


class Memory:
    """Nobody outside: the test is the customer and the provider."""

    def __init__(self) -> None:
        self.desk = FakeDesk()
        self._memory = memory.create(self.desk.context())
        self.channel: Channel = self._memory

    async def __aenter__(self) -> Self:
        await self.channel.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.channel.stop()

    async def deliver(self, number: int, text: str) -> Answer:
        try:
            await self._memory.receive("ada", text, key=f"message-{number}")
        except Temporary:
            return "try again"
        return "accepted"

    def reply(self) -> OutboundMessage:
        return OutboundMessage(key="out-1", address="ada", sender="desk", text="Clause 6.1.")

    async def trouble(self) -> Sequence[str]:
        return ("temporary", "permanent")

    async def fail(self, way: str) -> None:
        self._memory.failure = Temporary("down") if way == "temporary" else Permanent("refused")


class Sms:
    """Twilio: signed webhooks over HTTP, and a REST server that records."""

    def __init__(self) -> None:
        self.twilio = fake.FakeTwilio()
        self.desk = FakeDesk()
        self.channel: Channel = sms.create(self.desk.context())
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self.twilio)
        self.desk.settings |= {
            "twilio_account_sid": fake.ACCOUNT,
            "twilio_auth_token": fake.TOKEN,
            "twilio_from": "+447700900999",
            "twilio_api_base": self.twilio.base,
        }
        self.channel = sms.create(self.desk.context())
        self._client = await self._stack.enter_async_context(over_http(self.channel))
        await self.channel.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.channel.stop()
        await self._stack.aclose()

    async def deliver(self, number: int, text: str) -> Answer:
        body, headers = fake.webhook("https://desk.example/sms/twilio", fake.text(number, text))
        async with self._client.post("/sms/twilio", data=body, headers=headers) as answer:
            assert answer.status in (200, 503)
            return "accepted" if answer.status == 200 else "try again"

    async def forge(self) -> None:
        body, headers = fake.webhook("https://desk.example/sms/twilio", fake.text(1, "hello"), token="another")
        async with self._client.post("/sms/twilio", data=body, headers=headers) as answer:
            assert answer.status == 403

    async def report(self, sent: Sent, state: Literal["delivered", "failed"]) -> Answer:
        fields = {"MessageSid": sent.provider_id, "MessageStatus": state, "AccountSid": fake.ACCOUNT}
        body, headers = fake.webhook("https://desk.example/sms/twilio/status", fields)
        async with self._client.post("/sms/twilio/status", data=body, headers=headers) as answer:
            assert answer.status in (200, 204, 503)
            return "try again" if answer.status == 503 else "accepted"

    def reply(self) -> OutboundMessage:
        return OutboundMessage(key="out-1", address="+447700900001", sender="+447700900999", text="Clause 6.1.")

    async def trouble(self) -> Sequence[str]:
        return ("400", "401", "429", "500", "0", "down")

    async def fail(self, way: str) -> None:
        if way == "down":
            await self.twilio.stop()
        else:
            self.twilio.refusals.append(fake.Refusal(int(way)))


class WebChat:
    """A visitor's page: one WebSocket, and the session that the desk gave it."""

    def __init__(self) -> None:
        self.desk = FakeDesk()
        self.channel = webchat.create(self.desk.context())
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self.channel.start()
        client = await self._stack.enter_async_context(over_http(self.channel))
        self._socket: ClientWebSocketResponse = await client.ws_connect(
            "/chat/ws", headers={"Origin": "https://desk.example"}
        )
        await self._socket.send_json({"type": "hello", "site": "iomart"})
        ready = await self._frame("ready")
        assert ready["seq"] == 0
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.channel.stop()
        await self._stack.aclose()

    async def _frame(self, *types: str) -> dict[str, Any]:
        async for frame in self._socket:
            value: dict[str, Any] = json.loads(frame.data)
            if value["type"] in types:
                return value
        raise AssertionError("the socket closed before it answered")

    async def deliver(self, number: int, text: str) -> Answer:
        await self._socket.send_json({"type": "message", "id": f"m{number}", "text": text})
        answer = await self._frame("ack", "error")
        assert answer["id"] == f"m{number}"
        return "accepted" if answer["type"] == "ack" else "try again"

    def reply(self) -> OutboundMessage:
        address = self.desk.stored[0].sender if self.desk.stored else "nobody here"
        return OutboundMessage(key="out-1", address=address, sender="iomart", text="Clause 6.1.")

    async def trouble(self) -> Sequence[str]:
        return ("gone",)

    async def fail(self, way: str) -> None:
        await self._socket.close()
