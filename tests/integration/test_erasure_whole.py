"""The proof of erasure over a whole request: a copy asked for, shown to be theirs, searched, built, handed over.

Then its person is erased. Every table that `fates` names has rows of theirs before; afterwards none is left, and their
words are in no column, no file, no sealed value, no page of the console and no sheet of a report.
"""

from __future__ import annotations

import html
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from sqlalchemy import LargeBinary, func, select
from sqlalchemy.orm import Session

from bot.audit.chain import Whole, verify
from bot.audit.log import rows
from bot.contacts.models import Contact
from bot.conversations.models import Conversation
from bot.db import Base
from bot.erasure import removing
from bot.erasure.fates import FATES
from bot.erasure.scope import Whose, belongs, need
from bot.reports.service import REPORTS
from bot.sealing import SealBroken, Sealer
from bot.tickets.models import Ticket
from tests.integration.erasure_story import (
    RECORD,
    Browser,
    asked_and_known,
    at_work,
    beside,
    erased,
    handed_over,
    searched,
)
from tests.integration.search_support import folder_source
from tests.integration.test_erasure import SEEN, _all_columns, _files_with, _texts
from tests.integration.whole_desk import World, world


@pytest.fixture
def purposes(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """For what anything was sealed while the test ran."""
    seen: set[str] = set()
    seal = Sealer.seal

    def noted(self: Sealer, plain: bytes, purpose: str) -> bytes:
        seen.add(purpose)
        return seal(self, plain, purpose)

    monkeypatch.setattr(Sealer, "seal", noted)
    return seen


async def test_nothing_is_left_after_a_whole_request(tmp_path: Path, purposes: set[str]) -> None:
    """Text, mail and chat; codes, a claim, a search with an upload, a package with link, calls, openings; consent."""
    records = tmp_path / "records"
    records.mkdir()
    (records / "customers.csv").write_text(RECORD)
    data, table = tmp_path / "desk", folder_source(records)
    table["files"][0] |= {"match": {"name": "name"}, "customer": "no"}
    table["covers"] = ["telephone"]
    async with (
        world(data, data_sources=[table]) as outside,
        at_work(outside, "sam@iomart.com", "agent") as sam,
        at_work(outside, "lena@iomart.com", "lead") as lena,
    ):
        ticket = await asked_and_known(outside)
        await searched(outside, sam, ticket)
        link = await handed_over(outside, sam, lena, ticket)
        await beside(outside, ticket)
        hers = sorted(await outside.desk.desk.database.read(lambda s: s.scalars(select(Contact.id)).all()))
        assert await counted(outside, hers) == {fate.table for fate in FATES}, "a table that this test leaves out"
        assert _texts(await columns(outside), SEEN) == SEEN
        assert await opened(outside, purposes)
        await erased(outside, sam, lena)
        assert not await outside.desk.desk.database.read(lambda s: removing.left(s, Whose(hers)))
        gone = {fate.table for fate in FATES if fate.blank is None}
        assert not await counted(outside, hers) & gone
        assert not _texts(await columns(outside), SEEN)
        assert not _files_with(data, SEEN)
        assert not await opened(outside, purposes)
        assert isinstance(await outside.desk.desk.database.read(lambda s: verify(rows(s))), Whole)
        await nothing_is_shown(outside, lena, link)


async def columns(outside: World) -> list[str]:
    return await outside.desk.desk.database.read(_all_columns)


async def counted(outside: World, hers: list[int]) -> set[str]:
    """The tables that have rows of hers."""

    def work(session: Session) -> set[str]:
        of = {fate.table: (fate, need(fate.table)) for fate in FATES}
        query = {
            name: select(func.count()).where(belongs(fate, table, Whose(hers))) for name, (fate, table) in of.items()
        }
        return {name for name, each in query.items() if session.scalar(each)}

    return await outside.desk.desk.database.read(work)


async def opened(outside: World, purposes: set[str]) -> list[str]:
    """What stands sealed anywhere and tells of her, opened for every purpose that anything was sealed for."""
    sealer = outside.desk.desk.sealer

    def work(session: Session) -> list[bytes]:
        found = []
        for table in Base.metadata.sorted_tables:
            for column in (each for each in table.columns if isinstance(each.type, LargeBinary)):
                found += [bytes(value) for value in session.scalars(select(column).where(column.is_not(None)))]
        return found

    plain = []
    for value in await outside.desk.desk.database.read(work):
        for purpose in purposes:
            with suppress(SealBroken):
                plain.append(sealer.open(value, purpose).decode("utf-8", "replace"))
    return _texts(plain, SEEN)


async def nothing_is_shown(outside: World, lena: Browser, link: str) -> None:
    """Searches, lists, her requests and her own page, every report and its sheet; her link opens nothing."""
    pages = [f"/console/search?q={quote(word)}" for word in SEEN[:6]]
    pages += [f"/console/?view={view}" for view in ("all", "rights", "unanswered")]
    pages += [f"/console/tickets/{each.reference}" for each in await outside.all(Ticket)]
    pages += [f"/console/people/{each.id}" for each in await outside.all(Contact)]
    pages += [f"/console/conversations/{each.id}" for each in await outside.all(Conversation)]
    pages += ["/console/report", "/console/learn", *(f"/console/report/{name}.csv" for name in REPORTS)]
    for path in pages:
        typed = unquote(path.partition("?q=")[2])
        page = html.unescape(await lena.get(path))
        assert "Something went wrong" not in page, path
        # A search says again what was typed.
        found = [word for word in _texts([page], SEEN) if word.lower() not in typed.lower()]
        assert not found, (path, found)
        assert not typed or "Nothing fits" in page, page
    async with outside.http.get(f"http://127.0.0.1:{outside.desk.http_port}/package/{link}") as answer:
        assert answer.status == 404
