"""What somebody tries who wants to pass for another person: forged senders, other people's codes, shared phones."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.contacts import linking
from bot.contacts import service as contacts
from bot.contacts.models import ContactAddress, ContactLink, IdentityCheck, OneTimeCode, Proof
from bot.conversations import identity
from bot.conversations.models import Conversation
from bot.messages.models import Inbox
from bot.tickets.models import Ticket
from tests.integration.test_identity import ACCESS, BOB_NUMBER, ask, code_in, other, ticket, write
from tests.integration.whole_desk import ANN, ANN_NUMBER, World, letter, world

ELSEWHERE = "That code belongs where we asked for it"
GIVEN = "We've sent a code to that address, if it takes messages from us."


class Visitor:
    """Somebody in the chat."""

    def __init__(self, outside: World, client: Any) -> None:
        self.outside, self.client, self.sent = outside, client, 0

    async def says(self, text: str) -> str:
        """What they write, and what the bot answers to it."""
        self.sent += 1
        await self.client.say("message", id=f"m{self.sent}", text=text)
        while True:
            line = await self.client.get()
            if line["type"] == "message" and line["from"] == "bot":
                await self.outside.settled()
                return str(line["text"])

    async def hears(self, words: str) -> None:
        while words not in str((await self.client.get()).get("text")):
            pass


async def asked_in_chat(outside: World, ticket_id: int = 1) -> Visitor:
    """A visitor asks for data and is asked where a code may go."""
    visitor = Visitor(outside, await outside.visit())
    await visitor.says(ACCESS)
    await ask(outside, ticket_id)
    await visitor.hears("Which email")
    return visitor


async def test_a_sender_known_from_before_types_a_code_of_their_own(tmp_path: Path) -> None:
    """Ann has shown her mailbox long ago. Who forges her name in a new mail, and knows her name and postcode, is asked
    for a code that goes to her, and what they say of themselves is no claim; in her own thread she is not asked again.
    """
    async with world(tmp_path) as outside:
        await outside.mailed(letter(ACCESS))
        await ask(outside)
        mail = outside.relay.mails[-1]
        await outside.mailed(letter(code_in(mail.text), ident="two@example.net"), to=mail.reply_address)
        assert (await ticket(outside)).identity_tier == 1
        again = letter("Please send my data in a form that another provider can take over.", ident="three@example.net")
        await outside.mailed(again, to=mail.reply_address)
        await ask(outside, 2)
        outside.clock.move(days=3)
        await outside.mailed(letter("Erase everything you have on me, now.", ident="forged@example.net"))
        await ask(outside, 3)
        await outside.mailed(letter("Ann Baker, G1 1AA", ident="forged2@example.net"))
        found = await outside.desk.desk.database.read(lambda s: s.scalars(select(IdentityCheck)).all())
        checks = {each.ticket_id: each for each in found}
        assert [checks[2].stage, checks[3].stage] == ["details", "code"]
        assert (checks[3].claim, (await ticket(outside, 3)).identity_tier) == (None, 0)
        assert len([each for each in await outside.all(OneTimeCode) if each.ticket_id == 3]) == 1


async def test_a_code_that_its_owner_types_elsewhere_proves_nothing_for_who_asked(tmp_path: Path) -> None:
    """A visitor names Ann's mailbox. Ann answers the mail with the code in it: the visitor's request is not proved, no
    try is lost, and the code is kept nowhere. Typed where it was asked for, it counts.
    """
    async with world(tmp_path) as outside:
        visitor = await asked_in_chat(outside)
        assert (await visitor.says(f"it is {ANN}")).startswith(GIVEN)
        (mail,) = outside.relay.mails
        code = code_in(mail.text)
        told = await outside.mailed(letter(f"What is {code}?", ident="two@example.net"), to=mail.reply_address)
        assert told is not None
        assert ELSEWHERE in told.text
        assert (await outside.all(Proof), await outside.all(ContactLink)) == ([], [])
        assert ((await ticket(outside)).identity_tier, (await outside.all(OneTimeCode))[0].tries) == (0, 0)
        assert code not in " ".join(line.text for line in await outside.lines(2))
        assert not any(code.encode() in row.payload for row in await outside.all(Inbox))
        assert "full name" in await visitor.says(code)


async def test_a_chat_learns_nothing_of_an_address_and_may_give_another(tmp_path: Path) -> None:
    """Opted out, gone or asked too often already: the same words as for any other, and staff see why."""
    async with world(tmp_path) as outside:
        visitor = await asked_in_chat(outside)
        now = outside.clock()

        def known(session: Any) -> None:
            contacts.opt_out(session, contacts.find_or_create(session, "sms", BOB_NUMBER, "", now), now)

        await write(outside, known)
        told = [await visitor.says(each) for each in (BOB_NUMBER, ANN_NUMBER)]
        assert told[0] == told[1]
        assert told[0].startswith(GIVEN)
        assert [each["To"] for each in outside.twilio.messages] == [ANN_NUMBER]
        notes = [line.text for line in await outside.lines() if line.direction == "note"]
        assert len(notes) == 1
        assert "opted out" in notes[0]
        assert "full name" in await visitor.says(code_in(outside.twilio.messages[-1]["Body"]))


async def test_no_code_is_shown_in_the_chat_that_asks_for_it(tmp_path: Path) -> None:
    """While a code for another address is out, a visitor who was asked where theirs may go asks for "a code": they are
    asked again where to, and read none, since a chat has no address of its own; nothing of it fails.
    """
    async with world(tmp_path) as outside:
        visitor = Visitor(outside, await outside.visit())
        await visitor.says(ACCESS)
        await visitor.says("Please email me the answers at eve@elsewhere.example")
        await ask(outside)
        await visitor.hears("Which email")
        assert "Which email address or mobile number may we send a code to?" in await visitor.says("send me a code")
        assert [each.state for each in await outside.all(Inbox)] == ["handled"] * 3
        assert len(await outside.all(OneTimeCode)) == 1
        assert await outside.all(Proof) == []


async def test_strangers_use_up_nothing_of_an_owners_codes(tmp_path: Path) -> None:
    """Who knows a reference has codes sent and types them wrong, from many numbers. At most six a day reach the owner,
    who is sent hers all the same, and whose code counts.
    """
    async with world(tmp_path) as outside:
        await outside.texted(ACCESS)
        reference = (await ticket(outside)).reference
        for hour in range(4):
            for stranger in range(3):
                number = f"+4477009008{hour}{stranger}"
                await outside.texted(f"Any news on {reference}?", number)
                await outside.texted("111111", number)
                await outside.texted("222222", number)
                await outside.texted("333333", number)
            outside.clock.move(minutes=61)
        sent = [each["Body"] for each in outside.twilio.messages if each["To"] == ANN_NUMBER and "code" in each["Body"]]
        assert len(sent) <= 6
        await ask(outside)
        assert "full name" in await outside.texted(code_in(outside.twilio.messages[-1]["Body"]))


async def test_no_code_links_anybody_with_a_shared_phone(tmp_path: Path) -> None:
    """Neither one that went to the shared phone and is typed elsewhere, nor one typed on it: a person decides."""
    async with world(tmp_path) as outside:
        await outside.texted(ACCESS)
        await outside.mailed(letter(ACCESS))
        desk, actor, now = outside.desk.desk, await outside.staff(), outside.clock()
        await write(outside, lambda session: linking.share(session, 1, actor, now, shared=True))
        phone, mailbox = await outside.all(ContactAddress)

        async def link(number: int, address: ContactAddress) -> None:
            await write(
                outside,
                lambda session: identity.ask_link(
                    session, number, address.id, actor, now, house=desk.house, site=desk.sites[0]
                ),
            )  # fmt: skip

        await link(2, phone)
        mail = outside.relay.mails[-1]
        code = code_in(outside.twilio.messages[-1]["Body"])
        told = await outside.mailed(letter(code, ident="two@example.net"), to=mail.reply_address)
        assert told is not None
        assert "A person looks at this" in told.text
        await link(1, mailbox)
        assert "A person looks at this" in await outside.texted(code_in(outside.relay.mails[-1].text))
        assert await outside.all(ContactLink) == []
        assert {each.owner for each in await outside.all(Conversation)} == {"human"}


async def test_guesses_that_come_at_once_are_counted_one_by_one(tmp_path: Path) -> None:
    """Twenty texts with guesses at the same time, and the right one behind them: three are looked at."""
    async with world(tmp_path) as outside:
        await outside.texted(ACCESS)
        await ask(outside)
        code = code_in(outside.twilio.messages[-1]["Body"])
        await asyncio.gather(*(outside.text(other(code, step)) for step in range(1, 21)))
        await outside.texted(code)
        assert (await outside.all(OneTimeCode))[0].tries == 3
        assert [each.identity_tier for each in await outside.all(Ticket)] == [0]


async def test_a_code_that_a_reply_quotes_is_kept_in_no_message(tmp_path: Path) -> None:
    """Ann answers the mail with the code by a question, and her program quotes it: staff read no code that is good."""
    async with world(tmp_path) as outside:
        await outside.mailed(letter(ACCESS))
        await ask(outside)
        mail = outside.relay.mails[-1]
        quoted = "".join(f"> {line}\n" for line in mail.text.splitlines())
        words = f"Do you sell my data?\n\nOn Friday the privacy desk wrote:\n{quoted}"
        await outside.mailed(letter(words, ident="two@example.net"), to=mail.reply_address)
        line = next(each for each in await outside.lines() if each.text.startswith("Do you sell"))
        assert code_in(mail.text) not in f"{line.text}{line.quoted}"
        assert "[code]" in line.quoted
