"""A customer who asks how their request stands, at each point of its way, is told what is true then."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot.audit.actors import Actor
from bot.conversations import identity, replies
from bot.tickets import joining
from bot.tickets.models import Ticket
from bot.tickets.states import Given
from tests.integration.test_casework_steps import ASKED, person, step
from tests.integration.test_way_chat import asked
from tests.integration.whole_desk import letter, world

NEWS = "any news?"


async def test_asking_for_news_answers_no_question_of_ours(tmp_path: Path) -> None:
    """The clock goes on standing still, they hear what we wait for and why there is no date, and their answer is taken
    when it comes.
    """
    async with world(tmp_path) as here:
        await here.texted(ASKED)
        ticket = await step(here, "ask", await person(here, "agent"), words="Which years do you mean?")
        said = await here.texted(NEWS)
        waits = "we are waiting for your answer to our question; until then our time to answer stands still."
        assert said == f"{ticket.reference}: {waits}"
        assert (await here.ticket()).state == "awaiting_clarification"
        assert "We've put that with your request" in await here.texted("2008 to 2010 please")
        assert (await here.ticket()).state == "received"


async def test_an_answer_that_sounds_like_the_request_is_taken_as_the_answer(tmp_path: Path) -> None:
    """Who says "all of them" makes no second request, and is not told that we have it already."""
    async with world(tmp_path) as here:
        await here.texted(ASKED)
        await step(here, "ask", await person(here, "agent"), words="Which of our services do you mean?")
        assert "We've put that with your request" in await here.texted("all the data from all of them")
        assert (await here.ticket()).state == "received"


@pytest.mark.parametrize(
    ("reasonable", "why"), [(True, "; our time to answer counts from then."), (False, ". We'll answer by ")]
)
async def test_who_is_asked_to_show_who_they_are_hears_from_when_our_time_counts(
    tmp_path: Path, *, reasonable: bool, why: str
) -> None:
    """Without a date they are told why there is none; where no doubt was reasonable the clock runs, with its date."""
    async with world(tmp_path) as here:
        await here.texted(ASKED)
        ticket = await step(here, "ask_identity", await person(here, "agent"), reasonable=reasonable)
        waits = f"{ticket.reference}: we are waiting for you to show us who you are"
        assert (await here.texted(NEWS)).startswith(f"{waits}{why}")


async def test_what_is_delivered_or_ended_has_no_date_any_more(tmp_path: Path) -> None:
    """Answered: no "we'll answer by"; refused: that we refused it, instead of a person who looks for nothing."""
    async with world(tmp_path) as here:
        await here.texted("Delete all the data that you hold about me")
        agent, lead = await person(here, "agent"), await person(here, "lead")
        ticket = await here.ticket()
        await step(here, "refuse", lead, reason="The law makes us keep it.")
        assert await here.texted(NEWS) == f"{ticket.reference}: we have refused it and told you why."
        assert [each.kind for each in await here.all(Ticket)] == ["erasure"]
        await step(here, "reopen", lead)
        await here.desk.desk.database.write(lambda s: setattr(s.get_one(Ticket, 1), "identity_tier", 2))
        await step(here, "answer", agent, given=Given(erased=True))
        assert await here.texted(NEWS) == f"{ticket.reference}: we have answered it."


async def test_a_day_gone_by_is_promised_no_more(tmp_path: Path) -> None:
    """Overdue: the day that was missed is told as missed, and no step of the request promises it."""
    async with world(tmp_path) as here:
        await here.texted(ASKED)
        missed = replies.in_words((await here.ticket()).due_on)
        here.clock.move(days=40)
        said = await here.texted(NEWS)
        assert f"; we should have answered by {missed} and are late, so you can complain about that." in said
        assert "We'll answer by" not in said
        await here.desk.desk.database.write(lambda s: setattr(s.get_one(Ticket, 1), "identity_tier", 2))
        await step(here, "start", await person(here, "agent"))
        assert "working on" in str(here.twilio.messages[-1]["Body"])
        assert "We'll answer by" not in str(here.twilio.messages[-1]["Body"])


async def test_what_is_missing_or_late_goes_to_a_person_and_not_to_technical_trouble(tmp_path: Path) -> None:
    """They are told to say what is missing or wrong, so what they then say is for a person; thanks are only thanks."""
    async with world(tmp_path) as here:
        await here.texted(ASKED)
        await step(here, "refuse", await person(here, "lead"), reason="You did not say which years.")
        assert await here.texted("thanks") == "You're welcome."
        assert "passing this to a person" in await here.texted("I meant 2005 to 2009")


async def test_a_merged_reference_still_leads_to_the_request_from_where_it_came(tmp_path: Path) -> None:
    """No code is asked for: both are of this very conversation."""
    async with world(tmp_path) as here:
        await here.texted(ASKED)
        old = await here.ticket()

        def work(session: Session) -> str:
            actor = Actor("agent", 1)
            new = joining.split(session, old.id, "portability", "as a file", actor, here.clock())
            return joining.merge(session, old.id, new.id, actor, here.clock()).reference

        await here.staff()
        new = await here.desk.desk.database.write(work)
        said = await here.texted(f"any news of {old.reference}?")
        assert said.startswith(f"{new}: we have it, and a person will take it up.")


async def test_a_code_to_a_new_address_comes_with_a_subject(tmp_path: Path) -> None:
    """A mail without one looks like fraud."""
    async with world(tmp_path) as here:
        visitor = await here.visit()
        await asked(visitor, ASKED, "m1")
        now, desk = here.clock(), here.desk.desk
        agent = await person(here, "agent")
        await desk.database.write(
            lambda s: identity.ask(
                s, 1, agent, now, house=desk.house, site=desk.sites[0], reason="unknown_address", reasonable=True
            )
        )
        await asked(visitor, "ann@example.net", "m2")
        await here.settled()
        assert here.relay.mails[-1].message["Subject"] == "Your code"


async def test_who_acts_for_somebody_is_never_told_of_their_own_data(tmp_path: Path) -> None:
    """A solicitor's request is for the data of their client, in the first answer and in every step."""
    words = "We act for our client Jane Roe. Please send us a copy of all the data that you hold about her."
    async with world(tmp_path) as here:
        first = await here.mailed(letter(words, subject="Request"))
        assert first is not None
        await step(here, "ask_authority", await person(here, "agent"))
        for mail in (first, here.relay.mails[-1]):
            said = " ".join(mail.text.split())
            assert "your request for the data we hold about the person you act for" in said
            assert "about you." not in said


async def test_what_sounds_like_a_copy_to_take_elsewhere_is_called_that_from_the_start(tmp_path: Path) -> None:
    """The first answer and the later ones call a request the same."""
    async with world(tmp_path) as here:
        said = await here.texted("Send me my data in a machine-readable format so I can move to another provider")
        assert (await here.ticket()).kind == "portability"
        assert "your request for a copy of your data to take elsewhere" in said


async def test_taking_a_request_back_by_a_new_mail_opens_no_other(tmp_path: Path) -> None:
    """A mail that answers none of ours: the request is the one of their other mail, and staff see it there too."""
    async with world(tmp_path) as here:
        await here.mailed(letter(ASKED))
        again = "I no longer need my data request, please cancel my request."
        said = await here.mailed(letter(again, ident="two@example.net"))
        assert said is not None
        assert "A person asks you about it here before anything stops" in said.text
        (ticket,) = [each for each in await here.all(Ticket) if each.kind != "human"]
        assert ticket.state == "received"
        notes = [line.text for line in await here.lines() if line.direction == "note"]
        assert any("they may be taking it back" in note for note in notes)
