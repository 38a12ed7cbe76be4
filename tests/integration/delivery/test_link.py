"""The page behind a link to a package: who gets in, who does not, and what each learns."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import aiohttp
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.models import AuditEntry
from bot.contacts.models import OneTimeCode, Proof
from bot.conversations.models import Message
from bot.packages import links, release
from bot.packages.link_models import PackageAccess
from bot.packages.models import PackageFile
from bot.packages.release import Route
from bot.packages.standing import MOST_OPENINGS
from bot.tickets.models import Ticket
from tests.integration.console_support import customer
from tests.integration.delivery.conftest import ADA, LENA, another_request, elsewhere, state
from tests.integration.package_support import FILES, Delivery, in_review


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

    here, made.ticket = made.ticket, await another_request(made)
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


async def test_a_key_opens_only_the_package_that_it_was_given_for(made: Delivery, http: aiohttp.ClientSession) -> None:
    """Typed in the same browser: the other request's files stay shut to it."""
    await made.release()
    first = made.link
    made.ticket = await another_request(made)
    await made.release()
    key = await made.open(http)
    async with http.post(f"{made.desk.url}/package/{made.link}/file", data={"key": key, "file": "all"}) as response:
        assert response.status == 200
    made.link = first
    assert (await made.post(http, "file", key=key, file="all"))[0] == 403


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
