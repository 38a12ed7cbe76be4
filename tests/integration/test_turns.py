"""Turns that are easily done wrong: opt-outs, second requests, subjects, out-of-office mail, who counts from when."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.models import AuditEntry
from bot.contacts.models import ContactAddress
from bot.conversations import opting, ownership, sending, service
from bot.conversations.models import Conversation
from bot.errors import PermanentError
from bot.messages import outbox
from bot.messages.models import Inbox, Outbox
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from bot.tickets.service import Terms
from channels.base import OutboundMessage
from channels.sms import segments
from tests.integration.whole_desk import ANN_NUMBER, OUR_NUMBER, World, letter, world
from tests.support import rows

OTHER_NUMBER = "+447700900998"
REQUEST = "Please send me a copy of all the data you hold about me."


async def change(outside: World, work: Callable[[Session], object]) -> None:
    """Somebody at the desk does something."""
    await outside.desk.desk.database.write(lambda session: work(session) and None)


def ours(outside: World) -> str:
    """The Message-ID of the last mail that the desk sent."""
    return str(outside.relay.mails[-1].message["Message-ID"])


async def audited(outside: World, action: str) -> list[AuditEntry]:
    """The audit's entries of one action."""
    query = select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.seq)
    return list(await rows(outside.desk, lambda session: session.scalars(query).all()))


async def test_an_opt_out_that_twilio_reports_stops_everything_and_brings_a_person(tmp_path: Path) -> None:
    """21610 counts as STOP does: nothing more goes, what waited is counted, and staff finish the open request."""
    async with world(tmp_path, channels="sms") as outside:
        await outside.texted(REQUEST)
        await outside.report(outside.twilio.messages[0], "undelivered", "21610")
        await outside.settled()
        (conversation,) = await outside.all(Conversation)
        assert conversation.owner == "human"
        assert "another verified way" in conversation.handover_reason
        (entry,) = await audited(outside, "opted_out")
        assert entry.actor == "provider"


async def test_opting_out_cancels_what_waits_and_says_how_many(tmp_path: Path) -> None:
    """Two messages wait: both are cancelled in the same transaction, and the audit has the number."""
    async with world(tmp_path, channels="sms") as outside:
        await outside.texted(REQUEST)
        (line, _) = await outside.lines()
        later = OutboundMessage(key="", address=ANN_NUMBER, sender="", text="later")

        def work(session: Session) -> int:
            for _ in range(2):
                outbox.enqueue(
                    session, conversation_id=1, message_id=line.id, channel="sms", message=later, now=outside.clock()
                )
            return opting.opted_out(session, channel="sms", address=ANN_NUMBER, by="customer", now=outside.clock())

        assert await outside.desk.desk.database.write(work) == 2
        assert [row.state for row in await outside.all(Outbox)] == ["sent", "cancelled", "cancelled"]
        (address,) = await outside.all(ContactAddress)
        assert address.opted_out_at is not None
        (entry,) = await audited(outside, "deliveries.cancelled")
        assert (json.loads(entry.data)["messages"], entry.actor) == (2, "customer")


async def test_staff_can_send_nothing_to_somebody_who_opted_out(tmp_path: Path) -> None:
    """Neither a reply nor a second try of a failed one goes; staff are told what to do instead."""
    async with world(tmp_path, channels="sms") as outside:
        await outside.texted(REQUEST)
        await outside.report(outside.twilio.messages[0], "undelivered", "30003")
        await outside.text("STOP")
        await outside.settled()
        sent, actor = len(outside.twilio.messages), await outside.staff()
        with pytest.raises(PermanentError, match="another verified way"):
            await outside.staff_reply("Hello, here is something")
        with pytest.raises(PermanentError, match="another verified way"):
            await change(outside, lambda session: sending.retry_delivery(session, 1, actor, outside.clock()))
        assert len(outside.twilio.messages) == sent
        await outside.texted("START")
        await outside.staff_reply("Hello Ann")
        assert outside.twilio.messages[-1]["Body"] == "Hello Ann"


async def test_a_ticket_that_staff_open_counts_from_the_customer_s_message(tmp_path: Path) -> None:
    """Neither our reply twenty days later nor the time at which we came to read the message moves the date."""
    async with world(tmp_path, channels="mail") as outside:
        await outside.mailed(
            letter("Could you sort out the matter that I spoke about with Jo last week?", subject="The other day")
        )
        came = (await outside.all(Inbox))[0].received_at
        outside.clock.move(days=20)
        await outside.staff_reply("Thanks, looking into it.")
        away = letter("I am away.", ident="b@example.net", Auto_Submitted="auto-replied", In_Reply_To=ours(outside))
        await outside.mailed(away)
        actor, now = await outside.staff(), outside.clock()
        await change(
            outside, lambda session: service.open_ticket(session, 1, "access", "SAR", actor, now, terms=Terms())
        )
        (ticket,) = [ticket for ticket in await outside.all(Ticket) if ticket.kind == "access"]
        assert ticket.received_at == came
        assert str(ticket.due_on) == "2026-12-21"


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Subject access request under the UK GDPR", "Please see the subject line above.\n\nRegards\nAnn"),
        ("Please send me a copy of all the data you hold about me", ""),
        ("SAR - what data do you hold on me?", "-- \nAnn Lee"),
        ("SAR - what data do you hold on me?", "--\nAnn Lee"),
    ],
)
async def test_a_request_in_the_subject_is_a_request(tmp_path: Path, subject: str, text: str) -> None:
    """It opens its ticket; the ticket and what we say back hold the subject's words."""
    async with world(tmp_path, channels="mail") as outside:
        answer = await outside.mailed(letter(text, subject=subject))
        ticket = await outside.ticket()
        assert ticket.kind in ("access", "portability")
        assert ticket.summary.startswith(subject)
        assert answer is not None
        assert f"You wrote: “{subject}{' /' * text.startswith('Please')}" in answer.text
        assert ticket.reference in answer.text


@pytest.mark.parametrize("subject", ["Re: Please send me all my data", "FW: Send me all my data", "Aw: SAR"])
async def test_the_subject_of_a_reply_asks_for_nothing(tmp_path: Path, subject: str) -> None:
    """What was the subject before this mail is nobody's request now."""
    async with world(tmp_path, channels="mail") as outside:
        assert await outside.mailed(letter("Do you sell my data?", subject=subject))
        assert not await outside.all(Ticket)


async def test_a_subject_within_a_thread_of_ours_asks_for_nothing(tmp_path: Path) -> None:
    """A program that writes no "Re:" repeats the subject: it was heard with the first mail."""
    async with world(tmp_path, channels="mail") as outside:
        await outside.mailed(letter("Hello", subject="Delete my data please"))
        assert (await outside.ticket()).kind == "erasure"
        actor = await outside.staff()
        await change(outside, lambda session: tickets.change(session, 1, "withdraw", actor, outside.clock()))
        again = letter(
            "Thank you.", subject="Delete my data please", ident="two@example.net", In_Reply_To=ours(outside)
        )
        await outside.mailed(again)
        assert len(await outside.all(Ticket)) == 1


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        ("Please delete everything. Also send me a copy of all the data you hold about me.", {"erasure", "access"}),
        (f"{REQUEST} Also, you sent me another customer's bank statement by mistake.", {"access", "breach"}),
        ("I want to complain about you. Send me all the data you hold about me.", {"complaint", "access"}),
    ],
)
async def test_every_request_of_one_text_is_told_with_its_reference(
    tmp_path: Path, words: str, kinds: set[str]
) -> None:
    """Two in one text: two tickets, both references and dates in two segments; a breach brings a person."""
    async with world(tmp_path, channels="sms") as outside:
        answer = await outside.texted(words)
        found = await outside.all(Ticket)
        assert {ticket.kind for ticket in found} == kinds
        assert all(ticket.reference in answer for ticket in found)
        assert answer.count("Monday 21 December 2026") >= (2 if kinds == {"erasure", "access"} else 1)
        assert segments(answer).count <= 2
        (conversation,) = await outside.all(Conversation)
        assert (conversation.owner == "human") == bool(kinds & {"breach", "complaint"})


async def test_a_repeat_beside_a_new_request_keeps_the_two_apart(tmp_path: Path) -> None:
    """The open one is said to be known, the new one to come after it, each under its own reference: a copy first."""
    async with world(tmp_path, channels="sms") as outside:
        await outside.texted(REQUEST)
        answer = await outside.texted(f"{REQUEST} And please delete everything.")
        first, second = await outside.all(Ticket)
        assert f"We have your request for the data we hold about you already: {first.reference}." in answer
        assert f"After that we look at your request to delete your data: {second.reference}, due" in answer
        assert second.waits_for_id == first.id


@pytest.mark.parametrize("state", ["delivered", "answered"])
async def test_who_asks_again_after_the_answer_asks_anew(tmp_path: Path, state: str) -> None:
    """A request that is done is no reason to open none: the new one has its own reference and date, which are told."""
    async with world(tmp_path, channels="sms") as outside:
        await outside.texted(REQUEST)

        def done(session: Session) -> None:
            session.get_one(Ticket, 1).state = state

        await change(outside, done)
        answer = await outside.texted(REQUEST)
        first, second = await outside.all(Ticket)
        assert (first.state, second.kind, second.state) == (state, first.kind, "received")
        assert second.reference in answer
        assert first.reference not in answer
        assert first.wrote_again_at is not None
        again = await outside.texted(REQUEST)
        assert len(await outside.all(Ticket)) == 2
        assert second.reference in again


async def test_yes_to_a_person_is_not_answered_by_the_bot(tmp_path: Path) -> None:
    """What reads like START or HELP is an answer to the person who asked."""
    async with world(tmp_path, channels="sms") as outside:
        await outside.texted("I want to speak to a person")
        await outside.staff_reply("Shall we delete the account ending 42?")
        assert await outside.texted("Yes!") == ""
        assert await outside.texted("info.") == ""
        assert [line.author for line in (await outside.lines())[-2:]] == ["you", "you"]


async def test_an_out_of_office_moves_nothing(tmp_path: Path) -> None:
    """It resumes no ticket that waits and opens no closed conversation; the customer's own mail does both."""
    async with world(tmp_path, channels="mail") as outside:
        await outside.mailed(letter(REQUEST))
        actor, now = await outside.staff(), outside.clock()
        await change(outside, lambda session: tickets.change(session, 1, "ask", actor, now))
        await change(outside, lambda session: ownership.close(session, 1, actor, now))
        away = letter("I am away.", ident="b@example.net", Auto_Submitted="auto-replied", In_Reply_To=ours(outside))
        await outside.mailed(away, mail_from="")
        assert ((await outside.ticket()).state, (await outside.all(Conversation))[0].state) == (
            "awaiting_clarification",
            "closed",
        )
        assert not await audited(outside, "conversation.reopened")
        await outside.mailed(letter("Here it is.", ident="c@example.net", In_Reply_To=ours(outside)))
        assert ((await outside.ticket()).state, (await outside.all(Conversation))[0].state) == ("received", "open")
        (entry,) = await audited(outside, "conversation.reopened")
        assert entry.actor == "customer"


async def test_assigning_is_a_hand_over_and_a_dead_address_is_on_record(tmp_path: Path) -> None:
    """The audit shows the start of the human stretch, and since when an address does not work."""
    async with world(tmp_path, channels="sms") as outside:
        await outside.texted("hello")
        actor = await outside.staff()
        for _ in range(2):
            await change(outside, lambda session: ownership.assign(session, 1, actor.staff_id, actor, outside.clock()))
        (entry,) = await audited(outside, "conversation.handed_over")
        assert entry.actor == actor.name
        await outside.report(outside.twilio.messages[0], "undelivered", "30005")
        await outside.settled()
        (entry,) = await audited(outside, "address.marked_bad")
        assert entry.actor == "provider"


async def test_the_answer_comes_from_the_number_that_was_written_to_last(tmp_path: Path) -> None:
    """A site with two numbers: the conversation is one, and each answer comes from where they wrote to."""
    async with world(tmp_path, channels="sms") as outside:
        await outside.texted("hello")
        await outside.text("do you sell my data?", To=OTHER_NUMBER)
        await outside.settled()
        assert [message["From"] for message in outside.twilio.messages] == [OUR_NUMBER, OTHER_NUMBER]
        (conversation,) = await outside.all(Conversation)
        assert conversation.recipient == OTHER_NUMBER
