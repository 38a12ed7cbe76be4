"""The web chat over real sockets, with a small desk that keeps its lines in lists."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from multidict import CIMultiDict

from channels.base import OutboundMessage
from channels.errors import Temporary
from channels.webchat.limits import Peers
from tests.patience import patience
from tests.unit.channels.webchat.desk import ORIGIN, SITES, Desk, House, Visitor, serve


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with serve(Desk()) as house:
        yield house


async def test_a_question_is_acknowledged_and_answered_in_order(house: House) -> None:
    """Hello → ready, message → ack, answer; the desk holds the frame word for word."""
    visitor = await house.open()
    ready = await visitor.hello()
    assert (ready["type"], ready["seq"], ready["name"]) == ("ready", 0, "iomart")
    await visitor.say("message", id="m1", text="Do you sell my data?")
    assert await visitor.get() == {"type": "ack", "id": "m1", "seq": 1}
    answer = await visitor.get()
    assert answer["type"] == "message"
    assert (answer["seq"], answer["from"], answer["text"]) == (2, "bot", "You said: Do you sell my data?")
    assert answer["citations"] == []
    assert answer["at"] == "2026-11-24T09:00:00.000Z"
    (received,) = house.desk.had.values()
    assert json.loads(received.payload) == {"type": "message", "id": "m1", "text": "Do you sell my data?"}
    assert received.facts["site"] == "iomart"
    assert received.dedupe_key == f"{received.sender}:m1"
    assert visitor.session.partition(".")[0] not in repr(received)
    message = house.chat.decode(received)
    assert message.address == received.sender
    assert (message.message_id, message.site, message.text) == ("m1", "iomart", "Do you sell my data?")


async def test_a_socket_is_never_compressed(house: House) -> None:
    """A browser that offers permessage-deflate, as they all do, is answered without: its buffers cost 100 KiB each."""
    ws = await house.client.ws_connect(house.url("/chat/ws"), headers={"Origin": ORIGIN}, compress=15)
    assert ws.compress == 0
    visitor = Visitor(ws)
    assert (await visitor.hello())["type"] == "ready"


async def test_a_resent_id_is_acknowledged_again_and_stored_once(house: House) -> None:
    """The same id twice, and once more on another socket: one message, one answer, the same ack."""
    visitor = await house.visit()
    await visitor.say("message", id="m1", text="Hello")
    ack = await visitor.get()
    await visitor.get()
    await visitor.say("message", id="m1", text="Hello")
    assert await visitor.get() == ack
    other = await house.visit(session=visitor.session, last_seq=2)
    await other.say("message", id="m1", text="Hello")
    assert await other.get() == ack
    assert len(house.desk.had) == 1
    assert len(next(iter(house.desk.lines.values()))) == 2


async def test_a_resend_before_the_line_is_written_is_acknowledged_once(house: House) -> None:
    """A duplicate whose line is still to come waits for it, and gets one ack."""
    house.desk.answering = False
    visitor = await house.visit()
    for _ in range(2):
        await visitor.say("message", id="m1", text="Hello")
    await visitor.say("nonsense")
    assert (await visitor.get())["code"] == "bad_type"
    house.desk.answer(next(iter(house.desk.had.values())))
    assert [(await visitor.get())["type"] for _ in range(2)] == ["ack", "message"]


async def test_resume_sends_exactly_what_was_missed(house: House) -> None:
    """With last_seq come the lines after it; with 0 all of them, own ones as from you; without it none."""
    visitor = await house.visit()
    for number in range(3):
        await visitor.say("message", id=f"m{number}", text=f"Question {number}")
        await visitor.get()
        await visitor.get()
    await visitor.ws.close()
    address = next(iter(house.desk.lines))
    house.desk.write(address, "staff", "A person here.")

    missed = await house.open()
    assert (await missed.hello(session=visitor.session, last_seq=4))["seq"] == 7
    assert missed.session == visitor.session
    got = [await missed.get() for _ in range(3)]
    assert [(line["seq"], line["from"]) for line in got] == [(5, "you"), (6, "bot"), (7, "staff")]

    again = await house.visit(session=visitor.session, last_seq=0)
    got = [await again.get() for _ in range(7)]
    assert [line["seq"] for line in got] == list(range(1, 8))
    assert got[0] | {"at": ""} == {
        "type": "message", "seq": 1, "id": "m0", "from": "you", "text": "Question 0", "citations": [], "at": "",
        "state": "read",
    }  # fmt: skip

    for last_seq in ({}, {"last_seq": 7}, {"last_seq": 4_000}):
        quiet = await house.visit(session=visitor.session, **last_seq)
        house.desk.write(address, "staff", "News.")
        seqs = [(await quiet.get())["seq"]]
        assert seqs == [len(house.desk.lines[address])]
        house.desk.lines[address].pop()


async def test_a_long_conversation_comes_whole(house: House) -> None:
    """The desk gives lines a page at a time; a replay has all of them, and an old id is still known."""
    visitor = await house.visit()
    await visitor.say("message", id="m1", text="Hello")
    ack = await visitor.get()
    address = next(iter(house.desk.lines))
    for number in range(248):
        house.desk.write(address, "bot" if number % 2 else "you", f"Line {number}")
    assert [(await visitor.get())["seq"] for _ in range(249)] == list(range(2, 251))
    again = await house.open()
    assert (await again.hello(session=visitor.session, last_seq=0))["seq"] == 250
    assert [(await again.get())["seq"] for _ in range(250)] == list(range(1, 251))
    late = await house.open()
    assert (await late.hello(session=visitor.session, last_seq=999))["seq"] == 250
    for id_ in ("m1", "line-249"):
        house.desk.had[f"{address}:{id_}"] = house.desk.had[f"{address}:m1"]
        await late.say("message", id=id_, text="Hello")
        assert (await late.get()) == (ack if id_ == "m1" else {"type": "ack", "id": id_, "seq": 249})


async def test_two_tabs_both_see_everything_once(house: House) -> None:
    """The tab that wrote gets the ack; the other gets the message; both get the answer."""
    first = await house.visit()
    await first.say("message", id="m0", text="One")
    await first.get()
    await first.get()
    second = await house.visit(session=first.session, last_seq=2)
    await second.say("message", id="m1", text="Two")
    assert (await second.get()) == {"type": "ack", "id": "m1", "seq": 3}
    mine = await first.get()
    assert (mine["type"], mine["from"], mine["id"], mine["seq"]) == ("message", "you", "m1", 3)
    assert (await first.get())["seq"] == (await second.get())["seq"] == 4


async def test_a_forged_or_foreign_session_gets_a_new_one(house: House) -> None:
    """A guessed, altered or empty session, the address itself, and one of another site open nothing."""
    visitor = await house.visit()
    await visitor.say("message", id="m1", text="My secret")
    await visitor.get()
    await visitor.get()
    address = next(iter(house.desk.lines))
    random, _, proof = visitor.session.partition(".")
    flipped = proof[:-1] + ("0" if proof[-1] != "0" else "1")
    for forged in (
        f"{random}.{flipped}",
        random,
        f"{random}.",
        address,
        f"{address}.{proof}",
        "é.é",
        "\ud800.",
        ".",
        "x" * 128,
    ):
        thief = await house.open()
        ready = await thief.hello(session=forged, last_seq=0)
        assert ready["seq"] == 0
        assert ready["session"] not in (visitor.session, forged)
        await thief.say("message", id="m1", text="Mine")
        assert (await thief.get())["type"] == "ack"
        assert (await thief.get())["text"] == "You said: Mine"
    abroad = await house.open("https://www.easyspace.com")
    assert (await abroad.hello(site="easyspace", session=visitor.session, last_seq=0))["seq"] == 0
    assert len(house.desk.lines[address]) == 2


@pytest.mark.parametrize("origin", ["", "null", "https://evil.example", ORIGIN + ".evil.example", ORIGIN + ":444"])
async def test_a_page_of_no_site_is_refused(house: House, origin: str) -> None:
    """Without an Origin of one of the sites there is no upgrade, and staff can see that it was tried."""
    headers = {"Origin": origin} if origin else {}
    with pytest.raises(aiohttp.WSServerHandshakeError) as error:
        await house.client.ws_connect(house.url("/chat/ws"), headers=headers)
    assert error.value.status == 403
    assert house.desk.refused == ["webchat origin"]


async def test_a_site_is_closed_to_the_pages_of_another(house: House) -> None:
    """The origin of one brand opens no chat of another, and an unknown site opens none."""
    for site in ("easyspace", "nobody"):
        visitor = await house.open()
        assert (await visitor.hello(site=site))["code"] == "origin"
        assert await visitor.closed() == 1008
    await (await house.open(ORIGIN.upper().replace("HTTPS", "https") + ":443")).hello()


@pytest.mark.parametrize(
    ("frame", "code", "close"),
    [
        (b"\x00\x01", "binary", 1003),
        ("{", "bad_json", 1007),
        ("[" * 9_000, "bad_json", 1007),
        ("9" * 9_000, "bad_json", 1007),
        ("[]", "bad_json", 1007),
        ('{"type": "nonsense"}', "bad_type", 1008),
        ('{"type": ["hello"]}', "bad_type", 1008),
        ("{}", "bad_type", 1008),
        ('{"type": "hello", "site": "iomart"}', "hello_twice", 1008),
        ('{"type": "message", "text": "Hi"}', "bad_id", 1008),
        ('{"type": "message", "id": "", "text": "Hi"}', "bad_id", 1008),
        ('{"type": "message", "id": "a\\u0000", "text": "Hi"}', "bad_id", 1008),
        (json.dumps({"type": "message", "id": "x" * 65, "text": "Hi"}), "bad_id", 1008),
        ('{"type": "message", "id": "m", "text": 5}', "bad_text", 1008),
        ('{"type": "read", "seq": -1}', "bad_seq", 1008),
        ('{"type": "read", "seq": true}', "bad_seq", 1008),
        ('{"type": "read", "seq": 1e400}', "bad_seq", 1008),
    ],
)
async def test_three_bad_frames_close_the_socket(house: House, frame: str | bytes, code: str, close: int) -> None:
    """Each bad frame is named; the third closes this socket, and no other."""
    other = await house.visit()
    visitor = await house.visit()
    for _ in range(3):
        await (visitor.ws.send_bytes(frame) if isinstance(frame, bytes) else visitor.ws.send_str(frame))
        error = await visitor.get()
        assert (error["type"], error["code"]) == ("error", code)
    assert await visitor.closed() == close
    await other.say("message", id="m1", text="Still here?")
    assert (await other.get())["type"] == "ack"
    assert len(house.desk.had) == 1


async def test_an_oversized_frame_closes_the_socket(house: House) -> None:
    """More than 16 KiB is not read."""
    visitor = await house.visit()
    await visitor.say("message", id="m1", text="x" * 17_000)
    assert await visitor.closed() == 1009
    assert not house.desk.had


async def test_invalid_utf_8_closes_the_socket(house: House) -> None:
    """A text frame that is no text is refused by the protocol itself."""
    visitor = await house.visit()
    await visitor.ws._writer.send_frame(b"\xff\xfe", aiohttp.WSMsgType.TEXT)
    assert await visitor.closed() == 1007


async def test_the_longest_text_of_wide_characters_fits(house: House) -> None:
    """4,000 characters of 4 bytes fit in a frame; one more is refused without closing; NULs are left out."""
    visitor = await house.visit()
    wide = "🔒" * 3_990 + "\u202eab\0cd\ud800"
    escaped = wide.replace("\0", "\\u0000").replace("\ud800", "\\ud800")
    await visitor.ws.send_str('{"type":"message","id":"m1","text":"' + escaped + '"}')
    assert (await visitor.get())["type"] == "ack"
    (received,) = house.desk.had.values()
    assert house.chat.decode(received).text == "🔒" * 3_990 + "\u202eabcd\ufffd"
    await visitor.get()
    for text, code in (("x" * 4_001, "too_long"), (" \0\n", "empty")):
        for _ in range(4):
            await visitor.say("message", id="m2", text=text)
            error = await visitor.get()
            assert (error["code"], error["id"]) == (code, "m2")


async def test_hello_must_come_first(house: House) -> None:
    """A message without a session is refused; a hello after it is still welcome."""
    visitor = await house.open()
    await visitor.say("message", id="m1", text="Hello")
    assert (await visitor.get())["code"] == "hello_first"
    assert (await visitor.hello())["type"] == "ready"
    assert not house.desk.had


async def test_no_hello_in_time_closes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket that says nothing doesn't stay; a page on a network that held its hello back may come again."""
    monkeypatch.setattr("channels.webchat.socket.HELLO_SECONDS", 0.01)
    assert await (await house.open()).closed() == 1013


async def test_a_flood_is_told_when_to_try_again_and_then_cut_off(house: House) -> None:
    """60 messages pass, more are told how long to wait, a flood closes its own socket only."""
    other = await house.visit()
    visitor = await house.visit()
    for number in range(300):
        await visitor.say("message", id=f"m{number}", text="Flood")
    seen: list[dict[str, Any]] = []
    async with patience():
        while (got := await visitor.ws.receive()).type is aiohttp.WSMsgType.TEXT:
            seen.append(json.loads(got.data))
    assert visitor.ws.close_code == 1008
    limited = next(frame for frame in seen if frame["type"] == "error")
    assert limited["code"] == "rate_limited"
    assert limited["retry_after"] == 1
    assert limited["text"] == "Too many messages at once. Try again in 1 second."
    assert len(house.desk.had) == 60
    await other.say("message", id="m1", text="Still here?")
    assert (await other.get())["type"] == "ack"


async def test_all_together_hold_so_many_sockets(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """One too many is told when to try again; whoever is in goes on, and where one leaves there is room."""
    monkeypatch.setattr("channels.webchat.channel.MAX_SOCKETS", 1)
    visitor = await house.visit()
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await house.open()
    assert refused.value.status == 503
    assert (refused.value.headers or {})["Retry-After"] == "5"
    await visitor.say("message", id="m1", text="Still here?")
    assert (await visitor.get())["type"] == "ack"
    await visitor.ws.close()
    async with patience():
        while house.chat._sockets:  # noqa: ASYNC110 - the server has no event for this
            await asyncio.sleep(0)
    await house.visit()


async def test_an_address_has_its_own_limits_unless_it_is_trusted() -> None:
    """Where loopback isn't trusted, its sockets are counted, and new sessions don't bring new allowances."""
    desk = Desk()
    desk.settings = {"chat_max_per_address": "2", "trusted_peers": "192.0.2.1"}
    async with serve(desk) as house:
        first, second = await house.visit(), await house.visit()
        with pytest.raises(aiohttp.WSServerHandshakeError) as error:
            await house.open()
        assert error.value.status == 429
        await first.ws.close()
        await second.ws.close()
        accepted = 0
        for number in range(11):
            visitor = await house.visit()
            for nth in range(60):
                await visitor.say("message", id=f"{number}-{nth}", text="x")
            while (await visitor.get())["type"] != "error" and len(house.desk.had) < 60 * (number + 1):
                pass
            await visitor.ws.close()
            accepted = len(house.desk.had)
        assert accepted == 600


async def test_behind_a_proxy_each_visitor_has_limits_of_their_own(house: House) -> None:
    """Sockets and messages are counted by the proxy's last word, whatever the visitor says before it."""
    house.chat.door.peers = Peers("", 2)

    async def come(*said: str) -> Visitor:
        through = CIMultiDict([("Origin", ORIGIN), *(("X-Forwarded-For", each) for each in said)])
        return Visitor(await house.client.ws_connect(house.url("/chat/ws"), headers=through))

    stay = [await come("198.51.100.7"), await come("203.0.113.1, 198.51.100.7")]
    for said in (["203.0.113.2,198.51.100.7"], ["203.0.113.2", "198.51.100.7"]):
        with pytest.raises(aiohttp.WSServerHandshakeError) as error:
            await come(*said)
        assert error.value.status == 429
    other = await come("198.51.100.8")
    assert (await other.hello())["type"] == "ready"
    stay += [await house.open() for _ in range(3)]


async def test_a_desk_that_cannot_store_says_so_and_takes_the_resend(house: House) -> None:
    """Nothing is acknowledged that isn't stored; the same id goes through later."""
    house.desk.down = True
    visitor = await house.visit()
    await visitor.say("message", id="m1", text="Hello")
    error = await visitor.get()
    assert (error["code"], error["id"], error["retry_after"]) == ("unavailable", "m1", 3)
    assert "3 seconds" in error["text"]
    house.desk.down = False
    await visitor.say("message", id="m1", text="Hello")
    assert await visitor.get() == {"type": "ack", "id": "m1", "seq": 1}


async def test_lines_that_cannot_be_read_are_read_later(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that is away delays lines; on a resume the visitor is sent away with 1013, to come again."""
    monkeypatch.setattr("channels.webchat.cursor.RETRY_AFTER", 0.05)
    visitor = await house.visit()
    house.desk.fault = Temporary("The database is locked.", retry_after=1)
    await visitor.say("message", id="m1", text="Hello")
    other = await house.open()
    error = await other.hello(session=visitor.session, last_seq=0)
    assert (error["code"], error["text"]) == (
        "unavailable",
        "We can't take messages just now. Please try again in 1 second.",
    )
    assert await other.closed() == 1013
    house.desk.fault = None
    assert [(await visitor.get())["type"] for _ in range(2)] == ["ack", "message"]


async def test_a_fault_ends_its_own_socket_only(house: House) -> None:
    """Where reading fails for a reason nobody foresaw, the socket closes with 1011 and the visitor resumes."""
    visitor, other = await house.visit(), await house.visit()
    house.desk.fault = ValueError("broken")
    await visitor.say("message", id="m1", text="Hello")
    assert await visitor.closed() == 1011
    house.desk.fault = None
    await other.say("message", id="m1", text="Still here?")
    assert (await other.get())["type"] == "ack"
    again = await house.visit(session=visitor.session, last_seq=0)
    assert [(await again.get())["seq"] for _ in range(2)] == [1, 2]


async def test_typing_is_shown_while_the_desk_works(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work that takes longer than a moment is announced, once, before the ack."""
    monkeypatch.setattr("channels.webchat.cursor.TYPING_AFTER", 0.01)
    house.desk.answering = False
    visitor = await house.visit()
    await visitor.say("message", id="m1", text="Hello")
    assert await visitor.any() == {"type": "typing", "from": "bot", "on": True}
    house.desk.answer(next(iter(house.desk.had.values())))
    assert (await visitor.get())["type"] == "ack"
    await visitor.say("typing")
    await visitor.say("read", seq=1)
    await visitor.say("message", id="m1", text="Hello")
    assert [(await visitor.get())["type"] for _ in range(2)] == ["message", "ack"]


async def test_fifty_visitors_at_once_each_get_their_own_lines_in_order(house: House) -> None:
    """Every visitor sees each own line once, in order, and nothing of anybody else's."""

    async def talk(number: int) -> None:
        visitor = await house.visit()
        for nth in range(20):
            await visitor.say("message", id=f"m{nth}", text=f"{number}/{nth}")
        got = [await visitor.get() for _ in range(40)]
        assert [frame["seq"] for frame in got] == list(range(1, 41))
        assert [frame["id"] for frame in got if frame["type"] == "ack"] == [f"m{nth}" for nth in range(20)]
        said = [frame["text"] for frame in got if frame["type"] == "message"]
        assert said == [f"You said: {number}/{nth}" for nth in range(20)]
        await visitor.ws.close()

    await asyncio.gather(*(talk(number) for number in range(50)))
    assert len(house.desk.had) == 1_000
    assert len(house.desk.lines) == 50


async def test_delivery_says_whether_the_visitor_is_here(house: House) -> None:
    """`send` reports delivered while a socket of the address is open, and sent afterwards."""
    visitor = await house.visit()
    await visitor.say("message", id="m1", text="Hello")
    await visitor.get()
    await visitor.get()
    message = OutboundMessage("k", next(iter(house.desk.lines)), "iomart", "Text")
    assert (await house.chat.send(message)).state == "delivered"
    await visitor.ws.close()
    for _ in range(100):
        if (await house.chat.send(message)).state == "sent":
            break
        await asyncio.sleep(0.01)
    assert (await house.chat.send(message)).state == "sent"
    assert not any(house.desk.wakers.values())


async def test_stopping_sends_visitors_away_and_takes_no_new_ones(house: House) -> None:
    """A restart closes with 1001, so that pages come back; meanwhile 503."""
    visitor = await house.visit()
    closing = asyncio.create_task(house.chat.stop())
    assert await visitor.closed() == 1001
    await closing
    with pytest.raises(aiohttp.WSServerHandshakeError) as error:
        await house.open()
    assert error.value.status == 503


async def test_the_script_can_be_embedded_and_is_not_sent_twice(house: House) -> None:
    """Other origins may load it; the tag saves the second download; compression is offered."""
    async with house.client.get(house.url("/chat/widget.js")) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/javascript"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Content-Encoding"] == "gzip"
        tag = answer.headers["ETag"]
        body = await answer.read()
    async with house.client.get(house.url("/chat/widget.js"), headers={"If-None-Match": tag}) as answer:
        assert answer.status == 304
        assert await answer.read() == b""
    async with house.client.get(house.url("/chat/widget.js"), headers={"Accept-Encoding": "identity"}) as answer:
        assert await answer.read() == body


async def test_check_names_a_site_without_origins() -> None:
    """Doctor says which site no page can show, and where to mend it."""
    desk = Desk()
    async with serve(desk) as house:
        assert [finding.ok for finding in await house.chat.check()] == [True]
        house.chat.door.sites["lonely"] = (SITES[0]._replace(key="lonely"), set())
        (finding,) = await house.chat.check()
        assert not finding.ok
        assert "lonely" in finding.text
