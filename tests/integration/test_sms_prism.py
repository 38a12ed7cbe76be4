"""Prism, serving Twilio's own description of its API, finds nothing wrong with any request that we make.

Prism (npm, @stoplight/prism-cli) is installed by `make prism`. Everything goes through a proxy of the test's own, which
notes how Prism answered; what our client makes of the invented answers is not the point here.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pytest
from aiohttp import ClientSession, encode_basic_auth, web

from channels.base import Attachment, OutboundMessage
from channels.errors import Temporary
from channels.sms import create
from channels.sms.channel import SmsChannel
from tests.fakes.desk import FakeDesk
from tests.fakes.twilio import ACCOUNT, TOKEN
from tests.integration.whole_desk import world
from tests.patience import patience
from tests.processes import free_port
from tests.support import until

ROOT = Path(__file__).parents[2]
CASES = Path(os.environ.get("DESK_TEST_CASES", ROOT.parent / "shared" / "cases"))
PRISM = ROOT / ".prism" / "node_modules" / ".bin" / "prism"
SUB, SUB_TOKEN = "AC" + "b" * 32, "its own token"
MESSAGE = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/MM{'1' * 32}"
# The file itself, without .json, is not in the description: it is no JSON. Its record beside it is.
UNDESCRIBED = re.compile(r"/Media/ME[0-9a-f]{32}\Z")

pytestmark = pytest.mark.external


class Asked(NamedTuple):
    """One request of ours, and how Prism answered; `said` is what it found wrong, `files` how many were offered."""

    method: str
    path: str
    status: int
    said: str
    files: int = 0


@dataclass
class Proxy:
    """Hands everything to Prism, and notes it. `base` is the address to set as DESK_TWILIO_API_BASE."""

    prism: str
    http: ClientSession
    asked: list[Asked] = field(default_factory=list)
    base: str = ""

    async def hand_on(self, request: web.Request) -> web.Response:
        if UNDESCRIBED.search(request.path):
            return web.Response(body=b"\xff\xd8\xff\xe0\x00\x10JFIF", content_type="image/jpeg")
        headers = {name: value for name, value in request.headers.items() if name.lower() not in ("host", "connection")}
        form = await request.read()
        async with self.http.request(
            request.method, self.prism + request.raw_path, data=form, headers=headers
        ) as answer:
            body = await answer.read()
            said = body.decode() if answer.status >= 400 else ""
            files = form.count(b"MediaUrl=")
            self.asked.append(Asked(request.method, request.path, answer.status, said, files))
            return web.Response(status=answer.status, body=body, content_type=answer.content_type)

    def sound(self) -> list[tuple[str, str]]:
        """Every request, as (method, path with its ids left out), none of which Prism found anything wrong with."""
        assert [each for each in self.asked if each.status >= 400] == []
        return [(each.method, re.sub(r"(AC|SM|MM|ME)[0-9a-zA-Z]{32}", r"\1", each.path)) for each in self.asked]


@pytest.fixture(scope="module")
def description(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twilio's description, with OpenAPI's default for lists in forms written out: Prism does not assume it."""
    path = CASES / "twilio" / "twilio_api_v2010.json"
    if not path.exists():
        pytest.skip("set DESK_TEST_CASES to a folder that holds twilio/twilio_api_v2010.json")
    described = json.loads(path.read_text("utf-8"))
    # Only what has to do with messages: Prism reads the whole file for each run.
    described["paths"] = {
        name: each
        for name, each in described["paths"].items()
        if "/Messages" in name or name in ("/2010-04-01/Accounts/{Sid}.json", "/2010-04-01/Accounts/{AccountSid}.json")
    }
    for each in described["paths"].values():
        for verb in ("get", "post", "delete"):
            for form in each.get(verb, {}).get("requestBody", {}).get("content", {}).values():
                lists = [name for name, kind in form["schema"]["properties"].items() if kind.get("type") == "array"]
                form["encoding"] = {name: {"style": "form", "explode": True} for name in lists}
    written = tmp_path_factory.mktemp("prism") / "twilio.json"
    written.write_text(json.dumps(described), "utf-8")
    return written


@pytest.fixture
async def proxy(description: Path) -> AsyncIterator[Proxy]:
    """Prism in a process of its own, and the proxy before it."""
    node = shutil.which("node")
    if node is None or not PRISM.exists():
        pytest.skip("Prism is not installed: run `make prism` (needs node and npm)")
    port = free_port()
    arguments = (node, str(PRISM), "mock", "--errors", "-h", "127.0.0.1", "-p", str(port), str(description))
    process = await asyncio.create_subprocess_exec(*arguments, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        async with patience():
            while b"is listening" not in (line := await process.stdout.readline()):
                assert line, "Prism ended before it listened"
        drain = asyncio.create_task(process.stdout.read())
        async with ClientSession() as http, _before(f"http://127.0.0.1:{port}", http) as proxy:
            yield proxy
        drain.cancel()
    finally:
        process.kill()
        await process.wait()


@asynccontextmanager
async def _before(prism: str, http: ClientSession) -> AsyncIterator[Proxy]:
    proxy = Proxy(prism, http)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", proxy.hand_on)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    proxy.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield proxy
    await runner.cleanup()


@asynccontextmanager
async def started(proxy: Proxy) -> AsyncIterator[SmsChannel]:
    settings = {
        "twilio_account_sid": ACCOUNT, "twilio_auth_token": TOKEN, "twilio_from": "+447700900999",
        "twilio_api_base": proxy.base, "twilio_accounts": json.dumps([{"sid": SUB, "token": SUB_TOKEN}]),
    }  # fmt: skip
    channel = create(FakeDesk(settings=settings).context())
    await channel.start()
    yield channel
    await channel.stop()


def message(address: str, sender: str, text: str = "Clause 3.2 says so: https://desk.example/p#3.2") -> OutboundMessage:
    return OutboundMessage(key="outbox-1", address=address, sender=sender, text=text, site="iomart")


async def test_every_message_that_we_send_is_as_twilio_describes_it(proxy: Proxy) -> None:
    """Texts, long ones and other scripts, by number, by Messaging Service, by WhatsApp and RCS, with files, and by a
    sub-account.
    """
    ways = [
        ("+447700900001", "+447700900999"),
        ("+447700900001", "MG" + "e" * 32),
        ("+447700900001", "60777"),
        ("whatsapp:+447700900001", "whatsapp:+447700900999"),
        ("rcs:+447700900001", "rcs:iomart_agent"),
    ]
    files = tuple(Attachment(f"{n}.jpg", "image/jpeg", source=f"https://desk.example/media/{n}") for n in range(2))
    messages = [message(*way) for way in ways]
    messages += [message(*ways[0], text=words) for words in ("👋🏽 שלום", "x" * 1600, "a&b=c+d%20\n")]
    messages += [
        OutboundMessage(key="k", address="+447700900001", sender="", text="x", attachments=files[:count])
        for count in (1, 2)
    ]
    messages.append(OutboundMessage(key="k", address="+447700900001", sender="+447700900777", text="x", account=SUB))
    async with started(proxy) as channel:
        for each in messages:
            await channel.send(each)
    created = ("POST", "/2010-04-01/Accounts/AC/Messages.json")
    assert set(proxy.sound()) == {created}
    assert len(proxy.asked) >= len(messages)
    assert [each.files for each in proxy.asked if each.files] == [1, 2]
    assert proxy.asked[-1].path.startswith(f"/2010-04-01/Accounts/{SUB}/")


async def test_every_other_request_is_as_twilio_describes_it(proxy: Proxy) -> None:
    """Our accounts are looked at, files and words are deleted."""
    async with started(proxy) as channel:
        await channel.check()
        await channel.forget(f"https://api.twilio.com{MESSAGE}/Media/ME{'2' * 32}")
        with suppress(Temporary):  # Prism invents its answer, in which the words are still there
            await channel.empty("SM" + "3" * 32, account=SUB, sender="")
    assert proxy.sound() == [
        ("GET", "/2010-04-01/Accounts/AC.json"),
        ("GET", "/2010-04-01/Accounts/AC.json"),
        ("DELETE", "/2010-04-01/Accounts/AC/Messages/MM/Media/ME.json"),
        ("POST", "/2010-04-01/Accounts/AC/Messages/SM.json"),
    ]


async def test_a_whole_desk_sends_nothing_that_twilio_does_not_describe(proxy: Proxy, tmp_path: Path) -> None:
    """A question, a request, a picture, STOP and START, from the webhook on: whatever leaves is sound."""
    async with world(tmp_path, channels="sms", twilio_api_base=proxy.base) as outside:
        picture = {"NumMedia": "1", "MediaUrl0": f"https://api.twilio.com{MESSAGE}/Media/ME{'2' * 32}"}
        await outside.text("do you sell my data?")
        await outside.settled()
        await outside.text("wot data do u hold on me", **picture)
        await outside.settled()
        for words in ("Stop!", "START", "do you use cookies?"):
            await outside.text(words, sender="whatsapp:+447700900002", To="whatsapp:+447700900999")
            await outside.settled()
        await until(outside.desk, lambda: any(each.method == "DELETE" for each in proxy.asked))
    asked = proxy.sound()
    assert set(asked) == {
        ("POST", "/2010-04-01/Accounts/AC/Messages.json"),
        ("DELETE", "/2010-04-01/Accounts/AC/Messages/MM/Media/ME.json"),
    }
    assert len(asked) >= 5


@pytest.mark.parametrize(
    ("path", "data", "status"),
    [
        (f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json", {"From": "+1", "Body": "no recipient"}, 422),
        ("/2010-04-01/Accounts/ACx/Messages.json", {"To": "+1", "Body": "x"}, 422),
        (f"/2010-04-01/Accounts/{ACCOUNT}/Massages.json", {"To": "+1"}, 404),
    ],
)
async def test_prism_does_find_what_is_wrong(proxy: Proxy, path: str, data: dict[str, str], status: int) -> None:
    """Else the tests above would prove nothing."""
    headers = {"Authorization": encode_basic_auth(ACCOUNT, TOKEN)}
    async with proxy.http.post(proxy.base + path, data=data, headers=headers) as answer:
        assert answer.status == status
    with pytest.raises(AssertionError):
        proxy.sound()
