"""A copy and a deletion asked for together: who they are is shown once, for both; and for whom it is not."""

from __future__ import annotations

from pathlib import Path

from bot.contacts.matching import Match
from bot.contacts.models import OneTimeCode, Proof
from bot.conversations.identity_claims import checked_by_staff
from bot.tickets import service as tickets
from tests.integration.test_identity import ACCESS, ask, code_in, compared, texted_code, ticket, write
from tests.integration.whole_desk import ANN, World, letter, world

BOTH = "Please delete all the data you hold about me, but send me a copy of it first."
DELETE = "Please delete all the data you hold about me."
DETAILS = "Ann Baker, G1 1AA, account 4471"
RECORD = Match("crm", "7", ("phone", "email", "name", "postcode"))


async def proved_by_text(outside: World) -> str:
    """Ann shows who she is for her first request; what she is told."""
    await ask(outside)
    await outside.texted(texted_code(outside))
    await outside.texted(DETAILS)
    assert await compared(outside, RECORD) == "matched"
    return outside.twilio.messages[-1]["Body"]


async def test_a_copy_and_a_deletion_in_one_message_are_proved_once(tmp_path: Path) -> None:
    """Both are known to tier 2, she is told of both, and the deletion can be worked on with no further code."""
    async with world(tmp_path) as outside:
        await outside.desk.workers.matcher.stop()
        await outside.texted(BOTH)
        copy, deletion = await ticket(outside, 1), await ticket(outside, 2)
        assert (copy.state, deletion.state) == ("received", "received")
        assert (copy.kind, deletion.kind, deletion.waits_for_id) == ("access", "erasure", 1), deletion.state
        told = await proved_by_text(outside)
        assert f"your requests {copy.reference} and {deletion.reference}." in told
        assert [(await ticket(outside, number)).identity_tier for number in (1, 2)] == [2, 2]
        assert len(await outside.all(OneTimeCode)) == 1
        assert sorted(proof.ticket_id for proof in await outside.all(Proof) if proof.kind == "record") == [1, 2]
        actor, now = await outside.staff(), outside.clock()
        await write(outside, lambda session: tickets.change(session, 2, "start", actor, now))
        assert (await ticket(outside, 2)).state == "searching"


async def test_what_was_shown_lately_counts_for_what_is_asked_for_next(tmp_path: Path) -> None:
    """In a chat an hour later: the deletion is known at once. Two days later it is not."""
    async with world(tmp_path) as outside:
        await outside.desk.workers.matcher.stop()
        visitor = await outside.visit()

        async def told() -> None:
            while (await visitor.get()).get("from") != "bot":
                pass
            await outside.settled()

        async def says(ident: str, text: str) -> None:
            await visitor.say("message", id=ident, text=text)
            await told()

        await says("a", ACCESS)
        await ask(outside)
        await told()
        await says("b", f"it is {ANN}")
        await says("c", code_in(outside.relay.mails[0].text))
        await says("d", DETAILS)
        assert await compared(outside, RECORD) == "matched"
        await told()
        outside.clock.move(hours=1)
        await says("e", DELETE)
        assert (await ticket(outside, 2)).identity_tier == 2
        outside.clock.move(days=2)
        await says("f", "Please correct my address, it is wrong in your records.")
        assert (await ticket(outside, 3)).identity_tier < 2


async def test_a_text_that_comes_after_proves_nothing_by_the_one_before(tmp_path: Path) -> None:
    """Anybody can show Ann's number over a text: what comes before or after her proof is asked for one of its own."""
    async with world(tmp_path) as outside:
        await outside.desk.workers.matcher.stop()
        await outside.texted(ACCESS)
        outside.clock.move(minutes=1)
        await outside.texted(DELETE)
        await proved_by_text(outside)
        outside.clock.move(minutes=1)
        await outside.texted("Please correct my address, it is wrong in your records.")
        assert [(await ticket(outside, number)).identity_tier for number in (1, 2, 3)] == [2, 0, 0]


async def test_a_mail_that_comes_after_proves_nothing_by_the_one_before(tmp_path: Path) -> None:
    """Anybody can write Ann's name into a From line: a second mail in her thread is asked for a proof of its own."""
    async with world(tmp_path) as outside:
        await outside.desk.workers.matcher.stop()
        await outside.mailed(letter(ACCESS))
        await ask(outside)
        mail = outside.relay.mails[-1]
        await outside.mailed(letter(code_in(mail.text), ident="two@example.net"), to=mail.reply_address)
        outside.clock.move(minutes=1)
        await outside.mailed(letter(DELETE, ident="three@example.net"), to=mail.reply_address)
        assert (await ticket(outside, 1)).identity_tier == 1
        deletion = await ticket(outside, 2)
        assert (deletion.kind, deletion.identity_tier, deletion.conversation_id) == ("erasure", 0, 1)


async def test_a_call_back_counts_for_both_and_an_agents_request_for_itself_alone(tmp_path: Path) -> None:
    """What a person of ours checked counts for the copy and the deletion; who asks for another shows that apart."""
    async with world(tmp_path) as outside:
        await outside.mailed(letter(BOTH))
        actor, now, desk = await outside.staff(), outside.clock(), outside.desk.desk
        await write(
            outside, lambda session: tickets.name_agent(session, 2, "solicitor", "Bob Lee", actor, now)
        )  # fmt: skip

        async def called(number: int) -> None:
            await write(
                outside,
                lambda session: checked_by_staff(
                    session, number, "callback", "Called the number on file.", actor, now, house=desk.house,
                    site=desk.sites[0],
                ),
            )  # fmt: skip

        await called(1)
        assert [(await ticket(outside, number)).identity_tier for number in (1, 2)] == [3, 0]
        await write(outside, lambda session: tickets.name_agent(session, 2, "", "", actor, now))
        await called(1)
        assert [(await ticket(outside, number)).identity_tier for number in (1, 2)] == [3, 3]
