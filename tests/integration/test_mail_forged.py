"""Forged senders: the desk's automatic mail is no tool against whoever they name. Real SMTP in, relay out."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.conversations.models import Conversation
from bot.conversations.silence import DOMAIN_REPLIES_AN_HOUR, MAIL_REPLIES_AN_HOUR
from tests.integration.whole_desk import ANN, letter, world
from tests.support import HeldClock

REQUEST = "Please send me a copy of all the data you hold about me."
QUESTION = "Do you sell my data?"
FAILED = "mx.iomart.com; dmarc=fail header.from=example.net"


def checked(words: str, results: str, ident: str = "one@example.net") -> bytes:
    """A mail as a relay on this machine hands it over, its results above its Received line."""
    return f"Authentication-Results: {results}\r\nReceived: from a by b; x\r\n".encode() + bytes(
        letter(words, ident=ident)
    )


async def test_an_answer_carries_no_word_that_leads_somewhere(tmp_path: Path) -> None:
    """Name, subject, words: a link in any of them does not come back; the request is noted all the same."""
    async with world(tmp_path, channels="mail") as outside:
        bait = letter(
            f"{REQUEST} Verify at https://evil.example/login or evil.example",
            sender=f'"Verify at evil.example" <{ANN}>',
            subject="Verify: http://evil.example",
        )
        answer = await outside.mailed(bait)
        assert answer is not None
        assert "evil" not in answer.message.as_string()
        assert answer.text.startswith("Hello,")
        assert "You wrote" not in answer.text
        assert (await outside.ticket()).reference in answer.text
        assert "evil.example" in (await outside.lines())[0].text


async def test_plain_words_and_a_plain_name_do_come_back(tmp_path: Path) -> None:
    """Who asks plainly is greeted and quoted."""
    async with world(tmp_path, channels="mail") as outside:
        answer = await outside.mailed(letter(REQUEST))
        assert answer is not None
        assert answer.text.startswith("Dear Ann Lee,")
        assert f"You wrote: “My data / {REQUEST}”" in answer.text


async def test_tags_and_case_do_not_multiply_an_address(tmp_path: Path) -> None:
    """ann+1, ann+2 and ANN are one mailbox to the cap, whose owner gets no sixth mail."""
    async with world(tmp_path, channels="mail") as outside:
        for number in range(MAIL_REPLIES_AN_HOUR):
            sender = f"Ann+{number}@example.net"
            assert await outside.mailed(letter(QUESTION, sender=sender, ident=f"{number}@x.example"), sender)
        for number, sender in enumerate(["ann+x@example.net", "ANN@example.net"]):
            assert await outside.mailed(letter(QUESTION, sender=sender, ident=f"m{number}@x.example"), sender) is None
        assert await outside.mailed(letter(QUESTION, sender="bob@example.net", ident="b@x.example")) is not None


async def test_one_domain_gets_so_many_and_then_people_look(tmp_path: Path) -> None:
    """Many invented people at one domain: the flood ends, other domains are answered, and an hour later all are."""
    clock = HeldClock()
    async with world(tmp_path, clock, channels="mail") as outside:
        for number in range(DOMAIN_REPLIES_AN_HOUR):
            sender = f"p{number}@victim.example"
            assert await outside.mail(letter(QUESTION, sender=sender, ident=f"{number}@x.example"), sender) == 250
        await outside.settled()
        assert len(outside.relay.mails) == DOMAIN_REPLIES_AN_HOUR
        over = "one.more@victim.example"
        assert await outside.mailed(letter(QUESTION, sender=over, ident="over@x.example"), over) is None
        theirs = (await outside.all(Conversation))[-1]
        assert (theirs.address, theirs.owner) == (over, "human")
        elsewhere = "one@notvictim.example"
        assert await outside.mailed(letter(QUESTION, sender=elsewhere, ident="e@x.example"), elsewhere) is not None
        clock.move(hours=2)
        again = "later@victim.example"
        assert await outside.mailed(letter(QUESTION, sender=again, ident="later@x.example"), again) is not None


@pytest.mark.parametrize(("words", "kind"), [(REQUEST, "access"), (QUESTION, "human")])
async def test_failed_dmarc_opens_a_ticket_and_answers_nobody(tmp_path: Path, words: str, kind: str) -> None:
    """Perhaps a real customer, perhaps not: it is kept, a person looks, no mail goes out."""
    async with world(tmp_path, channels="mail") as outside:
        assert await outside.mailed(checked(words, FAILED)) is None
        assert (await outside.ticket()).kind == kind
        (line,) = await outside.lines()
        assert "failed DMARC" in line.evidence["why_silent"]


async def test_passed_dmarc_is_answered(tmp_path: Path) -> None:
    """A good result changes nothing."""
    async with world(tmp_path, channels="mail") as outside:
        assert await outside.mailed(checked(QUESTION, "mx.iomart.com; dmarc=pass header.from=example.net")) is not None


async def test_a_mail_of_several_authors_joins_no_conversation(tmp_path: Path) -> None:
    """Ann beside Mallory is not Ann: her conversation gets no line, and a person looks at theirs."""
    async with world(tmp_path, channels="mail") as outside:
        first = await outside.mailed(letter(QUESTION))
        assert first is not None
        both = letter("And now?", ident="two@example.net", In_Reply_To=str(first.message["Message-ID"])).as_bytes()
        forged = both.replace(f"From: Ann Lee <{ANN}>".encode(), f"From: {ANN}, mallory@evil.example".encode())
        assert await outside.mailed(forged) is None
        assert len(await outside.lines(1)) == 2
        theirs = (await outside.all(Conversation))[1]
        assert theirs.owner == "human"


@pytest.mark.parametrize("name", ["Message-ID", "References", "Subject"])
async def test_an_odd_byte_in_the_head_still_opens_the_ticket(tmp_path: Path, name: str) -> None:
    """Bytes that no database takes are replaced on the way."""
    async with world(tmp_path, channels="mail") as outside:
        head = f"From: {ANN}\r\n{name}: <odd".encode() + b"\xe9\x00@example.net>\r\n"
        assert await outside.mailed(head + f"\r\n{REQUEST}\r\n".encode()) is not None
        assert (await outside.ticket()).kind == "access"
