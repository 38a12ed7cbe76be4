"""A package from its release to its last download: real HTTP, real sealed files, real codes."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.actors import Actor
from bot.audit.models import AuditEntry
from bot.contacts.models import ContactAddress, OneTimeCode, Proof
from bot.conversations.models import Message
from bot.errors import PermanentError
from bot.messages.models import Outbox
from bot.packages import keeping, links, release, taking
from bot.packages.link_models import PackageAccess, PackageCall, PackageLink, PackageOpening
from bot.packages.models import ItemReview, Package, PackageFile, PackageFinding
from bot.packages.release import Route
from bot.packages.standing import MOST_OPENINGS
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from bot.tickets.states import Event, NotAllowed
from tests.integration.console_support import customer
from tests.integration.package_support import FILES, Delivery, built, in_review, key_of

SAM, LENA, ADA = Actor("agent", 1), Actor("lead", 2), Actor("admin", 3)


@pytest.fixture
async def made(tmp_path: Path) -> AsyncIterator[Delivery]:
    async with in_review(tmp_path) as delivery:
        yield delivery


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


def elsewhere() -> aiohttp.ClientSession:
    """Another browser."""
    return aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), headers={"User-Agent": "another browser"})


async def the(made: Delivery, table: type, **values: object) -> object:
    """The one row of a table."""
    return await made.desk.read(lambda s: s.scalars(select(table).filter_by(**values)).one())


async def state(made: Delivery) -> str:
    return str(await made.desk.read(lambda s: s.get_one(Ticket, made.ticket).state))


# Release


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


# The page


async def test_the_whole_way_to_a_delivered_package(made: Delivery, http: aiohttp.ClientSession) -> None:
    """Link, code on the other channel, files byte for byte, everything as a ZIP; the ticket is delivered by the bot."""
    await made.release()
    status, page = await made.look(http)
    assert status == 200
    assert "Send me a code" in page
    assert "text message" in page
    key = await made.open(http)
    assert await state(made) == "delivered"
    files = await made.desk.read(lambda s: {f.name: f.id for f in s.scalars(select(PackageFile))})
    url = f"{made.desk.url}/package/{made.link}/file"
    for name, (_kind, content) in FILES.items():
        async with http.post(url, data={"key": key, "file": str(files[name])}) as response:
            assert await response.read() == content
            assert response.headers["Content-Disposition"] == f'attachment; filename="{name.rpartition("/")[2]}"'
    async with http.post(url, data={"key": key, "file": "all"}) as response:
        with zipfile.ZipFile(io.BytesIO(await response.read())) as archive:
            assert {n: archive.read(n) for n in archive.namelist()} == {n: c for n, (_k, c) in FILES.items()}
    steps = await made.desk.read(lambda s: [(a.what, a.outcome) for a in s.scalars(select(PackageAccess))])
    assert steps == [("link_opened", ""), ("code_sent", ""), ("opened", ""), *[("downloaded", "")] * 5]
    actions = await made.desk.read(lambda s: set(s.scalars(select(AuditEntry.action))))
    assert {"package.link_opened", "package.code_sent", "package.opened", "package.downloaded"} <= actions


async def test_no_answer_sets_a_cookie_or_may_be_kept_or_framed(made: Delivery, http: aiohttp.ClientSession) -> None:
    """Policy §6.1: no cookies. Every answer, good or not, is private: no store, no index, no referrer, no scripts."""
    await made.release()
    key = await made.open(http)
    files = await made.desk.read(lambda s: {f.name: f.id for f in s.scalars(select(PackageFile))})
    base = f"{made.desk.url}/package"
    answers = [
        await http.get(f"{base}/{made.link}"),
        await http.get(f"{base}/{'x' * 43}"),
        await http.post(f"{base}/{made.link}/code"),
        await http.post(f"{base}/{made.link}/open", data={"code": "1"}),
        await http.post(f"{base}/{made.link}/file", data={"key": key, "file": "all"}),
        await http.post(f"{base}/{made.link}/file", data={"key": key, "file": files["report.html"], "how": "read"}),
        await http.get(f"{base}/{made.link}/file", allow_redirects=False),
    ]
    for answer in answers:
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert "script-src" not in answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    read = answers[5]
    assert read.headers["Content-Security-Policy"].startswith("sandbox;")
    assert read.headers["Content-Disposition"] == "inline"
    pages = [await answer.text() for answer in answers[:4]]
    assert not any(re.search(r"https?://(?!127\.0\.0\.1)|<script", page) for page in pages)


async def test_everything_that_opens_nothing_looks_the_same(made: Delivery, http: aiohttp.ClientSession) -> None:
    """Unknown, ill-formed, expired, withdrawn, replaced and used-up links give one page, byte for byte."""
    await made.release()
    seen = [await made.look(http, "A" * 43), await made.look(http, "short"), await made.look(http, "%00" + "A" * 42)]
    old = made.link

    def again(session: Session) -> None:
        desk = made.desk.desk
        release.new_link(
            session, made.ticket, ADA, made.desk.clock.at, house=desk.house, site=desk.sites[0],
            route=Route(made.mail, made.phone), days=14,
        )  # fmt: skip

    await made.desk.write(again)
    seen.append(await made.look(http, old))
    await made.release_link_again()
    made.desk.clock.move(days=15)
    seen.append(await made.look(http))
    made.desk.clock.move(days=-15)

    def used_up(session: Session) -> None:
        links.find(session, made.link).openings = MOST_OPENINGS  # type: ignore[union-attr]

    await made.desk.write(used_up)
    seen.append(await made.look(http))
    await made.withdraw()
    seen.append(await made.look(http))
    forms = ("code", "open", "file", "close")
    seen += [await made.post(http, form, code="123456", key="x", file="all") for form in forms]
    assert len(set(seen)) == 1
    assert seen[0][0] == 404


async def test_a_forwarded_link_alone_gives_nothing(made: Delivery, http: aiohttp.ClientSession) -> None:
    """Whoever has the link but not the phone sees no name, no reference, no file; the code goes to the phone alone."""
    await made.release()
    _status, page = await made.look(http)
    assert made.reference not in page
    assert "0123" not in page
    assert "tess" not in page
    _status, page = await made.post(http, "code")
    assert await made.code() not in page
    assert 'name="key"' not in page
    status, page = await made.post(http, "file", key="guess", file="all")
    assert status != 200
    assert await state(made) == "ready"


async def test_a_guessed_code_locks_after_three_tries(made: Delivery, http: aiohttp.ClientSession) -> None:
    """Three wrong ones, and the right code opens no more; every wrong answer reads the same. A new code then opens."""
    await made.release()
    await made.post(http, "code")
    right = await made.code()
    wrong = [f"{(int(right) + step) % 1_000_000:06}" for step in (1, 2, 3)]
    pages = [await made.post(http, "open", code=guess) for guess in wrong]
    locked = await made.post(http, "open", code=right)
    assert len({*pages, locked}) == 1
    assert locked[0] == 403
    assert await state(made) == "ready"
    assert await made.open(http)


async def test_guessing_with_new_codes_ends_for_the_day(made: Delivery, http: aiohttp.ClientSession) -> None:
    """Codes are sent but so often and bear so many wrong tries in a day; the next day the person may open it."""
    await made.release()
    for _ in range(4):
        await made.post(http, "code")
        for guess in ("000000", "000001", "000002"):
            await made.post(http, "open", code=guess)
        made.desk.clock.move(minutes=25)
    _status, page = await made.post(http, "code")
    assert "send another code yet" in page
    codes = await made.desk.read(lambda s: s.scalars(select(OneTimeCode)).all())
    assert len(codes) <= 3
    made.desk.clock.move(days=1)
    assert await made.open(http)


async def test_a_code_lives_for_ten_minutes(made: Delivery, http: aiohttp.ClientSession) -> None:
    """At ten minutes it opens nothing."""
    await made.release()
    await made.post(http, "code")
    code = await made.code()
    made.desk.clock.move(minutes=10)
    status, _page = await made.post(http, "open", code=code)
    assert status == 403


async def test_a_code_opens_only_the_package_that_it_was_sent_for(made: Delivery, http: aiohttp.ClientSession) -> None:
    """The same person's code for another request's package is wrong here, and stays good there."""
    await made.release()
    first = made.link

    def second(session: Session) -> int:
        ticket = session.get_one(Ticket, made.ticket)
        other = Ticket(
            **{c.key: getattr(ticket, c.key) for c in Ticket.__table__.columns if c.key not in ("id", "reference")},
            reference="DR-22222-22222",
        )
        other.state, other.released_by = "review", None
        session.add(other)
        session.flush()
        session.add(
            Proof(
                contact_id=ticket.contact_id,
                ticket_id=other.id,
                kind="record",
                tier=2,
                by="bot",
                evidence={},
                at=made.desk.clock.at,
            )
        )
        built(session, other, made.desk.desk.sealer, made.desk.clock.at, by=1)
        return other.id

    here, made.ticket = made.ticket, await made.desk.write(second)
    await made.release()
    await made.post(http, "code")
    code, theirs = await made.code(), made.link
    made.link = first
    status, _page = await made.post(http, "open", code=code)
    assert status == 403
    made.link = theirs
    status, _page = await made.post(http, "open", code=code)
    assert status == 200
    assert here != made.ticket


async def test_a_key_is_good_only_where_the_code_was_typed(made: Delivery, http: aiohttp.ClientSession) -> None:
    """The opened page's key in another browser gives no file, and staff see the try."""
    await made.release()
    key = await made.open(http)
    async with elsewhere() as other:
        status, page = await made.post(other, "file", key=key, file="all")
    assert status == 403
    assert "Your last visit is over" in page
    tries = await made.desk.read(lambda s: [(a.what, a.outcome) for a in s.scalars(select(PackageAccess))])
    assert ("downloaded", "elsewhere") in tries


async def test_a_second_place_ends_the_first_and_staff_are_told(made: Delivery, http: aiohttp.ClientSession) -> None:
    """Two right codes from two browsers: the first key opens nothing any more, and a note tells staff."""
    await made.release()
    first = await made.open(http)
    async with elsewhere() as other:
        second = await made.open(other)
        assert (await made.post(http, "file", key=first, file="all"))[0] == 403
        assert (await made.post(other, "close", key=second))[0] == 200
    notes = await made.desk.read(lambda s: [m.text for m in s.scalars(select(Message).filter_by(direction="note"))])
    assert any("opened from two places" in note for note in notes)


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


async def test_identity_that_lapsed_gets_no_code(made: Delivery, http: aiohttp.ClientSession) -> None:
    """A number whose control lapsed (it may be somebody else's by now) gets nothing; the page asks, staff are told."""
    await made.release()

    def lapse(session: Session) -> None:
        for proof in session.scalars(select(Proof).where(Proof.kind == "control")):
            proof.valid_until = made.desk.clock.at

    await made.desk.write(lapse)
    status, page = await made.post(http, "code")
    assert (status, "check something with you" in page) == (403, True)
    assert await made.desk.read(lambda s: s.scalars(select(OneTimeCode)).all()) == []
    notes = await made.desk.read(lambda s: [m.text for m in s.scalars(select(Message).filter_by(direction="note"))])
    assert any("identity is no longer proved" in note for note in notes)


async def test_control_of_both_addresses_alone_gets_no_code(made: Delivery, http: aiohttp.ClientSession) -> None:
    """The proof by records has ended: whoever holds phone and mailbox alone is shown nothing."""
    await made.release()

    def ended(session: Session) -> None:
        session.scalars(select(Proof).where(Proof.kind == "record")).one().ended_at = made.desk.clock.at

    await made.desk.write(ended)
    status, page = await made.post(http, "code")
    assert (status, "check something with you" in page) == (403, True)
    assert await made.desk.read(lambda s: s.scalars(select(OneTimeCode)).all()) == []


async def test_a_link_is_for_the_person_that_it_was_made_for(made: Delivery, http: aiohttp.ClientSession) -> None:
    """Where the request turns out to be somebody else's, the link of the one before opens nothing."""
    await made.release()

    def moved(session: Session) -> None:
        other = customer(session, made.desk.clock.at, address="+447700900777")
        session.get_one(Ticket, made.ticket).contact_id = other.contact_id

    await made.desk.write(moved)
    assert (await made.look(http))[0] == 404
    assert (await made.post(http, "code"))[0] == 404


async def test_a_reassigned_number_gets_no_code(made: Delivery, http: aiohttp.ClientSession) -> None:
    """The number was given to somebody else since the release."""
    await made.release()
    from bot.contacts import linking

    await made.desk.write(lambda s: linking.reassign(s, made.phone, "recycled", LENA, made.desk.clock.at))
    status, _page = await made.post(http, "code")
    assert status == 403
    assert await made.desk.read(lambda s: s.scalars(select(OneTimeCode)).all()) == []


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


async def test_a_form_from_another_site_or_too_long_is_not_taken(made: Delivery, http: aiohttp.ClientSession) -> None:
    """Another site can't have codes sent, and a long body is not read."""
    await made.release()
    url = f"{made.desk.url}/package/{made.link}/code"
    async with http.post(url, headers={"Sec-Fetch-Site": "cross-site"}) as response:
        assert response.status == 404
    async with http.post(url, data={"code": "1" * 10_000}) as response:
        assert response.status == 404
    assert await made.desk.read(lambda s: s.scalars(select(OneTimeCode)).all()) == []


async def test_one_address_on_the_network_can_not_try_without_end(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    """Behind a proxy that is trusted about whom it speaks for, tries are bounded for each address."""
    async with in_review(tmp_path) as made:
        await made.release()
        url, who = f"{made.desk.url}/package/{made.link}/open", {"X-Forwarded-For": "203.0.113.9"}
        answers = []
        for _ in range(25):
            async with http.post(url, data={"code": "000000"}, headers=who) as response:
                answers.append(response.status)
        assert 429 in answers
        assert answers[0] == 403
        async with http.get(
            f"{made.desk.url}/package/{made.link}", headers={"X-Forwarded-For": "203.0.113.10"}
        ) as other:
            assert other.status == 200


# Call-back


async def test_a_call_back_reads_out_a_code_once(made: Delivery, http: aiohttp.ClientSession) -> None:
    """Where there is one channel only: a second person calls, the code opens, only its hash is kept."""
    await made.release(code_to=None)
    _status, page = await made.look(http)
    assert "ask us to call you" in page
    now, sign = made.desk.clock.at, made.desk.desk.sign
    with pytest.raises(NotAllowed, match="second person"):
        await made.desk.write(lambda s: release.call_back(s, made.ticket, SAM, now, sign=sign))
    code = await made.desk.write(lambda s: release.call_back(s, made.ticket, LENA, now, sign=sign))
    kept = await the(made, PackageCall)
    assert code not in str(vars(kept))
    proof = await the(made, Proof, kind="callback")
    assert (proof.tier, proof.by) == (3, "staff:2")  # type: ignore[attr-defined]
    status, page = await made.post(http, "open", code=f"{code[:3]} {code[3:]}")
    assert status == 200
    assert key_of(page)
    assert (await made.post(http, "open", code=code))[0] == 403


async def test_a_call_backs_code_is_locked_and_ends_like_any_other(made: Delivery, http: aiohttp.ClientSession) -> None:
    """Three wrong tries lock it, ten minutes end it."""
    await made.release(code_to=None)
    now, sign = made.desk.clock.at, made.desk.desk.sign
    code = await made.desk.write(lambda s: release.call_back(s, made.ticket, LENA, now, sign=sign))
    for step in (1, 2, 3):
        await made.post(http, "open", code=f"{(int(code) + step) % 1_000_000:06}")
    assert (await made.post(http, "open", code=code))[0] == 403
    later = await made.desk.write(lambda s: release.call_back(s, made.ticket, LENA, now, sign=sign))
    made.desk.clock.move(minutes=10)
    assert (await made.post(http, "open", code=later))[0] == 403


async def test_guessing_goes_on_through_no_number_of_call_backs(made: Delivery, http: aiohttp.ClientSession) -> None:
    """Nine wrong codes in a day are all, whoever reads out new ones; the next day it opens."""
    await made.release(code_to=None)
    sign = made.desk.desk.sign

    async def called() -> str:
        return str(
            await made.desk.write(lambda s: release.call_back(s, made.ticket, LENA, made.desk.clock.at, sign=sign))
        )

    for _ in range(3):
        code = await called()
        for step in (1, 2, 3):
            await made.post(http, "open", code=f"{(int(code) + step) % 1_000_000:06}")
    assert (await made.post(http, "open", code=await called()))[0] == 403
    made.desk.clock.move(days=1)
    assert (await made.post(http, "open", code=await called()))[0] == 200


# Withdrawing and keeping


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
