"""Files of customers on their way through a whole desk: scanned by a clamd on a real socket, shown, and given out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from bot.audit.models import AuditEntry
from bot.conversations.models import Message
from bot.errors import SettingsError
from bot.files import service as files
from bot.files.models import AttachmentFile
from bot.messages.models import Outbox
from channels.files import Attachment
from tests.fakes.clamd import EICAR, clamd
from tests.integration.console_support import Console, console, customer, http, signed_in, staff, wrote
from tests.integration.whole_desk import letter, world
from tests.support import running, until

PDF = b"%PDF-1.7\nmine"


async def came(desk: Console, *attachments: Attachment) -> int:
    """A message with these files; returns its conversation."""

    def work(session: Any) -> int:
        talk = customer(session, desk.clock.at)
        line = wrote(session, talk, "see files", desk.clock.at)
        files.keep(session, line, attachments, desk.clock.at)
        return talk.id

    return int(await desk.write(work))


async def states(desk: Console) -> list[str]:
    return list(await desk.read(lambda s: s.scalars(select(AttachmentFile.state).order_by(AttachmentFile.id)).all()))


async def test_a_clean_file_is_given_and_an_infected_one_never(tmp_path: Path) -> None:
    """The download carries what a browser must not run; the infected one is named, with a note for staff."""
    async with clamd() as scanner, console(tmp_path, clamd=scanner.setting) as desk, http() as browser:
        await signed_in(desk, browser)
        talk = await came(desk, Attachment("mine.pdf", "application/pdf", PDF), Attachment("bad.txt", "", EICAR))

        async def settled() -> bool:
            return await states(desk) == ["kept", "infected"]

        await until(desk.running, settled)
        assert scanner.scanned == [PDF, EICAR]
        async with browser.get(f"{desk.url}/console/conversations/{talk}") as response:
            page = await response.text()
        assert 'href="/console/attachments/1"' in page
        assert 'href="/console/attachments/2"' not in page
        assert "Infected, and removed: the virus scanner found Eicar-Test-Signature" in page
        assert "The virus scanner found Eicar-Test-Signature in the file “bad.txt”" in page
        async with browser.get(f"{desk.url}/console/attachments/1") as response:
            assert await response.read() == PDF
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Content-Security-Policy"].startswith("sandbox")
            assert response.headers["Content-Disposition"].startswith("attachment;")
        async with browser.get(f"{desk.url}/console/attachments/2") as response:
            assert response.status == 404
            assert "Eicar-Test-Signature" in await response.text()
        looked = select(AuditEntry.action).where(AuditEntry.action.in_(("attachment.downloaded", "file.infected")))
        assert sorted(await desk.read(lambda s: s.scalars(looked).all())) == ["attachment.downloaded", "file.infected"]
        assert not await desk.read(lambda s: s.scalar(select(AttachmentFile.content).where(AttachmentFile.id == 2)))
        note = select(Message.seq).where(Message.direction == "note")
        assert await desk.read(lambda s: s.scalars(note).all()) == [None], "no customer sees it"


async def test_while_the_scanner_is_away_files_wait_and_can_not_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are shown as not scanned yet; when it is back they are scanned by themselves."""
    monkeypatch.setattr("bot.workers.retry.FIRST", 0.0)
    place = tmp_path / "clamd.ctl"
    async with console(tmp_path, clamd=str(place)) as desk, http() as browser:
        await signed_in(desk, browser)
        talk = await came(desk, Attachment("mine.pdf", "application/pdf", PDF))

        async def tried() -> bool:
            attempts = await desk.read(lambda s: s.scalar(select(AttachmentFile.attempts)))
            return bool(attempts and attempts > 1)

        await until(desk.running, tried)
        async with browser.get(f"{desk.url}/console/conversations/{talk}") as response:
            page = await response.text()
        assert "Not scanned for viruses yet" in page
        assert "/console/attachments/" not in page
        async with browser.get(f"{desk.url}/console/attachments/1") as response:
            assert response.status == 503
            assert "not scanned for viruses yet" in await response.text()
        async with clamd(place):

            async def kept() -> bool:
                return await states(desk) == ["kept"]

            await until(desk.running, kept)


async def test_a_file_larger_than_the_scanner_takes_is_refused_with_the_mend(tmp_path: Path) -> None:
    """It is not let pass, and it does not wait for ever."""
    async with clamd(limit=1_000) as scanner, console(tmp_path, clamd=scanner.setting) as desk:
        await came(desk, Attachment("long.txt", "text/plain", b"x" * 200_000))

        async def refused() -> bool:
            return await states(desk) == ["refused"]

        await until(desk.running, refused)
        problem = await desk.read(lambda s: s.scalar(select(AttachmentFile.problem)))
        assert "StreamMaxLength" in problem


async def test_without_a_scanner_what_waits_is_let_pass(tmp_path: Path) -> None:
    """Whoever takes DESK_CLAMD away finds no file stuck."""
    async with console(tmp_path) as desk:
        await came(desk, Attachment("mine.pdf", "application/pdf", PDF))

        async def kept() -> bool:
            return await states(desk) == ["kept"]

        await until(desk.running, kept)


async def test_a_setting_that_can_not_be_read_stops_the_start(tmp_path: Path) -> None:
    """In one sentence that names the mend."""
    with pytest.raises(SettingsError, match="DESK_CLAMD can't be read: write host:port"):
        async with running(tmp_path, clamd="somewhere"):
            pass


def form(csrf: str, *chosen: tuple[str, bytes], **fields: str) -> aiohttp.FormData:
    """What the composer posts."""
    data = aiohttp.FormData({"csrf": csrf, "seen": "1", "mode": "reply", "text": "Here it is.", **fields})
    for name, content in chosen:
        data.add_field("files", content, filename=name, content_type="application/octet-stream")
    return data


async def test_a_reply_carries_files_by_mail(tmp_path: Path) -> None:
    """Chosen in the composer, scanned, sent as parts of the mail, and shown beside the reply."""
    async with clamd() as scanner, world(tmp_path, channels="mail", clamd=scanner.setting) as outside:
        await outside.mailed(letter("Please have a person call me"))
        desk = Console(outside.desk, outside.clock, f"http://127.0.0.1:{outside.desk.http_port}")
        await desk.write(lambda session: staff(session, outside.clock.at))
        before = len(outside.relay.mails)
        async with http() as browser:
            csrf = await signed_in(desk, browser)
            posted = form(csrf, ("data.pdf", PDF), ("notes.txt", b"hello"), seen="9")
            async with browser.post(f"{desk.url}/console/conversations/1/say", data=posted) as response:
                page = await response.text()
            assert response.status == 200, page
            assert "Your reply is on its way." in page
            assert "data.pdf" in page
        await until(outside.desk, lambda: len(outside.relay.mails) > before)
        mail = outside.relay.mails[-1]
        assert mail.text.startswith("Here it is.")
        parts = {part.get_filename(): part.get_payload(decode=True) for part in mail.message.iter_attachments()}
        assert parts == {"data.pdf": PDF, "notes.txt": b"hello"}
        assert scanner.scanned == [PDF, b"hello"]


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        ([("run.exe", b"MZ")], "files that end in .exe are not taken"),
        ([("a.pdf", b"hello")], "it is named .pdf but is something else"),
        ([(f"{number}.txt", b"x") for number in range(6)], "5 files at a time"),
        ([(f"{number}.txt", b"x" * 6_000_000) for number in range(2)], "of 10 MB together"),
        ([("big.txt", b"x" * 20_000_001)], "larger than 20 MB"),
    ],
)
async def test_a_file_that_can_not_go_is_refused_with_the_mend(
    tmp_path: Path, chosen: list[tuple[str, bytes]], says: str
) -> None:
    """Nothing is sent, and nothing of it is kept."""
    async with console(tmp_path) as desk, http() as browser:
        csrf = await signed_in(desk, browser)
        talk = await desk.write(lambda session: customer(session, desk.clock.at, channel="memory", address="ana").id)
        url = f"{desk.url}/console/conversations/{talk}/say"
        async with browser.post(url, data=form(csrf, *chosen, seen="0")) as response:
            assert response.status in (400, 422)
            assert says in await response.text()
        assert await states(desk) == []
        assert not await desk.read(lambda session: session.scalars(select(Message)).all())


async def test_a_reply_with_an_infected_file_goes_to_nobody(tmp_path: Path) -> None:
    """It becomes a dead letter that says why."""
    async with clamd() as scanner, console(tmp_path, clamd=scanner.setting) as desk, http() as browser:
        csrf = await signed_in(desk, browser)
        talk = await desk.write(lambda session: customer(session, desk.clock.at, channel="memory", address="ana").id)
        url = f"{desk.url}/console/conversations/{talk}/say"
        async with browser.post(url, data=form(csrf, ("bad.txt", EICAR), seen="0")) as response:
            assert response.status == 200

        async def dead() -> bool:
            return await desk.read(lambda session: session.scalar(select(Outbox.state))) == "failed"

        await until(desk.running, dead)
        error = await desk.read(lambda session: session.scalar(select(Outbox.error)))
        assert "Eicar-Test-Signature" in error
        assert "write again without it" in error


async def test_a_mail_is_shown_for_what_it_is_and_opens_whole_once_it_is_scanned(tmp_path: Path) -> None:
    """Its kind in words, its quotation folded with the way to the whole mail, which the scanner sees first."""
    async with clamd() as scanner, world(tmp_path, channels="mail", clamd=scanner.setting) as outside:
        quoting = "Thanks.\n\nOn Monday Sam wrote:\n> the earlier words\n"
        await outside.mailed(letter(quoting))
        await outside.mailed(letter(EICAR.decode(), ident="two@example.net"))
        desk = Console(outside.desk, outside.clock, f"http://127.0.0.1:{outside.desk.http_port}")
        await desk.write(lambda session: staff(session, outside.clock.at))

        def known(session: Any) -> None:
            line = session.get_one(Message, 1)
            line.evidence = {**line.evidence, "kind": "sent by a <calendar>", "encrypted": "encrypted with PGP"}

        await desk.write(known)
        async with http() as browser:
            await signed_in(desk, browser)
            async with browser.get(f"{desk.url}/console/conversations/1") as response:
                page = await response.text()
            assert '<details class="quoted">' in page
            assert "This is: <bdi>sent by a &lt;calendar&gt;</bdi>" in page
            assert page.count("encrypted with PGP") == 1
            assert 'href="/console/raw/1"' in page
            async with browser.get(f"{desk.url}/console/raw/1") as response:
                assert b"the earlier words" in await response.read()
            async with browser.get(f"{desk.url}/console/raw/2") as response:
                assert response.status == 404
                assert "the virus scanner found Eicar-Test-Signature" in await response.text()
