"""Mail that is no plain letter, through the whole desk: kept, shown for what it is, answered only where it may be."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.conversations.models import Conversation
from bot.files.models import AttachmentFile
from tests.integration.whole_desk import letter, world
from tests.unit.channels.mail import letters

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


async def test_what_the_subject_of_an_encrypted_mail_asks_for_is_noted(tmp_path: Path) -> None:
    """The clock runs from that mail, and a person asks for the rest."""
    async with world(tmp_path, channels="mail") as outside:
        told = await outside.mailed(letters.pgp_mime("Please send me a copy of all my data").encode())
        ticket = await outside.ticket()
        assert ticket.kind == "access"
        assert told is not None
        assert ticket.reference in told.text
        assert [each.owner for each in await outside.all(Conversation)] == ["human"]
