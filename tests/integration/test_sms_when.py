"""Texts that wait for the right time: the customer's night, and WhatsApp's window."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations import opting, sending
from bot.conversations.models import Conversation
from bot.messages.models import Outbox
from tests.fakes.twilio import FakeTwilio
from tests.integration.console_support import Console, console, customer, http, signed_in, wrote
from tests.integration.texting import texting, written
from tests.support import HeldClock, rows, running, settled, until

NIGHT = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)
TO = "+447400123456"


def newest(session: Session) -> Outbox:
    """The delivery queued last."""
    return session.scalars(select(Outbox).order_by(Outbox.id.desc())).first()  # type: ignore[return-value]  # there is one


async def test_a_reminder_waits_for_their_morning_and_an_answer_does_not(tmp_path: Path) -> None:
    """At ten in the evening an answer goes at once and a reminder at eight, with the reason shown until then."""
    clock = HeldClock(NIGHT)
    async with FakeTwilio() as twilio, running(tmp_path, clock, **texting(twilio)) as desk:
        await written(desk, TO, "an answer")
        await settled(desk)
        assert len(twilio.messages) == 1

        def remind(session: Session) -> None:
            conversation = session.scalars(select(Conversation)).one()
            site = desk.desk.sites[0]
            sending.send(session, conversation, "a reminder", clock(), site=site, unprompted=True)

        await desk.desk.database.write(remind)

        async def held() -> bool:
            return (await rows(desk, newest)).error != ""

        await until(desk, held)
        row = await rows(desk, newest)
        assert "night" in row.error
        assert row.due_at == datetime(2026, 11, 21, 8, tzinfo=UTC)
        assert row.attempts == 0
        assert len(twilio.messages) == 1
        await written(desk, TO, "an answer at night")  # it waits behind nothing that is held
        await until(desk, lambda: len(twilio.messages) == 2)
        clock.move(hours=10)

        def gone() -> bool:
            desk.deliverer.feeds.hurry()
            return len(twilio.messages) == 3

        await until(desk, gone)


async def test_a_flood_beside_a_held_reminder_goes_once(tmp_path: Path) -> None:
    """More texts than a lane holds: they and the reminder stand in lanes of their own, and none goes twice."""
    clock = HeldClock(NIGHT)
    async with FakeTwilio() as twilio, running(tmp_path, clock, **texting(twilio)) as desk:
        await written(desk, TO, "the first")

        def remind(session: Session) -> None:
            conversation = session.scalars(select(Conversation)).one()
            site = desk.desk.sites[0]
            for number in range(25):
                sending.send(session, conversation, f"text {number}", clock(), site=site)
                sending.send(session, conversation, f"reminder {number}", clock(), site=site, unprompted=True)
            sending.send(session, conversation, "the last", clock(), site=site)

        await desk.desk.database.write(remind)
        await until(desk, lambda: len(twilio.messages) == 27)
        assert [each["Body"] for each in twilio.messages][-1] == "the last"
        clock.move(hours=10)

        def gone() -> bool:
            desk.deliverer.feeds.hurry()
            return len(twilio.messages) == 52

        await until(desk, gone)
        said = [each["Body"] for each in twilio.messages]
        assert len(set(said)) == len(said)
        assert said[27:] == [f"reminder {number}" for number in range(25)]


async def test_outside_whatsapp_s_window_a_person_decides(tmp_path: Path) -> None:
    """Who has not written there for a day gets none of our own words: staff see why, and a template may go."""
    template = "HX" + "0" * 32 + ' {"1": "{site}"}'
    async with (
        FakeTwilio() as twilio,
        running(tmp_path, **texting(twilio, twilio_whatsapp_template=template)) as desk,
    ):
        await written(desk, f"whatsapp:{TO}", "news of your request")
        await settled(desk)
        row = await rows(desk, newest)
        assert (row.state, row.code) == ("failed", "63016")
        assert "24 hours" in row.error
        assert twilio.requests == 0
        conversation = await rows(desk, lambda session: session.scalars(select(Conversation)).one())
        assert conversation.owner == "human"

        def by_template(session: Session) -> None:
            site = desk.desk.sites[0]
            found = session.scalars(select(Conversation)).one()
            sending.send(session, found, sending.TEMPLATE_SAID, desk.desk.now(), site=site, template=True)

        await desk.desk.database.write(by_template)
        await settled(desk)
        (message,) = twilio.messages
        assert message["ContentSid"] == "HX" + "0" * 32
        assert message["ContentVariables"] == '{"1": "iomart"}'
        assert "Body" not in message


async def test_a_reminder_that_waits_is_stopped_by_a_stop_on_another_form(tmp_path: Path) -> None:
    """Queued by text at night; meanwhile they say STOP on WhatsApp: in the morning nothing goes, and staff see why. An
    answer that they asked for goes all the same.
    """
    clock = HeldClock(NIGHT)
    async with FakeTwilio() as twilio, running(tmp_path, clock, **texting(twilio)) as desk:
        await written(desk, TO, "an answer")
        await settled(desk)

        def remind_and_stop(session: Session) -> None:
            conversation = session.scalars(select(Conversation)).one()
            site = desk.desk.sites[0]
            sending.send(session, conversation, "a reminder", clock(), site=site, unprompted=True)
            opting.opted_out(session, channel="sms", address=f"whatsapp:{TO}", by="customer", now=clock())

        await desk.desk.database.write(remind_and_stop)

        async def cancelled() -> bool:
            clock.move(hours=10)
            desk.deliverer.feeds.hurry()
            return (await rows(desk, newest)).state == "cancelled"

        await until(desk, cancelled)
        assert "another form" in (await rows(desk, newest)).error
        await written(desk, TO, "another answer")
        await settled(desk)
        assert [each["Body"] for each in twilio.messages] == ["an answer", "another answer"]


async def _silent_for_a_day(desk: Console) -> int:
    """A WhatsApp conversation whose customer wrote a day ago."""

    def came(session: Session) -> int:
        talk = customer(session, desk.clock.at, address=f"whatsapp:{TO}")
        wrote(session, talk, "any news?", desk.clock.at)
        return talk.id

    talk = await desk.write(came)
    desk.clock.move(hours=24)
    return int(talk)


async def test_staff_send_the_template_where_the_window_is_closed(tmp_path: Path) -> None:
    """By a button that is there only then; once until they write, and never where it is not needed."""
    template = "HX" + "0" * 32
    async with (
        FakeTwilio() as twilio,
        console(tmp_path, **texting(twilio, twilio_whatsapp_template=template)) as desk,
        http() as browser,
    ):
        talk = await _silent_for_a_day(desk)
        csrf = await signed_in(desk, browser)
        url = f"{desk.url}/console/conversations/{talk}"
        async with browser.get(url) as response:
            assert f'formaction="/console/conversations/{talk}/template"' in await response.text()
        async with browser.post(f"{url}/template", data={"csrf": csrf}) as response:
            assert response.status == 200
            assert "The template is on its way." in await response.text()
        await settled(desk.running)
        (message,) = twilio.messages
        assert (message["ContentSid"], message["To"]) == (template, f"whatsapp:{TO}")
        async with browser.post(f"{url}/template", data={"csrf": csrf}) as response:
            assert response.status == 409
            assert "the template went already since they last wrote" in await response.text()

        def again(session: Session) -> None:
            wrote(session, session.scalars(select(Conversation)).one(), "yes please", desk.clock.at)

        await desk.write(again)
        async with browser.get(url) as response:
            assert "/template" not in await response.text()
        async with browser.post(f"{url}/template", data={"csrf": csrf}) as response:
            assert response.status == 409
            assert "write in your own words" in await response.text()
        assert len(twilio.messages) == 1


async def test_without_a_template_none_is_offered(tmp_path: Path) -> None:
    """Neither on the page nor in the reason of a reply that could not go."""
    async with FakeTwilio() as twilio, console(tmp_path, **texting(twilio)) as desk, http() as browser:
        talk = await _silent_for_a_day(desk)
        csrf = await signed_in(desk, browser)
        url = f"{desk.url}/console/conversations/{talk}"
        say = {"csrf": csrf, "seen": "9", "mode": "reply", "text": "Here are the news."}
        async with browser.post(f"{url}/say", data=say) as response:
            assert response.status == 200
        await settled(desk.running)
        async with browser.get(url) as response:
            page = await response.text()
        assert "within 24 hours" in page
        assert "template" not in page.lower()
        async with browser.post(f"{url}/template", data={"csrf": csrf}) as response:
            assert response.status == 409
            assert "set DESK_TWILIO_WHATSAPP_TEMPLATE" in await response.text()
        assert twilio.requests == 0
