"""Answers of Twilio's that the network brings in pieces are read whole: a text that it took is never sent again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from channels.answers import body_of
from channels.recordings import Recordings
from channels.sms.kept import Kept
from channels.sms.rest import Api
from channels.twilio_accounts import Account, Accounts

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
OURS = Account("AC" + "0" * 32, "a token of the tests")
CALL, RECORDING, MESSAGE = "CA" + "1" * 32, "RE" + "2" * 32, "SM" + "3" * 32
TURNS = 50
"""Turns of the event loop in which a client would have read and believed the first piece."""


@asynccontextmanager
async def in_pieces(fields: Mapping[str, Any]) -> AsyncIterator[tuple[str, list[str]]]:
    """A server that answers each request with the fields, in two pieces; gives its address and what it was asked."""
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.append(head.partition(" HTTP")[0])
        body = json.dumps(fields).encode()
        kept = "Connection: close\r\nContent-Type: application/json\r\n"
        writer.write(f"HTTP/1.1 200 OK\r\n{kept}Content-Length: {len(body)}\r\n\r\n".encode() + body[:9])
        await writer.drain()
        for _ in range(TURNS):
            await asyncio.sleep(0)
        writer.write(body[9:])
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked


async def _sent(base: str) -> str:
    api = Api(OURS.sid, OURS.token, base, lambda: NOW, 5.0)
    await api.start()
    try:
        return str((await api.create_message({"To": "+447700900001", "Body": "hello"}))["sid"])
    finally:
        await api.stop()


async def _emptied(base: str) -> str:
    kept = Kept(Accounts([OURS]), base, lambda: NOW)
    await kept.start()
    try:
        return await kept.empty(MESSAGE, OURS)
    finally:
        await kept.stop()


async def _forgotten(base: str) -> str:
    recordings = Recordings(Accounts([OURS]), base, lambda: NOW)
    await recordings.start()
    try:
        return await recordings.forget(CALL, OURS.sid)
    finally:
        await recordings.stop()


@pytest.mark.parametrize(
    ("ask", "says", "result"),
    [
        (_sent, {"sid": MESSAGE, "status": "queued"}, MESSAGE),
        (_emptied, {"sid": MESSAGE, "body": ""}, "the words are gone"),
        (_forgotten, {"page": 0, "recordings": [{"sid": RECORDING}]}, "1 recordings of the call are deleted"),
    ],
    ids=["a text", "an emptied message", "recordings"],
)
async def test_an_answer_in_two_pieces_counts_as_one(
    ask: Callable[[str], Any], says: Mapping[str, Any], result: str
) -> None:
    """What Twilio did is known at the first asking."""
    async with in_pieces(says) as (base, asked):
        assert result in await ask(base)
    assert len(asked) == len(set(asked)), asked


async def test_of_a_body_without_end_only_the_bound_is_read() -> None:
    """Whatever answers there fills no memory."""
    async with (
        in_pieces({"said": "x" * 100_000}) as (base, _),
        aiohttp.ClientSession() as session,
        session.get(base) as answer,
    ):
        assert len(await body_of(answer, 1_000)) == 1_000
