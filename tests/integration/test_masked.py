"""A code or link that goes out: the customer reads it, and neither the database's bytes nor the logs ever hold it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot.audit.actors import Actor
from bot.conversations import sending
from bot.conversations.models import Conversation
from bot.errors import PermanentError
from bot.messages import masked
from bot.messages.models import Outbox
from tests.fakes import twilio as fake
from tests.integration.whole_desk import World, letter, world
from tests.support import until

CODE = "830517"


def kept(folder: Path) -> bytes:
    """Every byte that the database has on the disk, its write-ahead log too."""
    return b"".join(file.read_bytes() for file in folder.glob("desk.db*"))


async def send_code(outside: World, conversation: int = 1, code: str = CODE) -> None:
    """A message with a code, good for ten minutes."""
    desk, now = outside.desk.desk, outside.clock()

    def work(session: Session) -> None:
        secret = masked.secret(desk.sealer, code, now + timedelta(minutes=10))
        sending.send(
            session, session.get_one(Conversation, conversation), f"Your code is {masked.MASK}.", now,
            site=desk.sites[0], secret=secret,
        )  # fmt: skip

    await desk.database.write(work)
    await outside.settled()


async def test_the_code_reaches_the_customer_and_stays_nowhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A text and a mail hold it; the line shows a mask; no byte of the database, before or after, and no log."""
    async with world(tmp_path) as outside:
        await outside.texted("Do you sell my data?")
        await outside.mailed(letter("Do you sell my data?"))
        await send_code(outside)
        assert outside.twilio.messages[-1]["Body"] == f"Your code is {CODE}."
        await send_code(outside, 2)
        assert f"Your code is {CODE}." in outside.relay.mails[-1].text
        assert (await outside.lines())[-1].text == "Your code is ******."
        assert [row.secret for row in await outside.all(Outbox)] == [None] * 4
        assert CODE.encode() not in kept(tmp_path)
    assert CODE.encode() not in kept(tmp_path)
    out, err = capsys.readouterr()
    assert CODE not in out + err


async def failed(outside: World) -> bool:
    """Whether the newest message will never go."""
    return bool((await outside.all(Outbox))[-1].state == "failed")


async def test_a_code_that_waits_is_sealed_and_never_goes_too_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the provider is away the row is sealed; after its time it is a dead letter, erased, not retried."""
    monkeypatch.setattr("bot.workers.retry.FIRST", 0.0)
    async with world(tmp_path) as outside:
        await outside.texted("Do you sell my data?")
        asleep: list[bytes] = []

        async def away(_message: dict[str, str]) -> fake.Refusal:
            asleep.extend(row.secret for row in await outside.all(Outbox) if row.secret)
            asleep.append(kept(tmp_path))
            outside.clock.move(minutes=11)
            return fake.Refusal(503)

        outside.twilio.before_answer = away
        await send_code(outside)
        await until(outside.desk, lambda: failed(outside))
        row = (await outside.all(Outbox))[-1]
        assert (row.state, row.secret, row.error) == ("failed", None, masked.TOO_LATE)
        assert len(asleep) == 2
        assert not any(CODE.encode() in seen for seen in asleep)
        again = outside.desk.desk.database.write(
            lambda session: sending.retry_delivery(session, row.id, Actor("agent", 1), outside.clock())
        )
        with pytest.raises(PermanentError, match="send a new one"):
            await again


async def test_a_secret_needs_a_place_and_a_channel_that_hides_it(tmp_path: Path) -> None:
    """A text without its mask, and the chat, whose page shows what is stored, are refused with the mend."""
    async with world(tmp_path) as outside:
        desk, now = outside.desk.desk, outside.clock()
        visitor = await outside.visit()
        await visitor.say("message", id="one", text="Do you sell my data?")
        while (await visitor.get())["type"] != "ack":
            pass
        await outside.settled()
        with pytest.raises(PermanentError, match=r"write \*{6} there once"):
            masked.fits("sms", "Your code is here.")
        with pytest.raises(PermanentError, match="email address or mobile number"):
            await send_code(outside)
        secret = masked.secret(desk.sealer, CODE, now)
        assert CODE.encode() not in secret.sealed


async def test_a_relay_that_repeats_the_code_leaves_none_with_us(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A filter refuses the mail and names what is in it: staff see its words with a mask in the code's place."""
    async with world(tmp_path) as outside:
        await outside.mailed(letter("Do you sell my data?"))
        outside.relay.refusals.append(f"554 5.7.1 {CODE} is on a list")
        await send_code(outside)
        row = (await outside.all(Outbox))[-1]
        assert row.state == "failed"
        assert f"{masked.MASK} is on a list" in row.error
        assert CODE.encode() not in kept(tmp_path)
    out, err = capsys.readouterr()
    assert CODE not in out + err
