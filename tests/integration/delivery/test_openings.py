"""An opened package: how long it stays open, how often it is opened, and files that were tampered with."""

from __future__ import annotations

import aiohttp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations.models import Message
from bot.packages import links
from bot.packages.link_models import PackageAccess
from bot.packages.models import PackageFile
from bot.packages.standing import MOST_OPENINGS
from tests.integration.delivery.conftest import state
from tests.integration.package_support import Delivery


async def test_an_opening_ends_by_itself(made: Delivery, http: aiohttp.ClientSession) -> None:
    """After fifteen idle minutes the key gives nothing, and the page says so."""
    await made.release()
    key = await made.open(http)
    made.desk.clock.move(minutes=15)
    status, page = await made.post(http, "file", key=key, file="all")
    assert (status, "Your last visit is over" in page) == (403, True)


async def test_closing_is_at_once(made: Delivery, http: aiohttp.ClientSession) -> None:
    """On a shared computer: done is done."""
    await made.release()
    key = await made.open(http)
    _status, page = await made.post(http, "close", key=key)
    assert "closed here" in page
    assert (await made.post(http, "file", key=key, file="all"))[0] == 403


async def test_ten_openings_are_all(made: Delivery, http: aiohttp.ClientSession) -> None:
    """The tenth visit may go on; an eleventh does not begin."""
    await made.release()

    def nine(session: Session) -> None:
        links.find(session, made.link).openings = MOST_OPENINGS - 1  # type: ignore[union-attr]

    await made.desk.write(nine)
    key = await made.open(http)
    async with http.post(f"{made.desk.url}/package/{made.link}/file", data={"key": key, "file": "all"}) as response:
        assert response.status == 200
    assert (await made.look(http))[0] == 404


async def test_a_file_tampered_with_after_the_release_is_not_given(made: Delivery, http: aiohttp.ClientSession) -> None:
    """A right code then opens nothing; the page names no reason, staff are told, the ticket is not delivered."""
    await made.release()

    def tamper(session: Session) -> None:
        file = session.scalars(select(PackageFile).where(PackageFile.name == "report.html")).one()
        file.content = made.desk.desk.sealer.seal(b"<h1>forged</h1>", PackageFile.purpose(made.ticket, 1))

    await made.desk.write(tamper)
    await made.post(http, "code")
    status, page = await made.post(http, "open", code=await made.code())
    assert (status, 'name="key"' in page) == (403, False)
    assert await state(made) == "ready"
    notes = await made.desk.read(lambda s: [m.text for m in s.scalars(select(Message).filter_by(direction="note"))])
    assert any("could not be opened" in note for note in notes)


def tampered(made: Delivery, session: Session) -> int:
    """The last file of the package holds something else."""
    file = session.scalars(select(PackageFile).where(PackageFile.name == "attachments/1.txt")).one()
    file.content = made.desk.desk.sealer.seal(b"forged", PackageFile.purpose(made.ticket, 1))
    return file.id


async def test_a_file_tampered_with_while_it_is_open_is_not_sent(made: Delivery, http: aiohttp.ClientSession) -> None:
    """Each file is held against its digest as it goes: nothing of it is sent, and staff are told."""
    await made.release()
    key = await made.open(http)
    file = await made.desk.write(lambda s: tampered(made, s))
    status, page = await made.post(http, "file", key=key, file=str(file))
    assert (status, "forged" in page, "check something with you" in page) == (403, False, True)
    notes = await made.desk.read(lambda s: [m.text for m in s.scalars(select(Message).filter_by(direction="note"))])
    assert any("could not be opened" in note for note in notes)


async def test_an_archive_with_a_tampered_file_breaks_off(made: Delivery, http: aiohttp.ClientSession) -> None:
    """Half an archive never looks like a whole one, and staff are told."""
    await made.release()
    key = await made.open(http)
    await made.desk.write(lambda s: tampered(made, s))
    with pytest.raises(aiohttp.ClientPayloadError):
        await made.post(http, "file", key=key, file="all")
    steps = await made.desk.read(lambda s: [(a.what, a.outcome) for a in s.scalars(select(PackageAccess))])
    assert steps[-1] == ("downloaded", "not_whole")
