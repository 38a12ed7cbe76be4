"""Promise 1, by force: the desk is killed while messages pour in, and nothing that it accepted is lost or doubled."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import aiosmtplib
import pytest

from tests import processes
from tests.contract.mail_outside import Relay
from tests.fakes import twilio

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

TEXTS, SENDERS, AT_ONCE = 2_000, 200, 150
MAILS, MAILS_AT_ONCE = 200, 20
QUESTION = "do you sell my data?"


@dataclass
class Pour:
    """Messages that pour in through `post(number)`, true when the desk said that it has the message.

    What is not accepted is tried again when the desk is back, as a fallback URL would, except every fourth message,
    whose sender gives up at once. `reached` lets a test wait until so many are accepted.
    """

    post: Callable[[int], Awaitable[bool]]
    at_once: int
    up: asyncio.Event = field(default_factory=asyncio.Event)
    accepted: set[int] = field(default_factory=set)
    dropped: set[int] = field(default_factory=set)
    retried: int = 0
    _moved: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def run(self, count: int) -> None:
        numbers = iter(range(1, count + 1))

        async def worker() -> None:
            for number in numbers:
                await self._one(number)

        async with asyncio.TaskGroup() as group:
            for _ in range(self.at_once):
                group.create_task(worker())

    async def _one(self, number: int) -> None:
        await self.up.wait()
        while not await self.post(number):
            if number % 4 == 0:
                self.dropped.add(number)
                return
            self.retried += 1
            await self.up.wait()
        async with self._moved:
            self.accepted.add(number)
            self._moved.notify_all()

    async def reached(self, count: int) -> None:
        async with self._moved, asyncio.timeout(processes.DEADLINE):
            await self._moved.wait_for(lambda: len(self.accepted) >= count)


async def _killed(desk: processes.Served, pour: Pour, count: int, moments: tuple[int, ...]) -> list[int]:
    """Pour, kill at each moment, start again, and wait until all is done; gives what still waited at each kill."""
    waited = []
    await desk.start()
    pour.up.set()
    pouring = asyncio.create_task(pour.run(count))
    for moment in moments:
        await pour.reached(moment)
        # From here on nobody tries again until the desk is back.
        pour.up.clear()
        await desk.kill()
        waited.append(_still_open(desk.database))
        await desk.start()
        pour.up.set()
    await pouring
    await desk.idle()
    await desk.stop()
    return waited


def _still_open(database: Path) -> int:
    query = (
        "SELECT (SELECT count(*) FROM inbox WHERE state = 'accepted')"
        " + (SELECT count(*) FROM outbox WHERE state = 'waiting')"
    )
    return int(_rows(database, query)[0][0])


def _rows(database: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


# One row a delivery: its key, its state, its line in the transcript, the bot's line right after it, its outbox row.
_WAY = """
    SELECT inbox.dedupe_key, inbox.state, question.id, answer.id, answer.author, outbox.id, outbox.state
    FROM inbox
    LEFT JOIN message AS question ON question.inbox_id = inbox.id
    LEFT JOIN message AS answer
        ON answer.conversation_id = question.conversation_id AND answer.seq = question.seq + 1
    LEFT JOIN outbox ON outbox.message_id = answer.id
    ORDER BY inbox.id
"""


def _outbox_ids(database: Path, keys: set[str]) -> set[int]:
    """Check that each delivery has gone its way exactly once; the ids of the replies' outbox rows."""
    rows = _rows(database, _WAY)
    assert len(rows) == len(keys), "a row twice in any of the joins is a message handled or answered twice"
    assert {row[0] for row in rows} == keys
    for key, state, question, answer, author, outbox, sent in rows:
        assert (state, author) == ("handled", "bot"), key
        assert None not in (question, answer, outbox), key
        assert sent in ("sent", "delivered"), key
    # Nothing beyond them: no line and no reply that belongs to no delivery.
    assert _rows(database, "SELECT count(*) FROM message") == [(2 * len(keys),)]
    assert _rows(database, "SELECT count(*) FROM outbox") == [(len(keys),)]
    return {int(str(row[5])) for row in rows}


def _in_order(database: Path) -> bool:
    """Whether each sender's lines stand in the order in which they were accepted."""
    query = "SELECT conversation_id, inbox_id FROM message WHERE inbox_id IS NOT NULL ORDER BY conversation_id, seq"
    rows = _rows(database, query)
    return rows == sorted(rows)  # type: ignore[type-var]  # both columns are numbers


async def test_texts_survive_three_kills(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """2,000 signed texts, three kills: each text that got 200 is stored, handled and answered exactly once.

    A reply that Twilio had taken when the kill fell, before that was recorded, goes out again: counted, not hidden.
    """
    record = tmp_path / "sent.jsonl"
    async with processes.recording_twilio(record, delay=0.005) as base, aiohttp.ClientSession() as session:
        desk = processes.Served(tmp_path / "desk", channels="sms", **processes.twilio_settings(base))
        url = f"{desk.base}/sms/twilio"

        async def post(number: int) -> bool:
            fields = twilio.text(number, QUESTION, sender=_number(number % SENDERS))
            body, headers = twilio.webhook(url, fields)
            try:
                async with session.post(url, data=body, headers=headers) as answer:
                    return answer.status == 200
            except (aiohttp.ClientError, ConnectionError):
                return False

        pour = Pour(post, AT_ONCE)
        waited = await _killed(desk, pour, TEXTS, (TEXTS // 5, TEXTS // 2, TEXTS * 4 // 5))
    stored = {str(key) for (key,) in _rows(desk.database, "SELECT dedupe_key FROM inbox")}
    accepted = {f"SM{number:032x}" for number in pour.accepted}
    dropped = {f"SM{number:032x}" for number in pour.dropped}
    assert accepted <= stored <= accepted | dropped
    assert len(pour.accepted) + len(pour.dropped) == TEXTS
    sends = Counter(_outbox_id(message["StatusCallback"]) for message in processes.recorded(record))
    assert set(sends) == _outbox_ids(desk.database, stored)
    assert _in_order(desk.database)
    repeated = sends.total() - len(sends)
    # No more than what may be on its way to Twilio when a kill falls.
    assert repeated <= 3 * 128
    assert all(waited), "a kill while nothing is under way proves nothing"
    with capsys.disabled():
        _tell("texts", pour, stored, waited, repeated)


async def test_mails_survive_two_kills(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Mail over SMTP, two kills: each mail that got 250 is stored, handled and answered exactly once."""
    relay = Relay()
    server = await relay.listen()
    relay_port = server.sockets[0].getsockname()[1]
    desk = processes.Served(tmp_path / "desk", channels="mail", relay_url=f"smtp://127.0.0.1:{relay_port}")

    async def post(number: int) -> bool:
        try:
            await aiosmtplib.send(_mail(number), hostname="127.0.0.1", port=desk.smtp_port, start_tls=False, timeout=30)
        except (aiosmtplib.SMTPException, OSError):
            return False
        return True

    pour = Pour(post, MAILS_AT_ONCE)
    try:
        waited = await _killed(desk, pour, MAILS, (MAILS // 4, MAILS * 3 // 5))
    finally:
        server.close()
    stored = [number for (number,) in _rows(desk.database, "SELECT sender FROM inbox")]
    assert len(stored) == len(set(stored))
    accepted = {_customer(number) for number in pour.accepted}
    dropped = {_customer(number) for number in pour.dropped}
    assert accepted <= {str(sender) for sender in stored} <= accepted | dropped
    keys = {str(key) for (key,) in _rows(desk.database, "SELECT dedupe_key FROM inbox")}
    _outbox_ids(desk.database, keys)
    sends = Counter(parseaddr(message_from_bytes(mail)["To"])[1] for mail in relay.mails)
    assert set(sends) == set(stored)
    assert all(waited), "a kill while nothing is under way proves nothing"
    with capsys.disabled():
        _tell("mails", pour, keys, waited, sends.total() - len(sends))


def _number(sender: int) -> str:
    return f"+4477009{sender:05d}"


def _customer(number: int) -> str:
    return f"customer{number}@firm{number % 20}.example"


def _mail(number: int) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = _customer(number)
    mail["To"] = "info@iomart.com"
    mail["Subject"] = "A question"
    mail["Message-ID"] = f"<{number}@example.org>"
    mail.set_content(QUESTION)
    return mail


def _outbox_id(callback: str) -> int:
    """Our own key rides in the callback's URL."""
    (key,) = parse_qs(urlsplit(callback).query)["key"]
    return int(key.removeprefix("outbox-"))


def _tell(what: str, pour: Pour, stored: set[str], waited: list[int], repeated: int) -> None:
    unheard = len(stored) - len(pour.accepted)
    print(  # noqa: T201  the counts are what the test shows
        f"\n{what}: {len(pour.accepted)} accepted, {pour.retried} tries repeated, {len(pour.dropped)} given up by "
        f"their senders ({unheard} of them were stored, and answered once); {waited} waited at the kills; "
        f"{repeated} replies sent twice"
    )
