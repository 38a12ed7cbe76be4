"""The proof of erasure: nothing of the person is in any column, in the raw bytes of the database, or in any file.

And what must stay stays: another person's data, the record of the request, an audit that verifies.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from bot.audit.actors import Actor
from bot.audit.chain import Whole, verify
from bot.audit.log import rows
from bot.contacts import consent, holds
from bot.contacts.consent import Evidence
from bot.contacts.models import Contact, ContactAddress, ContactLink, IdentityCheck, OneTimeCode, Proof
from bot.contacts.record_models import ConsentEntry, Suppression
from bot.conversations import service as conversations
from bot.conversations.models import Message
from bot.db import Base
from bot.erasure import carrying, physical, planning, removing, service
from bot.erasure.models import ErasureRun
from bot.erasure.scope import Whose
from bot.erasure.service import EraseRefused
from bot.files.models import AttachmentFile
from bot.messages.models import Inbox, Outbox
from bot.packages.link_models import PackageAccess, PackageLink
from bot.packages.models import Package, PackageFile
from bot.sealing import Sealer
from bot.sources.models import FoundRow, SearchRun, Upload
from bot.tickets.models import Ticket
from tests.integration.whole_desk import ANN, ANN_NUMBER, World, letter, world

FILE = b"a file of the bogwasher"


def _coded(content: bytes) -> str:
    """As a file stands in a mail."""
    return base64.b64encode(content).decode()


NAME, WORD, OTHER = "Philippa Quixwood", "zephyrmarmalade", "bob@example.org"
SEEN = [ANN, ANN_NUMBER, ANN_NUMBER[1:], "Philippa", "Quixwood", WORD, FILE.decode(), _coded(FILE)]
"""All that would tell of her: addresses, name, and words that nobody else writes (one of them in a file)."""


async def live(outside: World) -> dict[str, int]:
    """She writes by text, mail (with a file) and chat; another person writes too. The contacts by name."""
    await outside.texted(f"Please delete all my data, {WORD} and everything")
    mail = letter(f"I am {NAME}. Do you sell my {WORD} data?", sender=f"{NAME} <{ANN}>", subject=f"My {WORD}")
    mail.add_attachment(FILE, maintype="application", subtype="pdf", filename=f"{WORD}.pdf")
    await outside.mailed(mail)
    visitor = await outside.visit()
    await visitor.say("message", id="client-1", text=f"hello, is {WORD} cheese shared?")
    await outside.mailed(letter("Do you use cookies? I am Bob.", sender=f"Bob Field <{OTHER}>", ident="bob@x"), OTHER)
    await outside.settled()
    found = await outside.all(ContactAddress)
    return {each.value: each.contact_id for each in found}


async def test_nothing_of_an_erased_person_is_left_anywhere(tmp_path: Path) -> None:
    """Every column of every table, the database's raw bytes with its log, and every file of the data directory."""
    async with world(tmp_path) as outside:
        who = await live(outside)
        desk, now = outside.desk.desk, outside.clock()
        hers = sorted(contact for value, contact in who.items() if value != OTHER)
        staff, lead = await outside.staff(), await outside.staff()
        bob_before = await desk.database.read(lambda s: _everything(s, who[OTHER]))

        def more(session: Session) -> None:
            for contact in hers:
                session.get_one(Contact, contact).name = NAME
                evidence = Evidence("staff", note=f"{NAME} ticked it", wording=f"I, {NAME}, agree")
                consent.record(
                    session, contact, "newsletter", "granted", evidence, by="cli", at=now, now=now,
                    sealer=Sealer(b"k"),
                )  # fmt: skip
            conversations.note(session, 1, staff, f"She said {WORD} on the phone, from {ANN_NUMBER}", now)
            session.execute(update(ContactAddress).where(ContactAddress.channel == "sms").values(opted_out_at=now))
            _worked_on(session, hers, now)

        await desk.database.write(more)
        assert _texts(await desk.database.read(_all_columns), SEEN)
        assert _files_with(tmp_path, SEEN)
        await desk.database.write(lambda s: _asked(s, hers, staff, lead, outside))
        await outside.settled()
        assert await carrying.carry_due(desk.database, desk.sign, now) == 1
        assert not _texts(await desk.database.read(_all_columns), SEEN)
        assert not _files_with(tmp_path, SEEN)
        assert isinstance(await desk.database.read(lambda s: verify(rows(s))), Whole)
        assert await desk.database.read(lambda s: _everything(s, who[OTHER])) == bob_before
        runs = await outside.all(ErasureRun)
        assert {run.state for run in runs} == {"done"}
        (asked,) = [each for each in await outside.all(Ticket) if each.kind == "erasure"]
        assert (asked.state, asked.summary) == ("answered", "")
        assert not await desk.database.read(lambda s: removing.left(s, Whose(hers)))
        assert {each.state for each in await outside.all(ConsentEntry)} >= {"granted"}
        (kept,) = await outside.all(Suppression)
        assert kept.channel == "sms"
        # She comes back from the same number: nobody knows her, and nobody writes to her.
        assert await outside.texted("Do you sell my data?") == ""


def _worked_on(session: Session, hers: list[int], now: datetime) -> None:
    """The three are proved to be one person; a claim, an item, an upload, a package with its link and its opening."""
    for other in hers[1:]:
        session.add(ContactLink(contact_id=hers[0], other_id=other, how="code", by="bot", at=now))
    ticket = session.scalars(select(Ticket).where(Ticket.kind == "erasure")).one()
    address = session.scalars(select(ContactAddress).where(ContactAddress.contact_id == ticket.contact_id)).one()
    said, plain = NAME.encode(), {"ticket_id": ticket.id}
    session.add(
        IdentityCheck(
            **plain, conversation_id=ticket.conversation_id, address_id=address.id, stage="staff", reasonable=True,
            reason="x", by="bot", asked_at=now, claim=said,
        )
    )  # fmt: skip
    shown = {"contact_id": hers[0], "address_id": address.id, "evidence": {"of": WORD}, "at": now}
    session.add(Proof(**shown, kind="control", tier=1, by="bot"))
    session.add(
        OneTimeCode(purpose="identity", asker_id=hers[0], address_id=address.id, digest="d", salt="s", issued_at=now,
                    expires_at=now)
    )  # fmt: skip
    run = SearchRun(**plain, source="crm", title="CRM", state="found", error=f"{NAME} was not found", at=now)
    session.add(run)
    session.flush()
    session.add(
        FoundRow(**plain, run_id=run.id, source="crm", reference=ANN, title=NAME, kind="record", content=said,
                 digest="d", found_at=now)
    )  # fmt: skip
    session.add(
        Upload(**plain, run_id=run.id, name=said, content_type="text/plain", size=1, digest="d", content=said,
               note=said, by_id=1, at=now)
    )  # fmt: skip
    package = Package(**plain, version=1, state="built", built_at=now, digest="d", inputs="i")
    session.add(package)
    session.flush()
    session.add(PackageFile(package_id=package.id, name="report.html", content_type="text/html", size=1, digest="d",
                            content=said))  # fmt: skip
    link = PackageLink(
        **plain, package_id=package.id, contact_id=ticket.contact_id, token_hash="t", sent_to_id=address.id, made_by=1,
        created_at=now, expires_at=now,
    )  # fmt: skip
    session.add(link)
    session.flush()
    session.add(PackageAccess(link_id=link.id, at=now, what="opened", client="c"))


def _asked(session: Session, hers: list[int], staff: Actor, lead: Actor, outside: World) -> int:
    """Asked by one of the staff, whatever else is open dismissed, confirmed by a lead."""
    now = outside.clock()
    session.execute(update(Ticket).where(Ticket.kind != "erasure").values(state="closed"))
    session.execute(update(Ticket).values(identity_tier=2))
    ticket = session.scalars(select(Ticket).where(Ticket.kind == "erasure")).one()
    run = service.request(session, ticket.contact_id, staff, now, ticket_id=ticket.id)
    assert sorted(run.contacts) == hers
    site = outside.desk.desk.sites[0]
    leading = Actor("lead", lead.staff_id)
    service.confirm(session, run.id, leading, now, site=site, farewell="Your data is erased now.")
    return run.id


def _all_columns(session: Session) -> list[str]:
    """The text of every value of every column of every table."""
    found = []
    for table in Base.metadata.sorted_tables:
        for row in session.execute(text(f'SELECT * FROM "{table.name}"')):
            found += [v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in row]
    return found


def _files_with(folder: Path, words: list[str]) -> list[str]:
    """Every file of the data directory, read byte by byte: the database, its log, all else."""
    wanted = [each.lower().encode() for each in words]
    return [each.name for each in folder.rglob("*") if each.is_file() and physical.holds(each, wanted)]


def _texts(values: list[str], wanted: list[str]) -> list[str]:
    return [word for word in wanted if any(word.lower() in value.lower() for value in values)]


def _everything(session: Session, contact: int) -> list[Any]:
    """All that is on record of one person."""
    return list(_rows(session, contact))


def _rows(session: Session, contact: int) -> Iterator[Any]:
    for query in (
        select(Contact.id, Contact.name).where(Contact.id == contact),
        select(ContactAddress.value).where(ContactAddress.contact_id == contact),
        select(Message.text, Message.rfc_id, Message.evidence).order_by(Message.id),
        select(Outbox.recipient, Outbox.payload).order_by(Outbox.id),
        select(Inbox.payload, Inbox.sender).order_by(Inbox.id),
    ):
        yield from (tuple(row) for row in session.execute(query) if "Bob" in str(row) or "bob" in str(row))


async def test_a_hold_and_an_open_request_stop_it_and_it_goes_on_after(tmp_path: Path) -> None:
    """Before it is asked, between the two persons, and while it waits to begin."""
    async with world(tmp_path) as outside:
        await outside.texted("Do you sell my data?")
        desk, now, staff = outside.desk.desk, outside.clock(), await outside.staff()
        lead = Actor("lead", (await outside.staff()).staff_id)
        write = desk.database.write
        hold = (await write(lambda s: holds.place(s, 1, "a claim", lead, now))).id
        with pytest.raises(EraseRefused, match="hold is in force"):
            await write(lambda s: service.request(s, 1, staff, now))
        await write(lambda s: holds.end(s, hold, lead, now))
        run = (await write(lambda s: service.request(s, 1, staff, now))).id
        for who, mend in ((staff, "other than"), (Actor("lead", staff.staff_id), "other than")):
            with pytest.raises(EraseRefused, match=mend):
                await write(lambda s, w=who: service.confirm(s, run, w, now, site=desk.sites[0]))
        await write(lambda s: service.confirm(s, run, lead, now, site=desk.sites[0]))
        hold = (await write(lambda s: holds.place(s, 1, "a claim", lead, now))).id
        assert await carrying.carry_due(desk.database, desk.sign, now) == 0
        stopped = await desk.database.read(lambda s: service.get(s, run))
        assert stopped.state == "stopped"
        assert "hold" in stopped.problem
        assert (await outside.lines())[0].text == "Do you sell my data?"
        await write(lambda s: holds.end(s, hold, lead, now))
        assert await carrying.carry_due(desk.database, desk.sign, now + timedelta(minutes=1)) == 1
        assert {line.text for line in await outside.lines()} == {""}
        assert (await desk.database.read(lambda s: planning.plan(s, 1))).erased_on is not None
        with pytest.raises(EraseRefused, match="already"):
            await write(lambda s: service.request(s, 1, staff, now))
        assert not await outside.all(AttachmentFile)
