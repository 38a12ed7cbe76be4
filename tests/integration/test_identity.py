"""Showing who one is, from "ask to show it's you" to a match with records: by text, mail and chat; all bad input."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.actors import Actor
from bot.audit.models import AuditEntry
from bot.contacts import linking, proofs
from bot.contacts.matching import Match
from bot.contacts.models import ContactAddress, IdentityCheck, OneTimeCode, Proof
from bot.conversations import identity, identity_claims
from bot.conversations.models import Conversation
from bot.errors import PermanentError
from bot.messages.models import Inbox
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from tests.integration.test_mail_forged import FAILED, checked
from tests.integration.whole_desk import ANN, ANN_NUMBER, World, letter, world

ACCESS = "Please send me a copy of all the data you hold about me."
BOB_NUMBER, EVE = "+447700900002", "eve@elsewhere.example"
WRONG = "That code can't be used."


async def write(outside: World, work: Callable[[Session], Any]) -> Any:
    """A unit of work, and all that follows from it."""
    done = await outside.desk.desk.database.write(work)
    await outside.settled()
    return done


async def ask(outside: World, ticket_id: int = 1, **given: Any) -> Actor:
    """Staff ask the ticket's customer to show who they are."""
    desk, actor, now = outside.desk.desk, await outside.staff(), outside.clock()
    given = {"reason": "unknown_address", "reasonable": True} | given
    await write(
        outside,
        lambda session: identity.ask(
            session, ticket_id, actor, now, house=desk.house, site=desk.sites[0], **given
        ).stage,
    )  # fmt: skip
    return actor


def code_in(text: str) -> str:
    """The code of a message."""
    found = re.search(r"is (\d{6})\.", text)
    assert found, text
    return found[1]


def texted_code(outside: World) -> str:
    return code_in(outside.twilio.messages[-1]["Body"])


def other(code: str, step: int = 1) -> str:
    return f"{(int(code) + step) % 10**6:06}"


async def compared(outside: World, *matches: Match) -> str:
    """The sources' worker holds the claim against the records."""
    desk, now = outside.desk.desk, outside.clock()

    def work(session: Session) -> str:
        (claim,) = identity_claims.pending_claims(session, now, desk.sealer)
        return identity_claims.matched(
            session, claim.ticket_id, matches, now, house=desk.house, site=desk.sites[0]
        )  # fmt: skip

    verdict: str = await write(outside, work)
    return verdict


async def ticket(outside: World, number: int = 1) -> Ticket:
    return next(each for each in await outside.all(Ticket) if each.id == number)


async def check(outside: World) -> IdentityCheck:
    (found,) = await outside.desk.desk.database.read(lambda session: session.scalars(select(IdentityCheck)).all())
    return found


async def asked_by_text(outside: World) -> str:
    """Ann asks for her data by text and is asked to show who she is; her code. The worker that holds claims against
    records is stopped: the test says what they find (`compared`), and would else race with it.
    """
    await outside.desk.workers.matcher.stop()
    await outside.texted(ACCESS)
    await ask(outside)
    return texted_code(outside)


async def test_a_code_and_a_matching_record_prove_a_person(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Tier 1 by the code, tier 2 by the record; the request is searched, and nothing kept holds code or claim."""
    async with world(tmp_path) as outside:
        code = await asked_by_text(outside)
        assert (await ticket(outside)).state == "awaiting_identity"
        assert "leave this text alone" in outside.twilio.messages[-1]["Body"]
        assert "your full name and one more detail" in await outside.texted(f"my code is {code[:3]} {code[3:]}")
        assert (await ticket(outside)).identity_tier == 1
        assert "We now check that" in await outside.texted("Ann Baker, G1 1AA, account 4471")
        pending = await outside.desk.desk.database.read(
            lambda session: identity_claims.pending_claims(session, outside.clock(), outside.desk.desk.sealer)
        )
        assert pending[0].claim.addresses == (("sms", ANN_NUMBER),)
        assert pending[0].claim.details == {"name": "Ann Baker", "postcode": "G1 1AA", "reference": "4471"}
        assert await compared(outside, Match("crm", "7", ("phone", "name", "postcode"))) == "matched"
        found = await ticket(outside)
        assert (found.state, found.identity_tier) == ("searching", 2)
        assert "You've shown that it's you" in outside.twilio.messages[-1]["Body"]
        said = [line.text for line in await outside.lines() if line.author == "you"]
        assert said[1:] == ["my code is [code]", "[Details to show who they are. They are kept sealed.]"]
        assert [len(row.payload) > 0 for row in await outside.all(Inbox)] == [True, False, False]
        audit = await outside.desk.desk.database.read(lambda s: s.scalars(select(AuditEntry.data)).all())
        assert not any(word in entry for entry in audit for word in (code, "Baker", "G1 1AA", ANN_NUMBER))
        out, err = capsys.readouterr()
        assert not any(word in out + err for word in (code, "Baker", ANN_NUMBER))


async def test_details_that_come_line_by_line_are_kept_with_the_first(tmp_path: Path) -> None:
    """A second line, before and after the records were looked at, is sealed too, decides nothing, and opens nothing."""
    async with world(tmp_path) as outside:
        code = await asked_by_text(outside)
        await outside.texted(code)
        await outside.texted("Ann Baker")
        assert "kept that with what you told us" in await outside.texted("G1 1AA")
        pending = await outside.desk.desk.database.read(
            lambda session: identity_claims.pending_claims(session, outside.clock(), outside.desk.desk.sealer)
        )
        assert pending[0].claim.details == {"name": "Ann Baker", "postcode": "G1 1AA"}
        assert await compared(outside, Match("crm", "7", ("phone", "name", "postcode"))) == "matched"
        assert "kept that with what you told us" in await outside.texted("customer number IOM-20117")
        assert [each.kind for each in await outside.all(Ticket)] == ["access"]
        said = " ".join(line.text for line in await outside.lines() if line.author == "you")
        assert "G1 1AA" not in said
        assert "IOM-20117" not in said
        outside.clock.move(days=1, seconds=1)
        assert "kept that" not in await outside.texted("customer number IOM-20117"), "the next day it is a new message"


async def test_wrong_reused_and_guessed_codes_are_told_the_same(tmp_path: Path) -> None:
    """Wrong three times, then even the right one; after a new one, one that was used: always the same sentence."""
    async with world(tmp_path) as outside:
        code = await asked_by_text(outside)
        told = [await outside.texted(other(code, step)) for step in (1, 2, 3)]
        told.append(await outside.texted(code))
        assert (await ticket(outside)).identity_tier == 0
        assert "is" in await outside.texted("code")
        fresh = texted_code(outside)
        await outside.texted(fresh)
        assert (await ticket(outside)).identity_tier == 1
        told.append(await outside.texted(fresh))
        assert set(told) == {told[0]}
        assert told[0].startswith(WRONG)


async def test_an_expired_code_is_told_the_same_and_another_can_be_asked_for(tmp_path: Path) -> None:
    """After ten minutes it can't be used; "code" brings another, three an hour, and then the time of the next."""
    async with world(tmp_path) as outside:
        code = await asked_by_text(outside)
        outside.clock.move(minutes=10)
        assert (await outside.texted(code)).startswith(WRONG)
        for _ in range(2):
            await outside.texted("send me a new code please")
        assert (await outside.texted("code")) == (
            "We can't send a code now. A new one can be sent from 13:00: reply CODE then."
        )
        await outside.texted(texted_code_before(outside))
        assert (await ticket(outside)).identity_tier == 1


def texted_code_before(outside: World) -> str:
    return code_in(outside.twilio.messages[-2]["Body"])


async def test_a_person_who_owns_the_conversation_does_not_stop_it(tmp_path: Path) -> None:
    """The code counts and is answered while the bot is otherwise silent; other digits are none of it."""
    async with world(tmp_path) as outside:
        code = await asked_by_text(outside)
        await outside.staff_reply("Hello Ann, Sam here.")
        assert await outside.texted("My order number is 123456") == ""
        assert await outside.texted("Do you sell my data?") == ""
        assert "full name" in await outside.texted(code)


async def test_a_right_code_with_a_request_beside_it_opens_its_ticket(tmp_path: Path) -> None:
    """What somebody asks in the same message is not lost."""
    async with world(tmp_path) as outside:
        code = await asked_by_text(outside)
        await outside.texted(f"The code you sent me is {code}. I also want you to delete all the data you hold on me.")
        assert [each.kind for each in await outside.all(Ticket)] == ["access", "erasure"]
        assert (await ticket(outside)).identity_tier == 1


@pytest.mark.parametrize(
    ("matches", "verdict"),
    [
        ((), "none"),
        ((Match("crm", "7", ("phone", "postcode"), ("name",)),), "differs"),
        ((Match("crm", "7", ("phone", "name")), Match("crm", "8", ("phone",), ("name",))), "several"),
    ],
)
async def test_two_people_on_one_phone_and_other_names_are_for_staff(
    tmp_path: Path, matches: tuple[Match, ...], verdict: str
) -> None:
    """Tier 1 stays, a person takes over, and the customer hears nothing of what the records say."""
    async with world(tmp_path) as outside:
        await outside.texted(await asked_by_text(outside))
        await outside.texted("Ann Baker, G1 1AA")
        assert await compared(outside, *matches) == verdict
        found = await ticket(outside)
        assert (found.state, found.identity_tier) == ("awaiting_identity", 1)
        assert (await check(outside)).stage == "staff"
        assert (await outside.all(Conversation))[0].owner == "human"
        assert outside.twilio.messages[-1]["Body"].startswith("Thank you. A person looks at this next")


async def test_a_shared_phone_proves_nobody(tmp_path: Path) -> None:
    """The right code from an address that several people use is no proof: a person decides, by a call back."""
    async with world(tmp_path) as outside:
        code = await asked_by_text(outside)
        actor, desk, now = await outside.staff(), outside.desk.desk, outside.clock()
        await write(outside, lambda session: linking.share(session, 1, actor, now, shared=True))
        assert "A person looks at this next" in await outside.texted(code)
        assert (await ticket(outside)).identity_tier == 0
        await write(
            outside,
            lambda session: identity_claims.checked_by_staff(
                session, 1, "callback", "Called the landline that we hold.", actor, now, house=desk.house,
                site=desk.sites[0],
            ),
        )  # fmt: skip
        assert ((await ticket(outside)).identity_tier, (await ticket(outside)).state) == (3, "searching")
        assert await desk.database.read(lambda session: proofs.tier_of(session, 1, 1, now)) == 3


async def test_a_recycled_number_begins_anew(tmp_path: Path) -> None:
    """The new holder's message begins a conversation of its own; the old code and the old proofs are worth nothing."""
    async with world(tmp_path) as outside:
        code = await asked_by_text(outside)
        await outside.texted(code)
        actor, now = await outside.staff(), outside.clock()
        await write(outside, lambda session: linking.reassign(session, 1, "The line says so.", actor, now).id)
        await outside.texted("Any news on my request?")
        first, second = await outside.all(Conversation)
        assert first.contact_id != second.contact_id
        assert next(line.text for line in await outside.lines(2)) == "Any news on my request?"
        assert not any("December" in line.text for line in await outside.lines(2))
        tier = await outside.desk.desk.database.read(lambda s: proofs.tier_of(s, second.contact_id, 1, now))
        assert (tier, await outside.desk.desk.database.read(lambda s: proofs.tier_of(s, 1, 1, now))) == (0, 0)


async def test_a_forged_sender_gets_nothing(tmp_path: Path) -> None:
    """A mail that fails DMARC begins no code; when staff ask, the code goes to the true owner alone, and the forger's
    guesses, which no machine answers, prove nothing. The right code counts even in such a mail, for control alone.
    """
    async with world(tmp_path) as outside:
        await outside.mailed(checked(ACCESS, FAILED))
        assert outside.relay.mails == []
        assert await outside.all(OneTimeCode) == []
        await ask(outside)
        (mail,) = outside.relay.mails
        assert mail.rcpt_to == ANN
        code = code_in(mail.text)
        guess, right = (checked(words, FAILED, f"{words}@example.net") for words in (other(code), code))
        assert await outside.mailed(guess, to=mail.reply_address) is None
        assert (await ticket(outside)).identity_tier == 0
        assert await outside.mailed(right, to=mail.reply_address) is None
        assert ((await ticket(outside)).identity_tier, (await ticket(outside)).state) == (1, "awaiting_identity")
        (proof,) = await outside.all(Proof)
        assert (proof.kind, proof.evidence) == ("control", {"channel": "mail", "dmarc": "fail"})


async def test_a_notice_of_absence_with_the_code_in_it_is_no_code(tmp_path: Path) -> None:
    """What a machine sends back proves nothing, whatever it quotes."""
    async with world(tmp_path) as outside:
        await outside.mailed(letter(ACCESS))
        await ask(outside)
        code = code_in(outside.relay.mails[-1].text)
        absence = letter(
            f"I am away. You wrote: your code is {code}.", ident="two@example.net", Auto_Submitted="auto-replied"
        )
        await outside.mailed(absence, to=outside.relay.mails[-1].reply_address)
        assert (await ticket(outside)).identity_tier == 0


@pytest.mark.parametrize(("subject", "body"), [("{0} is my code", "My code is {0}"), ("My code: {0}", "See above.")])
async def test_a_code_in_a_subject_is_kept_nowhere(tmp_path: Path, subject: str, body: str) -> None:
    """Typed there too, or there alone: neither the line, the conversation, a ticket nor the raw mail keeps it, in the
    same talk or in one that it begins. What stands in the body alone is tried.
    """
    async with world(tmp_path) as outside:
        await outside.mailed(letter(ACCESS, subject="Order 471100, my data"))
        assert (await outside.all(Conversation))[0].subject == "Order 471100, my data"
        await ask(outside)
        mail = outside.relay.mails[-1]
        code = code_in(mail.text)
        for ident, to in (("two@example.net", ""), ("three@example.net", mail.reply_address)):
            sent = letter(body.format(code), ident=ident, subject=subject.format(code))
            await (outside.mailed(sent, to=to) if to else outside.mailed(sent))
        assert (await ticket(outside)).identity_tier == (1 if "{0}" in body else 0)
        kept = [(each.subject, each.text) for each in await outside.lines()]
        kept += [(each.subject, each.last_text) for each in await outside.all(Conversation)]
        kept += [(each.summary, "") for each in await outside.all(Ticket)]
        assert not [words for words in kept if code in words[0] + words[1]]
        assert any("[code]" in about for about, _ in kept)
        assert not [row.id for row in await outside.all(Inbox) if code.encode() in row.payload]


async def test_a_chat_visitor_proves_a_mailbox_and_is_linked_with_it(tmp_path: Path) -> None:
    """They are asked where to, the code goes there, and typed into the chat it links both with proof."""
    async with world(tmp_path) as outside:
        visitor = await outside.visit()

        async def says(ident: str, text: str) -> str:
            await visitor.say("message", id=ident, text=text)
            while True:
                line = await visitor.get()
                if line["type"] == "message" and line["from"] == "bot":
                    await outside.settled()
                    return str(line["text"])

        await says("a", ACCESS)
        await ask(outside)
        assert "Which email address or mobile number" in (await outside.lines())[-1].text
        while "Which email" not in str((await visitor.get()).get("text")):
            pass
        assert "We've sent a code" in await says("b", f"it is {ANN}")
        (mail,) = outside.relay.mails
        assert mail.rcpt_to == ANN
        assert "give the code to nobody" in mail.text
        assert "full name" in await says("c", code_in(mail.text))
        talk = (await outside.all(Conversation))[0]
        person = await outside.desk.desk.database.read(lambda s: linking.one_person(s, talk.contact_id))
        assert len(person) == 2
        assert (await ticket(outside)).identity_tier == 1


async def test_news_of_a_request_from_elsewhere_needs_a_code(tmp_path: Path) -> None:
    """Asked from another number, the desk says the same for a reference that exists and one that doesn't; only who has
    the code from the first number hears how it stands.
    """
    async with world(tmp_path) as outside:
        await outside.texted(ACCESS)
        reference = (await ticket(outside)).reference
        unknown = await outside.texted("Any news on DR-00000-00000?", "+447700900003")
        told = await outside.texted(f"Any news on {reference}?", BOB_NUMBER)
        assert told == unknown
        assert "December" not in told
        codes = [
            code_in(each["Body"])
            for each in outside.twilio.messages
            if each["To"] == ANN_NUMBER and "code" in each["Body"]
        ]
        assert len(codes) == 1
        wrong = await outside.texted(other(codes[0]), BOB_NUMBER)
        assert wrong == await outside.texted("123456", "+447700900003")
        assert wrong.startswith(WRONG)
        news = await outside.texted(codes[0], BOB_NUMBER)
        assert reference in news
        assert "21 December 2026" in news


async def test_a_stranger_can_not_have_codes_sent_without_end(tmp_path: Path) -> None:
    """After three in an hour nothing more goes to the true owner, and the stranger hears the same; after five, when."""
    async with world(tmp_path) as outside:
        await outside.texted(ACCESS)
        reference = (await ticket(outside)).reference
        told = [await outside.texted(f"Any news on {reference}?", BOB_NUMBER) for _ in range(6)]
        assert len(set(told[1:5])) == 1
        assert "can be sent from 13:00" in told[5]
        assert len([each for each in outside.twilio.messages if each["To"] == ANN_NUMBER]) == 4


async def test_a_linked_address_repeats_a_request_instead_of_opening_another(tmp_path: Path) -> None:
    """One person at two addresses has one request; parted again they are two."""
    async with world(tmp_path) as outside:
        await outside.texted(ACCESS)
        await outside.texted("Do you sell my data?", BOB_NUMBER)
        actor, now = await outside.staff(), outside.clock()
        await write(outside, lambda session: linking.link(session, 1, 2, "staff", actor, now) is not None)
        assert "already" in await outside.texted(ACCESS, BOB_NUMBER)
        assert len(await outside.all(Ticket)) == 1
        await write(outside, lambda session: linking.unlink(session, 1, actor, now))
        await outside.texted(ACCESS, BOB_NUMBER)
        assert len(await outside.all(Ticket)) == 2


async def test_another_address_is_linked_by_a_code(tmp_path: Path) -> None:
    """Staff ask; the code goes to the other address and is typed here."""
    async with world(tmp_path) as outside:
        await outside.texted(ACCESS)
        await outside.mailed(letter("Do you sell my data?"))
        desk, actor, now = outside.desk.desk, await outside.staff(), outside.clock()
        mailbox = (await outside.all(ContactAddress))[1]
        await write(
            outside,
            lambda session: identity.ask_link(
                session, 1, mailbox.id, actor, now, house=desk.house, site=desk.sites[0]
            ),
        )  # fmt: skip
        code = code_in(outside.relay.mails[-1].text)
        assert await outside.texted(code) == "Thank you. We've noted that both addresses are yours."
        assert await desk.database.read(lambda session: linking.one_person(session, 1)) == (1, 2)


async def test_a_code_follows_where_staff_asked_in_words_of_their_own(tmp_path: Path) -> None:
    """Whatever made the ticket wait, a code can be sent; in a chat they are asked where to; elsewhere it is refused."""
    async with world(tmp_path) as outside:
        await outside.texted(ACCESS)
        visitor = await outside.visit()
        await visitor.say("message", id="a", text=ACCESS)
        while (await visitor.get())["type"] != "ack":
            pass
        await outside.settled()
        desk, actor, now = outside.desk.desk, await outside.staff(), outside.clock()

        def again(number: int) -> Callable[[Session], None]:
            return lambda session: identity.again(session, number, actor, now, house=desk.house, site=desk.sites[0])

        with pytest.raises(PermanentError, match="ask first"):
            await write(outside, again(1))
        for number in (1, 2):
            await write(
                outside,
                lambda session, number=number: tickets.change(session, number, "ask_identity", actor, now).id,
            )  # fmt: skip
            await write(outside, again(number))
        await outside.texted(texted_code(outside))
        assert [each.identity_tier for each in await outside.all(Ticket)] == [1, 0]
        assert "Which email address" in (await outside.lines(2))[-1].text
