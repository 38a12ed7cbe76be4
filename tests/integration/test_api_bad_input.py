"""Bad input to the API over real HTTP: each is told what is wrong, and none is a failure of ours."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest

from bot.api.gate import LARGEST_BODY
from tests.integration.api_support import api, refused

NONSENSE = "pd_" + "x" * 43


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"{", 400, "bad_json"),
        (b"", 400, "bad_json"),
        (b"\xff\xfe", 400, "bad_json"),
        (b'{"text": "\\ud800"}', 400, "bad_json"),
        (b"[" * 100_000, 400, "bad_json"),
        (b"[]", 422, "invalid"),
        (b'"text"', 422, "invalid"),
        (b"{}", 422, "invalid"),
        (b'{"text": 5}', 422, "invalid"),
        (b'{"text": "a", "as_of": "soon"}', 422, "invalid"),
        (b'{"text": "a", "lang": "en"}', 422, "invalid"),
        (b'{"text": "%s"}' % (b"x" * 20_001), 422, "invalid"),
    ],
)
async def test_a_bad_body_is_refused(tmp_path: Path, raw: bytes, status: int, code: str) -> None:
    """Broken JSON, wrong types, missing and unknown fields: each is told, none is a failure of ours."""
    async with api(tmp_path) as desk:
        answer = await desk.post("/ask", data=raw, headers={"Content-Type": "application/json"})
        refused(answer, status, code)


async def test_a_refusal_names_the_field_and_repeats_no_value(tmp_path: Path) -> None:
    """What was sent may be a customer's words: it is not echoed."""
    async with api(tmp_path) as desk:
        told = refused(
            await desk.post("/conversations/1/replies", {"text": ["secret"], "seen_seq": "x"}), 422, "invalid"
        )
        assert "text:" in told
        assert "seen_seq:" in told
        assert "secret" not in told


async def test_a_body_needs_its_type_and_its_size(tmp_path: Path) -> None:
    """A form is refused with 415; a body over the bound with 413, whether or not it says its length."""
    async with api(tmp_path) as desk:
        refused(await desk.post("/ask", data={"text": "hi"}), 415, "unsupported_media_type")
        json_type = {"Content-Type": "application/json"}
        refused(await desk.post("/ask", data=b"x" * (LARGEST_BODY + 1), headers=json_type), 413, "too_large")

        async def unmeasured() -> Any:
            for _ in range(LARGEST_BODY // 65_536 + 1):
                yield b" " * 65_536

        refused(await desk.post("/ask", data=unmeasured(), headers=json_type), 413, "too_large")
        refused(await desk.post("/conversations/1/close", {"really": True}), 422, "invalid")


async def test_the_longest_reply_fits_however_it_is_written(tmp_path: Path) -> None:
    """20,000 characters outside the basic plane, each written as two escapes, are within the bound."""
    async with api(tmp_path) as desk:
        ident = await desk.talk()
        answer = await desk.post(f"/conversations/{ident}/replies", {"text": "\U0001f600" * 20_000, "seen_seq": 1})
        assert answer.status == 201


@pytest.mark.parametrize(
    "query",
    [
        "state=lost",
        "kind=x",
        "page=2",
        "state=open&state=open",
        "after=%00",
        "after=!!",
        "after=eA",
        "after=" + "M" * 121,
    ],
)
async def test_a_bad_query_is_refused(tmp_path: Path, query: str) -> None:
    """Unknown names, unknown values, a name twice, a place that no page named."""
    async with api(tmp_path) as desk:
        refused(await desk.get(f"/tickets?{query}"), 422, "invalid")
        if "after" in query:
            refused(await desk.get(f"/conversations?{query}"), 422, "invalid")


@pytest.mark.parametrize("key", ["x" * 129, "a\tb"])
async def test_a_key_has_bounds(tmp_path: Path, key: str) -> None:
    """An Idempotency-Key is short and plain."""
    async with api(tmp_path) as desk:
        sent = await desk.post("/conversations/1/notes", {"text": "a"}, headers={"Idempotency-Key": key})
        refused(sent, 422, "invalid")


async def test_a_body_that_never_comes_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that promises a body and stays silent is answered in bounded time."""
    monkeypatch.setattr("bot.api.gate.SLOWEST_BODY", 0.2)
    async with api(tmp_path) as desk:
        host, port = desk.console.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port), family=socket.AF_INET)
        head = f"Authorization: Bearer {desk.tokens['agent']}\r\nContent-Type: application/json\r\nContent-Length: 50"
        writer.write(f"POST /api/v1/ask HTTP/1.1\r\nHost: desk\r\n{head}\r\n\r\n{{".encode())
        status = await asyncio.wait_for(reader.readline(), 10)
        assert b" 408 " in status
        writer.close()
