"""A text's whole way: signed webhook in, clause or ticket, REST out, and what Twilio says afterwards."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.audit.models import AuditEntry
from bot.contacts.models import ContactAddress
from bot.conversations import ownership
from bot.conversations.models import Conversation, Message
from bot.conversations.opting import WELCOME_AGAIN, WELCOME_TO_PERSON
from bot.conversations.states import STOPPED_EARLY
from bot.messages.models import Inbox, Outbox
from channels.sms import segments
from tests.fakes.twilio import Refusal
from tests.integration.test_casework_steps import person, step
from tests.integration.whole_desk import ANN_NUMBER, OUR_NUMBER, PUBLIC, World, world
from tests.support import rows, until

QUESTION = "do you sell my data?"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed is tried again at once."""
    monkeypatch.setattr("bot.workers.retry.FIRST", 0.0)


async def test_a_question_gets_the_clause_in_two_segments_with_its_link(tmp_path: Path) -> None:
    """The text quotes clause 3.2, links to it, fits two segments, and goes out from the number that was asked."""
    async with world(tmp_path) as outside:
        answer = await outside.texted(QUESTION)
        assert "We will not sell, rent or share your personal information" in answer.replace("\n", " ")
        assert f"{PUBLIC}/policy/iomart/2007-12-15#3.2" in answer
        assert segments(answer).count <= 2
        (message,) = outside.twilio.messages
        assert (message["To"], message["From"]) == (ANN_NUMBER, OUR_NUMBER)
        row = await outside.sent()
        assert (row.state, row.provider_id) == ("sent", message["sid"])


async def test_a_question_about_the_past_is_answered_for_it(tmp_path: Path) -> None:
    """The day comes from the question, counted from the day of the message; the note goes before the quotation."""
    async with world(tmp_path) as outside:
        answer = await outside.texted("I signed up in 2006, do you sell my data?")
        assert answer.startswith("No policy from 2006 is known to us. The nearest says: ")
        assert f"(seen 15 Dec 2007) {PUBLIC}/policy/iomart/2007-12-15#3.2" in answer
        assert segments(answer).count <= 2
        assert (await outside.texted("I joined a year ago, do you use cookies?")).startswith(
            "On 20 November 2025 our policy"
        )


async def test_a_request_in_text_speak_opens_a_ticket_with_its_date(tmp_path: Path) -> None:
    """The reference and the statutory date are told in two segments; the ticket holds both."""
    async with world(tmp_path) as outside:
        answer = await outside.texted("wot data do u hold on me")
        ticket = await outside.ticket()
        assert (ticket.kind, str(ticket.due_on)) == ("access", "2026-12-21")
        assert ticket.reference in answer
        assert "Monday 21 December 2026" in answer
        assert segments(answer).count <= 2


async def test_a_staff_reply_arrives_as_a_text(tmp_path: Path) -> None:
    """What a person writes goes out by the same number."""
    async with world(tmp_path) as outside:
        await outside.texted("can I speak to a person")
        await outside.staff_reply("Hello Ann, Sam here.")
        assert outside.twilio.messages[-1]["Body"] == "Hello Ann, Sam here."
        assert outside.twilio.messages[-1]["To"] == ANN_NUMBER


async def test_a_repeated_webhook_is_answered_once(tmp_path: Path) -> None:
    """Twilio repeats itself: 200 each time, one row, one answer."""
    async with world(tmp_path) as outside:
        for _ in range(3):
            assert await outside.text(QUESTION, number=7) == 200
        await outside.settled()
        assert len(outside.twilio.messages) == 1
        assert len(await outside.all(Inbox)) == 1


@pytest.mark.parametrize(
    "words", ["", "\0", "😀" * 70, "ما هي البيانات", "x" * 1600, "\U0001d534\U0001d525 do you sell", "\u202eabc"]
)
async def test_strange_texts_are_kept_as_they_are(tmp_path: Path, words: str) -> None:
    """Empty, NULs, emoji, right to left, 1,600 characters: stored, shown without NULs, and nothing dies of them."""
    async with world(tmp_path, channels="sms") as outside:
        assert await outside.text(words) == 200
        await outside.settled()
        (row,) = await outside.all(Inbox)
        assert row.state == "handled"
        assert (await outside.lines())[0].text == words.replace("\0", "")


@pytest.mark.parametrize("order", list(permutations(("sending", "sent", "delivered"))))
async def test_status_callbacks_move_forward_only(tmp_path: Path, order: tuple[str, ...]) -> None:
    """In any order, each twice: the message ends delivered, and nothing moves it back."""
    async with world(tmp_path, channels="sms") as outside:
        await outside.texted(QUESTION)
        (message,) = outside.twilio.messages
        for status in (*order, *order):
            assert await outside.report(message, status) == 200
            await outside.settled()
        row = await outside.sent()
        assert (row.state, row.provider_state) == ("delivered", "delivered")


async def test_a_late_report_never_undoes_the_last_word(tmp_path: Path) -> None:
    """Undelivered stays undelivered, with its code and words for staff, whatever comes after."""
    async with world(tmp_path, channels="sms") as outside:
        await outside.texted(QUESTION)
        (message,) = outside.twilio.messages
        for status, code in (("undelivered", "30003"), ("sent", ""), ("delivered", "")):
            await outside.report(message, status, code)
            await outside.settled()
        row = await outside.sent()
        assert (row.state, row.provider_state, row.code) == ("failed", "undelivered", "30003")
        assert "out of reach" in row.error


@pytest.mark.parametrize(("status", "state"), [("delivered", "delivered"), ("sent", "sent"), ("failed", "failed")])
async def test_a_report_may_come_before_we_know_the_sid(tmp_path: Path, status: str, state: str) -> None:
    """Twilio's callback overtakes its answer: our key in its URL finds the message; the answer takes nothing back."""
    async with world(tmp_path, channels="sms") as outside:

        async def overtake(message: dict[str, str]) -> None:
            await outside.report(message, status)
            await until(outside.desk, lambda: _count(outside, Inbox.state == "handled") == 2)

        outside.twilio.before_answer = overtake
        await outside.text(QUESTION)
        await until(outside.desk, lambda: _count(outside, Outbox.attempts == 1))
        row = await outside.sent()
        assert (row.state, row.provider_state) == (state, status)
        assert row.provider_id == outside.twilio.messages[0]["sid"]


async def test_a_report_proves_a_sending_whose_answer_was_lost(tmp_path: Path, quick: None) -> None:
    """Twilio took the text, told so by callback, and hung up: the text does not go out a second time."""
    async with world(tmp_path, channels="sms") as outside:

        async def hang_up(message: dict[str, str]) -> Refusal:
            await outside.report(message, "sent")
            await until(outside.desk, lambda: _count(outside, Inbox.state == "handled") == 2)
            return Refusal(0)

        outside.twilio.before_answer = hang_up
        await outside.text(QUESTION)
        await until(outside.desk, lambda: _count(outside, Outbox.state == "sent"))
    async with world(tmp_path, channels="sms") as outside:
        assert "3.2" in await outside.texted(QUESTION, "+447700900002")
        assert len(outside.twilio.messages) == 1


def _count(outside: World, *which: Any) -> int:
    """How many rows of a table are so, read in place: for `until`."""
    with outside.desk.desk.database.engine.connect() as connection:
        return connection.scalar(select(func.count()).where(*which)) or 0


async def test_an_opt_out_that_only_twilio_knows_is_marked_and_never_tried_again(tmp_path: Path) -> None:
    """21610 on sending: one attempt, the address is marked, staff see why, and the bot is silent from then on."""
    async with world(tmp_path, channels="sms") as outside:
        outside.twilio.refusals.append(Refusal(400, 21610))
        assert await outside.texted(QUESTION) == ""
        row = await outside.sent()
        assert (row.state, row.code, row.attempts) == ("failed", "21610", 1)
        (address,) = await outside.all(ContactAddress)
        assert address.opted_out_at is not None
        assert await outside.texted(QUESTION) == ""
        assert outside.twilio.requests == 1


async def test_an_opt_out_reported_later_is_marked(tmp_path: Path) -> None:
    """21610 in a callback marks the address too."""
    async with world(tmp_path, channels="sms") as outside:
        await outside.texted(QUESTION)
        await outside.report(outside.twilio.messages[0], "undelivered", "21610")
        await outside.settled()
        (address,) = await outside.all(ContactAddress)
        assert address.opted_out_at is not None


async def test_stop_start_and_help(tmp_path: Path) -> None:
    """Words that Twilio answers are recorded and not answered twice; in between the bot is silent."""
    async with world(tmp_path, channels="sms") as outside:
        assert await outside.texted("HELP") == ""
        assert await outside.texted("STOP") == ""
        assert await outside.texted(QUESTION) == ""
        assert await outside.texted("START") == ""
        assert "3.2" in await outside.texted(QUESTION)


async def test_a_stop_that_twilio_does_not_answer_is_answered_by_us(tmp_path: Path) -> None:
    """A "Stop!" is no bare word to Twilio: we confirm it once, and are silent then."""
    async with world(tmp_path, channels="sms") as outside:
        assert "We won't text you any more" in await outside.texted("Stop!")
        assert await outside.texted(QUESTION) == ""


async def test_a_stop_with_an_open_request_brings_a_person(tmp_path: Path) -> None:
    """The duty goes on: staff are told to finish by another way."""
    async with world(tmp_path, channels="sms") as outside:
        await outside.texted("wot data do u hold on me")
        await outside.texted("STOP")
        (conversation,) = await outside.all(Conversation)
        assert conversation.owner == "human"
        assert "another verified way" in conversation.handover_reason
        assert (await outside.ticket()).state != "closed"


async def test_after_start_the_bot_and_the_requests_notices_are_back(tmp_path: Path) -> None:
    """What only the STOP brought to people goes back to the bot: it answers, steps of the open request are told again,
    and staff see both in the conversation and in the history of the request.
    """
    async with world(tmp_path, channels="sms") as outside:
        await outside.texted("wot data do u hold on me")
        reference = (await outside.ticket()).reference
        await outside.texted("STOP")
        assert await outside.texted(QUESTION) == ""
        await outside.texted("START")
        (conversation,) = await outside.all(Conversation)
        assert (conversation.owner, conversation.handover_reason) == ("bot", "")
        assert "3.2" in await outside.texted(QUESTION)
        assert reference in await outside.texted("how is my request going?")
        sent = len(outside.twilio.messages)
        await step(outside, "ask_identity", await person(outside, "agent"), words="What is your account number?")
        assert "What is your account number?" in outside.twilio.messages[sent]["Body"]
        notes = [line.text for line in await outside.lines() if line.direction == "note"]
        assert [STOPPED_EARLY in notes, WELCOME_AGAIN in notes] == [True, True]
        about = f"conversation:{conversation.id}"
        query = select(AuditEntry.action).where(AuditEntry.subject == about).order_by(AuditEntry.seq)
        deeds = await rows(outside.desk, lambda session: session.scalars(query).all())
        stopped = deeds.index("conversation.opted_out")
        assert deeds.index("conversation.handed_over") < stopped
        assert stopped < deeds.index("conversation.given_back") < deeds.index("conversation.opted_in")


async def test_after_start_a_person_who_has_taken_over_keeps_the_conversation(tmp_path: Path) -> None:
    """START gives back what the STOP took, and nothing that somebody took: they see that they can write again."""
    async with world(tmp_path, channels="sms") as outside:
        await outside.texted("wot data do u hold on me")
        await outside.texted("STOP")
        sam, now = await outside.staff(), outside.clock()
        await outside.desk.desk.database.write(lambda session: ownership.take_over(session, 1, sam, now))
        await outside.texted("START")
        (conversation,) = await outside.all(Conversation)
        assert (conversation.owner, conversation.assignee_id) == ("human", sam.staff_id)
        assert [line.text for line in await outside.lines() if line.direction == "note"][-1] == WELCOME_TO_PERSON
        assert await outside.texted(QUESTION) == ""
        await outside.staff_reply("We are looking for it.")
        assert outside.twilio.messages[-1]["Body"] == "We are looking for it."


async def test_start_takes_no_conversation_from_people_that_they_had_before(tmp_path: Path) -> None:
    """Who asked for a person, then said STOP and START, still has the person."""
    async with world(tmp_path, channels="sms") as outside:
        await outside.texted("wot data do u hold on me")
        await outside.texted("I want to talk to a person")
        await outside.texted("STOP")
        await outside.texted("START")
        (conversation,) = await outside.all(Conversation)
        assert conversation.owner == "human"
        assert await outside.texted(QUESTION) == ""


@pytest.mark.parametrize("refusal", [Refusal(429, 20429), Refusal(500), Refusal(503), Refusal(0)])
async def test_a_twilio_in_trouble_delays_and_loses_nothing(tmp_path: Path, quick: None, refusal: Refusal) -> None:
    """Too many requests, errors, a cut connection, three times over: then the answer goes out, once."""
    async with world(tmp_path, channels="sms") as outside:
        outside.twilio.refusals.extend([refusal] * 3)
        await outside.text(QUESTION)

        def gone() -> bool:
            outside.clock.move(seconds=5)  # the sending number rests for a moment after "too many"
            outside.desk.deliverer.feeds.hurry()
            return bool(outside.twilio.messages)

        await until(outside.desk, gone)
        await until(outside.desk, lambda: _count(outside, Outbox.state == "sent"))
        assert len(outside.twilio.messages) == 1
        assert (await outside.sent()).attempts == 4


async def test_twilio_s_own_word_on_when_to_come_back_is_kept(tmp_path: Path) -> None:
    """Retry-After is a floor: the row waits so long, with its reason shown, and so does all else from that number."""
    async with world(tmp_path, channels="sms") as outside:
        outside.twilio.refusals.append(Refusal(429, 20429, {"Retry-After": "120"}))
        await outside.text(QUESTION)
        await outside.settled()
        row = await outside.sent()
        assert row.state == "waiting"
        assert row.due_at is not None
        assert (row.due_at - outside.clock()).total_seconds() >= 120
        assert "slowly" in row.error
        await outside.text(QUESTION, "+447700900002")
        await until(outside.desk, lambda: _count(outside, Outbox.id > row.id))
        assert outside.twilio.requests == 1

        def both() -> bool:
            outside.clock.move(minutes=3)
            outside.desk.deliverer.feeds.hurry()
            return len(outside.twilio.messages) == 2

        await until(outside.desk, both)


async def test_a_slow_twilio_holds_nobody_who_writes(tmp_path: Path) -> None:
    """While Twilio takes its time texts are still accepted and handled, and each is answered in the end."""
    async with world(tmp_path, channels="sms") as outside:
        outside.twilio.delay = 0.2
        for number in range(20):
            assert await outside.text(QUESTION, f"+4477009001{number:02d}") == 200
        await outside.settled()
        assert len({message["To"] for message in outside.twilio.messages}) == 20


async def test_a_twilio_that_is_down_is_waited_for_over_a_restart(tmp_path: Path) -> None:
    """Nobody listens: the answer waits with its reason, and the next start sends it."""
    async with world(tmp_path, channels="sms", twilio_api_base="http://127.0.0.1:1") as outside:
        await outside.text(QUESTION)
        await outside.settled()
        row = await outside.sent()
        assert row.state == "waiting"
        assert "can't be reached" in row.error
        clock = outside.clock
    clock.move(hours=1)
    async with world(tmp_path, clock, channels="sms") as outside:
        await until(outside.desk, lambda: outside.twilio.messages)


async def test_without_a_token_texts_are_refused_and_nothing_is_stored(tmp_path: Path) -> None:
    """A desk with no credentials can't tell Twilio from a forger: 403."""
    async with world(tmp_path, channels="sms", twilio_auth_token="") as outside:
        assert await outside.text(QUESTION) == 403
        assert await outside.all(Inbox) == []


async def test_without_an_account_an_answer_waits_with_the_setting_named(tmp_path: Path) -> None:
    """A reply that can't go out says which setting is missing."""
    async with world(tmp_path, channels="sms") as outside:
        await outside.texted("can I speak to a person")
    async with world(tmp_path, channels="sms", twilio_account_sid="", twilio_auth_token="") as outside:
        await outside.staff_reply("Hello")
        row = (await outside.all(Outbox))[-1]
        assert row.state == "waiting"
        assert "DESK_TWILIO_ACCOUNT_SID" in row.error


async def test_a_forged_text_reaches_nobody(tmp_path: Path) -> None:
    """A wrong signature: 403, no row, counted for admins."""
    async with world(tmp_path, channels="sms") as outside:
        url = f"http://127.0.0.1:{outside.desk.http_port}/sms/twilio"
        async with outside.http.post(url, data={"Body": "x"}, headers={"X-Twilio-Signature": "forged"}) as answer:
            assert answer.status == 403
        assert await outside.all(Inbox) == []
        assert b'desk_rejected_total{channel="sms"' in outside.desk.desk.metrics.text()


async def test_a_report_that_cannot_be_read_disturbs_nobody(tmp_path: Path) -> None:
    """A state that Twilio does not have yet: staff find the report among the dead, and no conversation comes of it."""
    async with world(tmp_path, channels="sms") as outside:
        await outside.texted(QUESTION)
        await outside.report(outside.twilio.messages[0], "teleported")
        await outside.settled()
        assert (await outside.sent()).state == "sent"
        assert [row.state for row in await outside.all(Inbox)] == ["handled", "dead"]
        assert len(await outside.all(Message)) == 2
