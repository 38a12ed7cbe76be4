"""Claims are held against the records by themselves: tier 2, or a person."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.app import Running
from bot.contacts.models import ContactAddress, IdentityCheck
from bot.conversations import identity_claims
from bot.conversations.models import Conversation
from bot.db import wake
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from bot.workers import matcher
from tests.integration.console_support import customer, request, wrote
from tests.integration.search_support import AGENT, SAM, desk, folder_source, items, prove, searched
from tests.patience import patience
from tests.support import HeldClock

HEAD = "no,email,mobile,joined,name,postcode\n"


def records(folder: Path, *rows: str) -> dict[str, object]:
    """A source with these records, which say who somebody is."""
    folder.mkdir(exist_ok=True)
    (folder / "customers.csv").write_text(HEAD + "".join(f"{row}\n" for row in rows))
    table = folder_source(folder)
    table["files"][0] |= {"customer": "no", "match": {"name": "name", "postcode": "postcode"}}
    return table


async def claimed(running: Running, **details: str) -> int:
    """Sam asks for a copy, controls the mailbox, and says who they are; the claim waits to be matched."""
    now, sealer = running.desk.now(), running.desk.sealer

    def work(session: Session) -> int:
        conversation = customer(session, now, channel="mail", address=SAM)
        wrote(session, conversation, "What do you hold about me?", now)
        ticket = request(session, conversation, "access", "What do you hold about me?", now)
        tickets.change(session, ticket, "ask_identity", AGENT, now)
        prove(session, conversation, now)
        tickets.prove_identity(session, ticket, 1, "code", AGENT, now)
        address = session.scalars(select(ContactAddress)).one()
        check = IdentityCheck(
            ticket_id=ticket, conversation_id=conversation.id, address_id=address.id, stage="details", reasonable=True,
            reason="requested", by="bot", asked_at=now,
        )  # fmt: skip
        session.add(check)
        session.flush()
        identity_claims.keep_claim(check, "words", details, sealer, now)
        wake(session, "console")
        return ticket

    return int(await running.desk.database.write(work))


async def decided(running: Running, ticket: int) -> IdentityCheck:
    """Wait until the claim was held against the records."""
    moved = asyncio.Event()
    stop = running.desk.bus.listen("console", moved.set)
    try:
        async with patience():
            while True:
                moved.clear()
                check = await running.desk.database.read(lambda session: session.get(IdentityCheck, ticket))
                if check.verdict:
                    return check
                await moved.wait()
    finally:
        stop()


async def test_a_record_that_agrees_proves_tier_two_and_the_search_begins(tmp_path: Path) -> None:
    """Address, name and postcode agree with one record: the request goes on, and the record is found by its number."""
    source = records(tmp_path / "exports", f"C-7,{SAM},,2005-01-02,Sam Carter,G2 4JR")
    async with desk(tmp_path, source) as running:
        ticket = await claimed(running, name="Sam Carter", postcode="g2 4jr", reference="c-7")
        check = await decided(running, ticket)
        assert (check.verdict, set(check.agreed)) == ("matched", {"email", "name", "postcode", "reference"})
        row = await running.desk.database.read(lambda session: session.get(Ticket, ticket))
        assert (row.identity_tier, row.state) == (2, "searching")
        assert (await searched(running, ticket))["crm"].state == "found"


async def test_a_number_that_was_proved_finds_what_has_no_address(tmp_path: Path) -> None:
    """Rows that bear only the customer number are found once the records have agreed with it, and not before."""
    source = records(tmp_path / "exports", f"C-7,{SAM},,2005-01-02,Sam Carter,G2 4JR", "C-7,,,2006-01-01,,")
    async with desk(tmp_path, source) as running:
        ticket = await claimed(running, name="Sam Carter", reference="C-7")
        assert (await decided(running, ticket)).verdict == "matched"
        found = (await searched(running, ticket))["crm"]
        assert (found.state, found.items) == ("found", 2)


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        (["C-7,robin@example.com,,2005-01-02,Sam Carter,G2 4JR"], "none"),
        ([f"C-7,{SAM},,2005-01-02,Robin Okafor,G2 4JR"], "differs"),
        ([f"C-7,{SAM},,2005-01-02,Sam Carter,G2 4JR", f"C-8,{SAM},,2005-01-02,Sam Carter,G2 4JR"], "several"),
    ],
)
async def test_what_does_not_agree_is_for_a_person(tmp_path: Path, rows: list[str], verdict: str) -> None:
    """No record, another name, two records: the tier stays, a person has the conversation."""
    async with desk(tmp_path, records(tmp_path / "exports", *rows)) as running:
        ticket = await claimed(running, name="Sam Carter", postcode="G2 4JR")
        check = await decided(running, ticket)
        assert (check.verdict, check.stage) == (verdict, "staff")
        row = await running.desk.database.read(lambda session: session.get(Ticket, ticket))
        assert (row.identity_tier, row.state) == (1, "awaiting_identity")
        owner = await running.desk.database.read(lambda s: s.get(Conversation, row.conversation_id).owner)
        assert owner == "human"
        assert await items(running, ticket) == []


async def test_a_source_that_does_not_answer_proves_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked again and again, then a person decides, though another source agreed: that one might have differed."""
    monkeypatch.setattr(matcher, "PAUSES", (0.1, 0.1))
    good = records(tmp_path / "exports", f"C-7,{SAM},,2005-01-02,Sam Carter,G2 4JR")
    gone = folder_source(tmp_path / "gone", name="gone")
    gone["files"][0] |= {"match": {"name": "name"}}
    async with desk(tmp_path, good, gone, clock=HeldClock()) as running:
        ticket = await claimed(running, name="Sam Carter", postcode="G2 4JR")
        check = await decided(running, ticket)
        assert (check.verdict, check.stage) == ("none", "staff")
