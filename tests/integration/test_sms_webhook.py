"""Twilio's webhooks over real HTTP: who is believed, what is stored, what is answered."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from urllib.parse import urlencode

import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestClient

from channels.base import InboundMessage
from channels.sms import create
from tests.fakes.desk import FakeDesk, over_http
from tests.fakes.twilio import ACCOUNT, TOKEN, signature, text, webhook

Client = TestClient[web.Request, web.Application]
URL = "https://desk.example/sms/twilio"
SETTINGS = {"twilio_account_sid": ACCOUNT, "twilio_auth_token": TOKEN, "twilio_from": "+447700900999"}


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk(settings=dict(SETTINGS))


@pytest.fixture
async def client(desk: FakeDesk) -> AsyncIterator[Client]:
    async with over_http(create(desk.context())) as client:
        yield client


async def post(client: Client, fields: Mapping[str, str], *, url: str = URL, path: str = "/sms/twilio") -> int:
    body, headers = webhook(url, fields)
    async with client.post(path, data=body, headers=headers) as answer:
        return answer.status


async def test_a_signed_text_is_stored_and_answered_with_an_empty_response(client: Client, desk: FakeDesk) -> None:
    """200 and empty TwiML, after the exact bytes were stored with what orders and dedupes them."""
    body, headers = webhook(URL, text(7, "wot data do u hold on me"))
    async with client.post("/sms/twilio", data=body, headers=headers) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/xml"
        assert (await answer.text()).endswith("<Response/>")
    (stored,) = desk.stored
    assert stored.payload == body
    assert (stored.channel, stored.dedupe_key, stored.sender) == ("sms", f"SM{7:032x}", "+447700900001")
    assert stored.facts == {"kind": "message", "format": "form", "site": "iomart", "url": URL}
    json.dumps(stored.facts)


async def test_a_replayed_text_is_answered_like_the_first(client: Client, desk: FakeDesk) -> None:
    """Twilio signs no time, so an old request stays valid: it changes nothing and learns nothing."""
    assert await post(client, text(7, "hello")) == 200
    assert await post(client, text(7, "hello")) == 200
    assert len(desk.offered) == 2
    assert len(desk.stored) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Twilio-Signature": ""},
        {"X-Twilio-Signature": "x"},
        {"X-Twilio-Signature": "é" * 28},
        {"X-Twilio-Signature": signature(URL, text(7, "hello").items(), "another token")},
        {"X-Twilio-Signature": signature(URL, text(7, "other").items())},
        {"X-Twilio-Signature": signature("https://other.example/sms/twilio", text(7, "hello").items())},
        {"X-Twilio-Signature": signature(URL)},
    ],
    ids=["missing", "empty", "short", "not-ascii", "other-token", "other-text", "other-host", "no-fields"],
)
async def test_a_forged_text_is_refused_and_shown(client: Client, desk: FakeDesk, headers: dict[str, str]) -> None:
    """403 with an empty body; nothing is stored, and administrators can see that it was tried."""
    headers |= {"Content-Type": "application/x-www-form-urlencoded"}
    async with client.post("/sms/twilio", data=urlencode(text(7, "hello")).encode(), headers=headers) as answer:
        assert answer.status == 403
        assert await answer.read() == b""
    assert desk.offered == []
    assert desk.refused == [("sms", "bad_signature")]


async def test_two_signatures_are_refused(client: Client, desk: FakeDesk) -> None:
    """A request that two parties could read differently is believed by neither."""
    body, headers = webhook(URL, text(7, "hello"))
    pairs = [*headers.items(), ("X-Twilio-Signature", "x")]
    async with client.post("/sms/twilio", data=body, headers=pairs) as answer:
        assert answer.status == 403
    assert desk.offered == []


async def test_another_account_is_refused(client: Client, desk: FakeDesk) -> None:
    """The account is matched before anything else, even where the signature is right."""
    assert await post(client, text(7, "hello") | {"AccountSid": "AC" + "f" * 32}) == 403
    assert desk.refused == [("sms", "wrong_account")]


@pytest.mark.parametrize("missing", ["twilio_auth_token", "twilio_account_sid"])
async def test_without_credentials_everything_is_refused(missing: str) -> None:
    """A desk that can't tell Twilio from a forger believes nobody, not even a signature with an empty token."""
    desk = FakeDesk(settings=SETTINGS | {missing: ""})
    async with over_http(create(desk.context())) as client:
        body, headers = webhook(URL, text(7, "hello"), token=desk.settings["twilio_auth_token"])
        async with client.post("/sms/twilio", data=body, headers=headers) as answer:
            assert answer.status == 403
    assert desk.refused == [("sms", "no_credentials")]
    assert desk.offered == []


@pytest.mark.parametrize(
    ("fields", "site"),
    [
        ({"To": "+447700900999"}, "iomart"),
        ({"To": "+447700900888"}, "easyspace"),
        ({"To": "+15005550000"}, "iomart"),
        ({"To": "+15005550000", "MessagingServiceSid": "MG" + "e" * 32}, "easyspace"),
        ({"To": ""}, "iomart"),
    ],
)
async def test_no_number_of_our_own_account_is_refused(
    client: Client, desk: FakeDesk, fields: dict[str, str], site: str
) -> None:
    """The site is found by number, then by Messaging Service; an unknown number goes to the first site."""
    assert await post(client, text(7, "hello") | fields) == 200
    assert desk.stored[0].facts["site"] == site


@pytest.mark.parametrize(
    "fields",
    [
        {"NewField": "x", "Ärger": "é", "empty": ""},
        {"Body": ""},
        {"Body": "x" * 1600},
        {"Body": "  untrimmed\r\n "},
        {"From": " +447700900001 "},
        {"Body": "👋🏽 𠜎 \x00 שלום \u202e"},
        {"Body": "a+b&c=d%20;é"},
    ],
    ids=["unknown", "empty", "long", "untrimmed", "untrimmed-from", "astral-nul-rtl", "reserved"],
)
async def test_any_fields_are_signed_and_kept(client: Client, desk: FakeDesk, fields: dict[str, str]) -> None:
    """The signature covers every field as it came; the sender is trimmed, the payload is not."""
    assert await post(client, text(7, "hello") | fields) == 200
    assert desk.stored[0].payload == urlencode(text(7, "hello") | fields).encode()
    assert desk.stored[0].sender == "+447700900001"


async def test_repeated_fields_are_signed_once_each_and_sorted(client: Client, desk: FakeDesk) -> None:
    """Twilio signs the sorted, different values of a name that comes more than once."""
    pairs = [*text(7, "hello").items(), ("Tag", "b"), ("Tag", "a"), ("Tag", "b")]
    headers = {
        "X-Twilio-Signature": signature(URL, pairs),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    async with client.post("/sms/twilio", data=urlencode(pairs).encode(), headers=headers) as answer:
        assert answer.status == 200
    assert len(desk.stored) == 1


@pytest.mark.parametrize(
    ("public", "signed"),
    [
        ("https://desk.example", "https://desk.example/sms/twilio?a=b%20c&d="),
        ("https://desk.example", "https://desk.example:443/sms/twilio?a=b%20c&d="),
        ("https://desk.example:8443", "https://desk.example:8443/sms/twilio?a=b%20c&d="),
        ("https://desk.example:8443", "https://desk.example/sms/twilio?a=b%20c&d="),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/sms/twilio?a=b%20c&d="),
        ("https://desk.example/", "https://desk.example/sms/twilio?a=b%20c&d="),
        ("https://example.org/desk", "https://example.org/desk/sms/twilio?a=b%20c&d="),
    ],
)
async def test_the_url_counts_with_and_without_its_port(public: str, signed: str) -> None:
    """Twilio is not consistent about ports; the query string counts to the letter."""
    desk = FakeDesk(settings=dict(SETTINGS), public_url=public)
    async with over_http(create(desk.context())) as client:
        body, headers = webhook(signed, text(7, "hello"))
        request = client.session.post(
            str(client.make_url("/")).rstrip("/") + "/sms/twilio?a=b%20c&d=", data=body, headers=headers
        )
        async with request as answer:
            assert answer.status == 200
    assert len(desk.stored) == 1


async def test_a_json_body_counts_by_the_hash_in_its_url(client: Client, desk: FakeDesk) -> None:
    """Twilio signs the URL, and the URL signs the body."""
    body = json.dumps(text(7, "hello")).encode()
    path = f"/sms/twilio?bodySHA256={hashlib.sha256(body).hexdigest()}"
    headers = {"Content-Type": "application/json", "X-Twilio-Signature": signature("https://desk.example" + path)}
    async with client.post(path, data=body, headers=headers) as answer:
        assert answer.status == 200
    async with client.post(path, data=body.replace(b"hello", b"HELLO"), headers=headers) as answer:
        assert answer.status == 403
    headers["X-Twilio-Signature"] = signature(URL)
    async with client.post("/sms/twilio", data=body, headers=headers) as answer:
        assert answer.status == 403, "a JSON body without its hash is not signed at all"
    assert len(desk.stored) == 1
    decoded = create(desk.context()).decode(desk.stored[0])
    assert isinstance(decoded, InboundMessage)
    assert decoded.text == "hello"


@pytest.mark.parametrize("chunked", [False, True])
async def test_an_oversized_body_is_refused(client: Client, desk: FakeDesk, chunked: bool) -> None:
    """Above 64 KiB nothing is read on, whether the length was announced or not."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(70):
            yield b"x" * 1024

    data = pieces() if chunked else b"x" * 70 * 1024
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    async with client.post("/sms/twilio", data=data, headers=headers) as answer:
        assert answer.status == 413
    assert desk.refused == [("sms", "oversized")]


async def test_a_body_that_unpacks_to_too_much_is_refused(client: Client, desk: FakeDesk) -> None:
    """The bound counts what comes out of compression, not what goes in."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Content-Encoding": "gzip"}
    async with client.post("/sms/twilio", data=gzip.compress(b"x" * 5_000_000), headers=headers) as answer:
        assert answer.status in (400, 413)
    assert desk.offered == []


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"a&" * 30_000, "application/x-www-form-urlencoded", 400),
        (b"[" * 60_000, "application/json", 400),
        (b"[1]", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"", "application/x-www-form-urlencoded", 403),
        (b"\xff%ff", "application/x-www-form-urlencoded; charset=no-such", 403),
        (b"--x\r\n", "multipart/form-data; boundary=x", 403),
    ],
)
async def test_rubbish_is_refused(client: Client, desk: FakeDesk, body: bytes, content_type: str, status: int) -> None:
    """Bodies that are no form are refused without an exception."""
    headers = {"Content-Type": content_type, "X-Twilio-Signature": signature(URL)}
    async with client.post("/sms/twilio", data=body, headers=headers) as answer:
        assert answer.status == status
    assert desk.offered == []
    assert len(desk.refused) == 1


async def test_when_nothing_can_be_stored_twilio_is_told_to_try_again(client: Client, desk: FakeDesk) -> None:
    """503 with Retry-After; the next attempt is stored."""
    desk.failing = True
    body, headers = webhook(URL, text(7, "hello"))
    async with client.post("/sms/twilio", data=body, headers=headers) as answer:
        assert answer.status == 503
        assert answer.headers["Retry-After"] == "7"
    desk.failing = False
    assert await post(client, text(7, "hello")) == 200
    assert len(desk.stored) == 1


async def test_a_signed_text_without_a_sid_is_kept_by_its_digest(client: Client, desk: FakeDesk) -> None:
    """What Twilio signed is never lost for want of an id, and a repeat of it is still a repeat."""
    fields = {
        name: value for name, value in text(7, "hello").items() if not name.endswith("Sid") or name == "AccountSid"
    }
    assert await post(client, fields) == 200
    assert await post(client, fields) == 200
    assert await post(client, fields | {"Body": "bye"}) == 200
    assert [stored.dedupe_key.split(":")[0] for stored in desk.stored] == ["digest", "digest"]


async def test_status_callbacks_are_stored_once_for_each_state(client: Client, desk: FakeDesk) -> None:
    """Each state of a message is one report, in order with the message's others, signed with its query."""
    path = "/sms/twilio/status?key=out-1"
    url = "https://desk.example" + path
    base = {"MessageSid": "SM1", "AccountSid": ACCOUNT, "To": "+447700900001", "From": "+447700900999"}
    for state in ("sent", "delivered", "sent"):
        assert await post(client, base | {"MessageStatus": state}, url=url, path=path) == 200
    assert [stored.dedupe_key for stored in desk.stored] == ["SM1:sent", "SM1:delivered"]
    assert {stored.sender for stored in desk.stored} == {"status:SM1"}
    assert {stored.facts["kind"] for stored in desk.stored} == {"status"}
    assert await post(client, base | {"MessageStatus": "sent"}, url=URL, path=path) == 403


async def test_only_post_is_taken(client: Client) -> None:
    """A browser that visits the webhook learns nothing."""
    async with client.get("/sms/twilio") as answer:
        assert answer.status == 405


async def test_twilios_own_published_example_is_believed() -> None:
    """The example of twilio.com/docs/usage/security, so that our signer and the library are not wrong together."""
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    expected = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert signature("https://mycompany.com/myapp.php?foo=1&bar=2", fields.items(), "12345") == expected
    assert len(base64.b64decode(expected)) == 20


@pytest.mark.parametrize("target", ["http://evil.example/sms/twilio", "http://evil.example:x/sms/twilio"])
async def test_a_request_in_absolute_form_is_no_way_around(target: str) -> None:
    """A request line that names a host of its own makes no URL that Twilio signs, and no exception."""
    desk = FakeDesk(settings=dict(SETTINGS), public_url="http://127.0.0.1:8080")
    async with over_http(create(desk.context())) as client:
        body, headers = webhook(URL, text(7, "hello"))
        reader, writer = await asyncio.open_connection(client.host, client.port)
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n{head}\r\n".encode() + body)
        status = await reader.readline()
        writer.close()
    assert status.split()[1] in (b"400", b"403", b"404")
    assert desk.offered == []


async def test_a_body_that_does_not_arrive_is_not_waited_for(
    client: Client, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sender that announces a body and stays silent holds nothing for long."""
    monkeypatch.setattr("channels.twilio_door._READ_SECONDS", 0.05)
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(b"POST /sms/twilio HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nBody=")
    assert (await reader.readline()).split()[1] == b"408"
    writer.close()
    assert desk.refused == [("sms", "slow")]


async def test_rejections_are_logged_without_who_or_what(client: Client) -> None:
    """The log names the reason and the action; numbers, texts and signatures stay out of it."""
    with structlog.testing.capture_logs() as logs:
        fields = text(7, "a very private text")
        body, headers = webhook(URL, fields, token="forged")
        async with client.post("/sms/twilio", data=body, headers=headers) as answer:
            assert answer.status == 403
    assert [(log["action"], log["reason"]) for log in logs] == [("sms_rejected", "bad_signature")]
    assert "private" not in str(logs)
    assert "+4477" not in str(logs)
