"""A long text goes as several messages: in order, each once, followed as one; what did not go goes again alone."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.actors import Actor
from bot.conversations import sending
from bot.messages import outbox
from bot.messages.models import Outbox
from bot.messages.parts import Delivery, together
from tests.fakes.twilio import FakeTwilio, Refusal
from tests.integration.texting import reported, texting, written
from tests.support import HeldClock, rows, running, settled, until

LONG = " ".join(f"Sentence {number} of what we have to say about this." for number in range(70))
TO = "+447700900001"


def told(session: Session) -> Delivery:
    """What became of the one message."""
    (found,) = together(session.scalars(select(Outbox).order_by(Outbox.id)).all())
    return found


async def test_a_long_text_goes_in_parts_and_is_followed_as_one(tmp_path: Path) -> None:
    """Three messages in order, with all the words; delivered when the last of them is, however reports come."""
    async with FakeTwilio() as twilio, running(tmp_path, **texting(twilio)) as desk:
        await written(desk, TO, LONG)
        await settled(desk)
        bodies = [message["Body"] for message in twilio.messages]
        assert [body[:6] for body in bodies] == ["(1/3) ", "(2/3) ", "(3/3) "]
        assert " ".join(body[6:] for body in bodies) == LONG
        for message in reversed(twilio.messages):
            assert (await rows(desk, told)).state == "sent"
            await reported(desk, message, "delivered")
            await settled(desk)
        found = await rows(desk, told)
        assert (found.state, found.parts) == ("delivered", 3)


async def test_only_the_parts_that_did_not_go_go_again(tmp_path: Path) -> None:
    """The second of three is refused: the third waits for staff, and another try sends those two, not the first."""
    clock = HeldClock()
    async with FakeTwilio() as twilio, running(tmp_path, clock, **texting(twilio)) as desk:

        async def refuse_the_second(message: dict[str, str]) -> Refusal | None:
            return Refusal(400, 30007) if message["Body"].startswith("(2/3)") else None

        twilio.before_answer = refuse_the_second
        await written(desk, TO, LONG)
        await settled(desk)
        assert [message["Body"][:6] for message in twilio.messages] == ["(1/3) ", "(2/3) "]
        found = await rows(desk, told)
        assert found.state == "failed"
        assert "part 2 of 3" in found.error
        assert "spam" in found.error
        twilio.before_answer, twilio.messages[:] = None, []
        actor = Actor("staff:1", 1)
        await desk.desk.database.write(lambda session: sending.retry_delivery(session, found.id, actor, clock()))
        await settled(desk)
        assert [message["Body"][:6] for message in twilio.messages] == ["(2/3) ", "(3/3) "]
        again = await rows(desk, told)
        assert (again.state, again.parts) == ("sent", 3)


async def test_what_nobody_confirms_for_a_day_is_not_confirmed(tmp_path: Path) -> None:
    """After a day without a final report it is said so; a report that comes late still counts."""
    clock = HeldClock()
    async with FakeTwilio() as twilio, running(tmp_path, clock, **texting(twilio)) as desk:
        await written(desk, TO, "Clause 6.1 says so.")
        await settled(desk)
        mark = lambda session: outbox.unconfirmed(session, clock())  # noqa: E731  used twice below
        clock.move(hours=23)
        assert await desk.desk.database.write(mark) == 0
        clock.move(hours=2)
        assert await desk.desk.database.write(mark) == 1
        assert await desk.desk.database.write(mark) == 0
        assert (await rows(desk, told)).provider_state == "unconfirmed"
        await reported(desk, twilio.messages[0], "delivered")

        async def delivered() -> bool:
            return (await rows(desk, told)).state == "delivered"

        await until(desk, delivered)


async def test_a_number_that_twilio_refuses_is_marked_bad(tmp_path: Path) -> None:
    """A refusal that speaks against the number itself marks it; one that does not, doesn't."""
    from bot.contacts.models import ContactAddress

    async with FakeTwilio() as twilio, running(tmp_path, **texting(twilio)) as desk:
        twilio.refusals.append(Refusal(400, 21612))
        await written(desk, TO, "first")
        await settled(desk)
        bad = select(ContactAddress.bad_since)
        assert await rows(desk, lambda session: session.scalar(bad)) is None
        twilio.refusals.append(Refusal(400, 21614))
        await written(desk, TO, "second")
        await settled(desk)
        assert await rows(desk, lambda session: session.scalar(bad)) is not None
