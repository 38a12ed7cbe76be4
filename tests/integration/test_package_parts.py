"""The parts that hand a package over: links, openings, sealed files, the log; real services over a real database."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.models import AuditEntry
from bot.contacts.models import ContactAddress
from bot.errors import PermanentError
from bot.packages import accesses, contents, links, openings
from bot.packages.link_models import PackageAccess, PackageLink
from bot.packages.models import Package, PackageFile, PackageFinding
from bot.sealing import Sealer
from bot.tickets.models import Ticket
from tests.integration.console_support import customer, request, staff
from tests.integration.package_support import FILES, built
from tests.support import NOON, HeldClock, running

SEALER = Sealer(b"a key for tests")


def sign(purpose: str, text: str) -> str:
    """A keyed hash, as short as the desk's."""
    return hashlib.sha256(f"{purpose}\0{text}".encode()).hexdigest()[:32]


class Case:
    """One ticket with a built package and two addresses."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.staff = staff(session, NOON)
        talk = customer(session, NOON)
        self.ticket = session.get_one(Ticket, request(session, talk, "access", "my data please", NOON))
        self.package = built(session, self.ticket, SEALER, NOON, by=self.staff)
        self.mail = ContactAddress(contact_id=talk.contact_id, channel="mail", value="tess@customer.example")
        session.add(self.mail)
        session.flush()
        query = select(ContactAddress).where(ContactAddress.channel == "sms")
        self.phone = session.scalars(query).one()

    def link(self) -> links.Fresh:
        return links.make(
            self.session, self.ticket, self.package.id, NOON, sent_to=self.mail, code_to=self.phone,
            staff_id=self.staff, days=14,
        )  # fmt: skip


async def within(folder: Path, work: Callable[[Case], Any]) -> Any:
    """Do it in a unit of work of a running desk."""
    async with running(folder, HeldClock()) as desk:
        return await desk.desk.database.write(lambda session: work(Case(session)))


async def test_a_token_is_found_and_kept_nowhere(tmp_path: Path) -> None:
    """The link is found by its token; the row holds a SHA-256 alone, and another token finds nothing."""

    def work(case: Case) -> None:
        made = case.link()
        found = links.find(case.session, made.token)
        assert found is not None
        assert found.id == made.link.id
        row = case.session.get_one(PackageLink, found.id)
        assert made.token not in {str(getattr(row, name.key)) for name in PackageLink.__table__.columns}
        assert links.find(case.session, made.token[:-1] + ("a" if made.token[-1] != "a" else "b")) is None
        assert links.find(case.session, made.link.token_hash[:43]) is None

    await within(tmp_path, work)


async def test_a_new_link_ends_the_old_and_what_is_open_by_it(tmp_path: Path) -> None:
    """Somebody who reads by the old link can't go on."""

    def work(case: Case) -> None:
        old = case.link()
        begun = openings.begin(case.session, old.link, "a" * 32, sign, NOON)
        case.link()
        assert old.link.ended_why == "replaced"
        assert begun.opening.ended_why == "replaced"

    await within(tmp_path, work)


async def test_link_and_code_never_go_by_one_channel(tmp_path: Path) -> None:
    """Not to the same address, and not to another one on the same channel."""

    def work(case: Case) -> None:
        other = ContactAddress(contact_id=case.ticket.contact_id, channel="mail", value="other@customer.example")
        case.session.add(other)
        case.session.flush()
        for code_to in (case.mail, other):
            with pytest.raises(PermanentError, match="another one for the code, or a call-back"):
                links.make(
                    case.session, case.ticket, case.package.id, NOON, sent_to=case.mail, code_to=code_to,
                    staff_id=case.staff, days=14,
                )  # fmt: skip

    await within(tmp_path, work)


async def test_a_key_opens_only_for_whom_it_was_made_and_only_its_link(tmp_path: Path) -> None:
    """Another client with the same key, a guessed key, and the key at another link are all refused."""

    def work(case: Case) -> None:
        made = case.link()
        begun = openings.begin(case.session, made.link, "a" * 32, sign, NOON)
        later = NOON + timedelta(minutes=14)
        assert openings.use(case.session, made.link, begun.key, "a" * 32, sign, later)[1] == "good"
        assert openings.use(case.session, made.link, begun.key, "b" * 32, sign, later)[1] == "elsewhere"
        assert openings.use(case.session, made.link, "guess", "a" * 32, sign, later) == (None, None)
        assert openings.use(case.session, made.link, "x" * 5_000, "a" * 32, sign, later) == (None, None)
        other = case.link()
        assert openings.use(case.session, other.link, begun.key, "a" * 32, sign, later) == (None, None)

    await within(tmp_path, work)


async def test_use_keeps_an_opening_alive_up_to_its_hour(tmp_path: Path) -> None:
    """Each download gives fifteen minutes more, and none of them more than the hour."""

    def work(case: Case) -> None:
        made = case.link()
        begun = openings.begin(case.session, made.link, "a" * 32, sign, NOON)
        states = [
            openings.use(case.session, made.link, begun.key, "a" * 32, sign, NOON + timedelta(minutes=minutes))[1]
            for minutes in (14, 28, 42, 56, 60)
        ]
        assert states == ["good", "good", "good", "good", "over"]

    await within(tmp_path, work)


async def test_a_second_place_ends_the_first_and_is_told(tmp_path: Path) -> None:
    """Two right codes from two places: the first opening is over. From the same place it is only replaced."""

    def work(case: Case) -> None:
        made = case.link()
        first = openings.begin(case.session, made.link, "a" * 32, sign, NOON)
        again = openings.begin(case.session, made.link, "a" * 32, sign, NOON)
        other = openings.begin(case.session, made.link, "b" * 32, sign, NOON)
        assert (first.opening.ended_why, again.from_another_place) == ("replaced", False)
        assert (again.opening.ended_why, other.from_another_place) == ("another_place", True)
        assert made.link.openings == 3

    await within(tmp_path, work)


async def test_a_whole_package_passes(tmp_path: Path) -> None:
    """What was built is read back byte for byte."""

    def work(case: Case) -> None:
        contents.check(case.session, case.package, SEALER)
        for file in contents.entries(case.session, case.package.id):
            assert contents.plain(case.session, file.id, SEALER) == FILES[file.name][1]

    await within(tmp_path, work)


def _changed(case: Case) -> PackageFile:
    return case.session.scalars(select(PackageFile).where(PackageFile.name == "data.json")).one()


def _altered(case: Case) -> None:
    file = _changed(case)
    file.content = file.content[:-1] + bytes([file.content[-1] ^ 1])


def _sealed_anew(case: Case) -> None:
    _changed(case).content = SEALER.seal(b'{"items": [1]}', PackageFile.purpose(case.ticket.id, 1))


def _moved(case: Case) -> None:
    other = case.session.scalars(select(PackageFile).where(PackageFile.name == "report.pdf")).one()
    _changed(case).content = other.content


def _gone(case: Case) -> None:
    case.session.delete(_changed(case))


def _emptied(case: Case) -> None:
    _changed(case).content = b""


def _with_another_digest(case: Case) -> None:
    _sealed_anew(case)
    _changed(case).digest = hashlib.sha256(b'{"items": [1]}').hexdigest()


@pytest.mark.parametrize("harm", [_altered, _sealed_anew, _moved, _gone, _emptied, _with_another_digest])
async def test_a_tampered_file_is_noticed(tmp_path: Path, harm: Callable[[Case], None]) -> None:
    """A flipped bit, another content, a file in another's place, a missing one, even with a digest made to fit."""

    def work(case: Case) -> None:
        harm(case)
        case.session.flush()
        with pytest.raises(contents.NotWhole, match="build the package again"):
            contents.check(case.session, case.package, SEALER)

    await within(tmp_path, work)


async def test_a_file_moved_between_two_packages_is_refused(tmp_path: Path) -> None:
    """Somebody who writes in the database moves it, between versions or tickets, with every digest made to fit."""

    def work(case: Case) -> None:
        mine = _changed(case)
        talk = customer(case.session, NOON, address="+447700900777")
        elsewhere = case.session.get_one(Ticket, request(case.session, talk, "access", "mine too", NOON))
        for version, ticket in ((2, case.ticket), (1, elsewhere)):
            other = built(case.session, ticket, SEALER, NOON, by=case.staff, version=version)
            theirs = next(each for each in contents.entries(case.session, other.id) if each.name == "data.json")
            secret = b'{"items": ["of somebody else"]}'
            moved = case.session.get_one(PackageFile, theirs.id)
            moved.content = SEALER.seal(secret, PackageFile.purpose(ticket.id, version))
            moved.digest, moved.size = hashlib.sha256(secret).hexdigest(), len(secret)
            case.session.flush()
            assert contents.plain(case.session, moved.id, SEALER) == secret
            mine.content, mine.digest, mine.size = moved.content, moved.digest, moved.size
            case.session.flush()
            case.package.digest = contents.whole_digest(contents.entries(case.session, case.package.id))
            with pytest.raises(contents.NotWhole, match="altered or moved"):
                contents.check(case.session, case.package, SEALER)

    await within(tmp_path, work)


async def test_findings_count_until_somebody_settles_them(tmp_path: Path) -> None:
    """An open finding is one without a reason."""

    def work(case: Case) -> list[int]:
        found = PackageFinding(package_id=case.package.id, kind="email", place="report.html", text=b"x")
        case.session.add(found)
        case.session.flush()
        before = contents.open_findings(case.session, case.package.id)
        found.reason = "it is their own"
        case.session.flush()
        return [before, contents.open_findings(case.session, case.package.id)]

    assert await within(tmp_path, work) == [1, 0]


async def test_the_archive_is_a_zip_of_all_files(tmp_path: Path) -> None:
    """Written piece by piece, it opens in any program and holds every file."""
    archive = contents.Archive(NOON)
    pieces = [piece for name, (_kind, content) in FILES.items() for piece in archive.add(name, content)]
    whole = b"".join([*pieces, *archive.end()])
    with zipfile.ZipFile(io.BytesIO(whole)) as opened:
        assert opened.testzip() is None
        assert {name: opened.read(name) for name in opened.namelist()} == {n: c for n, (_k, c) in FILES.items()}


async def test_the_log_is_bounded_but_for_what_a_code_stands_before(tmp_path: Path) -> None:
    """A link that is called all day fills no disk, and openings are still kept. No audit entry holds the client."""

    def work(case: Case) -> tuple[int, int, list[str]]:
        made = case.link()
        for _ in range(accesses.MOST_A_DAY + 30):
            accesses.note(case.session, made.link, "link_opened", "c" * 32, NOON)
        accesses.note(case.session, made.link, "opened", "c" * 32, NOON)
        accesses.note(case.session, made.link, "link_opened", "c" * 32, NOON + timedelta(days=1, seconds=1))
        rows = case.session.scalars(select(PackageAccess.what)).all()
        data = case.session.scalars(select(AuditEntry.data).where(AuditEntry.action.like("package.%"))).all()
        return rows.count("link_opened"), rows.count("opened"), list(data)

    looked, opened, audited = await within(tmp_path, work)
    assert (looked, opened) == (accesses.MOST_A_DAY + 1, 1)
    assert len(audited) == accesses.MOST_A_DAY + 2
    assert not any("c" * 32 in data for data in audited)


async def test_the_package_keeps_its_state_by_itself(tmp_path: Path) -> None:
    """Making a link changes nothing about the package: releasing does."""

    def work(case: Case) -> str:
        case.link()
        return case.session.get_one(Package, case.package.id).state

    assert await within(tmp_path, work) == "built"
