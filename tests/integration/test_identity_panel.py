"""The panel "Who is it" over real HTTP: asking, what was shown, checks by staff, agents, links, shared addresses."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from bot.audit.actors import CUSTOMER
from bot.contacts import linking, proofs
from bot.contacts.models import ContactAddress, ContactLink, IdentityCheck, OneTimeCode
from bot.conversations import identity_claims
from bot.conversations.models import Conversation, Message
from bot.tickets.models import Ticket, TicketEvent
from tests.integration.console_support import Console, console, customer, http, request, signed_in, wrote
from tests.integration.test_console_pages import page, post

ANN, BOB = "ann@example.net", "bob@example.net"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Console]:
    async with console(tmp_path) as made:

        def begin(session: Any) -> None:
            for address, name in ((ANN, "Ann Lee"), (BOB, "Bob Lee")):
                talk = customer(session, made.clock.at, channel="mail", address=address, name=name)
                wrote(session, talk, "what do you hold on me", made.clock.at)
                request(session, talk, "access", "what do you hold on me", made.clock.at)

        await made.write(begin)
        yield made


async def rows(desk: Console, table: Any) -> list[Any]:
    return await desk.read(lambda session: list(session.scalars(select(table))))


async def shown(desk: Console, browser: aiohttp.ClientSession) -> str:
    ticket = (await rows(desk, Ticket))[0]
    return await page(desk, browser, f"/console/tickets/{ticket.reference}")


async def send(
    desk: Console, browser: aiohttp.ClientSession, what: str, status: int = 200, ticket: int = 1, **form: str
) -> str:
    """A form of the panel, by where it posts to."""
    return await post(desk, browser, f"/console/tickets/{ticket}/identity/{what}", status, **form)


async def ask(desk: Console, browser: aiohttp.ClientSession, **form: str) -> str:
    return await send(desk, browser, "ask", **({"reason": "unknown_address", "reasonable": "yes"} | form))


async def test_asking_sends_a_code_and_says_why(desk: Console, browser: aiohttp.ClientSession) -> None:
    """The panel says tier and next step in words; asked with reason and reasonableness, which the ledger keeps."""
    text = await shown(desk, browser)
    assert "Tier 0 of 2 needed" in text
    assert "Next: a code to the address" in text
    text = await ask(desk, browser, reasonable="no", reason="shared_phone")
    assert "Asked. The clock" in text
    assert "A code is out" in text
    assert "Several people use this address. No reasonable doubt was noted" in text
    (event,) = [each for each in await rows(desk, TicketEvent) if each.type == "identity_requested"]
    assert event.data["reasonable"] is False
    (code,) = await rows(desk, OneTimeCode)
    assert code.address_id == 1
    assert "Your code is ******." in (await rows(desk, Message))[-1].text
    assert "A new code is on its way" in await send(desk, browser, "again")
    await send(desk, browser, "again")
    assert "too many codes were asked for" in await send(desk, browser, "again", 409)


async def test_a_chats_visitor_is_shown_by_a_mark_and_who_asked_stands_in_a_sentence(
    desk: Console, browser: aiohttp.ClientSession
) -> None:
    """No whole id of a chat on the page, whatever was shown of it; "today at 12:00 by you"."""
    mark = "0123456789abcdef" * 2

    def chat(session: Any) -> None:
        talk = customer(session, desk.clock.at, channel="webchat", address=mark, name="")
        linking.link(session, 1, talk.contact_id, "code", CUSTOMER, desk.clock.at)
        address = session.scalars(select(ContactAddress).where(ContactAddress.value == mark)).one()
        proofs.add(session, talk.contact_id, "control", CUSTOMER, desk.clock.at, address=address)

    await desk.write(chat)
    text = await ask(desk, browser)
    assert mark not in text
    assert "visitor 012345" in text
    assert re.search(r"<dt>Asked</dt><dd><time[^>]*>today at \d\d:\d\d</time> by you</dd>", text)


async def test_what_was_shown_elsewhere_is_told_and_does_not_count(
    desk: Console, browser: aiohttp.ClientSession
) -> None:
    """A code typed for another request is no tier of this one: the panel says the tier that the steps go by."""

    def shown_before(session: Any) -> None:
        address = session.get(ContactAddress, 1)
        proofs.add(session, address.contact_id, "control", CUSTOMER, desk.clock.at, address=address)

    await desk.write(shown_before)
    text = await shown(desk, browser)
    assert "Tier 0 of 2 needed" in text
    assert "They have shown more for another request." in text
    assert "tier 1" not in text.lower()


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"reason": "curious"}, "choose why their identity is in doubt"),
        ({"reasonable": ""}, "say whether the doubt is reasonable"),
    ],
)
async def test_asking_needs_a_reason_and_its_reasonableness(
    desk: Console, browser: aiohttp.ClientSession, form: dict[str, str], said: str
) -> None:
    """What is missing comes back as a sentence with the mend, and nothing is sent."""
    given = {"reason": "other", "reasonable": "yes"} | form
    assert said in await send(desk, browser, "ask", 409, **given)
    assert await rows(desk, OneTimeCode) == []
    assert "There is no such" not in await shown(desk, browser)


async def test_somebody_elses_address_can_not_be_chosen(desk: Console, browser: aiohttp.ClientSession) -> None:
    """The code goes to an address of this person alone; another's number is not found."""
    for address in ("2", "999", "x"):
        await send(desk, browser, "ask", 404, reason="other", reasonable="yes", address=address)
    await send(desk, browser, "shared", 404, address="2", shared="yes")
    await send(desk, browser, "reassign", 404, address="2", reason="mine now")
    assert await rows(desk, OneTimeCode) == []


async def test_what_they_claim_and_what_agreed_is_shown(desk: Console, browser: aiohttp.ClientSession) -> None:
    """Their own words, unsealed for this page alone, escaped; and what came of comparing."""
    await ask(desk, browser)

    def claim(session: Any) -> None:
        check = session.get(IdentityCheck, 1)
        sealer = desk.desk.sealer
        identity_claims.keep_claim(check, "<b>Ann</b> Baker, G1 1AA", {"postcode": "G1 1AA"}, sealer, desk.clock.at)
        check.verdict, check.agreed = "differs", ["email"]

    await desk.write(claim)
    text = await shown(desk, browser)
    assert "&lt;b&gt;Ann&lt;/b&gt; Baker, G1 1AA" in text
    assert "A record has the proved address but differs" in text
    assert "Agreed: email address." in text


async def test_a_call_back_is_tier_three_and_only_its_outcome_is_kept(
    desk: Console, browser: aiohttp.ClientSession
) -> None:
    """With a reason; the request goes on, and the customer is told so."""
    await ask(desk, browser)
    for form in ({"kind": "callback", "reason": " "}, {"kind": "selfie", "reason": "looked fine"}):
        await send(desk, browser, "checked", 409, **form)
    text = await send(desk, browser, "checked", kind="callback", reason="Called the number on file; she knew.")
    assert "Tier 3 of 2 needed" in text
    assert "A call back by staff" in text
    assert (await rows(desk, Ticket))[0].state == "searching"
    assert "shown that it's you" in (await rows(desk, Message))[-1].text


async def test_a_parent_of_an_adult_is_refused_and_a_solicitor_shows_authority(
    desk: Console, browser: aiohttp.ClientSession
) -> None:
    """Who asks and for whom is noted; authority is asked for and noted; a parent can't ask for an adult."""
    refused = await send(desk, browser, "agent", 409, kind="parent", adult="yes", **{"for": "Tom Lee"})
    assert "a parent can&#39;t ask for an adult" in refused
    text = await send(desk, browser, "agent", kind="solicitor", adult="yes", **{"for": "Tom Lee"})
    assert "A solicitor asks for <bdi>Tom Lee</bdi>, an adult." in text
    await send(desk, browser, "authority", step="ask_authority", reason="the signed letter")
    assert (await rows(desk, Ticket))[0].state == "awaiting_authority"
    await send(desk, browser, "authority", step="authority_proved", reason="letter seen")
    assert (await rows(desk, Ticket))[0].state != "awaiting_authority"
    assert "choose whether" in await send(desk, browser, "authority", 409, step="sue")


async def test_giving_up_is_for_leads_and_needs_a_reason(desk: Console, browser: aiohttp.ClientSession) -> None:
    """An agent is refused by the door; a lead closes it as not verified."""
    await ask(desk, browser)
    await send(desk, browser, "give-up", 403, reason="No answer.")
    async with http() as leads:
        await signed_in(desk, leads, "lena@iomart.com")
        assert "write why you give up" in await send(desk, leads, "give-up", 409, reason="")
        await send(desk, leads, "give-up", reason="Asked twice, no answer.")
    assert (await rows(desk, Ticket))[0].state == "closed_unverified"


async def test_addresses_are_linked_parted_shared_and_given_away(desk: Console, browser: aiohttp.ClientSession) -> None:
    """A code goes to the other address; a lead links by a check; parted again; shared; somebody else's."""
    assert "A code is on its way" in await send(desk, browser, "link", other=BOB, how="code")
    codes = await rows(desk, OneTimeCode)
    assert [(code.purpose, code.address_id, code.conversation_id) for code in codes] == [("link", 2, 1)]
    assert "only a lead links" in await send(desk, browser, "link", 409, other=BOB, how="staff")
    assert "nobody has written to us" in await send(desk, browser, "link", 409, other="x@example.net", how="code")
    assert "write one email address" in await send(desk, browser, "link", 409, other="Bob", how="code")
    async with http() as leads:
        await signed_in(desk, leads, "lena@iomart.com")
        text = await send(desk, leads, "link", other=BOB, how="staff")
    assert f"{ANN} and {BOB}" in text
    assert "Their other requests" in text
    assert BOB in await page(desk, browser, "/console/conversations/1")
    assert "already" in await send(desk, browser, "link", 409, other=BOB, how="code")
    assert "Parted" in await send(desk, browser, "unlink", link="1")
    assert [link.ended_at for link in await rows(desk, ContactLink)] == [desk.clock.at]
    await send(desk, browser, "unlink", 404, link="1")
    assert "Shared" in await send(desk, browser, "shared", address="1", shared="yes")
    assert "Noted. One person" in await send(desk, browser, "shared", address="1", shared="no")
    assert "write why the address" in await send(desk, browser, "reassign", 409, address="1", reason="")
    await send(desk, browser, "reassign", address="1", reason="The new holder said so.")
    (address, _) = await rows(desk, ContactAddress)
    talk = (await rows(desk, Conversation))[0]
    assert address.contact_id != talk.contact_id
    assert await desk.read(lambda session: linking.one_person(session, talk.contact_id)) == (talk.contact_id,)
