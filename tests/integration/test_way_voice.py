"""A call's whole way: Twilio's signed webhooks in, the clause read aloud, texts, hand-over, and what staff see."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.casework import service as casework
from bot.contacts.models import ContactAddress
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.conversations.texting import MOST_A_DAY
from bot.db import Base
from bot.erasure import carrying, service
from bot.errors import PermanentError
from bot.messages.models import Inbox, Outbox
from bot.tickets.models import Ticket
from tests.fakes import twilio as fake
from tests.integration.whole_desk import ANN_NUMBER, PUBLIC, World, world
from tests.patience import patience
from tests.support import rows

DUE = "Monday 21 December 2026"
QUESTION = "do you sell my data?"
_CALLS = count(1)


@dataclass
class Phone:
    """Somebody who calls. `heard` is what Twilio would read to them, `answer` the last TwiML."""

    outside: World
    sender: str = ANN_NUMBER
    call: int = 0
    next: str = "/voice/twilio"
    answer: ET.Element | None = None

    async def post(self, path: str, **fields: str) -> ET.Element:
        """One webhook of this call; gives the TwiML."""
        body, headers = fake.webhook(PUBLIC + path, fake.call(self.call, sender=self.sender, **fields))
        url = f"http://127.0.0.1:{self.outside.desk.http_port}{path}"
        async with self.outside.http.post(url, data=body, headers=headers) as answer:
            assert answer.status == 200, answer.status
            self.answer = ET.fromstring(await answer.text())
        return self.answer

    async def ring(self) -> str:
        self.call = next(_CALLS)
        return await self._go_on("/voice/twilio", CallStatus="ringing")

    async def say(self, words: str, confidence: str = "0.92") -> str:
        """Speak; gives all that is read out in return."""
        return await self._go_on(self.next, SpeechResult=words, Confidence=confidence)

    async def press(self, key: str) -> str:
        return await self._go_on(self.next, Digits=key)

    async def _go_on(self, path: str, **fields: str) -> str:
        heard = ""
        async with patience():
            while path:
                answer = await self.post(path, **fields)
                heard = f"{heard} {' '.join(each.text or '' for each in answer.iter('Say'))}".strip()
                redirect = answer.find("Redirect")
                path, fields = (_path(redirect.text or ""), {}) if redirect is not None else ("", {})
        for each in ("Gather", "Dial"):
            found = answer.find(each)
            if found is not None:
                self.next = _path(found.attrib["action"])
        return heard

    @property
    def number_dialled(self) -> str:
        assert self.answer is not None
        return self.answer.findtext("Dial/Number") or ""

    async def hang_up(self) -> None:
        path = "/voice/twilio/status"
        fields = fake.call(self.call, sender=self.sender, CallStatus="completed", CallDuration="40")
        assert await self.outside.post(path, fields) == 204
        await self.outside.settled()

    @property
    def texts(self) -> list[str]:
        return [message["Body"] for message in self.outside.twilio.messages if message["To"] == self.sender]


def _path(url: str) -> str:
    assert url.startswith(PUBLIC)
    return url.removeprefix(PUBLIC)


@asynccontextmanager
async def calling(folder: Path, sender: str = ANN_NUMBER, **values: Any) -> AsyncIterator[Phone]:
    """A desk that takes calls and texts, and somebody whose call was answered."""
    async with world(folder, **{"channels": "sms,voice"} | values) as outside:
        phone = Phone(outside, sender)
        await phone.ring()
        yield phone


async def test_a_question_is_answered_with_the_clause_read_aloud(tmp_path: Path) -> None:
    """The clause is named, its words follow verbatim, and no web address is read out."""
    async with calling(tmp_path) as phone:
        heard = await phone.say(QUESTION)
        assert "Clause 3.2 of our privacy policy, as seen on 15 December 2007, says: We will not sell, rent or" in heard
        assert "http" not in heard
        await phone.outside.settled()
        said, answered = await phone.outside.lines()
        assert (said.text, said.outcome, answered.author) == (QUESTION, "answer", "bot")
        assert answered.citations[0]["id"] == "3.2"
        assert said.evidence["spoken"]
        assert (await phone.outside.sent()).state in ("sent", "delivered")
        assert phone.texts == []


async def test_a_request_has_its_reference_spelt_and_its_date(tmp_path: Path) -> None:
    """The ticket opens with its date; the reference is read letter by letter, twice."""
    async with calling(tmp_path) as phone:
        heard = await phone.say("I want a copy of all the data you hold about me")
        ticket = await phone.outside.ticket()
        _, one, two = ticket.reference.split("-")
        assert heard.count(f"D R, {' '.join(one)}, {' '.join(two)}") == 2
        assert "Monday 21 December 2026" in heard
        assert phone.texts == []


@pytest.mark.parametrize("way", ["word", "key"])
async def test_text_me_the_link_texts_it(tmp_path: Path, way: str) -> None:
    """By word or key: the clause's address and nothing else goes to the number, once, as a line that staff see."""
    async with calling(tmp_path) as phone:
        await phone.say(QUESTION)
        heard = await (phone.press("9") if way == "key" else phone.say("Yes please text me the link"))
        assert "I've sent that as a text" in heard
        await phone.outside.settled()
        (sent,) = phone.texts
        assert f"{PUBLIC}/policy/iomart/2007-12-15#3.2" in sent
        lines = await phone.outside.lines()
        assert [line.author for line in lines if line.text == sent] == ["system"]


async def test_what_is_noted_is_texted_on_asking_and_later_steps_too(tmp_path: Path) -> None:
    """Whoever asks for a text has the reference and date; nothing went to the number before."""
    async with calling(tmp_path) as phone:
        await phone.say("please delete all my data")
        ticket = await phone.outside.ticket()
        assert phone.texts == []
        await phone.say("text me")
        await phone.outside.settled()
        assert phone.texts == [f"You asked by phone. Your reference: {ticket.reference}. We'll answer by {DUE}."]


@pytest.mark.parametrize("sender", ["anonymous", "+266696687", "sip:ann@example.net", "+441412345678"])
async def test_no_text_goes_where_none_can(tmp_path: Path, sender: str) -> None:
    """A withheld number, another exchange and a landline are told so; nothing is queued."""
    async with calling(tmp_path, sender) as phone:
        await phone.say(QUESTION)
        assert "I can't send a text" in await phone.say("text me the link")
        await phone.outside.settled()
        assert {row.channel for row in await phone.outside.all(Outbox)} == {"voice"}
        assert not phone.outside.twilio.messages


async def test_one_number_gets_only_so_many_texts_a_day(tmp_path: Path) -> None:
    """Whoever shows somebody else's number has their telephone filled neither by one call nor by many; others are
    texted all the while.
    """
    async with world(tmp_path, channels="sms,voice") as outside:
        for _ in range(2):
            phone = Phone(outside)
            await phone.ring()
            await phone.say(QUESTION)
            said = [await phone.press("9") for _ in range(4)]
        assert "can't send a text" in said[-1]
        await outside.settled()
        assert len(phone.texts) == MOST_A_DAY
        other = Phone(outside, "+447700900477")
        await other.ring()
        await other.say(QUESTION)
        assert "sent that as a text" in await other.press("9")
        outside.clock.move(days=1, minutes=1)
        await phone.ring()
        await phone.say(QUESTION)
        assert "sent that as a text" in await phone.press("9")


async def test_a_person_is_dialled_and_what_came_of_it_is_noted(tmp_path: Path) -> None:
    """A person is asked for: the number is dialled after the bot's words, and the talk stands in the conversation."""
    async with calling(tmp_path, voice_handover="+441412345678") as phone:
        heard = await phone.say("can I speak to a person")
        assert "I'm passing this to a person" in heard
        assert phone.number_dialled == "+441412345678"
        assert "Goodbye" in await phone._go_on(phone.next, DialCallStatus="completed", DialCallDuration="61")
        await phone.outside.settled()
        assert [line.text for line in await phone.outside.lines() if line.direction == "in"][-1] == (
            "[They were put through, for 61 seconds]"
        )


async def test_where_nobody_answers_staff_call_back(tmp_path: Path) -> None:
    """Nobody answers: the caller hears so and can say more; staff have a ticket with the number and when."""
    async with calling(tmp_path, voice_handover="+441412345678") as phone:
        await phone.press("0")
        heard = await phone._go_on(phone.next, DialCallStatus="no-answer")
        assert "Nobody can take your call just now" in heard
        assert "That is written down" in await phone.say("it is about my broadband bill")
        await phone.outside.settled()
        (ticket,) = await phone.outside.all(Ticket)
        assert ticket.kind == "human"
        lines = await phone.outside.lines()
        note = next(line for line in lines if line.direction == "note")
        assert note.text.startswith(f"Call back {ANN_NUMBER}: they called on Friday 20 November 2026 at 12:00.")
        assert [line.text for line in lines if line.direction == "in"] == [
            "I'd like to speak to a person.",
            "[Nobody answered: call them back]",
            "it is about my broadband bill",
        ]


async def test_out_of_hours_nobody_is_dialled(tmp_path: Path) -> None:
    """It is Friday noon: a desk that takes calls in the afternoon writes down instead."""
    async with calling(tmp_path, voice_handover="+441412345678", voice_hours="mon-fri 13:00-17:00") as phone:
        assert "Nobody can take your call just now" in await phone.press("0")
        assert phone.number_dialled == ""


async def test_two_calls_from_one_number_never_mix(tmp_path: Path) -> None:
    """At once or one after the other: each has its own conversation, and nothing of the first is told in the second."""
    async with calling(tmp_path) as first:
        second = Phone(first.outside)
        await second.ring()
        await first.say("please delete all my data")
        ticket = await first.outside.ticket()
        heard = await second.say("what is the status of my request?")
        assert ticket.reference[-5:] not in heard.replace(" ", "")
        heard = await second.say(f"what about {ticket.reference}?")
        assert "erase" not in heard
        assert "code" not in heard
        await first.outside.settled()
        assert len(await first.outside.all(Conversation)) == 2
        assert len({each.contact_id for each in await first.outside.all(ContactAddress)}) == 2


async def test_a_repeated_webhook_is_stored_once_and_answered_the_same(tmp_path: Path) -> None:
    """Twilio repeats itself: one line, one answer, and the caller hears the same."""
    async with calling(tmp_path) as phone:
        turn = phone.next
        heard = await phone.say(QUESTION)
        for _ in range(2):
            assert await phone._go_on(turn, SpeechResult=QUESTION, Confidence="0.92") == heard
        # Under the same turn other words change nothing that was said.
        assert await phone._go_on(turn, SpeechResult="delete my data", Confidence="0.92") == heard
        await phone.outside.settled()
        assert len(await phone.outside.all(Inbox)) == 1
        assert await phone.outside.all(Ticket) == []


async def test_turns_out_of_order_are_each_answered(tmp_path: Path) -> None:
    """Turn 3 before turn 2: each is a line of its own, answered by itself."""
    async with calling(tmp_path) as phone:
        late, early = (phone.next.replace("turn=1", f"turn={turn}") for turn in (2, 3))
        assert "Clause 3.2" in await phone._go_on(early, SpeechResult=QUESTION, Confidence="0.9")
        assert "Hello" in await phone._go_on(late, SpeechResult="hello", Confidence="0.9")
        await phone.outside.settled()
        assert [line.text for line in await phone.outside.lines() if line.direction == "in"] == [QUESTION, "hello"]


async def test_what_was_hardly_heard_is_kept_and_asked_again(tmp_path: Path) -> None:
    """Low confidence: kept with the reason, not answered; the third time in a row a person takes it."""
    async with calling(tmp_path) as phone:
        for _ in range(2):
            assert "I did not understand that well" in await phone.say("sell by date", confidence="0.12")
        assert "Nobody can take your call just now" in await phone.say("sell by date", confidence="0.12")
        await phone.outside.settled()
        lines = [line for line in await phone.outside.lines() if line.direction == "in"]
        assert [line.outcome for line in lines] == ["silence", "silence", "silence", "handed_over"]
        assert "hardly heard" in lines[0].evidence["why_silent"]


async def test_a_request_that_was_hardly_heard_still_opens_its_ticket(tmp_path: Path) -> None:
    """Its clock runs from the first time, whatever the caller does next."""
    async with calling(tmp_path) as phone:
        await phone.say("I want a copy of all the data you hold about me", confidence="0.2")
        await phone.outside.settled()
        assert (await phone.outside.ticket()).kind == "access"


async def test_silence_is_met_with_patience_and_an_end(tmp_path: Path) -> None:
    """Nothing is stored of nobody's words; the third silence ends the call."""
    async with calling(tmp_path) as phone:
        for _ in range(2):
            assert "I did not hear anything" in await phone.say("", confidence="0")
        assert await phone.say("", confidence="0") == "Goodbye."
        assert phone.answer is not None
        assert phone.answer.find("Hangup") is not None
        assert await phone.outside.all(Inbox) == []


async def test_star_says_it_again(tmp_path: Path) -> None:
    """The same words once more, without another message."""
    async with calling(tmp_path) as phone:
        await phone.say(QUESTION)
        assert "Clause 3.2" in await phone.press("*")
        assert len(await phone.outside.all(Inbox)) == 1


async def test_a_staff_reply_goes_by_text_and_is_never_spoken(tmp_path: Path) -> None:
    """What a person writes is a text to the caller, even while the call goes on."""
    async with calling(tmp_path) as phone:
        await phone.press("0")
        await phone.outside.staff_reply("Hello, Sam here.")
        assert phone.texts == ["Hello, Sam here."]
        assert "Sam here" not in await phone.say("are you there")
        (row,) = [row for row in await phone.outside.all(Outbox) if row.channel == "sms"]
        assert (row.recipient, row.state) == (ANN_NUMBER, "sent")


async def test_a_staff_reply_to_a_withheld_number_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """There is no way to write to them: staff are told to look for one."""
    async with calling(tmp_path, "anonymous") as phone:
        await phone.press("0")
        await phone.outside.settled()
        with pytest.raises(PermanentError, match="number withheld"):
            await phone.outside.staff_reply("Hello")


async def test_where_texts_are_off_none_is_promised_and_staff_are_told_to_call_back(tmp_path: Path) -> None:
    """Without sms nothing waits in silence: no key is offered, asking is answered honestly, a reply is refused."""
    async with calling(tmp_path, channels="voice") as phone:
        assert "press 9" not in await phone.say(QUESTION)
        assert "I can't send a text" in await phone.say("text me the link")
        with pytest.raises(PermanentError, match="texts are off here: call them back"):
            await staff_reply(phone.outside, texts=False)
        assert {row.channel for row in await phone.outside.all(Outbox)} == {"voice"}


async def staff_reply(outside: World, *, texts: bool) -> None:
    """One of the staff answers the call in writing."""
    now, site, actor = outside.clock(), outside.desk.desk.sites[0], await outside.staff()

    def work(session: Session) -> None:
        conversations.reply(session, 1, actor, "Hello there", seen_seq=99, site=site, now=now, texts=texts)

    await outside.desk.desk.database.write(work)


async def test_nobody_is_texted_of_a_step_without_having_asked(tmp_path: Path) -> None:
    """A number can be shown by anybody: the step happens, and staff have the words to say when they call back."""
    async with calling(tmp_path) as phone:
        await phone.say("please delete all my data")
        ticket = await phone.outside.ticket()
        now, desk = phone.outside.clock(), phone.outside.desk.desk
        actor = (await phone.outside.staff())._replace(role="lead")
        step = partial(casework.step, house=desk.house, site=desk.sites[0])
        await desk.database.write(
            lambda session: step(session, ticket.id, "refuse", actor, now, words="It has been deleted already.")
        )
        await phone.outside.settled()
        assert phone.texts == []
        notes = [line.text for line in await phone.outside.lines() if line.direction == "note"]
        assert any("call them back" in note and "deleted already" in note for note in notes)


async def test_who_hung_up_before_the_answer_is_shown_to_staff(tmp_path: Path) -> None:
    """The line that nobody heard is undelivered, with the reason."""
    async with calling(tmp_path) as phone:
        await phone.hang_up()
        body, headers = fake.webhook(PUBLIC + phone.next, fake.call(phone.call, SpeechResult=QUESTION))
        url = f"http://127.0.0.1:{phone.outside.desk.http_port}{phone.next}"
        phone.outside.desk.desk.channels["voice"]._patience = 0
        async with phone.outside.http.post(url, data=body, headers=headers) as answer:
            assert "One moment" in await answer.text()
        await phone.outside.settled()
        row = await phone.outside.sent()
        assert row.state == "failed"
        assert "They hung up before this was said" in row.error


async def test_recording_is_announced_before_it_begins(tmp_path: Path) -> None:
    """Only where it is set, and the caller hears so first."""
    async with calling(tmp_path, voice_record="yes") as phone:
        await phone.ring()
        assert phone.answer is not None
        verbs = [each.tag if each.tag != "Say" else each.text for each in phone.answer]
        assert verbs.index("This call is recorded.") < verbs.index("Start")
    async with calling(tmp_path) as phone:
        assert phone.answer is not None
        assert phone.answer.find("Start") is None


async def test_forged_calls_reach_nobody(tmp_path: Path) -> None:
    """Every way in is refused without Twilio's signature."""
    async with calling(tmp_path) as phone:
        for path in ("", "/said?turn=1", "/wait?turn=1", "/dialled?turn=1", "/status"):
            fields = fake.call(9, SpeechResult="hi")
            body, headers = fake.webhook(f"{PUBLIC}/voice/twilio{path}", fields, "not the token")
            url = f"http://127.0.0.1:{phone.outside.desk.http_port}/voice/twilio{path}"
            async with phone.outside.http.post(url, data=body, headers=headers) as answer:
                assert answer.status == 403
        assert await phone.outside.all(Inbox) == []


async def test_a_desk_without_the_channel_answers_no_call(tmp_path: Path) -> None:
    """Off by default: the way in is not there."""
    async with world(tmp_path, channels="sms") as outside:
        assert await outside.post("/voice/twilio", fake.call(1)) == 404


async def test_nothing_of_an_erased_caller_is_left(tmp_path: Path) -> None:
    """Words, number and the text that they asked for go, and a text that still waits is not sent."""
    async with calling(tmp_path) as phone:
        outside = phone.outside
        outside.twilio.refusals.extend(fake.Refusal(500) for _ in range(20))
        await phone.say("do you sell my zephyrmarmalade data?")
        await phone.say("text me the link")
        await phone.hang_up()
        (contact,) = [each.contact_id for each in await outside.all(ContactAddress)]
        staff, lead = await outside.staff(), (await outside.staff())._replace(role="lead")
        database, now = outside.desk.desk.database, outside.clock()

        def asked(session: Session) -> None:
            run = service.request(session, contact, staff, now)
            service.confirm(session, run.id, lead, now, site=outside.desk.desk.sites[0])

        await database.write(asked)
        assert await carrying.carry_due(database, outside.desk.desk.sign, now) == 1
        left = await rows(outside.desk, _all_columns)
        assert not [each for each in left if "zephyrmarmalade" in each or ANN_NUMBER[1:] in each]
        assert "waiting" not in {row.state for row in await outside.all(Outbox)}


def _all_columns(session: Session) -> list[str]:
    """The text of every value of every column of every table."""
    found = []
    for table in Base.metadata.sorted_tables:
        for row in session.execute(text(f'SELECT * FROM "{table.name}"')):
            found += [each.decode("utf-8", "replace") if isinstance(each, bytes) else str(each) for each in row]
    return found


async def test_who_speaks_another_language_hears_that_a_person_will_read_it(tmp_path: Path) -> None:
    """In English, which is what the voice can say; what they said is kept, and a person has it."""
    async with world(tmp_path, channels="sms,voice") as outside:
        phone = Phone(outside)
        await phone.ring()
        assert "in English only" in await phone.say("Ich möchte wissen, welche Daten Sie über mich speichern")
        await outside.settled()
        assert {row.state for row in await outside.all(Inbox)} == {"handled"}
        (conversation,) = await outside.all(Conversation)
        assert conversation.owner == "human"
