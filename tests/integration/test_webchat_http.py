"""The web chat's ways by plain HTTP: files, long polling, transcripts, pictures; over a real server."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from channels.files import Attachment
from channels.live import Person, Standing
from channels.webchat import identity, polling, uploads
from tests.patience import patience
from tests.unit.channels.webchat.desk import ORIGIN, Desk, House, Visitor, serve

PDF = b"%PDF-1.7 a page"
SECRET = "k" * 40


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with serve(Desk()) as house:
        yield house


async def post(house: House, session: str, content: bytes = PDF, ident: str = "f1", **more: Any) -> tuple[int, Any]:
    """Send a file; gives the status and what was answered."""
    form = aiohttp.FormData()
    if ident:
        form.add_field("id", ident)
    form.add_field("file", content, filename=more.get("name", "page.pdf"))
    headers = {"Origin": more.get("origin", ORIGIN), "X-Chat-Session": session}
    async with house.client.post(house.url("/chat/file"), data=form, headers=headers) as answer:
        text = await answer.text()
        return answer.status, json.loads(text) if text.startswith("{") else text


class Poller:
    """A page that asks by HTTP, as the widget does."""

    def __init__(self, house: House) -> None:
        self.house, self.session, self.token, self.seen = house, "", "", 0

    async def ask(self, *given: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
        body = {"site": "iomart", "last_seq": self.seen, "frames": list(given)} | more
        if self.session:
            body["session"] = self.session
        if self.token:
            body["token"] = self.token
        url = self.house.url("/chat/poll")
        async with patience(), self.house.client.post(url, data=json.dumps(body), headers={"Origin": ORIGIN}) as answer:
            assert answer.status == 200, await answer.text()
            assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
            got = await answer.json()
        self.token = got["token"]
        for frame in got["frames"]:
            self.session = frame.get("session", self.session)
            if frame["type"] in ("message", "ack"):
                self.seen = max(self.seen, frame["seq"])
        return list(got["frames"])

    async def hello(self, **more: Any) -> dict[str, Any]:
        (ready,) = await self.ask({"type": "hello", "site": "iomart"} | more)
        return ready


async def held(house: House) -> None:
    """A request waits now."""
    async with patience():
        await house.desk.live.followed.wait()


# Files


async def test_a_file_is_stored_before_the_answer_and_comes_back_as_a_line(house: House) -> None:
    """The desk holds it byte for byte; the line has its name, size, type and a link to download it by."""
    visitor = await house.visit()
    assert await post(house, visitor.session) == (202, {"id": "f1"})
    (received,) = house.desk.had.values()
    assert (received.payload, received.facts["file"]["type"]) == (PDF, "application/pdf")
    line = await visitor.get()
    assert (line["id"], line["from"], line["state"]) == ("f1", "you", "delivered")
    (file,) = line["files"]
    assert (file["name"], file["size"], file["type"]) == ("page.pdf", len(PDF), "application/pdf")
    url = house.url(file["url"].removeprefix("https://desk.example"))
    async with house.client.get(url) as answer:
        assert (answer.status, await answer.read()) == (200, PDF)
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert (answer.content_type, answer.headers["Cache-Control"]) == ("application/octet-stream", "no-store")
    house.desk.now += timedelta(hours=24)
    async with house.client.get(url) as answer:
        assert answer.status == 404
    async with house.client.get(url.replace("/1.", "/2.")) as answer:
        assert answer.status == 404


async def test_a_file_that_is_sent_again_is_one(house: House) -> None:
    """The id makes it harmless: the same answer, one row, one line."""
    visitor = await house.visit()
    assert [await post(house, visitor.session) for _ in range(2)] == [(202, {"id": "f1"})] * 2
    assert len(house.desk.had) == 1


async def test_a_file_that_is_refused_says_why(house: House) -> None:
    """Of another kind, too large, without an id, of no session, from another page: with the mend, nothing stored."""
    house.desk.settings["chat_max_file"] = "1000"
    visitor = await house.visit()
    for given, status, words in (
        ({"content": b"MZ"}, 422, "save it as PDF"),
        ({"content": b"%PDF" + b"x" * 1_000}, 413, "0.001 MB"),
        ({"content": b"%PDF" + b"x" * 40_000}, 413, "0.001 MB"),
        ({"ident": ""}, 400, "must stand before"),
        ({"ident": "x" * 65}, 400, "1 to 64"),
    ):
        found, said = await post(house, visitor.session, **given)
        assert found == status, said
        assert words in said["text"]
    assert (await post(house, visitor.session[:-1] + "!"))[0] == 403
    assert (await post(house, visitor.session, origin="https://evil.example"))[0] == 403
    assert (await post(house, visitor.session, origin="https://www.easyspace.com"))[0] == 403
    assert not house.desk.had


async def test_what_is_no_form_or_cannot_be_stored_is_told(house: House) -> None:
    """JSON, a form cut short, a desk that is down: told, with when to try again; then the same file is taken."""
    visitor = await house.visit()
    headers = {"Origin": ORIGIN, "X-Chat-Session": visitor.session}
    cut = headers | {"Content-Type": "multipart/form-data; boundary=b"}
    for head, body, status in ((headers, b"{}", 415), (cut, b"--b\r\nContent-Disposition: form-data", 400)):
        async with house.client.post(house.url("/chat/file"), data=body, headers=head) as answer:
            assert answer.status == status, await answer.text()
    house.desk.down = True
    assert (await post(house, visitor.session)) == (
        503,
        {"error": "unavailable", "text": "Files can't be taken now. Try again in 3 seconds.", "retry_after": 3},
    )
    house.desk.down = False
    assert (await post(house, visitor.session))[0] == 202


async def test_too_many_files_are_told_when_to_come_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """By session, and by how many are read at once."""
    visitor = await house.visit()
    for number in range(10):
        assert (await post(house, visitor.session, ident=f"f{number}"))[0] == 202
    status, said = await post(house, visitor.session, ident="f11")
    assert (status, said["retry_after"]) == (429, 30)
    monkeypatch.setattr(uploads, "AT_ONCE", 0)
    other = await house.visit()
    assert (await post(house, other.session))[0] == 429


async def test_who_sends_slowly_holds_up_nobody_else(house: House) -> None:
    """Two files of one visitor may be under way; a third is told when to come, and everybody else's is taken."""
    slow, other = await house.visit(), await house.visit()
    here, go = [asyncio.Event(), asyncio.Event()], asyncio.Event()

    async def body(started: asyncio.Event) -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="id"\r\n\r\nx\r\n'
        started.set()
        await go.wait()

    headers = {
        "Origin": ORIGIN, "X-Chat-Session": slow.session, "Content-Type": "multipart/form-data; boundary=b",
    }  # fmt: skip
    url = house.url("/chat/file")
    under_way = [asyncio.ensure_future(house.client.post(url, data=body(started), headers=headers)) for started in here]
    async with patience():
        for started in here:
            await started.wait()
        while (await post(house, slow.session, ident="third"))[0] != 429:
            pass
        assert (await post(house, other.session))[0] == 202
        go.set()
        for answer in await asyncio.gather(*under_way):
            answer.close()
        assert (await post(house, slow.session, ident="fourth"))[0] == 202


async def test_slow_files_from_many_networks_give_their_places_away(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All places are taken by files that never end: at first whoever comes is told when to come, then the slowest is
    ended for them, in words, and theirs is taken.
    """
    slow, other = [await house.visit() for _ in range(uploads.AT_ONCE)], await house.visit()
    here = [asyncio.Event() for _ in slow]

    async def body(started: asyncio.Event) -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="id"\r\n\r\nx\r\n'
        started.set()
        await asyncio.Event().wait()

    async def send(session: str, started: asyncio.Event) -> tuple[int, Any]:
        headers = {
            "Origin": ORIGIN, "X-Chat-Session": session, "Content-Type": "multipart/form-data; boundary=b",
        }  # fmt: skip
        async with house.client.post(house.url("/chat/file"), data=body(started), headers=headers) as answer:
            return answer.status, await answer.json()

    each = zip(slow, here, strict=True)
    under_way = [asyncio.ensure_future(send(visitor.session, started)) for visitor, started in each]
    async with patience():
        for started in here:
            await started.wait()
        while (found := await post(house, other.session))[0] != 429:
            other = await house.visit()
        assert found[1]["retry_after"] == uploads.BUSY_SECONDS
        monkeypatch.setattr(uploads, "FAIR_SECONDS", 0)
        assert (await post(house, (await house.visit()).session))[0] == 202
        done, waiting = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
        (ended,) = done
        assert ended.result() == (
            408,
            {"error": "slow", "text": "The file came in too slowly. Try again on a faster connection."},
        )
        assert len(waiting) == uploads.AT_ONCE - 1
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_browsers_may_ask_before_they_send_from_our_pages_alone(house: House) -> None:
    """The question before a request is answered for a site's origin, without cookies; another page gets nothing."""
    for path in ("/chat/file", "/chat/poll"):
        async with house.client.options(house.url(path), headers={"Origin": ORIGIN}) as answer:
            assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (204, ORIGIN)
            assert "X-Chat-Session" in answer.headers["Access-Control-Allow-Headers"]
            assert "Access-Control-Allow-Credentials" not in answer.headers
            assert "Set-Cookie" not in answer.headers
        async with house.client.options(house.url(path), headers={"Origin": "https://evil.example"}) as answer:
            assert answer.status == 403
            assert "Access-Control-Allow-Origin" not in answer.headers


# Long polling


async def test_a_page_without_websockets_has_the_same_chat(house: House) -> None:
    """Hello → ready; a message → ack, receipt, answer, receipt; all once, in order, whatever the requests."""
    page = Poller(house)
    assert (await page.hello())["seq"] == 0
    got: list[dict[str, Any]] = []
    for given in (
        [{"type": "message", "id": "m1", "text": "Hello"}],
        [{"type": "message", "id": "m2", "text": "More"}],
    ):
        got += await page.ask(*given)
        while page.seen % 2:
            got += await page.ask()
    lines = [frame["seq"] for frame in got if frame["type"] in ("ack", "message")]
    assert lines == [1, 2, 3, 4]
    assert len(house.desk.had) == 2


async def test_a_held_request_is_answered_as_soon_as_there_is_something(house: House) -> None:
    """A line, then who takes over: each goes out with the request that waits; what was told is not told again."""
    page = Poller(house)
    await page.hello()
    await page.ask({"type": "message", "id": "m1", "text": "Hello"})
    while page.seen < 2:
        await page.ask()
    address = next(iter(house.desk.lines))
    house.desk.live.followed.clear()
    waiting = asyncio.create_task(page.ask())
    await held(house)
    house.desk.write(address, "staff", "A person here.")
    assert [frame["text"] for frame in await waiting if frame["type"] == "message"] == ["A person here."]
    house.desk.live.stands[address] = Standing("human", Person("Sam"))
    assert [frame["type"] for frame in await page.ask()] == ["status"]
    house.desk.write(address, "staff", "Still here.")
    assert [frame["type"] for frame in await page.ask()] == ["message"]


async def test_a_full_answer_keeps_no_frame_waiting(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has no room in the answer is not waited for: the message is taken, and the request is answered."""
    monkeypatch.setattr(polling, "HELD", 10)
    page = Poller(house)
    hello = {"type": "hello", "site": "iomart"}
    got = await page.ask(hello, {"type": "nonsense"}, {"type": "message", "id": "m1", "text": "Hello"})
    assert [each["type"] for each in got] == ["ready"]


async def test_an_empty_answer_ends_the_wait(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its time a request is answered with nothing; one that comes again ends the one before it."""
    page = Poller(house)
    await page.hello()
    monkeypatch.setattr(polling, "WAIT", 0.05)
    assert await page.ask() == []
    monkeypatch.setattr(polling, "WAIT", 600)
    token = page.token
    house.desk.live.followed.clear()
    first = asyncio.create_task(page.ask())
    await held(house)
    page.token = token
    second = asyncio.create_task(page.ask())
    assert await first == []
    house.desk.write(house.chat._requests.waiting()[0].talk.address, "bot", "Hello")
    assert [frame["type"] for frame in await second] == ["message"]


async def test_a_visitor_who_went_is_not_waited_for(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The request of a page that closed ends by itself, and the visitor is gone a little later."""
    monkeypatch.setattr(polling, "LOOK", 0.01)
    monkeypatch.setattr("channels.webchat.channel.BACK_SECONDS", 0.01)
    page = Poller(house)
    await page.hello()
    house.desk.live.left.clear()
    house.desk.live.followed.clear()
    waiting = asyncio.create_task(page.ask())
    await held(house)
    waiting.cancel()
    async with patience():
        await house.desk.live.left.wait()
    assert not house.chat._requests.waiting()


@pytest.mark.parametrize(
    "body",
    ["", "[", "[1]", '{"site":"iomart","frames":1}', '{"site":"iomart","frames":[1]}', '{"frames":[]}',
     '{"site":"iomart","last_seq":-1}', '{"site":"iomart","token":"' + "x" * 65 + '"}', "x" * 70_000],
)  # fmt: skip
async def test_a_bad_request_is_refused(house: House, body: str) -> None:
    """No JSON, no object, frames that are none, too much: refused with what is right, and nothing waits."""
    async with house.client.post(house.url("/chat/poll"), data=body, headers={"Origin": ORIGIN}) as answer:
        assert answer.status in (400, 413)
        assert (await answer.json())["text"]
    assert not house.chat._requests.waiting()


async def test_polling_keeps_the_rules_of_the_socket(house: House) -> None:
    """A foreign page, another site's session, one made up, frames before the hello, a flood: as on a WebSocket."""
    page = Poller(house)
    await page.hello()
    async with house.client.post(house.url("/chat/poll"), data="{}", headers={"Origin": "https://evil.example"}) as no:
        assert no.status == 403
    body = {"site": "iomart", "session": page.session[:-1] + "!", "last_seq": 0, "frames": []}
    for site in ("iomart", "easyspace"):
        async with house.client.post(
            house.url("/chat/poll"), data=json.dumps(body | {"site": site}), headers={"Origin": ORIGIN}
        ) as answer:
            assert (await answer.json())["close"] in (1001, 1008)
    stranger = Poller(house)
    got = await stranger.ask({"type": "hello", "site": 1})
    assert [frame["type"] for frame in got] == ["error"]
    assert not house.desk.had
    many = [{"type": "message", "id": f"m{n}", "text": "Hello"} for n in range(20)]
    codes = []
    for _ in range(5):
        codes += [frame.get("code") for frame in await page.ask(*many)]
    assert "rate_limited" in codes


async def test_polls_have_an_allowance_and_a_bound(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many in a row, and too many that wait: 429 and 503 with the seconds to wait."""
    page = Poller(house)
    await page.hello()
    body = json.dumps({"site": "iomart", "session": page.session, "frames": [{"type": "typing"}]})
    monkeypatch.setattr(polling, "WAIT", 0)
    statuses = []
    for _ in range(70):
        async with house.client.post(house.url("/chat/poll"), data=body, headers={"Origin": ORIGIN}) as answer:
            statuses.append(answer.status)
    assert (statuses[0], statuses[-1]) == (200, 429)
    monkeypatch.setattr("channels.webchat.requests.MAX_POLLS", 0)
    other = json.dumps({"site": "iomart", "frames": [{"type": "hello", "site": "iomart"}]})
    async with house.client.post(house.url("/chat/poll"), data=other, headers={"Origin": ORIGIN}) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")


# Transcript and picture


async def test_the_transcript_is_the_visitors_own_for_ten_minutes(house: House) -> None:
    """As text, page and JSON: what was said, escaped, and no cookie; no other conversation, and not for ever."""
    visitor = await house.visit()
    await visitor.say("message", id="m1", text="<script>alert(1)</script>")
    await visitor.get()
    await visitor.get()
    house.desk.write("somebody else", "you", "A secret")
    await visitor.say("transcript")
    url = house.url((await visitor.get())["url"].removeprefix("https://desk.example"))
    for form, words in (("txt", "<script>alert(1)"), ("html", "&lt;script&gt;alert(1)"), ("json", "alert(1)")):
        async with house.client.get(url, params={"as": form}) as answer:
            text = await answer.text()
            assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
            assert answer.headers["Content-Disposition"].startswith("attachment;")
            assert "Set-Cookie" not in answer.headers
        assert words in text
        assert "secret" not in text
    async with house.client.get(url, params={"as": "exe"}) as answer:
        assert answer.status == 400
    for bad in (url[:-1] + "!", url.replace("t=", "t=x"), url.partition("?")[0]):
        async with house.client.get(bad) as answer:
            assert answer.status == 404
    house.desk.now += timedelta(minutes=10)
    async with house.client.get(url) as answer:
        assert answer.status == 404


async def test_a_picture_is_served_by_its_hash(house: House) -> None:
    """To any page, for a day; no other name finds anything."""
    house.desk.live.pictures["a" * 64] = Attachment("", "image/png", b"\x89PNG")
    async with house.client.get(house.url("/chat/staff/" + "a" * 64)) as answer:
        assert (answer.status, answer.content_type, await answer.read()) == (200, "image/png", b"\x89PNG")
    for name in ("b" * 64, "a", "%2e%2e"):
        async with house.client.get(house.url("/chat/staff/" + name)) as answer:
            assert answer.status == 404


# Who is signed in on the host site


def said(house: House, user: str = "ann", **more: Any) -> dict[str, Any]:
    """What the host says of its visitor."""
    at = int(house.desk.now.timestamp()) + more.pop("later", 0)
    whole = {"user": user, "email": "ann@example.net", "at": at, "name": "Ann"} | more
    signed = hmac.new(SECRET.encode(), f"{user}\nann@example.net\n{at}".encode(), hashlib.sha256).hexdigest()
    return {"hash": signed} | whole


@pytest.fixture
async def shared() -> AsyncIterator[House]:
    desk = Desk()
    desk.settings["chat_identity_secret"] = f"iomart:{SECRET}"
    async with serve(desk) as house:
        yield house


async def came(house: House, **fields: Any) -> Visitor:
    visitor = await house.open()
    assert (await visitor.hello(**fields))["type"] == "ready"
    return visitor


def who(house: House) -> list[dict[str, str]]:
    """What stands with each message of who wrote it."""
    return [dict(house.chat.decode(received).evidence) for received in house.desk.had.values()]


async def test_a_signed_in_visitor_has_one_conversation_on_all_devices(shared: House) -> None:
    """With a good hash they go on elsewhere; who they are stands with the message, and no other user sees it."""
    one = await came(shared, identity=said(shared))
    await one.say("message", id="m1", text="Hello")
    await one.get()
    other = await came(shared, identity=said(shared), last_seq=0)
    assert (await other.get())["text"] == "Hello"
    bob = await shared.open()
    assert (await bob.hello(identity=said(shared, "bob"), last_seq=0))["seq"] == 0
    again = await shared.open()
    assert (await again.hello(session=one.session, last_seq=0))["seq"] == 2
    assert who(shared) == [
        {
            "host_sign_in": "confirmed", "host_user": "ann", "host_email": "ann@example.net", "host_name": "Ann",
            "page": ORIGIN,
        }
    ]  # fmt: skip


@pytest.mark.parametrize("wrong", ["hash", "user", "email", "old", "early", "nonsense"])
async def test_an_identity_that_is_not_believed_leaves_a_visitor_without_name(shared: House, wrong: str) -> None:
    """The chat goes on; nobody's conversation is opened, and staff see that it was refused and why."""
    one = await came(shared, identity=said(shared))
    await one.say("message", id="m1", text="Hello")
    await one.get()
    given: Any = {
        "hash": said(shared, hash="0" * 64), "user": said(shared) | {"user": "bob"},
        "email": said(shared) | {"email": "bob@example.net"}, "old": said(shared, later=-identity.GOOD_FOR - 1),
        "early": said(shared, later=identity.AHEAD + 1), "nonsense": {"user": ["ann"]},
    }[wrong]  # fmt: skip
    thief = await shared.open()
    ready = await thief.hello(identity=given, last_seq=0)
    assert (ready["type"], ready["seq"]) == ("ready", 0)
    assert ready["session"] != one.session
    await thief.say("message", id="m1", text="Hello?")
    await thief.get()
    assert who(shared)[1]["host_sign_in"].startswith("refused: ")


async def test_who_signs_in_later_keeps_what_they_wrote(shared: House) -> None:
    """The session goes on; another user's session never does, and one without lines becomes the user's."""
    visitor = await came(shared)
    await visitor.say("message", id="m1", text="Hello")
    await visitor.get()
    again = await shared.open()
    ready = await again.hello(session=visitor.session, last_seq=0, identity=said(shared))
    assert (ready["session"], ready["seq"]) == (visitor.session, 2)
    ann = await came(shared, identity=said(shared))
    bob = await shared.open()
    assert (await bob.hello(session=ann.session, identity=said(shared, "bob")))["session"] != ann.session


async def test_no_secret_is_shared_with_another_site(shared: House) -> None:
    """A hash by the secret of one site is worth nothing on the other."""
    visitor = await shared.open("https://www.easyspace.com")
    await visitor.hello("easyspace", identity=said(shared))
    await visitor.say("message", id="m1", text="Hello")
    await visitor.get()
    assert who(shared)[0]["host_sign_in"] == "refused: no secret is shared with this site"


@pytest.mark.parametrize(("setting", "mend"), [("short", "32"), (f"nowhere:{SECRET}", "desk.toml"),
                                               (f"{SECRET},iomart:{SECRET}", "leave one")])  # fmt: skip
def test_a_wrong_secret_is_told(setting: str, mend: str) -> None:
    """Too short, for a site that is not there, or given twice: refused with the mend."""
    with pytest.raises(ValueError, match=mend):
        identity.secrets(setting, ["iomart", "easyspace"])
