"""The panels "Next steps" and "The clock" over real HTTP: what is offered to whom, what is told, what comes back."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from bot.audit import log as audit
from bot.audit.actors import Actor
from bot.conversations import repository
from bot.conversations.models import Conversation
from bot.messages.models import Outbox
from bot.tickets import service as tickets
from bot.tickets.models import Ticket, TicketEvent
from bot.tickets.states import EVENTS, NotAllowed
from tests.integration.console_support import Console, customer, http, request, signed_in
from tests.integration.test_console_pages import page, post

SAM = Actor("agent", 1)


async def asked(desk: Console, kind: str = "access", address: str = "ana", **values: Any) -> int:
    """A customer of the memory channel with one request; its id."""

    def begin(session: Any) -> int:
        talk = customer(session, desk.clock.at, channel="memory", address=address)
        return request(session, talk, kind, "what do you hold on me", desk.clock.at, **values)

    found: int = await desk.write(begin)
    return found


async def ticket(desk: Console, ident: int) -> Ticket:
    found: Ticket = await desk.read(lambda s: s.get(Ticket, ident))
    return found


async def told(desk: Console) -> list[str]:
    """What went out."""
    rows = await desk.read(lambda s: list(s.scalars(select(Outbox).order_by(Outbox.id))))
    return [row.payload["text"] for row in rows]


def offered(text: str) -> set[str]:
    """The steps that the page offers as forms."""
    return set(re.findall(r'name="event" value="(\w+)"', text))


async def shown(desk: Console, browser: aiohttp.ClientSession, ident: int) -> str:
    return await page(desk, browser, f"/console/tickets/{(await ticket(desk, ident)).reference}")


async def test_what_is_next_fits_the_kind_of_request(desk: Console, browser: aiohttp.ClientSession) -> None:
    """A breach leads to its clock, who asks for somebody else to their authority, and what waits says for what."""
    first = await asked(desk)
    waiting = await asked(desk, "erasure", "ana2")
    breach, agent = await asked(desk, "breach", "bo"), await asked(desk, address="law")

    def note(session: Any) -> None:
        session.get(Ticket, waiting).waits_for_id = first
        session.get(Ticket, agent).agent_kind = "solicitor"

    await desk.write(note)
    assert "Tell the regulator before the clock ends" in await shown(desk, browser, breach)
    assert "They ask for somebody else: ask for their authority" in await shown(desk, browser, agent)
    reference = (await ticket(desk, first)).reference
    text = await shown(desk, browser, waiting)
    assert f'It waits for <a class="mono" href="/console/tickets/{reference}">' in text
    assert "It waits for" not in await shown(desk, browser, first)


async def test_each_role_is_offered_what_it_may_and_told_why_not(desk: Console, browser: aiohttp.ClientSession) -> None:
    """An agent can't extend or refuse and reads who may; a lead can. What needs something first says what."""
    ident = await asked(desk)
    text = await shown(desk, browser, ident)
    assert {"ask", "withdraw"} <= offered(text)
    assert not {"extend", "refuse", "start", "reopen"} & offered(text)
    assert "<li>“Refuse it” is not for an agent: ask a lead or an admin.</li>" in text
    assert "<li>“Begin the work” is not possible yet: " in text
    assert not any(f"&#39;{event.replace('_', ' ')}&#39;" in text for event in EVENTS)
    assert "ask for identity first" in text
    async with http() as lead:
        await signed_in(desk, lead, "lena@iomart.com")
        assert {"extend", "refuse"} <= offered(await shown(desk, lead, ident))
    suspected = await asked(desk, "erasure", "bo", certainty="suspected")
    assert {"confirm", "dismiss"} <= offered(await shown(desk, browser, suspected))


async def test_a_question_goes_out_as_it_was_shown_and_pauses_the_clock(
    desk: Console, browser: aiohttp.ClientSession
) -> None:
    """The words are seen before they are sent, word for word; then the clock waits, and the page says so."""
    ident = await asked(desk)
    form = {"page": "ticket", "event": "ask", "words": "Which account is it?"}
    seen = await post(desk, browser, f"/console/tickets/{ident}/step", preview="1", **form)
    assert 'class="letter" dir="auto">' in seen
    letter = next(each for each in re.findall(r'<blockquote class="letter"[^>]*>(.*?)</blockquote>', seen, re.DOTALL)
                  if "Which account is it?" in each)  # fmt: skip
    assert await told(desk) == []
    text = await post(desk, browser, f"/console/tickets/{ident}/step", **form)
    assert "It is done" in text
    assert [each.replace("'", "&#39;") for each in await told(desk)] == [letter]
    assert (await ticket(desk, ident)).state == "awaiting_clarification"
    assert "Paused: nothing is due until a clarification is there." in text
    assert "Nothing is due until it is there" in text
    assert "Waiting for a clarification: 1 day" in text


async def test_what_can_not_be_done_comes_back_with_what_was_typed(
    desk: Console, browser: aiohttp.ClientSession
) -> None:
    """An empty question, a step that is not possible, and a missing reason keep the form and say the mend."""
    ident = await asked(desk)
    path = f"/console/tickets/{ident}/step"
    assert "is empty: fill it in" in await post(desk, browser, path, 409, page="ticket", event="ask", words="  ")
    text = await post(desk, browser, path, 409, page="ticket", event="start", reason="We know <her> well")
    assert "ask for identity first" in text
    await post(desk, browser, path, 404, page="ticket", event="explode")
    text = await post(desk, browser, path, 409, page="ticket", event="refuse", reason="Too much")
    assert "ask a lead or an admin" in text
    text = await post(desk, browser, path, 409, page="ticket", event="ask", words="x" * 3_000)
    assert "write 2000 at most" in text
    assert "x" * 3_000 in text
    assert await told(desk) == []
    assert (await ticket(desk, ident)).state == "received"


async def test_staff_may_tell_the_customer_themselves(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Then nothing goes out, and the step is taken all the same."""
    ident = await asked(desk)
    await post(desk, browser, f"/console/tickets/{ident}/step", page="ticket", event="withdraw", tell="no")
    assert await told(desk) == []
    assert (await ticket(desk, ident)).state == "withdrawn"


async def test_an_end_can_be_taken_back(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Dismissed, it offers to be restored; withdrawn, to be opened again; each does it."""
    for begin, undo, certainty in (("dismiss", "restore", "suspected"), ("withdraw", "reopen", "received")):
        ident = await asked(desk, "access", begin, certainty=certainty)
        path = f"/console/tickets/{ident}/step"
        assert undo in offered(await post(desk, browser, path, page="ticket", event=begin))
        await post(desk, browser, path, page="ticket", event=undo)
        assert (await ticket(desk, ident)).state == "received"


async def test_a_lead_judges_a_certain_request_to_be_none_and_only_who_heard_of_one_is_told(
    desk: Console, browser: aiohttp.ClientSession
) -> None:
    """With its reason, which the ledger keeps; the letter says so plainly, and how to ask after all."""
    heard, silent = await asked(desk), await asked(desk, address="bo")
    reference = (await ticket(desk, heard)).reference

    def acknowledged(session: Any) -> None:
        talk = session.get(Conversation, session.get(Ticket, heard).conversation_id)
        repository.add_line(
            session, talk, desk.clock.at, direction="out", author="bot", text=f"We noted your request {reference}."
        )

    await desk.write(acknowledged)
    assert "dismiss" not in offered(await shown(desk, browser, heard))
    async with http() as lead:
        await signed_in(desk, lead, "lena@iomart.com")
        for ident in (heard, silent):
            path = f"/console/tickets/{ident}/step"
            assert "give the reason" in await post(desk, lead, path, 409, page="ticket", event="dismiss")
            text = await post(desk, lead, path, page="ticket", event="dismiss", reason="It asks about a form.")
            assert "restore" in offered(text)
            assert "decided that it is no request" in text
    (letter,) = await told(desk)
    assert "We noted your request for the data we hold about you from what you wrote on" in letter
    assert reference in letter
    assert "finds that it did not ask for that" in letter
    assert "If you do ask for it, please say so here" in letter
    assert "It asks about" not in letter
    rows = await desk.read(lambda s: list(s.scalars(select(TicketEvent).where(TicketEvent.type == "dismiss"))))
    assert [row.data["reason"] for row in rows] == ["It asks about a form."] * 2


async def test_what_was_delivered_is_never_judged_to_be_none(desk: Console) -> None:
    """Opened again after its delivery, it can be refused or closed, and no more be called no request."""
    ident = await asked(desk)
    lead, at = Actor("lead", 2), desk.clock.at

    def reopened(session: Any) -> None:
        ticket = session.get(Ticket, ident)
        ticket.state = "searching"
        audit.append(
            session, actor="bot", action="ticket.delivered", subject=f"ticket:{ticket.reference}", data={}, now=at
        )

    await desk.write(reopened)
    with pytest.raises(NotAllowed, match="was delivered"):
        await desk.write(lambda s: tickets.change(s, ident, "dismiss", lead, at, reason="It asks about a form."))


async def test_without_reasonable_doubt_the_clock_is_not_moved(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Identity was asked for, and the page says that this moves nothing."""
    ident = await asked(desk)
    at = desk.clock.at
    await desk.write(lambda s: tickets.change(s, ident, "ask_identity", SAM, at, reasonable=False) and None)
    assert "Does not move the date" in await shown(desk, browser, ident)


async def test_merging_leads_to_the_one_that_goes_on_and_back(desk: Console, browser: aiohttp.ClientSession) -> None:
    """The old reference leads to the survivor, which can part from it again; somebody else's is refused."""
    first = await asked(desk)
    talk = (await ticket(desk, first)).conversation_id

    def again(session: Any) -> int:
        from bot.conversations.models import Conversation

        return request(session, session.get(Conversation, talk), "access", "and again", desk.clock.at)

    second, stranger = await desk.write(again), await asked(desk, address="zoe")
    old, into, other = [(await ticket(desk, each)).reference for each in (second, first, stranger)]
    path = f"/console/tickets/{second}/merge"
    assert "two different persons" in await post(desk, browser, path, 409, page="ticket", into=other)
    text = await post(desk, browser, path, 409, page="ticket", into="DR-nonsense")
    assert 'value="DR-nonsense"' in text
    text = await post(desk, browser, path, page="ticket", into=into.lower())
    assert "The two are one now" in text
    assert into in text
    async with browser.get(f"{desk.url}/console/tickets/{old}") as response:
        assert response.url.path == f"/console/tickets/{into}"
        assert f"{old} was merged into this request" in await response.text()
    assert "Merged with another" in await page(desk, browser, f"/console/tickets/{old}?stay=1")
    await post(desk, browser, f"/console/tickets/{second}/step", page="ticket", event="unmerge")
    assert (await ticket(desk, second)).state == "received"


async def test_a_second_request_is_split_off_with_the_same_receipt(
    desk: Console, browser: aiohttp.ClientSession
) -> None:
    """Its page follows; without words, or of the same kind, it is refused with what was typed."""
    ident = await asked(desk)
    path = f"/console/tickets/{ident}/split"
    text = await post(desk, browser, path, 409, page="ticket", kind="access", summary="Delete <my> mail")
    assert "choose another kind" in text
    assert "Delete &lt;my&gt; mail</textarea>" in text
    assert "write what else" in await post(desk, browser, path, 409, page="ticket", kind="erasure", summary=" ")
    text = await post(desk, browser, path, page="ticket", kind="erasure", summary="Delete my mail")
    assert "This is the second request." in text
    assert "<h1>Erasure request</h1>" in text
    found = await desk.read(lambda s: list(s.scalars(select(Ticket).order_by(Ticket.id))))
    assert found[1].received_at == found[0].received_at


async def test_the_clock_tells_what_each_event_did(desk: Console) -> None:
    """Asked for identity, proved, asked, answered, extended: each row has its effect, and challenges their dates."""
    ident, lead = await asked(desk), Actor("lead", 2)
    start = desk.clock.at

    def history(session: Any) -> None:
        def go(event: Any, days: int, who: Actor = SAM, **values: Any) -> None:
            tickets.change(session, ident, event, who, start + timedelta(days=days), **values)

        go("ask_identity", 1)
        tickets.prove_identity(session, ident, 2, "document", SAM, start + timedelta(days=5))
        go("ask", 6)
        go("customer_wrote", 14, Actor("customer"))
        go("extend", 15, lead, reason="Eleven years of <recordings>")

    await desk.write(history)
    desk.clock.at = start + timedelta(days=16)
    async with http() as later:
        await signed_in(desk, later)
        text = await shown(desk, later, ident)
    clock = text[text.index('id="clock"') :].split("</section>")[0]
    effects = re.findall(r'data-label="Effect on the date">([^<]+)<', clock)
    assert effects[0].startswith("Due by ")
    assert effects[1] == "Nothing is due until it is there"
    assert all(each.startswith("Due by ") for each in (effects[2], effects[4], effects[5]))
    assert len({effects[0], effects[2], effects[4], effects[5]}) == 4
    assert "“Eleven years of &lt;recordings&gt;”" in clock
    for said in ("Waited for proof of identity: 5 days", "Waited for a clarification: 9 days", "If it were challenged",
                 "The extension", "Our own date", "extended once"):  # fmt: skip
        assert said in clock, said
    assert clock.count('<svg class="time-line"') == 2


async def test_overdue_and_settled_are_said_in_words(desk: Console) -> None:
    """How many days too late; and when it was settled, and that this was too late."""
    ident = await asked(desk, "objection")
    desk.clock.at += timedelta(days=40)
    async with http() as late:
        await signed_in(desk, late)
        assert "Overdue: it was due by" in await shown(desk, late, ident)
        await post(desk, late, f"/console/tickets/{ident}/step", page="ticket", event="withdraw")
        assert ", too late." in await shown(desk, late, ident)
