"""Steps that customers hear of, and reminders, over a real desk: each once, on their channel, while they may."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.actors import Actor
from bot.audit.models import AuditEntry
from bot.casework import reminding, rounds, service
from bot.casework.models import Reminder
from bot.casework.wording import NoWords, TooLong
from bot.conversations import identity
from bot.conversations.models import Conversation
from bot.messages.models import Outbox
from bot.models import Staff
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from bot.tickets.states import Given, NotAllowed
from tests.integration.whole_desk import World, letter, world
from tests.support import HeldClock, rows

ASKED = "Please send me all the data you hold about me"
MORNING = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)


async def person(here: World, role: str) -> Actor:
    """Somebody of that role."""

    def work(session: Session) -> Actor:
        found = Staff(email=f"{role}{session.query(Staff).count()}@example.com", role=role, created_at=here.clock())
        session.add(found)
        session.flush()
        return Actor(role, found.id)  # type: ignore[arg-type]  # one of the roles

    return await here.desk.desk.database.write(work)


async def step(here: World, event: Any, actor: Actor, *, ticket: int = 1, **values: Any) -> Ticket:
    """One step, and what it sends is sent."""
    desk = here.desk.desk
    found = await desk.database.write(
        lambda s: service.step(s, ticket, event, actor, here.clock(), house=desk.house, site=desk.sites[0], **values)
    )
    await here.settled()
    return found


async def preview(here: World, event: Any, ticket: int = 1, **values: Any) -> str:
    """What would be told."""
    desk = here.desk.desk

    def work(session: Session) -> str:
        found = session.get_one(Ticket, ticket)
        return service.preview(session, found, event, here.clock(), house=desk.house, site=desk.sites[0], **values)

    return await rows(here.desk, work)


async def reminders(here: World, audience: str = "staff") -> list[tuple[str, date, bool]]:
    """Every reminder as (kind, for date, done)."""
    found = await here.all(Reminder)
    return [(each.kind, each.for_date, each.done_at is not None) for each in found if each.audience == audience]


async def waiting(here: World) -> list[str]:
    """The kinds of reminders that wait for staff."""
    found = await rows(here.desk, reminding.waiting)
    assert len(found) == await rows(here.desk, reminding.how_many)
    return [each.reminder.kind for each in found]


async def audited(here: World, action: str) -> list[AuditEntry]:
    """The entries of one action."""
    query = select(AuditEntry).where(AuditEntry.action == action)
    return list(await rows(here.desk, lambda session: session.scalars(query).all()))


async def test_a_step_and_its_words_are_one_transaction_and_go_though_a_person_has_the_conversation(
    tmp_path: Path,
) -> None:
    """The ticket has moved and the text has gone, by the bot, in a conversation that a person owns; as previewed."""
    async with world(tmp_path) as here:
        await here.texted(ASKED)
        await here.staff_reply("I'm looking into it.")
        agent = await person(here, "agent")
        before = await preview(here, "ask_identity", words="Please tell us your order number.")
        ticket = await step(here, "ask_identity", agent, words="Please tell us your order number.")
        assert (ticket.state, ticket.due_on) == ("awaiting_identity", None)
        text = here.twilio.messages[-1]["Body"]
        assert text == before
        assert text == (
            f"{ticket.reference}: before we go on we need to be sure that it's you. Please tell us your order number."
        )
        line = (await here.lines())[-1]
        assert (line.author, line.outcome) == ("bot", "told:identity_wanted")
        told = await audited(here, "ticket.told")
        assert [json.loads(entry.data) for entry in told] == [
            {"wording": "identity_wanted", "channel": "sms", "message": line.id}
        ]


async def test_words_that_do_not_fit_move_nothing_and_send_nothing(tmp_path: Path) -> None:
    """A refusal without a reason, or with one too long for a text, leaves the ticket as it was."""
    async with world(tmp_path) as here:
        await here.texted(ASKED)
        lead, sent = await person(here, "lead"), len(here.twilio.messages)
        with pytest.raises(TooLong, match="leave out"):
            await step(here, "refuse", lead, reason="word " * 80)
        with pytest.raises(NotAllowed):
            await step(here, "refuse", lead, reason="")
        with pytest.raises(NoWords, match="question"):
            await step(here, "ask", lead)
        assert (await here.ticket()).state == "received"
        assert len(here.twilio.messages) == sent


async def test_staff_may_tell_by_themselves(tmp_path: Path) -> None:
    """Ticked so, the step happens, nothing goes out, and the audit says who tells it."""
    async with world(tmp_path) as here:
        await here.texted(ASKED)
        lead, sent = await person(here, "lead"), len(here.twilio.messages)
        ticket = await step(here, "refuse", lead, reason="word " * 80, tell=False)
        assert ticket.state == "refused"
        assert len(here.twilio.messages) == sent
        assert [entry.actor for entry in await audited(here, "ticket.told_by_staff")] == [lead.name]


async def test_who_opted_out_is_not_written_to_and_staff_see_that_they_were_not_told(tmp_path: Path) -> None:
    """The step happens all the same; a note and a reminder stay until a person says that it is done."""
    async with world(tmp_path) as here:
        await here.texted(ASKED)
        await here.text("STOP")
        await here.settled()
        lead, sent = await person(here, "lead"), len(here.twilio.messages)
        ticket = await step(here, "refuse", lead, reason="We do not hold what you ask for.")
        assert ticket.state == "refused"
        assert len(here.twilio.messages) == sent
        assert "another verified way" in [line for line in await here.lines() if line.direction == "note"][-1].text
        assert await waiting(here) == ["not_told"]
        await here.desk.desk.database.write(lambda s: reminding.done(s, 1, lead, here.clock()))
        assert await waiting(here) == []


async def test_each_reminder_comes_once_across_restarts_and_none_after_the_end(tmp_path: Path) -> None:
    """Five weeks of a desk that starts anew now and then: each date reminds once; with the end all is silent."""
    clock = HeldClock(MORNING)
    async with world(tmp_path, clock) as here:
        await here.texted(ASKED)
        due = (await here.ticket()).due_on
        assert due == date(2026, 10, 1)
    for _ in range(7):
        async with world(tmp_path, clock) as here:
            for _ in range(10):
                await here.desk.scheduler.run_due()
                clock.move(hours=12)
    async with world(tmp_path, clock) as here:
        kinds = [kind for kind, _, _ in await reminders(here)]
        assert [kind for kind in kinds if kind.startswith("due")] == ["due_7", "due_3", "due_1"]
        assert [kind for kind in kinds if kind.startswith("notice")] == ["notice_7", "notice_3", "notice_1"]
        assert [kind for kind in kinds if kind.startswith("internal")] == ["internal_7", "internal_3", "internal_1"]
        days = [for_date for kind, for_date, _ in await reminders(here) if kind == "overdue"]
        assert days == sorted(set(days))
        assert days[0] == date(2026, 10, 2)
        assert await waiting(here) == ["overdue"], "yesterday's gave way to today's"
        await step(here, "refuse", await person(here, "lead"), reason="There is nothing.")
        assert await waiting(here) == []
        before = len(await reminders(here))
        clock.move(days=3)
        await here.desk.scheduler.run_due()
        assert len(await reminders(here)) == before


async def test_reminders_are_counted_anew_when_the_due_date_moves(tmp_path: Path) -> None:
    """An extension ends those of the old date; the new date has its own."""
    clock = HeldClock(MORNING)
    async with world(tmp_path, clock) as here:
        await here.texted(ASKED)
        clock.at = datetime(2026, 9, 30, 9, 0, tzinfo=UTC)
        await here.desk.scheduler.run_due()
        assert "due_1" in await waiting(here)
        ticket = await step(here, "extend", await person(here, "lead"), reason="There are many letters.")
        assert ticket.due_on == date(2026, 12, 1)
        assert here.twilio.messages[-1]["Body"] == (
            f"{ticket.reference} needs more time. Reason: There are many letters. "
            "We'll answer by Tuesday 1 December 2026. "
            "To complain: answer here, or write to the ICO (ico.org.uk), or go to court."
        )
        clock.move(minutes=15)
        await here.desk.scheduler.run_due()
        assert await waiting(here) == []
        clock.at = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
        await here.desk.scheduler.run_due()
        assert ("due_7", date(2026, 12, 1), False) in await reminders(here)


async def test_a_customer_who_owes_an_answer_is_asked_twice_by_day_and_goes_on_by_answering(tmp_path: Path) -> None:
    """After 7 and 21 days, not at night, not to who opted out; their answer resumes the ticket and ends it."""
    clock = HeldClock(datetime(2026, 9, 1, 20, 30, tzinfo=UTC))
    async with world(tmp_path, clock) as here:
        await here.mailed(letter(ASKED))
        ticket = await step(here, "ask", await person(here, "agent"), words="Which of our sites did you use?")
        assert "“Which of our sites did you use?”" in here.relay.mails[-1].text
        sent = len(here.relay.mails)
        clock.move(days=7, minutes=5)
        await here.desk.scheduler.run_due()
        await here.settled()
        assert len(here.relay.mails) == sent, "it is half past nine in the evening there"
        for _ in range(30):
            clock.move(hours=12)
            await here.desk.scheduler.run_due()
            await here.settled()
        assert len(here.relay.mails) == sent + 2
        first, last = here.relay.mails[-2:]
        assert f"We still need your answer to our question. Your reference is {ticket.reference}." in first.text
        assert "We won't ask again." in last.text
        assert "We won't ask again." not in first.text
        answer = letter("The shop", ident="two@example.net", In_Reply_To=str(last.message["Message-ID"]))
        await here.mailed(answer)
        assert (await here.ticket()).state == "received"
        clock.move(days=60)
        await here.desk.scheduler.run_due()
        assert await reminders(here, "customer") == [
            ("customer_1", date(2026, 9, 1), True), ("customer_2", date(2026, 9, 1), True),
        ]  # fmt: skip


async def test_a_reminder_to_show_who_they_are_leads_to_a_new_code(tmp_path: Path) -> None:
    """Asking for news in between is no answer: they are reminded, and what they are told to answer brings a code."""
    clock = HeldClock(MORNING)
    async with world(tmp_path, clock) as here:
        await here.texted(ASKED)
        agent, desk = await person(here, "agent"), here.desk.desk
        await desk.database.write(
            lambda s: identity.ask(
                s, 1, agent, clock(), house=desk.house, site=desk.sites[0], reason="unknown_address", reasonable=True
            )
        )
        await here.settled()
        clock.move(hours=1)
        assert "we are waiting for you to show us who you are" in await here.texted("any news?")
        clock.move(days=7, minutes=15)
        await here.desk.scheduler.run_due()
        await here.settled()
        assert "reply CODE for a new code" in str(here.twilio.messages[-1]["Body"])
        assert "wrote" in await waiting(here)
        assert re.search(r"is \d{6}\.", await here.texted("CODE"))


async def test_who_opted_out_has_no_reminder_and_staff_hear_after_three_months(tmp_path: Path) -> None:
    """Nothing goes to them; after three months staff are told that it can be closed as unverified."""
    clock = HeldClock(MORNING)
    async with world(tmp_path, clock) as here:
        await here.texted(ASKED)
        await step(here, "ask_identity", await person(here, "agent"))
        await here.text("STOP")
        await here.settled()
        sent = len(here.twilio.messages)
        for day in (8, 22, 92):
            clock.at = MORNING.replace(day=1)
            clock.move(days=day)
            await here.desk.scheduler.run_due()
        assert len(here.twilio.messages) == sent
        assert await reminders(here, "customer") == []
        assert "unverified" in await waiting(here)
        outbox = await rows(here.desk, lambda s: s.scalars(select(Outbox)).all())
        assert all(row.state != "waiting" for row in outbox)


async def test_a_copy_and_deleting_are_two_tickets_of_which_one_waits(tmp_path: Path) -> None:
    """Both are told with their references; deleting waits for the copy, and not for ever."""
    async with world(tmp_path) as here:
        text = await here.texted("Delete it all but send me a copy first")
        copy, erasure = await here.all(Ticket)
        assert (copy.kind, erasure.kind, erasure.waits_for_id) == ("access", "erasure", copy.id)
        assert copy.reference in text
        assert f"After that we look at your request to delete your data: {erasure.reference}, due Monday" in text


async def test_who_asks_for_another_is_noted_and_staff_are_told_to_ask_for_authority(tmp_path: Path) -> None:
    """The ticket says who asks; the reply says that we may ask whether they may."""
    async with world(tmp_path) as here:
        text = await here.texted("I hold power of attorney for my father. Send me all the data you hold about him.")
        ticket = await here.ticket()
        assert (ticket.agent_kind, "authority" in ticket.reason) == ("power_of_attorney", True)
        assert text.startswith("We've noted your request for the data we hold about the person you act for.")
        assert "show that you may act for them" in text


async def test_the_person_for_whom_an_agent_asks_is_told_by_staff(tmp_path: Path) -> None:
    """Once the authority is accepted, staff are reminded until they are done with it, which is audited; of a child's
    parent they are not.
    """
    async with world(tmp_path) as here:
        await here.texted("I hold power of attorney for my father. Send me all the data you hold about him.")
        lead = await person(here, "lead")
        await step(here, "ask_authority", lead)
        assert await waiting(here) == []
        await step(here, "authority_proved", lead, reason="The sealed power was shown.")
        assert await waiting(here) == ["tell_person"]
        await here.desk.scheduler.run_due()
        assert await waiting(here) == ["tell_person"], "no round ends it"
        (reminder,) = await here.all(Reminder)
        await here.desk.desk.database.write(lambda s: reminding.done(s, reminder.id, lead, here.clock()))
        assert await waiting(here) == []
        assert json.loads((await audited(here, "reminder.done"))[0].data)["kind"] == "tell_person"
    (tmp_path / "child").mkdir()
    async with world(tmp_path / "child") as here:
        await here.texted("I am her mother. Please send me all the data you hold about my daughter, she is 6")
        lead = await person(here, "lead")
        desk = here.desk.desk
        await desk.database.write(lambda s: tickets.name_agent(s, 1, "parent", "Ann", lead, here.clock(), adult=False))
        await step(here, "ask_authority", lead)
        await step(here, "authority_proved", lead, reason="The birth certificate was shown.")
        assert await waiting(here) == []


async def test_a_complaint_after_a_refusal_is_a_ticket_about_it_with_a_clock(tmp_path: Path) -> None:
    """It is linked, acknowledged in words, and due; the request itself stays as it ended."""
    async with world(tmp_path) as here:
        await here.texted(ASKED)
        lead = await person(here, "lead")
        await step(here, "refuse", lead, reason="We do not hold what you ask for.")
        await here.texted("I want to complain about how you refused my request")
        refused, complaint = await here.all(Ticket)
        assert (refused.state, complaint.kind, complaint.about_id) == ("refused", "complaint", refused.id)
        assert complaint.due_on == date(2026, 12, 21)
        done = await step(here, "acknowledge", lead, ticket=complaint.id)
        assert done.due_on == date(2026, 12, 21)
        assert here.twilio.messages[-1]["Body"] == (
            f"We have your complaint of Friday 20 November 2026. Reference {complaint.reference}. "
            "A person looks into it and tells you what comes of it. We'll answer by Monday 21 December 2026."
        )
        here.clock.at = datetime(2026, 12, 22, 9, 0, tzinfo=UTC)
        await here.desk.scheduler.run_due()
        assert await waiting(here) == ["overdue"], "its outcome is still owed"


async def test_whoever_reports_a_breach_is_promised_no_date(tmp_path: Path) -> None:
    """Its 72 hours are the regulator's: no second report and no question for news is answered with that date."""
    async with world(tmp_path) as here:
        first = await here.texted("I received somebody else's bill with their bank details")
        again = await here.texted("I received somebody else's bill again")
        news = await here.texted("any news?")
        breach = (await here.all(Ticket))[0]
        assert (breach.kind, breach.due_on is not None) == ("breach", True)
        assert "answer by" not in " ".join((first or "", again or "", news or ""))
        shown = await preview(here, "withdraw", breach.id)
        assert "answer by" not in shown


async def test_a_request_taken_back_is_asked_about_by_a_person(tmp_path: Path) -> None:
    """The bot stops nothing: the ticket stands, a person has the conversation and knows what to ask."""
    async with world(tmp_path) as here:
        await here.texted(ASKED)
        text = await here.texted("never mind about my data request")
        assert text == (
            "You may want to take a request back: a person asks you about it by text before anything stops. "
            "Until then we go on with it."
        )
        (conversation,) = await here.all(Conversation)
        assert conversation.owner == "human"
        assert "withdraw" in conversation.handover_reason
        assert (await here.ticket()).state == "received"


async def test_what_we_asked_for_is_noted_and_staff_see_that_the_customer_has_written(tmp_path: Path) -> None:
    """An answer to the desk's question is no question to the bot: it is thanked for, and a person is told to look; a
    question in between is answered as ever.
    """
    clock = HeldClock(MORNING)
    async with world(tmp_path, clock) as here:
        await here.texted(ASKED)
        ticket = await step(here, "ask_identity", await person(here, "agent"), words="What is your customer number?")
        clock.move(minutes=1)
        assert "clause" not in await here.texted("it is 4711")
        assert here.twilio.messages[-1]["Body"] == (
            f"Thank you. We've put that with your request {ticket.reference}, and a person looks at it."
        )
        assert "third parties" in await here.texted("Do you sell my data?")
        clock.move(minutes=15)
        await here.desk.scheduler.run_due()
        assert await waiting(here) == ["wrote"]
        lead = await person(here, "lead")
        await here.desk.desk.database.write(lambda s: reminding.done(s, 1, lead, clock()))
        clock.move(minutes=15)
        await here.desk.scheduler.run_due()
        assert await waiting(here) == []
        clock.move(minutes=1)
        await here.texted("sorry, it is 4712")
        clock.move(minutes=15)
        await here.desk.scheduler.run_due()
        assert await waiting(here) == ["wrote"], "they wrote once more after it was done"
        clock.move(days=8)
        await here.desk.scheduler.run_due()
        assert await reminders(here, "customer") == []


async def test_a_request_made_again_in_another_thread_is_the_same_request(tmp_path: Path) -> None:
    """No second ticket; the answer names the one there is, and staff see in the first thread where more was said."""
    async with world(tmp_path) as here:
        await here.mailed(letter(ASKED))
        again = await here.mailed(letter("I asked for all my data, please send it", ident="two@example.net"))
        ticket = await here.ticket()
        assert again is not None
        assert f"already. Your reference is {ticket.reference}" in again.text
        assert len(await here.all(Conversation)) == 2
        (note,) = [line.text for line in await here.lines(1) if line.direction == "note"]
        assert note.startswith(f"{ticket.reference}: they have asked for this again, in another conversation")


async def test_words_for_the_customer_are_no_reason_to_doubt_less_who_they_are(tmp_path: Path) -> None:
    """What staff type for the customer does not stand in for proof: only a reason of its own does."""
    async with world(tmp_path) as here:
        await here.texted("Delete all the data that you hold about me")
        agent = await person(here, "agent")
        await here.desk.desk.database.write(lambda s: tickets.prove_identity(s, 1, 1, "code", agent, here.clock()))
        with pytest.raises(NotAllowed, match="identity is proved to tier 1"):
            await step(here, "answer", agent, given=Given(erased=True), words="It is all deleted.")
        done = await step(
            here, "answer", agent, given=Given(erased=True), reason="They called from the number on file.",
            words="It is all deleted.",
        )  # fmt: skip
        assert done.state == "answered"
        assert "It is all deleted." in here.twilio.messages[-1]["Body"]
        assert "They called" not in here.twilio.messages[-1]["Body"]


async def test_a_ticket_of_before_the_desk_kept_time_zones_stops_no_round(tmp_path: Path) -> None:
    """Its dates are counted where the desk is."""
    async with world(tmp_path) as here:
        await here.texted(ASKED)

        def forget(session: Session) -> None:
            session.get_one(Ticket, 1).timezone = ""

        await here.desk.desk.database.write(forget)
        here.clock.move(days=40)
        assert "reminders" in await here.desk.scheduler.run_due()
        assert await waiting(here) == ["overdue"]


async def test_a_letter_that_fails_holds_up_no_other_reminder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A round writes in many short transactions: one that fails comes again, and the others are done all the same."""
    monkeypatch.setattr(rounds, "AT_ONCE", 1)
    real = service.remind_customer

    def fails_for_the_first(session: Session, ticket: Ticket, *args: Any, **values: Any) -> Any:
        if ticket.id == 1:
            raise ValueError
        return real(session, ticket, *args, **values)

    monkeypatch.setattr(service, "remind_customer", fails_for_the_first)
    async with world(tmp_path) as here:
        await here.texted(ASKED)
        await here.texted(ASKED, "+447700900002")
        agent = await person(here, "agent")
        for ticket in (1, 2):
            await step(here, "ask", agent, ticket=ticket, words="Which account is it about?")
        here.clock.move(days=15)
        assert "reminders" not in await here.desk.scheduler.run_due()
        assert [each.ticket_id for each in await here.all(Reminder) if each.audience == "customer"] == [2]
        monkeypatch.setattr(service, "remind_customer", real)
        here.clock.move(minutes=2)
        assert "reminders" in await here.desk.scheduler.run_due()
        assert [each.ticket_id for each in await here.all(Reminder) if each.audience == "customer"] == [2, 1]
