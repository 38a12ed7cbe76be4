"""The panel "Search": the checklist as staff see it, what they do there, and what they upload."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import aiohttp
import pytest
import pytest_asyncio
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.actors import Actor
from bot.audit.models import AuditEntry
from bot.contacts import holds
from bot.sources.models import FoundRow, SearchRun, Upload
from bot.tickets.models import Ticket
from tests.integration.console_support import Console, console, http, signed_in
from tests.integration.search_support import HEAD, SAM, asked, folder_source, lines, searched

NOTE = {"note": "Found in the paper file", "collected_on": "2009-05-06"}


class Desk(NamedTuple):
    """A console with somebody signed in, and a request that was searched for."""

    console: Console
    http: aiohttp.ClientSession
    csrf: str
    ticket: int
    reference: str

    async def page(self) -> str:
        """The request's page."""
        return (await self.get(f"/console/tickets/{self.reference}"))[1]

    async def get(self, path: str) -> tuple[int, str]:
        """Status and text of a page."""
        async with self.http.get(self.console.url + path) as answer:
            return answer.status, await answer.text()

    async def post(self, path: str, **fields: str) -> tuple[int, str]:
        """Send a form of the panel, and follow where it leads."""
        url = f"{self.console.url}/console/tickets/{self.ticket}/{path}"
        async with self.http.post(url, data={"csrf": self.csrf, **fields}) as answer:
            return answer.status, await answer.text()

    async def upload(self, name: str, content: bytes, **fields: str) -> tuple[int, str]:
        """Add a file to the line "fax"."""
        form = aiohttp.FormData()
        line = str((await self.lines())["hand:fax"].id)
        for key, value in ({"csrf": self.csrf, "line": line} | NOTE | fields).items():
            form.add_field(key, value)
        form.add_field("file", content, filename=name, content_type="application/octet-stream")
        async with self.http.post(
            f"{self.console.url}/console/tickets/{self.ticket}/search/upload", data=form
        ) as answer:
            return answer.status, await answer.text()

    async def lines(self) -> dict[str, SearchRun]:
        """The checklist."""
        return await lines(self.console.running, self.ticket)

    async def actions(self) -> list[str]:
        """What the audit tells of the request."""
        subject = f"ticket:{self.reference}"
        query = select(AuditEntry.action).where(AuditEntry.subject == subject).order_by(AuditEntry.seq)
        return await self.console.read(lambda session: list(session.scalars(query)))


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Sam's request, searched; the way "fax" is left to people."""
    exports = tmp_path / "exports"
    exports.mkdir()
    (exports / "customers.csv").write_text(HEAD + f"C-1,{SAM},,2005-03-02,<script>alert(1)</script>\n")
    source = folder_source(exports, covers=["telephone"])
    async with console(tmp_path, data_sources=[source]) as started, http() as session:
        csrf = await signed_in(started, session)
        ticket = await asked(started.running)
        await searched(started.running, ticket)
        reference = await started.read(lambda s: s.get(Ticket, ticket).reference)
        yield Desk(started, session, csrf, ticket, reference)


async def test_the_checklist_shows_every_line_and_what_is_left(desk: Desk) -> None:
    """Each source with its state and count, the way that is left to people, and why review is not possible yet."""
    page = await desk.page()
    assert "Messages and requests at this desk" in page
    assert re.search(r"Customer database</b> <span class=\"chip good\">.*Found: 1", page)
    assert re.search(r"Fax</b> <span class=\"chip warn\">.*To be looked through by hand", page)
    assert "<b>1 of 3</b> still open: Fax." in page
    assert re.search(r"<button class=\"primary\" disabled[^>]*>The search is complete", page)


async def test_a_nil_return_needs_a_reason_and_completes_the_search(desk: Desk) -> None:
    """Without one it comes back with what was typed; with one, the search goes to review."""
    fax = (await desk.lines())["hand:fax"].id
    status, page = await desk.post(f"search/{fax}/nil", reason="none", line=str(fax))
    assert status == 409
    assert "say where you looked" in page
    assert ">none</textarea>" in page
    status, page = await desk.post(f"search/{fax}/nil", reason="We gave up the fax machine in 2019; no paper is kept.")
    assert status == 200
    assert "The nil return is recorded." in page
    assert "We gave up the fax machine" in page
    assert "disabled" not in page.split("The search is complete")[0].rsplit("<button", 1)[1]
    status, page = await desk.post("search/finish")
    assert status == 200
    assert await desk.console.read(lambda s: s.get(Ticket, desk.ticket).state) == "review"
    assert "We gave up" not in str(
        await desk.console.read(lambda s: [row.data for row in s.scalars(select(AuditEntry))])
    )


async def test_what_is_in_review_goes_back_to_the_search_from_the_page(desk: Desk) -> None:
    """Somebody finds more after all: the request's page has the step, and the search can be added to again."""
    await desk.post(f"search/{(await desk.lines())['hand:fax'].id}/nil", reason="Looked through the binder of faxes.")
    await desk.post("search/finish")
    assert 'value="back_to_search"' in await desk.page()
    status, page = await desk.post("step", event="back_to_search", reason="A letter turned up.")
    assert status == 200
    assert "Add a file that you found" in page
    assert await desk.console.read(lambda s: s.get(Ticket, desk.ticket).state) == "searching"


async def test_a_search_that_is_open_can_t_be_finished_by_any_way(desk: Desk) -> None:
    """The form without its button: the lines that are open are named, the request stays."""
    status, page = await desk.post("search/finish")
    assert status == 409
    assert "still open: Fax" in page
    assert await desk.console.read(lambda s: s.get(Ticket, desk.ticket).state) == "searching"


async def test_a_file_is_kept_sealed_and_comes_back_whole(desk: Desk) -> None:
    """Added to its line with note and day, shown with the policy of that day, read and downloaded by audited looks."""
    content = "a letter of 2009, with Zoë's words\n".encode()
    status, page = await desk.upload("../../letter.txt", content)
    assert status == 200, page
    assert "The file is kept." in page
    row = await desk.console.read(lambda s: s.scalars(select(FoundRow).where(FoundRow.source == "uploads")).one())
    upload = await desk.console.read(lambda s: s.scalars(select(Upload)).one())
    assert (row.policy_key, str(row.policy_effective), row.nearest) == ("iomart", "2007-12-15", False)
    stored = await desk.console.read(lambda s: bytes(s.get(Upload, upload.id).content) + upload.note + upload.name)
    assert b"letter" not in stored
    assert b"paper" not in stored
    status, page = await desk.get(f"/console/items/{row.id}")
    assert status == 200
    assert "Found in the paper file" in page
    assert "letter.txt" in page
    assert "../" not in page.split("<main")[1]
    async with desk.http.get(f"{desk.console.url}/console/items/{row.id}/file") as answer:
        assert await answer.read() == content
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert answer.headers["Content-Disposition"].startswith('attachment; filename="letter.txt"')
    seen = [action for action in await desk.actions() if action.startswith(("item.", "search.up"))]
    assert seen == ["search.uploaded", "item.read", "item.downloaded"]


async def test_what_is_found_is_shown_as_words_never_as_a_page(desk: Desk) -> None:
    """A record that holds a script is shown with its signs; the look is audited."""
    row = await desk.console.read(lambda s: s.scalars(select(FoundRow).where(FoundRow.source == "crm")).one())
    status, page = await desk.get(f"/console/items/{row.id}")
    assert status == 200
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "2 March 2005" in page
    assert "It is the first version there is" in page
    assert (await desk.actions())[-1] == "item.read"
    assert (await desk.get("/console/items/999999"))[0] == 404


def _bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"<Types/>")
        archive.writestr("word/document.xml", b"\0" * 40_000_000)
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.docx", _bomb(), "ZIP bomb"),
        ("a.html", b"<html><script>alert(1)</script>", "a page with a script"),
        ("a.png", b"%PDF-1.4 not a picture", "something else"),
        ("a.txt", b"x" * 20_000_001, "larger than 20 MB"),
        ("a.txt", b"", "empty"),
        ("a.exe", b"MZ", "are not taken"),
    ],
    ids=["bomb", "script", "type", "size", "empty", "ending"],
)
async def test_what_is_dangerous_is_refused_and_what_was_typed_stays(
    desk: Desk, name: str, content: bytes, why: str
) -> None:
    """The reason stands beside the form with its note, and nothing is kept."""
    status, page = await desk.upload(name, content)
    assert status in {400, 409, 413}
    assert why in page
    if status == 409:
        assert ">Found in the paper file</textarea>" in page
    assert await desk.console.read(lambda s: s.scalars(select(Upload)).first()) is None


async def test_a_name_that_climbs_folders_stays_a_name(desk: Desk, tmp_path: Path) -> None:
    """Nothing of the way up is kept, no file is written anywhere near the data, and each comes back by a plain name."""
    for number, name in enumerate(("../../up.txt", "..\\..\\up.txt", "/abs/up.txt")):
        status, page = await desk.upload(name, f"file {number}".encode())
        assert status == 200, page
    rows = await desk.console.read(lambda s: list(s.scalars(select(FoundRow).where(FoundRow.source == "uploads"))))
    assert len(rows) == 3
    for row in rows:
        async with desk.http.get(f"{desk.console.url}/console/items/{row.id}/file") as answer:
            assert answer.headers["Content-Disposition"].startswith('attachment; filename="up.txt"')
    assert not list(tmp_path.parent.rglob("*up.txt"))


async def test_a_broken_form_is_refused(desk: Desk) -> None:
    """A body that is no form, one cut short, one with the token of another: all refused, none kept."""
    url = f"{desk.console.url}/console/tickets/{desk.ticket}/search/upload"
    for headers, body in (
        (
            {"Content-Type": "multipart/form-data; boundary=x"},
            b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\ncut",
        ),
        ({"Content-Type": "multipart/form-data"}, b"--x--"),
        ({"Content-Type": "text/plain"}, b"csrf=1"),
        (
            {"Content-Type": "multipart/form-data; boundary=x"},
            b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y--\r\n--x--",
        ),
    ):
        async with desk.http.post(url, data=body, headers=headers) as answer:
            assert answer.status in {400, 403}, await answer.text()
    status, _ = await desk._replace(csrf="wrong").upload("a.txt", b"words")
    assert status == 403
    assert await desk.console.read(lambda s: s.scalars(select(Upload)).first()) is None


async def test_a_file_added_by_mistake_is_taken_away_whole(desk: Desk) -> None:
    """Item and file are gone, and the line is open again."""
    await desk.upload("a.txt", b"of somebody else")
    row = await desk.console.read(lambda s: s.scalars(select(FoundRow).where(FoundRow.source == "uploads")).one())
    assert (await desk.lines())["hand:fax"].state == "found"
    status, page = await desk.post(f"items/{row.id}/remove")
    assert status == 200, page
    assert (await desk.lines())["hand:fax"].state == "by_hand"
    left = await desk.console.read(lambda s: [*s.scalars(select(Upload)), s.get(FoundRow, row.id)])
    assert left == [None]


async def test_a_file_is_not_taken_away_under_a_legal_hold(desk: Desk) -> None:
    """What was added by mistake stays too while the hold is in force; once it has ended, it can go."""
    await desk.upload("a.txt", b"of somebody else")
    row = await desk.console.read(lambda s: s.scalars(select(FoundRow).where(FoundRow.source == "uploads")).one())
    lead, now = Actor("lead", 2), desk.console.clock.at

    def hold(session: Session) -> int:
        return holds.place(session, session.get_one(Ticket, desk.ticket).contact_id, "a claim", lead, now).id

    number = await desk.console.write(hold)
    status, page = await desk.post(f"items/{row.id}/remove")
    assert (status, "a legal hold is in force" in page) == (409, True)
    assert await desk.console.read(lambda s: len(s.scalars(select(Upload)).all())) == 1
    await desk.console.write(lambda s: holds.end(s, number, lead, now) and None)
    assert (await desk.post(f"items/{row.id}/remove"))[0] == 200
    assert await desk.console.read(lambda s: s.scalars(select(Upload)).all()) == []


async def test_the_same_file_twice_is_told(desk: Desk) -> None:
    """A second click keeps no second copy."""
    assert (await desk.upload("a.txt", b"words"))[0] == 200
    status, page = await desk.upload("a.txt", b"words")
    assert status == 409
    assert "added already" in page


async def test_a_line_of_another_request_can_t_be_settled_from_here(desk: Desk) -> None:
    """The number in the address must be of this request's."""

    def other(session: Session) -> int:
        run = SearchRun(ticket_id=2, source="hand:fax", title="Fax", state="by_hand", at=desk.console.clock.at)
        session.add(run)
        session.flush()
        return run.id

    second = await asked(desk.console.running, channel="sms", known=False)
    assert second == 2
    run = await desk.console.write(other)
    status, _ = await desk.post(f"search/{run}/nil", reason="A reason that is long enough")
    assert status == 404


async def test_searching_again_and_taking_a_nil_return_back(desk: Desk) -> None:
    """A source is searched once more; a nil return that was wrong opens its line again."""
    found = await desk.lines()
    assert (await desk.post(f"search/{found['crm'].id}/again"))[0] == 200
    await searched(desk.console.running, desk.ticket)
    assert (await desk.lines())["crm"].round == 2
    fax = found["hand:fax"].id
    await desk.post(f"search/{fax}/nil", reason="There is no fax machine here.")
    assert "Take the nil return back" in await desk.page()
    assert (await desk.post(f"search/{fax}/take-back"))[0] == 200
    assert (await desk.lines())["hand:fax"].state == "by_hand"
    status, page = await desk.post(f"search/{fax}/again")
    assert status == 409
    assert "looked through by hand" in page
