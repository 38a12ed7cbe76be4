"""Evidence that leaves the desk: receipts, the bundle of a request, and what checking them finds."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from bot.audit import receipts
from bot.audit.models import AuditEntry
from bot.bundles import service
from bot.bundles.checking import against_chain, flaws, read
from bot.commands.audit import audit
from bot.commands.evidence import evidence
from bot.errors import DeskError, NotFound, PermanentError
from bot.tickets.models import Ticket
from tests.integration.whole_desk import World, letter, world

ASKS = "Please send me all the data you hold about me."
HOSTILE = "<script>alert('x')</script> ../../etc/passwd"


async def asked(desk: World) -> str:
    """Ann asks by mail, with a file, and texts beside it; gives the mail's reference."""
    mail: EmailMessage = letter(f"{ASKS} {HOSTILE}", subject="My data")
    mail.add_attachment(b"%PDF-1.4 nothing", maintype="application", subtype="pdf", filename="../../up.pdf")
    await desk.mailed(mail)
    (ticket,) = await desk.all(Ticket)
    return ticket.reference


async def made(desk: World, reference: str, folder: Path) -> Path:
    """A bundle of it, noted in the audit, in a file."""
    database, now = desk.desk.desk.database, desk.clock()
    found = service.make(await database.read(lambda session: service.read(session, reference)), now, "regulator")
    await database.write(lambda session: service.noted(session, reference, found, "regulator", "staff:1", now))
    path = folder / found.name
    path.write_bytes(found.content)
    return path


async def test_a_bundle_holds_everything_of_its_request_and_stands(tmp_path: Path) -> None:
    """Words, proofs of delivery, clock, files and audit are in it; the page is escaped; nothing climbs out of it."""
    async with world(tmp_path / "var") as desk:
        path = await made(desk, await asked(desk), tmp_path)
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            page = archive.read("index.html").decode()
            lines = json.loads(archive.read("messages.json"))["lines"]
            deliveries = json.loads(archive.read("deliveries.json"))
            (file,) = [name for name in names if name.startswith("files/")]
            assert archive.read(file) == b"%PDF-1.4 nothing"
        assert not [name for name in names if ".." in name or name.startswith("/")]
        assert [line["direction"] for line in lines] == ["in", "out"]
        assert [row["state"] for row in deliveries] == ["sent"]
        assert ASKS in page
        assert "<script>" not in page
        content = read(path)
        assert content.reference in page
        assert {"ticket.opened", "conversation.answered"} <= {row.action for row in content.entries}
        assert await desk.desk.desk.database.read(lambda session: against_chain(session, content)) == []


async def test_the_same_request_gives_the_same_bundle(tmp_path: Path) -> None:
    """Byte for byte, from the same reading at the same moment; without a reason none is made, and none of nothing."""
    async with world(tmp_path / "var") as desk:
        reference, database, now = await asked(desk), desk.desk.desk.database, desk.clock()
        found = await database.read(lambda session: service.read(session, reference))
        assert service.make(found, now, "court").content == service.make(found, now, "court").content
        with pytest.raises(PermanentError, match="say why"):
            service.make(found, now, "because")
        with pytest.raises(NotFound):
            await database.read(lambda session: service.read(session, "DR-00000-00000"))


def rewritten(path: Path, change: dict[str, bytes | None]) -> Path:
    """A copy of the ZIP with files changed, added or (None) left out."""
    packed = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(packed, "w") as new:
        files = {name: old.read(name) for name in old.namelist()} | change
        for name, content in files.items():
            if content is not None:
                new.writestr(name, content)
    other = path.with_name("other.zip")
    other.write_bytes(packed.getvalue())
    return other


@pytest.mark.filterwarnings("ignore:Duplicate name")
async def test_a_bundle_that_was_meddled_with_is_found(tmp_path: Path) -> None:
    """A word changed, a file taken out or put in, an entry altered, a forged manifest, and no bundle at all."""
    async with world(tmp_path / "var") as desk:
        path = await made(desk, await asked(desk), tmp_path)
        with zipfile.ZipFile(path) as archive:
            messages, manifest = archive.read("messages.json"), json.loads(archive.read("manifest.json"))
            kept = json.loads(archive.read("audit.json"))
        assert flaws(read(rewritten(path, {"messages.json": messages.replace(b"Please", b"Kindly")}))) == [
            "messages.json is not as it was"
        ]
        assert flaws(read(rewritten(path, {"clock.json": None}))) == ["clock.json is missing"]
        assert flaws(read(rewritten(path, {"more.json": b"{}"}))) == ["more.json is not in the manifest"]
        kept["entries"][0]["action"] = "ticket.closed"
        altered = flaws(read(rewritten(path, {"audit.json": json.dumps(kept).encode()})))
        assert f"audit entry {kept['entries'][0]['seq']} does not fit its hash" in altered
        del manifest["files"]["clock.json"]
        forged = read(rewritten(path, {"clock.json": None, "manifest.json": json.dumps(manifest).encode()}))
        assert flaws(forged) == []
        found = await desk.desk.desk.database.read(lambda session: against_chain(session, forged))
        assert found == ["the audit knows of no bundle with this manifest"]
        doubled = path.with_name("doubled.zip")
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(doubled, "w") as new:
            new.writestr("index.html", b"<h1>forged</h1>")
            for name in old.namelist():
                new.writestr(name, old.read(name))
        with pytest.raises(PermanentError, match="two files of one name"):
            read(doubled)
        for wrong in ({"manifest.json": b"[]"}, {"manifest.json": None}, {"audit.json": b'{"entries": 3}'}):
            with pytest.raises(PermanentError, match="no evidence bundle"):
                read(rewritten(path, wrong))


async def test_a_receipt_stands_until_its_entry_or_a_neighbour_is_touched(tmp_path: Path) -> None:
    """Read back from any text around it; an altered entry, another one in its place, and a gap beside it are told."""
    async with world(tmp_path / "var") as desk:
        reference, database = await asked(desk), desk.desk.desk.database
        given = await database.read(lambda session: receipts.of(session, f"ticket:{reference}", "ticket.opened"))
        assert receipts.parse(f"your receipt is {str(given).upper()}.") == given._replace(hash=given.hash[:24])
        assert (await database.read(lambda session: receipts.check(session, given))).stands

        async def after(change: str, seq: int) -> receipts.Checked:
            def work(session: Session) -> receipts.Checked:
                session.connection().exec_driver_sql(change, (seq,))
                found = receipts.check(session, given)
                session.rollback()
                return found

            with Session(database.engine, autoflush=False) as session:
                return work(session)

        update = "UPDATE audit SET data = '{}' WHERE seq = ?"
        assert "not as it was written" in (await after(update, given.seq)).text
        assert "no entry" in (await after("DELETE FROM audit WHERE seq = ?", given.seq)).text
        assert "beside it is gone" in (await after("DELETE FROM audit WHERE seq = ?", given.seq - 1)).text
        other = given._replace(hash="0" * 24)
        assert "another" in (await database.read(lambda session: receipts.check(session, other))).text


async def test_the_page_proves_a_receipt_and_nothing_else(tmp_path: Path) -> None:
    """A customer's receipt is borne out with day and reference; any other entry's, a wrong one, rubbish and markup
    are told in plain words; the page sets no cookie.
    """
    async with world(tmp_path / "var") as desk:
        reference, database = await asked(desk), desk.desk.desk.database
        given = await database.read(lambda session: receipts.of(session, f"ticket:{reference}", "ticket.opened"))
        other = await database.read(
            lambda session: next(
                receipts.Receipt(each.seq, each.hash) for each in session.query(AuditEntry) if each.seq != given.seq
            )
        )
        url = f"http://127.0.0.1:{desk.desk.http_port}/receipt"
        told = {}
        for what in (str(given), str(other), f"{given.seq}-{'0' * 24}", "hello", "<script>x</script>", ""):
            async with desk.http.get(url, params={"r": what}) as answer:
                told[what] = (answer.status, await answer.text())
                assert "Set-Cookie" not in answer.headers
        assert told[str(given)][0] == 200
        assert f"opened the request {reference} for the data we hold about you" in told[str(given)][1]
        assert "do not bear this receipt out" in told[str(other)][1]
        assert "do not bear this receipt out" in told[f"{given.seq}-{'0' * 24}"][1]
        assert told["hello"][0] == 400
        assert "<script>x" not in told["<script>x</script>"][1]
        assert "Check a receipt" in told[""][1]


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a desk that commands look at."""
    monkeypatch.setenv("DESK_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "var"


def run(group: object, *arguments: str) -> Result:
    return CliRunner().invoke(group, list(arguments))  # type: ignore[arg-type] # a command of ours


async def test_the_commands_give_and_check_both(tmp_path: Path, data_dir: Path) -> None:
    """Receipt and bundle by command, beside a running desk; no bundle overwrites another; wrong calls are told."""
    async with world(data_dir) as desk:
        reference = await asked(desk)
        given = run(audit, "receipt", reference).output.strip()
        assert f"ticket.opened ticket:{reference}" in run(audit, "check", given).output
        wrong = run(audit, "check", f"{given.partition('-')[0]}-{'0' * 24}")
        assert isinstance(wrong.exception, DeskError)
        assert run(evidence, reference, "--why", "court", "--out", "b.zip").exit_code == 0
        assert "The bundle stands" in run(audit, "check", "b.zip").output
        again = run(evidence, reference, "--why", "court", "--out", "b.zip")
        assert "name a new file" in str(again.exception)
        assert run(evidence, reference).exit_code == 2
        assert run(evidence, "nonsense").exit_code == 2
        assert run(evidence, "12", "--why", "court").exit_code == 2
        assert run(audit, "check", "nonsense").exit_code == 2


def tampered(path: Path, *changes: str) -> Result:
    """`audit verify` after somebody with the file meddled with it; a copy, so that each begins whole."""
    copy = path.with_name("copy")
    copy.mkdir(exist_ok=True)
    with sqlite3.connect(path / "desk.db") as source, sqlite3.connect(copy / "desk.db") as target:
        source.backup(target)
        for change in changes:
            target.execute(change)
    return CliRunner(env={"DESK_DATA_DIR": str(copy)}).invoke(audit, ["verify"])


async def test_verify_names_a_tampered_a_deleted_and_a_reordered_row(tmp_path: Path, data_dir: Path) -> None:
    """In the real file, each by the number of the first entry that is not as it was written."""
    async with world(data_dir) as desk:
        for words in (ASKS, "any news?", "do you sell my data?"):
            await desk.texted(words)
        assert "whole" in tampered(data_dir).output
        assert "entry 2 is not as it was" in str(tampered(data_dir, "UPDATE audit SET at='x' WHERE seq=2").exception)
        assert "entry 3 is missing" in str(tampered(data_dir, "DELETE FROM audit WHERE seq=3").exception)
        swap = [f"UPDATE audit SET seq={to} WHERE seq={seq}" for seq, to in ((2, 99), (3, 2), (99, 3))]
        assert "entry 2 is not as it was" in str(tampered(data_dir, *swap).exception)


async def test_the_first_answer_gives_the_receipt_where_there_is_room(tmp_path: Path) -> None:
    """A mail has it and where to check it, and it stands; a text, which has no room, has the reference alone."""
    async with world(tmp_path / "var") as desk:
        mail = await desk.mailed(letter(ASKS, subject="My data"))
        assert mail is not None
        given = receipts.parse(mail.text.partition("Receipt: ")[2])
        assert given is not None
        assert "/receipt" in mail.text
        checked = await desk.desk.desk.database.read(lambda session: receipts.check(session, given))
        (ticket,) = await desk.all(Ticket)
        assert checked.stands
        assert checked.entry is not None
        assert checked.entry.subject == f"ticket:{ticket.reference}"
        assert "Receipt" not in await desk.texted(ASKS)
