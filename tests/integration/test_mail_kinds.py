"""Mail that is no plain letter, through the whole desk: kept, shown for what it is, answered only where it may be."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.console import evidence
from bot.conversations.models import Conversation
from bot.conversations.states import INVITED
from bot.files.models import AttachmentFile
from bot.tickets.models import Ticket
from tests.integration.whole_desk import ANN, letter, world
from tests.unit.channels.mail import letters
from tests.unit.channels.mail.test_dkim_check import NAME as KEY_NAME
from tests.unit.channels.mail.test_dkim_check import name_server, record, signed

READ_BY_NOBODY = {
    "absence": f"{letters.HEAD}Subject: Abwesenheitsnotiz: Re: copy of all my data\n\nIch bin im Urlaub.\n",
    "read receipt": letters.receipt(),
    "abuse report": letters.abuse(),
    "calendar": letters.invitation("REPLY", ""),
    "challenge": f"{letters.HEAD}X-Boxtrapper: 1\nSubject: Please confirm your message\n\nClick below.\n",
}


@pytest.mark.parametrize("raw", READ_BY_NOBODY.values(), ids=READ_BY_NOBODY.keys())
async def test_machines_of_every_kind_are_kept_shown_and_not_answered(tmp_path: Path, raw: str) -> None:
    """One line that staff see with its kind, no mail, no ticket, no person called."""
    async with world(tmp_path, channels="mail") as outside:
        assert await outside.mailed(raw.encode()) is None
        (line,) = await outside.lines()
        assert line.evidence["kind"]
        assert "never answered" in line.evidence["why_silent"]
        assert [each.owner for each in await outside.all(Conversation)] == ["bot"]


async def test_a_read_receipt_stands_with_the_mail_that_was_read(tmp_path: Path) -> None:
    """It comes into the conversation of our answer, where the next mail still leans on what was said."""
    async with world(tmp_path, channels="mail") as outside:
        answer = await outside.mailed(letter("Do you use cookies?"))
        assert answer is not None
        receipt = letters.receipt().replace(letters.OURS, str(answer.message["Message-ID"]).strip("<>"))
        assert await outside.mailed(receipt.encode()) is None
        assert [line.author for line in await outside.lines(1)] == ["you", "bot", "you"]
        assert len(await outside.all(Conversation)) == 1


async def test_an_encrypted_mail_is_asked_to_come_again_and_then_a_person_has_it(tmp_path: Path) -> None:
    """The first is told plainly that it can't be read, the second brings a person; each is kept with its file."""
    async with world(tmp_path, channels="mail") as outside:
        first = await outside.mailed(letters.pgp_mime().encode())
        assert first is not None
        assert "Your message is encrypted, and I can't read it here." in first.text
        assert "tell us again without encryption" in first.text
        again = letters.pgp_mime().replace(
            "k@example.net>", f"k2@example.net>\nIn-Reply-To: {first.message['Message-ID']}"
        )
        second = await outside.mailed(again.encode())
        assert second is not None
        assert "passing this to a person" in second.text
        assert [each.owner for each in await outside.all(Conversation)] == ["human"]
        assert len(await outside.all(AttachmentFile)) == 2


async def test_who_signed_a_mail_is_kept_with_it_and_told_in_words(tmp_path: Path) -> None:
    """Key from a real name server, checked in the decoder's process: evidence that staff read in words."""
    async with name_server({KEY_NAME: record()}) as (port, asked):
        async with world(tmp_path, channels="mail", mail_dns=f"127.0.0.1:{port}") as outside:
            assert await outside.mailed(signed()) is not None
            (line, _) = await outside.lines()
            assert line.evidence["dkim_checked"] == "dkim=pass header.d=example.net"
            facts = dict(evidence.read(line.evidence, ANN).facts)
            assert facts[evidence.CHECKED_HERE] == "passed for example.net, the sender's domain"
            changed = signed().replace(b"From: Ann", b"Message-ID: <2@x>\r\nFrom: Anna")
            await outside.mailed(changed)
            last = (await outside.lines(2))[0]
            assert evidence.read(last.evidence, ANN).warnings == (
                "Its DKIM signature does not hold: changed on the way, or not from this sender",
            )
        assert asked == [KEY_NAME]


async def test_an_invitation_is_for_a_person_and_is_no_complaint(tmp_path: Path) -> None:
    """No calendar's few words are acknowledged as a complaint; staff see why it is theirs."""
    async with world(tmp_path, channels="mail") as outside:
        told = await outside.mailed(letters.invitation("REQUEST", "You are invited to: Privacy meeting").encode())
        assert told is not None
        assert "passing this to a person" in told.text
        assert "complaint" not in told.text
        (conversation,) = await outside.all(Conversation)
        assert (conversation.owner, conversation.handover_reason) == ("human", INVITED)


async def test_what_the_subject_of_an_encrypted_mail_asks_for_is_noted(tmp_path: Path) -> None:
    """The clock runs from that mail, and a person asks for the rest."""
    async with world(tmp_path, channels="mail") as outside:
        told = await outside.mailed(letters.pgp_mime("Please send me a copy of all my data").encode())
        ticket = await outside.ticket()
        assert ticket.kind == "access"
        assert told is not None
        assert ticket.reference in told.text
        assert [each.owner for each in await outside.all(Conversation)] == ["human"]


@pytest.mark.parametrize("subject", ["Documents", "See attached", "FW: scan"])
async def test_see_attached_with_a_winmail_dat_is_no_request_and_a_person_reads_it(
    tmp_path: Path, subject: str
) -> None:
    """Words that only point at the file suspect nobody of asking for data; what the file asks, a person reads."""
    raw = letters.with_file("winmail.dat", "application/ms-tnef", letters.winmail(), "Please see the attached file.")
    async with world(tmp_path, channels="mail") as outside:
        await outside.mailed(raw.replace(b"MIME-Version", f"Subject: {subject}\nMIME-Version".encode(), 1))
        assert [ticket.kind for ticket in await outside.all(Ticket)] == ["human"]
        (talk,) = await outside.all(Conversation)
        assert (talk.owner, talk.handover_reason) == ("human", "The message has only attachments.")
        assert "Bericht 2026.pdf" in [file.name for file in await outside.all(AttachmentFile)]


async def test_a_request_beside_a_winmail_dat_is_heard(tmp_path: Path) -> None:
    """Where the words say so it is a request, whatever is attached."""
    raw = letters.with_file(
        "winmail.dat", "application/ms-tnef", letters.winmail(),
        "Please send me a copy of all the data you hold about me. See attached.",
    )  # fmt: skip
    async with world(tmp_path, channels="mail") as outside:
        assert await outside.mailed(raw) is not None
        assert [(ticket.kind, ticket.state) for ticket in await outside.all(Ticket)] == [("access", "received")]
