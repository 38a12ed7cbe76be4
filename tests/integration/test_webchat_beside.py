"""What a visitor's page is told beside the lines, over real sockets: who answers, who writes, what was read."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from channels.live import Person, Standing
from channels.webchat import cursor
from tests.patience import patience
from tests.unit.channels.webchat.desk import Desk, House, Visitor, serve

SAM = Person("Sam", "ab" * 32)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with serve(Desk()) as house:
        yield house


async def asked(house: House, ident: str = "m1") -> tuple[Visitor, str]:
    """A visitor whose first question was answered, and their address."""
    visitor = await house.visit()
    await visitor.say("message", id=ident, text="Hello")
    assert [(await visitor.get())["type"] for _ in range(2)] == ["ack", "message"]
    return visitor, next(iter(house.desk.lines))


async def test_ready_says_how_it_stands(house: House) -> None:
    """Owner, staff, whether anybody is at hand, hours, the largest file: for a new visitor and for one who returns."""
    house.desk.settings = {"chat_hours": "Monday to Friday, 9:00 to 17:00", "chat_max_file": "5000"}
    house.desk.live.online = True
    ready = await (await house.open()).hello()
    facts = {"online": True, "hours": "Monday to Friday, 9:00 to 17:00", "max_file": 5000}
    assert ready | facts | {"owner": "bot", "staff": None, "read": 0} == ready
    visitor, address = await asked(house)
    house.desk.live.stands[address] = Standing("human", SAM)
    again = await (await house.open()).hello(session=visitor.session, last_seq=2)
    person = {"name": "Sam", "picture": f"https://desk.example/chat/staff/{SAM.picture}"}
    assert again | {"owner": "human", "staff": person, "read": 2, "seq": 2} == again


async def test_a_line_is_delivered_then_read(house: House) -> None:
    """Delivered with its ack, read once the bot answered; and where nobody answers, once staff had it before them."""
    visitor = await house.visit()
    await visitor.say("message", id="m1", text="Hello")
    got = [await visitor.any() for _ in range(4)]
    assert [(one["type"], one["seq"], one.get("state")) for one in got] == [
        ("ack", 1, None), ("receipt", 1, "delivered"), ("message", 2, None), ("receipt", 1, "read"),
    ]  # fmt: skip
    address = next(iter(house.desk.lines))
    house.desk.write(address, "you", "From another tab", "other")
    assert (await visitor.get())["state"] == "delivered"
    house.desk.live.stands[address] = Standing("bot", None, read=3)
    house.desk.live.changed(address)
    assert await visitor.any() == {"type": "receipt", "seq": 3, "state": "read"}


async def test_who_takes_over_is_told_once(house: House) -> None:
    """Owner, name and picture with the change; what did not change is not told again, and no email address is."""
    visitor, address = await asked(house)
    house.desk.live.stands[address] = Standing("human", SAM)
    house.desk.live.changed(address)
    house.desk.live.changed(address)
    status = await visitor.beside("status")
    assert (status["owner"], status["staff"]["name"], status["online"]) == ("human", "Sam", False)
    house.desk.write(address, "staff", "Hello, Sam here.", staff=SAM)
    line = await visitor.any()
    assert (line["type"], line["staff"]) == ("message", status["staff"])


async def test_staff_who_write_are_shown_and_their_line_ends_it(house: House) -> None:
    """On, off, and on again; a line of theirs ends it without a word."""
    visitor, address = await asked(house)
    await visitor.beside("receipt")
    live = house.desk.live
    for writing in (True, False, True):
        live.writing = {address} if writing else set()
        live.changed(address)
        assert await visitor.beside("typing") == {"type": "typing", "from": "staff", "on": writing}
    live.writing = set()
    house.desk.write(address, "staff", "Hello")
    live.changed(address)
    house.desk.write(address, "staff", "Good bye")
    assert [(await visitor.any())["type"] for _ in range(2)] == ["message", "message"]


async def test_the_bot_writes_from_the_message_to_its_answer(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """On while it works; off by the answer, or by a word where none comes; and never where a person answers."""
    monkeypatch.setattr(cursor, "TYPING_AFTER", 0.01)
    house.desk.answering = False
    visitor = await house.visit()
    await visitor.say("message", id="m1", text="Hello")
    assert await visitor.any() == {"type": "typing", "from": "bot", "on": True}
    (received,) = house.desk.had.values()
    house.desk.write(received.sender, "you", "Hello", "m1")
    assert [(await visitor.any())["type"] for _ in range(2)] == ["ack", "receipt"]
    assert await visitor.any() == {"type": "typing", "from": "bot", "on": False}


async def test_staff_who_come_and_go_are_told_to_everybody(house: House) -> None:
    """A visitor who has said nothing, and one who has: both learn that somebody is at hand now."""
    new = await house.visit()
    visitor, _address = await asked(house)
    house.desk.live.online = True
    house.desk.live.changed("staff")
    assert [(await one.beside("status"))["online"] for one in (new, visitor)] == [True, True]


async def test_what_the_visitor_does_reaches_the_desk(house: House) -> None:
    """Here with the first of their pages and gone with the last; writing; read up to a line, told once."""
    visitor, address = await asked(house)
    other = await house.visit(session=visitor.session)
    await visitor.say("typing")
    for seq in (2, 2, 1):
        await visitor.say("read", seq=seq)
    await visitor.ws.close()
    await other.ws.close()
    async with patience():
        await house.desk.live.left.wait()
    assert house.desk.live.told == [("here", True), ("typing", address), ("seen", 2), ("here", False)]
