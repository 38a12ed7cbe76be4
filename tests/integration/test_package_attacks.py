"""What somebody tries who wants another person's package: many at once, looking all day, keys of yesterday."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.audit.actors import Actor
from bot.contacts import linking, proving
from bot.contacts.models import ContactAddress, OneTimeCode, Proof
from bot.messages.models import Inbox
from bot.packages import accesses
from bot.packages.link_models import PackageAccess, PackageLink, PackageOpening
from bot.packages.models import Package, PackageFile
from bot.tickets.models import Ticket
from bot.tickets.states import NotAllowed
from tests.integration.package_support import Delivery, built, in_review
from tests.integration.test_identity import other, write
from tests.integration.whole_desk import world

AT_ONCE = 20
CHECK = "write to us"


async def tries(made: Delivery) -> int:
    return int(await made.desk.read(lambda session: session.scalar(select(func.sum(OneTimeCode.tries))) or 0))


async def test_guesses_that_come_at_once_are_counted_one_by_one(tmp_path: Path) -> None:
    """Twenty wrong codes at the same moment are three tries; the right one behind them opens nothing."""
    async with in_review(tmp_path) as made, aiohttp.ClientSession() as http:
        await made.release()
        await made.post(http, "code")
        code = await made.code()
        told = await asyncio.gather(*(made.post(http, "open", code=other(code, step)) for step in range(1, AT_ONCE)))
        assert {status for status, _page in told} == {403}
        assert await tries(made) == 3
        assert (await made.post(http, "open", code=code))[0] == 403
        assert await made.desk.read(lambda session: session.scalar(select(func.count(PackageOpening.id)))) == 0


async def test_one_code_sent_many_times_at_once_opens_once(tmp_path: Path) -> None:
    """Of twenty right ones at the same moment, one opens the package."""
    async with in_review(tmp_path) as made, aiohttp.ClientSession() as http:
        await made.release()
        await made.post(http, "code")
        code = await made.code()
        told = await asyncio.gather(*(made.post(http, "open", code=code) for _ in range(AT_ONCE)))
        assert sorted(status for status, _page in told) == [200] + [403] * (AT_ONCE - 1)


async def test_looking_at_a_link_all_day_lifts_no_limit(tmp_path: Path) -> None:
    """The log of looks is full; codes that are sent and typed wrong are counted all the same."""
    async with in_review(tmp_path) as made, aiohttp.ClientSession() as http:
        await made.release()
        now = made.desk.clock.at

        def looked(session: Session) -> None:
            link = session.scalars(select(PackageLink)).one()
            for _ in range(accesses.MOST_A_DAY + 1):
                accesses.note(session, link, "link_opened", "c" * 32, now)

        await made.desk.write(looked)
        sent = []
        for _hour in range(6):
            for _ in range(3):
                await made.post(http, "code")
            made.desk.clock.at += timedelta(minutes=61)
        sent = await made.desk.read(
            lambda s: s.scalars(select(PackageAccess.outcome).where(PackageAccess.what == "code_sent")).all()
        )
        assert list(sent).count("") == 10
        for _ in range(12):
            await made.post(http, "open", code="111111")
        wrong = await made.desk.read(
            lambda s: len(accesses.wrong(s, s.scalars(select(PackageLink.id)).one(), now)),
        )
        assert wrong == 9


async def test_a_code_opens_nothing_once_its_phone_proves_nobody(tmp_path: Path) -> None:
    """It went out; before it is typed, staff note that several people use the phone, or that it is somebody else's."""
    for work in (
        lambda session, made: linking.share(session, made.phone, Actor("lead", 2), made.desk.clock.at, shared=True),
        lambda session, made: linking.reassign(session, made.phone, "It rings elsewhere.", Actor("lead", 2),
                                               made.desk.clock.at),
    ):  # fmt: skip
        folder = tmp_path / str(id(work))
        folder.mkdir()
        async with in_review(folder) as made, aiohttp.ClientSession() as http:
            await made.release()
            await made.post(http, "code")
            code = await made.code()
            await made.desk.write(lambda session, made=made, work=work: work(session, made) and None)
            status, page = await made.post(http, "open", code=code)
            assert (status, CHECK in page) == (403, True)
            assert await made.desk.read(lambda session: session.scalar(select(func.count(PackageOpening.id)))) == 0


async def test_a_key_fetches_nothing_of_another_package_and_nothing_afterwards(tmp_path: Path) -> None:
    """Numbers of another package's files, names with paths, and every file once the package is taken back."""
    async with in_review(tmp_path) as made, aiohttp.ClientSession() as http:
        await made.release()

        def other_package(session: Session) -> list[int]:
            ticket = session.get_one(Ticket, made.ticket)
            foreign = Ticket(**{
                column.key: getattr(ticket, column.key) for column in Ticket.__mapper__.column_attrs
                if column.key not in ("id", "reference")
            }, reference="DR-00000-00000")  # fmt: skip
            session.add(foreign)
            session.flush()
            package = built(session, foreign, made.desk.desk.sealer, made.desk.clock.at, by=1, state="released")
            return list(session.scalars(select(PackageFile.id).where(PackageFile.package_id == package.id)))

        foreign = await made.desk.write(other_package)
        key = await made.open(http)
        mine = await made.desk.read(
            lambda s: s.scalars(select(PackageFile.id).join(Package, Package.id == PackageFile.package_id)
                                .where(Package.ticket_id == made.ticket)).all()
        )  # fmt: skip
        for wanted in (*map(str, foreign), "../desk.db", "report.html", "0", "-1", "all ", f"{mine[0]} ", "٣"):
            status, page = await made.post(http, "file", key=key, file=wanted)
            assert (status, "What we hold" in page) == (403, False), wanted
        assert (await made.post(http, "file", key=key, file=str(mine[0])))[0] == 200
        await made.withdraw()
        assert (await made.post(http, "file", key=key, file=str(mine[0])))[0] == 404


async def test_no_package_goes_out_on_control_of_an_address_alone(tmp_path: Path) -> None:
    """Work may begin one tier lower, with a reason; the package is neither released nor, once its record is taken back,
    opened below tier 2.
    """
    async with in_review(tmp_path) as made, aiohttp.ClientSession() as http:

        def record(*, ended: bool) -> Callable[[Session], None]:
            def work(session: Session) -> None:
                proof = session.scalars(select(Proof).where(Proof.kind == "record")).one()
                proof.ended_at = made.desk.clock.at if ended else None
                ticket = session.get_one(Ticket, made.ticket)
                ticket.identity_tier = 1 if ended else 2

            return work

        await made.desk.write(record(ended=True))
        with pytest.raises(NotAllowed, match="proved to tier 1 now and 2 is needed"):
            await made.release()
        await made.desk.write(record(ended=False))
        await made.release()
        await made.post(http, "code")
        code = await made.code()
        await made.desk.write(record(ended=True))
        status, page = await made.post(http, "open", code=code)
        assert (status, CHECK in page) == (403, True)


async def test_hostile_addresses_of_the_page_lead_nowhere_else(tmp_path: Path) -> None:
    """Line ends, slashes and other sites in the place of a token: never a header of theirs, never a way out."""
    async with in_review(tmp_path) as made, aiohttp.ClientSession() as http:
        await made.release()
        for token in ("%0d%0aX-Evil:%201", "%2f%2fevil.example", "..%2f..%2fconsole", "%00", "\u202e" * 43):
            async with http.get(f"{made.desk.url}/package/{token}/code", allow_redirects=False) as answer:
                assert "X-Evil" not in answer.headers
                assert answer.headers.get("Location", "/package/").startswith("/package/")
            async with http.get(f"{made.desk.url}/package/{token}", allow_redirects=False) as answer:
                assert answer.status == 404
                assert "no-store" in answer.headers["Cache-Control"] or "X-Content-Type-Options" in answer.headers


async def test_a_packages_code_sent_to_us_is_kept_nowhere(tmp_path: Path) -> None:
    """Whoever texts it to us instead of typing it on the page is told where it belongs; it is still good there."""
    async with world(tmp_path) as outside:
        await outside.texted("Do you sell my data?")
        desk, now = outside.desk.desk, outside.clock()

        def issue(session: Session) -> str:
            address = session.get_one(ContactAddress, 1)
            return proving.issue(session, address, "package", None, now, desk.house.sign).code

        code = await write(outside, issue)
        assert "type it on the page" in await outside.texted(code)
        assert not any(code in line.text for line in await outside.lines())
        assert (await outside.all(Inbox))[-1].payload == b""
        verdict = await write(
            outside,
            lambda session: proving.check(
                session, session.get_one(ContactAddress, 1), code, now, desk.house.sign, purpose="package"
            ),
        )  # fmt: skip
        assert verdict == "ok"
