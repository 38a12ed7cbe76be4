"""The whole desk when its database is locked, full or gone: nothing is taken that can't be kept, and nothing twice."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import event

from bot.messages import inbox, outbox
from bot.messages.models import Inbox, Outbox
from tests import processes
from tests.fakes import twilio as fake
from tests.integration.test_way_chat import asked, heard
from tests.integration.whole_desk import ANN_NUMBER, PUBLIC, World, letter, world
from tests.support import until
from tests.unit.channels.webchat.desk import Visitor

QUESTION = "Do you sell my data?"
Fault = Callable[[World, Path], Any]


@contextmanager
def locked(outside: World, folder: Path) -> Iterator[None]:
    """Somebody else holds the file."""
    engine = outside.desk.desk.database.engine
    event.listen(engine, "checkout", _impatient)
    thief = sqlite3.connect(folder / "desk.db", isolation_level=None)
    thief.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        thief.execute("ROLLBACK")
        thief.close()
        event.remove(engine, "checkout", _impatient)


def _impatient(dbapi: sqlite3.Connection, *_: object) -> None:
    dbapi.execute("PRAGMA busy_timeout=50")


@contextmanager
def full(outside: World, _folder: Path) -> Iterator[None]:
    """The disk has no room: the file may not grow by a page, and what comes needs more than a page."""
    engine = outside.desk.desk.database.engine

    def limit(dbapi: sqlite3.Connection, *_: object) -> None:
        pages = dbapi.execute("PRAGMA page_count").fetchone()[0]
        dbapi.execute(f"PRAGMA max_page_count={pages}")

    def unlimit(dbapi: sqlite3.Connection, *_: object) -> None:
        dbapi.execute("PRAGMA max_page_count=1073741823")

    event.listen(engine, "checkout", limit)
    try:
        yield
    finally:
        event.remove(engine, "checkout", limit)
        event.listen(engine, "checkout", unlimit)


@contextmanager
def gone(_outside: World, folder: Path) -> Iterator[None]:
    """The directory is not where it was, as when a disk is unmounted; and it comes back."""
    away = folder.with_name("away")
    folder.rename(away)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        away.rename(folder)


FAULTS = [locked, full, gone]


@pytest.mark.parametrize("fault", FAULTS)
async def test_while_nothing_can_be_kept_nothing_is_taken(tmp_path: Path, fault: Fault) -> None:
    """Webhook 503 with Retry-After, SMTP 451, chat `unavailable`, /readyz 503; healed, each retry is taken once."""
    folder, long, chat = tmp_path / "desk", QUESTION + " " * 20_000, QUESTION + " 😀" * 1_200
    async with world(folder) as outside:
        visitor = await outside.visit()
        await outside.texted("hello")
        fields = fake.text(7_000_000, long, sender=ANN_NUMBER)
        mail = letter(QUESTION + "\n" * 20_000, ident="retry@example.net")
        with fault(outside, folder):
            assert await outside.post("/sms/twilio", fields) == 503
            assert await outside.mail(mail) == 451
            await visitor.say("message", id="m1", text=chat)
            refused = await heard(visitor, "error")
            assert (refused["code"], refused["id"]) == ("unavailable", "m1")
            assert refused["retry_after"] >= 1
            if fault is not full:
                assert await _ready(outside) == 503
        for _ in range(2):
            assert await outside.post("/sms/twilio", fields) == 200
            assert await outside.mail(mail) == 250
        assert (await asked(visitor, chat))["from"] == "bot"
        await outside.settled()
        assert [row.state for row in await outside.all(Inbox)] == ["handled"] * 4
        assert len(await outside.all(Outbox)) == 4
        assert await _ready(outside) == 200


async def test_a_visitor_who_comes_back_without_a_database_is_told_so(tmp_path: Path) -> None:
    """Hello of a known session: `unavailable` and 1013; an open chat that is woken stays open, and goes on after it."""
    folder = tmp_path / "desk"
    async with world(folder, channels="webchat") as outside:
        visitor = await outside.visit()
        await asked(visitor, QUESTION)
        url = f"http://127.0.0.1:{outside.desk.http_port}/chat/ws"
        with gone(outside, folder):
            back = Visitor(await outside.http.ws_connect(url, headers={"Origin": PUBLIC}))
            refused = await back.hello(session=visitor.session, last_seq=0)
            assert (refused["type"], refused["code"]) == ("error", "unavailable")
            assert await back.closed() == 1013
            bus = outside.desk.desk.bus
            bus.publish([topic for topic in bus._waiting if topic.startswith("chat:")])
        answer = await asked(visitor, "Do you use cookies?", "m2")
        assert answer["from"] == "bot"
        again = Visitor(await outside.http.ws_connect(url, headers={"Origin": PUBLIC}))
        assert (await again.hello(session=visitor.session, last_seq=0))["type"] == "ready"


async def _ready(outside: World) -> int:
    async with outside.http.get(f"http://127.0.0.1:{outside.desk.http_port}/readyz") as answer:
        return answer.status


async def test_what_was_accepted_before_the_fault_is_handled_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database locks between accepting and handling, and again between sending and recording: one answer."""
    monkeypatch.setattr("bot.workers.retry.FIRST", 0.01)
    async with world(tmp_path, channels="sms") as outside:
        faults: list[Any] = []

        async def lock(_message: dict[str, str]) -> None:
            faults.append(locked(outside, tmp_path))
            faults[-1].__enter__()

        outside.twilio.before_answer = lock
        await outside.text(QUESTION)
        record = outside.desk.deliverer._record

        async def recording(row: Any, work: Any, result: str) -> Any:
            # The first try fails on the lock; then the lock is let go.
            with pytest.raises(Exception, match="can't be used"):
                await outside.desk.desk.database.write(work)
            faults[-1].__exit__(None, None, None)
            return await record(row, work, result)

        monkeypatch.setattr(outside.desk.deliverer, "_record", recording)
        await until(outside.desk, lambda: _state(tmp_path) == "sent")
        assert len(outside.twilio.messages) == 1


def _state(folder: Path) -> str:
    with sqlite3.connect(folder / "desk.db") as connection:
        row = connection.execute("SELECT state FROM outbox").fetchone()
    return str(row[0]) if row else ""


@pytest.mark.parametrize("name", ["sms", "mail", "webchat"])
async def test_a_channel_that_has_ended_is_seen(tmp_path: Path, name: str) -> None:
    """Its part of /readyz is false, and the whole is 503: a balancer sends people elsewhere."""
    async with world(tmp_path / "desk") as outside:
        assert await _ready(outside) == 200
        await outside.desk.desk.channels[name].stop()
        async with outside.http.get(f"http://127.0.0.1:{outside.desk.http_port}/readyz") as answer:
            assert answer.status == 503
            parts = (await answer.json())["parts"]
        assert [part for part, well in parts.items() if not well] == [name]


def _fails_the_second_time(real: Callable[..., Any]) -> Callable[..., Any]:
    calls: list[int] = []

    def work(*given: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("a bug")
        return real(*given)

    return work


async def test_no_fault_in_reading_ends_a_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something that nobody expected, once in each worker: it is logged, and the question is answered all the same."""
    for room, name in ((inbox, "accepted_after"), (outbox, "waiting_after")):
        monkeypatch.setattr(room, name, _fails_the_second_time(getattr(room, name)))
    async with world(tmp_path, channels="sms") as outside:
        await outside.text(QUESTION)
        await until(outside.desk, lambda: _state(tmp_path) == "sent")
        assert await _ready(outside) == 200


async def test_a_page_says_that_the_desk_is_unwell(tmp_path: Path) -> None:
    """The console's own pages answer 503 and no trace while the database is locked."""
    async with world(tmp_path, channels="sms") as outside:
        with gone(outside, tmp_path):
            async with outside.http.get(f"http://127.0.0.1:{outside.desk.http_port}/metrics") as answer:
                assert answer.status in (200, 503)
                assert "Traceback" not in await answer.text()


@pytest.mark.slow
async def test_sigterm_commits_what_was_accepted_and_ends_cleanly(tmp_path: Path) -> None:
    """200 texts, the signal in the midst of the work: exit 0, every accepted one is in the file, none half done."""
    async with fake.FakeTwilio(delay=0.01) as twilio:
        served = processes.Served(tmp_path, channels="sms", **processes.twilio_settings(twilio.base))
        await served.start()
        accepted = await _pour(served, 200)
        process = served._process
        await served.stop()
        assert process is not None
        assert process.returncode == 0
    with sqlite3.connect(served.database) as connection:
        stored = {key for (key,) in connection.execute("SELECT dedupe_key FROM inbox")}
        half = connection.execute(
            "SELECT count(*) FROM inbox LEFT JOIN message ON message.inbox_id = inbox.id"
            " WHERE (inbox.state = 'handled') <> (message.id IS NOT NULL)"
        ).fetchone()
    assert stored == accepted
    assert half == (0,)
    assert "Traceback" not in (tmp_path / "serve.log").read_text()


async def _pour(served: processes.Served, count: int) -> set[str]:
    """Texts as fast as they are taken; gives the ids of the accepted ones."""
    url = f"{served.base}/sms/twilio"

    async def one(session: aiohttp.ClientSession, number: int) -> str:
        fields = fake.text(number, QUESTION, sender=f"+4477009{number:05d}")
        body, headers = fake.webhook(url, fields)
        async with session.post(url, data=body, headers=headers) as answer:
            return fields["MessageSid"] if answer.status == 200 else ""

    async with aiohttp.ClientSession() as session:
        return set(await asyncio.gather(*(one(session, number) for number in range(count)))) - {""}
