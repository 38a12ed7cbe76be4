"""The talk around an answer, over the whole desk: follow-ups, choices, whether it helped, and when a person comes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import event, select

from bot.audit.models import AuditEntry
from bot.commands.policy_import import Options, bring
from bot.conversations.models import Conversation, Message
from bot.tickets.models import Ticket
from channels.sms import segments, straighten
from knowledge.base import Answer, Choice
from tests.integration.test_learning import draft, publish
from tests.integration.test_way_chat import asked
from tests.integration.whole_desk import Mail, World, letter, world
from tests.support import HeldClock, rows
from tests.unit.knowledge.open_questions import open_question

SELL, LONG = "do you sell my data?", "how long do you keep my data?"


async def answers(outside: World) -> list[Message]:
    """The bot's lines of the first conversation."""
    return [line for line in await outside.lines() if line.author == "bot"]


async def conversation(outside: World) -> Conversation:
    (found,) = await outside.all(Conversation)
    assert isinstance(found, Conversation)
    return found


def clause(outside: World, question: str, choice: Choice) -> str:
    """The clause that answers the question on the chosen topic."""
    found = outside.desk.desk.library.ask(question, policy="iomart", topic=choice.key)
    assert isinstance(found, Answer)
    return found.citations[0].id


def follow(words: str, mail: Mail, number: int) -> bytes:
    """Ann answers a mail of the desk's."""
    ident = str(mail.message["Message-ID"])
    again = letter(words, ident=f"n{number}@example.net", subject="Re: My data", In_Reply_To=ident, References=ident)
    return again.as_bytes()


async def test_a_text_is_understood_with_the_question_before_it(tmp_path: Path) -> None:
    """What follows "how long" asks how long, too; so does what leans on that in turn."""
    async with world(tmp_path, channels="sms") as outside:
        assert "doesn't say how long data is kept" in await outside.texted(LONG)
        assert "how long data is kept" in await outside.texted("and for payment data?")
        # A second silence brings a person, so the next talk is another's.
        other = "+447700900002"
        assert "record calls" in await outside.texted("do you record calls?", other)
        assert "on recording of calls" in await outside.texted("why?", other)
        assert "Cookies" in await outside.texted("do you use cookies?", other)
        assert "on cookies" in await outside.texted("even if I say no?", other)
        assert "Cookies" in await outside.texted("and do you use cookies?", other)


async def test_a_short_message_leans_on_nothing_old_or_foreign(tmp_path: Path) -> None:
    """After a day, or where the bot's last words were no answer, the same words stand alone."""
    clock = HeldClock()
    async with world(tmp_path, clock, channels="sms") as outside:
        assert "record calls" in await outside.texted("do you record calls?")
        assert "record calls" not in await outside.texted("what about the weather")
        assert "record calls" not in await outside.texted("why?")
        other = "+447700900002"
        await outside.texted("do you record calls?", other)
        clock.move(days=2)
        assert "record calls" not in await outside.texted("why?", other)


async def test_a_chat_and_a_mail_keep_their_context_too(tmp_path: Path) -> None:
    """In the chat and in a mail's thread, below a greeting and above a name."""
    async with world(tmp_path, channels="mail,webchat") as outside:
        visitor = await outside.visit()
        await asked(visitor, "do you record calls?")
        assert "on recording of calls" in (await asked(visitor, "why?", "m2"))["text"]
        first = await outside.mailed(letter("Do you record calls?", subject="A question"))
        assert first
        again = await outside.mailed(follow("Hello,\n\nwhy?\n\nThanks, Ann", first, 2))
        assert again
        assert "on recording of calls" in again.text
        fresh = await outside.mailed(letter("why?", ident="new@example.net", subject="why?"))
        assert fresh
        assert "record calls" not in fresh.text


async def test_the_same_clauses_are_not_quoted_again(tmp_path: Path) -> None:
    """Asked on, the bot says that the policy says no more, and offers a person, which a yes brings."""
    async with world(tmp_path) as outside:
        await outside.texted("do you record calls?")
        assert await outside.texted("why?") == (
            "That is all that our policy says on recording of calls. Shall I pass your question to our privacy team? "
            "Reply PERSON and they answer by text."
        )
        assert (await conversation(outside)).asked == "offer_more"
        assert "I'm passing this to a person" in await outside.texted("yes")
        found = await conversation(outside)
        assert found.handover_reason == "The customer asked for a person: the policy says no more on it."
        visitor = await outside.visit()
        await asked(visitor, "do you record calls?")
        said = await asked(visitor, "why?", "m2")
        assert said["text"].startswith("That is all that our policy says on recording of calls.")
        assert (said["citations"], said["choices"]) == ([], ["Yes, please", "No, thank you"])


async def test_asked_on_and_on_a_person_comes(tmp_path: Path) -> None:
    """The second time that an answer would be the same again is the second failure; what has another answer has it."""
    async with world(tmp_path, channels="sms") as outside:
        await outside.texted("do you record calls?")
        assert "That is all" in await outside.texted("why?")
        assert "Cookies" in await outside.texted("and do you use cookies?")
        assert "That is all" in await outside.texted("why?")
        assert "I'm passing this to a person" in await outside.texted("how come?")
        assert "the policy says no more on it" in (await conversation(outside)).handover_reason


async def test_the_same_question_for_another_time_is_answered(tmp_path: Path) -> None:
    """Though the same clause answers: what it said then, and that it is not known, is worth saying."""
    async with world(tmp_path, channels="sms") as outside:
        await outside.texted("did you record calls in 2010?")
        assert (await outside.texted("and in 2016?")).startswith('In 2016 our policy said: "')
        assert (await outside.texted("and in 2006?")).startswith("No policy from 2006 is known to us.")
        assert (await outside.texted("and now?")).startswith('"We may')
        assert "That is all" in await outside.texted("why?")
        asked_on = [line.evidence.get("asked") for line in await answers(outside)]
        assert asked_on[1:4] == [
            "did you record calls in 2016?", "did you record calls in 2006?", "did you record calls"
        ]  # fmt: skip


async def test_an_ordinary_message_asks_the_database_nothing_more(tmp_path: Path) -> None:
    """Only a message that looks as if it leaned costs a look at what came before."""
    async with world(tmp_path, channels="sms") as outside:
        await outside.texted(SELL)
        seen: list[str] = []
        event.listen(
            outside.desk.desk.database._read_engine, "before_cursor_execute", lambda *args: seen.append(args[2])
        )

        async def looks(words: str) -> int:
            seen.clear()
            await outside.texted(words)
            return sum("FROM conversation" in each and "conversation.address = " in each for each in seen)

        assert await looks("do you use cookies on your websites?") == 0
        assert await looks("why?") == 1


async def test_two_topics_are_a_numbered_choice_by_text(tmp_path: Path) -> None:
    """Asked once, in the topics' plain words; number, ordinal or words have the answer on that topic."""
    question, (first, second) = open_question()
    async with world(tmp_path, channels="sms") as outside:
        for last, choice in enumerate(("2", "The second", second.name), 2):
            sender = f"+44770090000{last}"
            which = await outside.texted(question, sender)
            assert which.startswith(f"Do you mean 1. {first.name} or 2. {second.name}? Reply 1 or 2.")
            assert f" policy {clause(outside, question, second)} (" in await outside.texted(choice, sender)
        assert "Do you mean 1." in await outside.texted(question)
        assert "Cookies" in await outside.texted("do you use cookies?")
        assert "couldn't find a question" in await outside.texted("2")


async def test_a_second_choice_is_never_asked_in_a_row(tmp_path: Path) -> None:
    """Whoever asks the same again instead of choosing is answered."""
    question, (_first, _second) = open_question()
    async with world(tmp_path, channels="sms") as outside:
        assert "Do you mean" in await outside.texted(question)
        assert " policy " in await outside.texted(question)


async def test_a_chat_chooses_with_a_button_and_a_mail_with_a_number(tmp_path: Path) -> None:
    """The button says the topic; in a mail the number stands above the name."""
    question, (first, second) = open_question()
    async with world(tmp_path, channels="mail,webchat") as outside:
        visitor = await outside.visit()
        which = await asked(visitor, question)
        assert which["choices"] == [first.name, second.name]
        assert f"1. {first.name}\n2. {second.name}" in which["text"]
        answer = await asked(visitor, which["choices"][0], "m2")
        assert answer["citations"][0]["id"] == clause(outside, question, first)
        mail = await outside.mailed(letter(question, subject="Re: question"))
        assert mail
        assert f"1. {first.name} 2. {second.name}" in mail.text
        again = await outside.mailed(follow("2.\n\nAnn", mail, 2))
        assert again
        assert f"clause {clause(outside, question, second)}," in again.text


async def test_how_soon_is_told_by_the_date_of_the_open_request(tmp_path: Path) -> None:
    """The policy says nothing of it, but the desk counts: reference and date; without a request it stays silence."""
    how_soon = "how long does it take to answer a request for data?"
    async with world(tmp_path, channels="sms") as outside:
        assert "doesn't say how quickly" in await outside.texted(how_soon, "+447700900002")
        await outside.texted("wot data do u hold on me")
        ticket = await outside.ticket()
        told = await outside.texted(how_soon)
        assert ticket.reference in told
        assert "We'll answer by" in told


async def test_two_questions_have_two_answers(tmp_path: Path) -> None:
    """In one text of two segments, silence on one of them told."""
    async with world(tmp_path, channels="sms") as outside:
        both = await outside.texted("what do you collect and how long do you keep it?")
        assert "We may collect personal information" in both
        assert "The policy doesn't say how long data is kept." in both
        assert segments(straighten(both)).count <= 2


async def test_whether_it_helped_is_asked_once_and_recorded(tmp_path: Path) -> None:
    """Below the second answer, as buttons; the reply stands with that answer and in the audit."""
    async with world(tmp_path, channels="webchat") as outside:
        visitor = await outside.visit()
        assert "choices" not in await asked(visitor, SELL)
        second = await asked(visitor, "do you use cookies?", "m2")
        assert second["choices"] == ["Yes, that helps", "No"]
        assert "Did that answer it?" in second["text"]
        assert "Thank you" in (await asked(visitor, "Yes, that helps", "m3"))["text"]
        assert "choices" not in await asked(visitor, "do you record calls?", "m4")
        assert [line.helpful for line in await answers(outside)] == [None, True, None, None]
        actions = [entry.action for entry in await rows(outside.desk, lambda s: s.scalars(select(AuditEntry)).all())]
        assert actions.count("answer.helped") == 1


async def test_nobody_has_to_say_whether_it_helped(tmp_path: Path) -> None:
    """The next question is simply answered, and nothing is recorded."""
    async with world(tmp_path, channels="sms") as outside:
        await outside.texted(SELL)
        asks = await outside.texted("do you record calls?")
        assert asks.endswith("Did that answer it? Reply Y or N.")
        assert "Cookies" in await outside.texted("do you use cookies?")
        assert {line.helpful for line in await answers(outside)} == {None}


@pytest.mark.parametrize(
    "words",
    [
        "That didn't help.\n\nSend me my data",
        "Hi, send me all my data\nthat didn't help",
        "That didn't help" + "." * 600 + " Please send me all the data that you hold about me, on paper.",
    ],
)
async def test_a_request_beside_a_word_on_the_answer_is_a_request(tmp_path: Path, words: str) -> None:
    """Where a greeting or a name would stand, or far below: it opens its ticket, whatever the answer was worth."""
    async with world(tmp_path, channels="sms,mail") as outside:
        first = await outside.mailed(letter("Do you record calls?", subject="A question"))
        assert first
        await outside.mailed(follow(words, first, 2))
        assert [ticket.kind for ticket in await outside.all(Ticket)] == ["access"]


@pytest.mark.parametrize("machine", [{"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}])
async def test_a_machine_s_mail_answers_no_question_of_the_bot_s(tmp_path: Path, machine: dict[str, str]) -> None:
    """It says nothing of the answer, has no reply, and the customer's own "no" behind it still counts."""
    async with world(tmp_path, channels="mail") as outside:
        first = await outside.mailed(letter("Do you record calls?", subject="A question"))
        assert first
        asks = await outside.mailed(follow("Do you use cookies?", first, 2))
        assert asks
        assert "Did that answer it?" in asks.text
        ident = str(asks.message["Message-ID"])
        away = letter("no", ident="away@example.net", subject="Away", In_Reply_To=ident, References=ident, **machine)
        assert await outside.mailed(away) is None
        assert {line.helpful for line in await answers(outside)} == {None}
        other = await outside.mailed(follow("no", asks, 3))
        assert other
        assert "in other words" in other.text
        assert [line.helpful for line in await answers(outside)] == [None, False, None]


async def test_no_brings_other_words_and_a_second_no_a_person(tmp_path: Path) -> None:
    """First they are asked for other words; if that does not help either, a person takes over with the reason."""
    async with world(tmp_path, channels="sms") as outside:
        await outside.texted(SELL)
        other = await outside.texted("no that's not what I asked")
        assert "in other words" in other
        assert "PERSON" in other
        await outside.texted("do you use cookies?")
        assert "passing this to a person" in await outside.texted("you didn't answer my question")
        assert {ticket.kind for ticket in await outside.all(Ticket)} == {"human"}
        talk = await conversation(outside)
        assert talk.owner == "human"
        assert "the answer did not help" in talk.handover_reason
        assert [line.helpful for line in await answers(outside)] == [False, None, False, None]


async def test_two_silences_in_a_row_bring_a_person(tmp_path: Path) -> None:
    """The second is still told to be one; an answer between them would have begun anew."""
    async with world(tmp_path, channels="sms,webchat") as outside:
        await outside.texted(LONG)
        assert ". I'm passing your questions to a person" in await outside.texted("do you use my data to train AI?")
        assert (await conversation(outside)).owner == "human"
        visitor = await outside.visit()
        await asked(visitor, LONG)
        await asked(visitor, SELL, "m2")
        assert "Shall I pass" in (await asked(visitor, "do you use my data to train AI?", "m3"))["text"]


async def test_what_is_not_understood_twice_goes_to_a_person_and_small_talk_does_not(tmp_path: Path) -> None:
    """Greetings, thanks and a word or two ask nothing; riddles do, and the second is for a person."""
    async with world(tmp_path, channels="sms") as outside:
        for words in ("hello", "thanks", "hi", "no", "got it", "hmm", "thank you"):
            assert "person. They" not in await outside.texted(words)
        assert "couldn't find a question" in await outside.texted("what's the weather")
        assert "passing this to a person" in await outside.texted("who won the match")
        assert "not understood" in (await conversation(outside)).handover_reason


async def test_no_to_a_person_s_words_is_left_to_that_person(tmp_path: Path) -> None:
    """While somebody of the staff has the conversation, nothing said of their answer is recorded as the bot's."""
    async with world(tmp_path, channels="sms") as outside:
        await outside.texted(SELL)
        await outside.staff_reply("We don't sell it.")
        assert await outside.texted("that doesn't answer my question") == ""
        assert {line.helpful for line in await answers(outside)} == {None}


async def test_a_mail_says_no_above_its_name(tmp_path: Path) -> None:
    """In a thread, with a greeting and a signature around it."""
    async with world(tmp_path, channels="mail") as outside:
        first = await outside.mailed(letter(SELL, subject="question"))
        assert first
        again = await outside.mailed(follow("Hi,\n\nThat doesn\u2019t answer my question.\n\nAnn Lee", first, 2))
        assert again
        assert "in other words" in again.text
        assert [line.helpful for line in await answers(outside)] == [False, None]


async def test_after_a_day_a_message_stands_by_itself(tmp_path: Path) -> None:
    """Nobody remembers the words of yesterday's answer: it is not told that the policy says no more on it."""
    clock = HeldClock()
    async with world(tmp_path, clock, channels="sms") as outside:
        await outside.texted("do you record calls?")
        clock.move(hours=23)
        assert "on recording of calls" in await outside.texted("why?")
        await outside.texted("do you record calls?")
        clock.move(hours=25)
        assert "recording of calls" not in await outside.texted("why?")


async def test_asked_on_staff_s_own_words_are_something_new(tmp_path: Path) -> None:
    """The same clause with an answer that staff wrote for "why" is no repetition."""
    async with world(tmp_path, channels="sms") as outside:
        await outside.texted("do you record calls?")
        cited = [each["id"] for each in (await answers(outside))[0].citations]
        actor = await outside.staff()
        asks = ["do you record calls why"]
        await draft(outside, actor, "curated", questions=asks, text="To train our people.", clauses=cited)
        await publish(outside, actor)
        assert (await outside.texted("why?")).startswith("To train our people.")


async def test_what_another_version_said_beside_an_answer_is_none_of_it(tmp_path: Path) -> None:
    """Asked on, the policy says no more, although the answer quoted the words of before as well."""
    file = tmp_path / "new.md"
    file.write_text("# 3.2\n\nWe will never sell or rent your personal information to third parties.\n", "utf-8")
    bring(tmp_path, file, Options("iomart", date(2026, 1, 1)))
    async with world(tmp_path, channels="webchat") as outside:
        visitor = await outside.visit()
        said = await asked(visitor, SELL)
        assert len({each["url"] for each in said["citations"]}) == 2
        assert (await asked(visitor, "why?", "m2"))["text"].startswith("That is all that our policy says")
