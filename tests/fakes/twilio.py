"""A Twilio that records: the message endpoint of its REST interface, on loopback.

In a test: `async with FakeTwilio() as twilio:` gives `twilio.base` and `twilio.messages`. In a process of its own, for
the kill tests and the bench: `python -m tests.fakes.twilio --port 0 --record FILE`, which prints its address first and
then appends one JSON line a message: {"sid", "To", "Body", …, "at"}.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import signal
import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NamedTuple, Self
from urllib.parse import parse_qsl, urlencode

from aiohttp import web

ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN = "an auth token for tests"


def signature(url: str, fields: Iterable[tuple[str, str]] = (), token: str = TOKEN) -> str:
    """Twilio's signature by its documented rule, written apart from the library that checks it."""
    text = url + "".join(name + value for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def webhook(url: str, fields: Mapping[str, str], token: str = TOKEN) -> tuple[bytes, dict[str, str]]:
    """A signed form for `url`: the body and its headers."""
    headers = {
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "X-Twilio-Signature": signature(url, fields.items(), token),
    }
    return urlencode(fields).encode(), headers


def text(number: int, body: str, *, sender: str = "+447700900001", to: str = "+447700900999") -> dict[str, str]:
    """The fields of one text as Twilio sends them; `number` makes the MessageSid."""
    sid = f"SM{number:032x}"
    return {
        "ToCountry": "GB",
        "ToState": "",
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "ToCity": "",
        "FromZip": "",
        "SmsSid": sid,
        "FromState": "",
        "SmsStatus": "received",
        "FromCity": "",
        "Body": body,
        "FromCountry": "GB",
        "To": to,
        "ToZip": "",
        "NumSegments": "1",
        "MessageSid": sid,
        "AccountSid": ACCOUNT,
        "From": sender,
        "ApiVersion": "2010-04-01",
    }


def call(number: int, *, sender: str = "+447700900001", to: str = "+447700900999", **more: str) -> dict[str, str]:
    """The fields of one webhook of a call as Twilio sends them; `number` makes the CallSid, `more` is what was said."""
    return {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "CallSid": f"CA{number:032x}",
        "CallStatus": "in-progress",
        "Called": to,
        "Caller": sender,
        "Direction": "inbound",
        "From": sender,
        "FromCountry": "GB",
        "To": to,
        "ToCountry": "GB",
    } | more


class Refusal(NamedTuple):
    """One answer other than 201. `status` 0 cuts the connection without an answer."""

    status: int
    code: int | None = None
    headers: Mapping[str, str] = {}
    body: bytes | None = None


@dataclass
class Media:
    """A file that it keeps. `leads_to` is where its API sends who asks for it, "" for this server's own store."""

    content: bytes
    content_type: str = "image/jpeg"
    leads_to: str = ""
    account: str = ACCOUNT


@dataclass
class FakeTwilio:
    """Records every message it takes in `messages`; `refusals` are given first, one a request; `delay` in seconds.

    `before_answer` is awaited with each message between taking it and answering, as when a callback overtakes us; what
    it returns is answered instead of 201. `token` is every account's but for those in `tokens`. Each message
    has its `account`. `media` are the files it keeps, by the path of their address (`kept`); `led` the headers of
    those who followed it to its store. `deleted` and `emptied` are what it was told to forget, in order; while it
    `keeps`, it deletes nothing. `offered` are the addresses of each message's files, `recorded` the recordings of each
    call, by its id, of which one page lists so many as `listed`.
    """

    port: int = 0
    record: IO[str] | None = None
    token: str | None = TOKEN
    tokens: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    before_answer: Callable[[dict[str, str]], Awaitable[Refusal | None]] | None = None
    messages: list[dict[str, str]] = field(default_factory=list)
    refusals: deque[Refusal] = field(default_factory=deque)
    requests: int = 0
    base: str = ""
    media: dict[str, Media] = field(default_factory=dict)
    led: list[Mapping[str, str]] = field(default_factory=list)
    keeps: bool = False
    deleted: list[str] = field(default_factory=list)
    emptied: list[str] = field(default_factory=list)
    offered: list[list[str]] = field(default_factory=list)
    recorded: dict[str, list[str]] = field(default_factory=dict)
    listed: int = 1_000

    async def start(self) -> None:
        """Listen on loopback; `base` is the address to set as DESK_TWILIO_API_BASE."""
        app = web.Application()
        app.router.add_post("/2010-04-01/Accounts/{account}/Messages.json", self._create)
        app.router.add_get("/2010-04-01/Accounts/{account}.json", self._account)
        app.router.add_post("/2010-04-01/Accounts/{account}/Messages/{sid}.json", self._empty)
        one = "/2010-04-01/Accounts/{account}/Messages/{sid}/Media/{media}"
        app.router.add_get(one, self._lead)
        app.router.add_delete(one + ".json", self._delete)
        app.router.add_get("/2010-04-01/Accounts/{account}/Calls/{call}/Recordings.json", self._recordings)
        app.router.add_delete("/2010-04-01/Accounts/{account}/Recordings/{sid}.json", self._unrecord)
        app.router.add_get("/store/{path:.+}", self._give)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self.base = f"http://127.0.0.1:{self.port}"

    async def stop(self) -> None:
        """Hang up."""
        await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _create(self, request: web.Request) -> web.Response:
        body = await request.read()
        refused = await self._refusal(request)
        if refused is not None:
            return refused
        fields = parse_qsl(body.decode(), keep_blank_values=True)
        message = dict(fields)
        self.offered.append([value for name, value in fields if name == "MediaUrl"])
        account = request.match_info["account"]
        message |= {"sid": f"SM{secrets.token_hex(16)}", "at": f"{time.time():.6f}", "account": account}
        self.messages.append(message)
        if self.record is not None:
            self.record.write(json.dumps(message) + "\n")
            self.record.flush()
        instead = await self.before_answer(message) if self.before_answer is not None else None
        if instead is not None:
            return _answer(request, instead)
        return web.Response(status=201, body=self._as_record(message), content_type="application/json")

    def kept(self, media: Media) -> str:
        """Keep a file, as of a message that came; gives its MediaUrl."""
        sids = [kind + secrets.token_hex(16) for kind in ("MM", "ME")]
        path = f"/2010-04-01/Accounts/{media.account}/Messages/{sids[0]}/Media/{sids[1]}"
        self.media[path] = media
        return "https://api.twilio.com" + path

    async def _lead(self, request: web.Request) -> web.Response:
        refused = await self._refusal(request)
        if refused is not None:
            return refused
        found = self.media.get(request.path)
        if found is None:
            return _answer(request, Refusal(404, 20404))
        return web.Response(status=307, headers={"Location": found.leads_to or f"{self.base}/store{request.path}"})

    async def _give(self, request: web.Request) -> web.Response:
        self.led.append(dict(request.headers))
        found = self.media["/" + request.match_info["path"]]
        return web.Response(body=found.content, content_type=found.content_type)

    async def _delete(self, request: web.Request) -> web.Response:
        refused = await self._refusal(request)
        if refused is not None:
            return refused
        if self.keeps:
            return _answer(request, Refusal(503))
        if self.media.pop(request.path.removesuffix(".json"), None) is None:
            return _answer(request, Refusal(404, 20404))
        self.deleted.append(request.path)
        return web.Response(status=204)

    async def _recordings(self, request: web.Request) -> web.Response:
        refused = await self._refusal(request)
        found = self.recorded.get(request.match_info["call"], [])
        listed = {"recordings": [{"sid": sid} for sid in found[: self.listed]], "page": 0}
        more = {"next_page_uri": f"{request.path}?Page=1"} if len(found) > self.listed else {"next_page_uri": None}
        return refused or web.json_response(listed | more)

    async def _unrecord(self, request: web.Request) -> web.Response:
        refused = await self._refusal(request)
        if refused is not None:
            return refused
        sid = request.match_info["sid"]
        call = next((call for call, sids in self.recorded.items() if sid in sids), None)
        if call is None:
            return _answer(request, Refusal(404, 20404))
        self.recorded[call].remove(sid)
        self.deleted.append(request.path)
        return web.Response(status=204)

    async def _empty(self, request: web.Request) -> web.Response:
        refused = await self._refusal(request)
        if refused is not None:
            return refused
        assert parse_qsl((await request.read()).decode(), keep_blank_values=True) == [("Body", "")]
        sid = request.match_info["sid"]
        self.emptied.append(sid)
        message = {"sid": sid, "account": request.match_info["account"], "Body": ""}
        return web.Response(body=self._as_record(message), content_type="application/json")

    async def _account(self, request: web.Request) -> web.Response:
        refused = await self._refusal(request)
        return refused or web.json_response({"sid": request.match_info["account"], "status": "active"})

    async def _refusal(self, request: web.Request) -> web.Response | None:
        self.requests += 1
        if self.delay:
            await asyncio.sleep(self.delay)
        account = request.match_info["account"]
        token = self.tokens.get(account, self.token)
        expected = "Basic " + base64.b64encode(f"{account}:{token}".encode()).decode()
        if self.token is not None and request.headers.get("Authorization") != expected:
            return _answer(request, Refusal(401, 20003))
        return _answer(request, self.refusals.popleft()) if self.refusals else None

    @staticmethod
    def _as_record(message: Mapping[str, str]) -> bytes:
        now = "Thu, 24 Aug 2023 05:01:45 +0000"
        return json.dumps(
            {
                "sid": message["sid"],
                "account_sid": message["account"],
                "status": "queued",
                "to": message.get("To"),
                "from": message.get("From"),
                "messaging_service_sid": message.get("MessagingServiceSid"),
                "body": message.get("Body"),
                "num_segments": "1",
                "num_media": "0",
                "date_created": now,
                "date_updated": now,
                "date_sent": None,
                "direction": "outbound-api",
                "error_code": None,
                "error_message": None,
                "api_version": "2010-04-01",
            }
        ).encode()


def _answer(request: web.Request, refusal: Refusal) -> web.Response:
    if refusal.status == 0:
        assert request.transport is not None
        request.transport.abort()
    body = refusal.body
    if body is None:
        body = json.dumps({"code": refusal.code, "message": "refused", "status": refusal.status}).encode()
    return web.Response(
        status=refusal.status or 500, body=body, headers=dict(refusal.headers), content_type="application/json"
    )


async def _serve(port: int, record: Path, delay: float) -> None:
    with record.open("a", encoding="utf-8") as lines:
        twilio = FakeTwilio(port=port, record=lines, token=None, delay=delay)
        # A process that runs long keeps its record on disk only.
        twilio.messages = deque(maxlen=1)  # type: ignore[assignment]
        async with twilio:
            sys.stdout.write(twilio.base + "\n")
            sys.stdout.flush()
            ended = asyncio.Event()
            for name in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(name, ended.set)
            await ended.wait()


def main() -> None:
    """Run as a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--record", type=Path, required=True)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    options = parser.parse_args()
    asyncio.run(_serve(options.port, options.record, options.delay))


if __name__ == "__main__":
    main()
