"""Withdrawing a package, and how long one is kept."""

from __future__ import annotations

from datetime import timedelta

import aiohttp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.models import AuditEntry
from bot.errors import PermanentError
from bot.packages import keeping
from bot.packages.link_models import PackageAccess, PackageOpening
from bot.packages.models import Package, PackageFile
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from bot.tickets.states import Event, NotAllowed
from tests.integration.delivery.conftest import LENA, state, the
from tests.integration.package_support import FILES, Delivery, built


async def test_withdrawing_is_at_once(made: Delivery, http: aiohttp.ClientSession) -> None:
    """Link and opening die in the middle of reading; the ticket is back with staff; the files stay sealed."""
    await made.release()
    key = await made.open(http)
    found = await made.withdraw()
    assert (found.openings, found.downloads) == (1, 0)
    assert (await made.post(http, "file", key=key, file="all"))[0] == 404
    assert await state(made) in ("searching", "review")
    assert (await the(made, Package)).state == "withdrawn"  # type: ignore[attr-defined]
    assert (await the(made, PackageOpening)).ended_why == "withdrawn"  # type: ignore[attr-defined]
    sizes = await made.desk.read(lambda s: [len(f.content) for f in s.scalars(select(PackageFile))])
    assert all(sizes)


@pytest.mark.parametrize("event", ["withdraw_package", "back_to_search", "withdraw"])
async def test_a_ticket_taken_back_to_work_shuts_its_link(
    made: Delivery, http: aiohttp.ClientSession, event: Event
) -> None:
    """Also where the step was taken by a program or another page, which know nothing of links."""
    await made.release()
    await made.desk.write(lambda s: tickets.change(s, made.ticket, event, LENA, made.desk.clock.at))
    assert (await made.look(http))[0] == 404
    with pytest.raises(NotAllowed, match="release the package first"):
        await made.release_link_again()


async def test_reopening_shuts_what_is_open(made: Delivery, http: aiohttp.ClientSession) -> None:
    """A delivered request that is taken up again may show what must not be read on."""
    await made.release()
    key = await made.open(http)
    await made.desk.write(lambda s: tickets.change(s, made.ticket, "reopen", LENA, made.desk.clock.at))
    assert (await made.post(http, "file", key=key, file="all"))[0] == 404


async def test_what_nobody_opened_goes_back_to_review(made: Delivery) -> None:
    """Withdrawn before it was opened, it is in review again, and needs a second person again."""
    await made.release()
    await made.withdraw()
    assert await state(made) == "review"
    assert (await the(made, Ticket, id=made.ticket)).released_by is None  # type: ignore[attr-defined]


async def test_withdrawing_needs_a_reason_and_something_released(made: Delivery) -> None:
    """Each refusal names the mend."""
    with pytest.raises(PermanentError, match="what the mistake is"):
        await made.withdraw(reason="  ")
    with pytest.raises(NotAllowed, match="nothing is released"):
        await made.withdraw()


async def test_an_opened_package_is_deleted_after_its_days(made: Delivery, http: aiohttp.ClientSession) -> None:
    """Thirty days after it was first opened the bytes are gone, the link is dead, and the digest stays."""
    await made.release()
    key = await made.open(http)
    keep = timedelta(days=30)
    made.desk.clock.move(days=29, hours=23)
    assert await made.desk.write(lambda s: keeping.expire(s, made.desk.clock.at, keep)) == 0
    made.desk.clock.move(hours=1)
    assert await made.desk.write(lambda s: keeping.expire(s, made.desk.clock.at, keep)) == 1
    package = await the(made, Package)
    assert (package.state, len(package.digest)) == ("deleted", 64)  # type: ignore[attr-defined]
    files = await made.desk.read(lambda s: [(f.content, len(f.digest)) for f in s.scalars(select(PackageFile))])
    assert files == [(b"", 64)] * len(FILES)
    assert (await made.post(http, "file", key=key, file="all"))[0] == 404
    assert await made.desk.write(lambda s: keeping.expire(s, made.desk.clock.at, keep)) == 0


async def test_what_nobody_opens_is_deleted_after_link_and_grace(made: Delivery) -> None:
    """Fourteen days of the link and fourteen of grace."""
    await made.release()
    keep = timedelta(days=30)
    made.desk.clock.move(days=27)
    assert await made.desk.write(lambda s: keeping.expire(s, made.desk.clock.at, keep)) == 0
    made.desk.clock.move(days=1)
    assert await made.desk.write(lambda s: keeping.expire(s, made.desk.clock.at, keep)) == 1


async def test_a_built_package_waits_for_its_release_however_long(made: Delivery) -> None:
    """Only one that was replaced, or whose ticket has ended, goes."""
    made.desk.clock.move(days=300)
    keep = timedelta(days=30)
    assert await made.desk.write(lambda s: keeping.expire(s, made.desk.clock.at, keep)) == 0

    def rebuilt(session: Session) -> None:
        ticket = session.get_one(Ticket, made.ticket)
        built(session, ticket, made.desk.desk.sealer, made.desk.clock.at, by=1, version=2)

    await made.desk.write(rebuilt)
    assert await made.desk.write(lambda s: keeping.expire(s, made.desk.clock.at, keep)) == 1


async def test_a_legal_hold_keeps_a_package(made: Delivery) -> None:
    """Nothing of that person is deleted while one is in force, neither by time nor by hand."""
    await made.release()
    await made.withdraw()
    from bot.contacts import holds

    def hold(session: Session) -> int:
        holds.place(session, session.get_one(Ticket, made.ticket).contact_id, "a dispute", LENA, made.desk.clock.at)
        return session.scalars(select(Package.id)).one()

    package = await made.desk.write(hold)
    made.desk.clock.move(days=90)
    now = made.desk.clock.at
    assert await made.desk.write(lambda s: keeping.expire(s, now, timedelta(days=30))) == 0
    with pytest.raises(NotAllowed, match="legal hold"):
        await made.desk.write(lambda s: keeping.delete(s, package, LENA, now))


async def test_a_released_package_is_not_deleted_by_hand(made: Delivery) -> None:
    """It is out with its person: withdrawing comes first, then its files can go at once."""
    await made.release()
    package = (await the(made, Package)).id  # type: ignore[attr-defined]
    now = made.desk.clock.at
    with pytest.raises(NotAllowed, match="withdraw it first"):
        await made.desk.write(lambda s: keeping.delete(s, package, LENA, now))
    await made.withdraw()
    await made.desk.write(lambda s: keeping.delete(s, package, LENA, now))
    assert (await the(made, Package)).state == "deleted"  # type: ignore[attr-defined]


async def test_no_client_nor_address_is_in_the_audit(made: Delivery, http: aiohttp.ClientSession) -> None:
    """Audit entries outlive everything: facts and numbers only."""
    await made.release()
    await made.open(http)
    clients = await made.desk.read(lambda s: set(s.scalars(select(PackageAccess.client))))
    data = await made.desk.read(lambda s: " ".join(s.scalars(select(AuditEntry.data))))
    assert not any(client in data for client in clients)
    assert "customer.example" not in data
    assert "+4477" not in data
    assert made.link not in data


async def test_withdrawn_tickets_need_their_own_package(made: Delivery) -> None:
    """After a withdrawal the old package can't be released again: it is built anew."""
    await made.release()
    await made.withdraw()
    with pytest.raises(NotAllowed, match="build it"):
        await made.release(by=3, role="admin")
