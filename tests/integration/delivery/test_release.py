"""Who may release a package, what holds it back, and how its link goes out."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.contacts.models import ContactAddress
from bot.conversations.models import Message
from bot.errors import PermanentError
from bot.messages.models import Outbox
from bot.packages import taking
from bot.packages.link_models import PackageLink
from bot.packages.models import ItemReview, Package, PackageFile, PackageFinding
from bot.tickets.models import Ticket
from bot.tickets.states import NotAllowed
from tests.integration.console_support import customer
from tests.integration.delivery.conftest import state, the
from tests.integration.package_support import Delivery


async def test_the_one_who_built_or_reviewed_it_can_not_release_it(made: Delivery) -> None:
    """Whoever had a hand in it is refused, with who is to be asked; nothing has left and no link was made."""
    with pytest.raises(NotAllowed, match="ask a second person"):
        await made.release(by=1, role="agent")

    def decides(session: Session) -> None:
        row = ItemReview(
            ticket_id=made.ticket, item_digest="a" * 64, decision="free", by_id=2, scanned_at=made.desk.clock.at
        )
        session.add(row)
        session.flush()
        session.scalars(select(Package)).one().inputs = taking.inputs(session, session.get_one(Ticket, made.ticket))

    await made.desk.write(decides)
    with pytest.raises(NotAllowed, match="ask a second person"):
        await made.release(by=2)
    assert await made.desk.read(lambda s: s.scalars(select(PackageLink)).all()) == []
    assert await state(made) == "review"


async def test_who_let_a_finding_stand_can_not_release_it(made: Delivery) -> None:
    """That the scan's last doubt may go out is a decision like any other: another person looks at it."""

    def settled(session: Session) -> None:
        package = session.scalars(select(Package)).one()
        session.add(
            PackageFinding(package_id=package.id, kind="name", place="data.json", text=b"x", reason="theirs", by_id=2)
        )

    await made.desk.write(settled)
    with pytest.raises(NotAllowed, match="ask a second person"):
        await made.release(by=2)
    assert await state(made) == "review"
    await made.release(by=3, role="admin")
    assert await state(made) == "ready"


async def test_what_was_decided_since_it_was_built_holds_a_release(made: Delivery) -> None:
    """A package is of what was found and decided then: it is built again first."""

    def decides(session: Session) -> None:
        session.add(
            ItemReview(
                ticket_id=made.ticket, item_digest="a" * 64, decision="withheld", by_id=1, scanned_at=made.desk.clock.at
            )
        )

    await made.desk.write(decides)
    with pytest.raises(NotAllowed, match="build it again"):
        await made.release()


async def test_an_open_finding_holds_a_release(made: Delivery) -> None:
    """What the last scan found is settled first."""

    def found(session: Session) -> None:
        package = session.scalars(select(Package)).one()
        session.add(PackageFinding(package_id=package.id, kind="email", place="report.html", text=b"x"))

    await made.desk.write(found)
    with pytest.raises(NotAllowed, match="settle it"):
        await made.release()


async def test_a_tampered_file_is_not_released(made: Delivery) -> None:
    """Digests are checked again on the sealed files at the moment of release."""

    def tamper(session: Session) -> None:
        file = session.scalars(select(PackageFile).where(PackageFile.name == "data.json")).one()
        file.content = made.desk.desk.sealer.seal(b'{"items": ["more"]}', PackageFile.purpose(made.ticket, 1))

    await made.desk.write(tamper)
    with pytest.raises(PermanentError, match="build the package again"):
        await made.release()
    assert await state(made) == "review"


async def test_only_verified_addresses_on_two_channels_are_taken(made: Delivery) -> None:
    """An address that nobody proved, one of somebody else, and one channel for both are refused."""

    def add(session: Session) -> tuple[int, int]:
        ticket = session.get_one(Ticket, made.ticket)
        unproved = ContactAddress(contact_id=ticket.contact_id, channel="mail", value="new@customer.example")
        session.add(unproved)
        other = customer(session, made.desk.clock.at, address="+447700900777")
        session.flush()
        theirs = session.scalars(select(ContactAddress).where(ContactAddress.contact_id == other.contact_id)).one()
        return unproved.id, theirs.id

    unproved, theirs = await made.desk.write(add)
    for code_to in (unproved, theirs):
        with pytest.raises(PermanentError, match="not proved to be theirs"):
            await made.release(code_to=code_to)
    with pytest.raises(PermanentError, match="the same channel"):
        await made.release(code_to=made.mail)
    assert await state(made) == "review"


async def test_a_release_sends_the_link_one_way_and_keeps_no_token(made: Delivery) -> None:
    """The mail has the link; nothing in the database has it; the customer hears in their own conversation too."""
    await made.release()
    assert await state(made) == "ready"
    texts = await made.desk.read(lambda s: [m.text for m in s.scalars(select(Message))])
    assert not any(made.link in text for text in texts)
    payloads = await made.desk.read(lambda s: [str(row.payload) for row in s.scalars(select(Outbox))])
    assert not any(made.link in payload for payload in payloads)
    assert any("link to another address" in text for text in texts)
    ticket = await the(made, Ticket, id=made.ticket)
    assert ticket.released_by == 2  # type: ignore[attr-defined]
