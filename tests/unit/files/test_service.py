"""What becomes of each file of a message, in a real database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from bot.engines import engine_for
from bot.errors import NotFound
from bot.files import service as files
from bot.files.models import AttachmentFile
from bot.files.service import MOST_BYTES, MOST_FILES, NotScanned
from channels.files import Attachment
from tests import prepared
from tests.integration.console_support import customer, wrote
from tests.support import NOON

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """A desk's database with one message, number 1."""
    engine = engine_for(f"sqlite:///{prepared.database(tmp_path / 'desk.db')}")
    with Session(engine) as opened:
        wrote(opened, customer(opened, NOON), "see files", NOON)
        yield opened
    engine.dispose()


def state(session: Session, ident: int) -> Any:
    row = session.get_one(AttachmentFile, ident)
    session.refresh(row)
    return row.state, row.content, row.problem


def test_a_file_waits_until_it_is_scanned_and_only_then_opens(session: Session) -> None:
    """Neither a download nor a reply has it before."""
    (row,) = files.keep(session, 1, [Attachment("a.png", "image/png", PNG)], NOON)
    assert (row.state, row.size, len(row.digest)) == ("waiting", len(PNG), 64)
    with pytest.raises(NotScanned):
        files.attached(session, 1)
    assert [each.id for each in files.unscanned(session)] == [row.id]
    assert files.content(session, row.id) == PNG
    files.kept(session, row.id, NOON)
    session.expire_all()
    assert files.unscanned(session) == []
    assert files.attached(session, 1) == (Attachment("a.png", "image/png", PNG),)
    assert session.get_one(AttachmentFile, row.id).scanned_at == NOON


def test_what_is_infected_loses_its_content_and_never_leaves(session: Session) -> None:
    """Name, size and digest stay, so that it can be named."""
    (row,) = files.keep(session, 1, [Attachment("a.png", "image/png", PNG)], NOON)
    files.infected(session, row.id, "Eicar-Test-Signature", NOON)
    assert state(session, row.id) == ("infected", b"", "the virus scanner found Eicar-Test-Signature")
    assert row.size == len(PNG)
    with pytest.raises(NotFound, match="Eicar"):
        files.attached(session, 1)
    files.kept(session, row.id, NOON)
    assert state(session, row.id)[0] == "infected", "what was found once is not let pass by a late answer"


def test_without_a_scanner_a_file_is_kept_at_once(session: Session) -> None:
    """Nothing waits for what is not there."""
    (row,) = files.keep(session, 1, [Attachment("a.png", "image/png", PNG)], NOON, scans=False)
    assert (row.state, row.scanned_at) == ("kept", None)


def test_the_files_of_one_message_are_bounded_in_number_and_size(session: Session) -> None:
    """What is beyond is named with the reason, and nothing of it is kept."""
    many = [Attachment(f"{number}.txt", "text/plain", b"x") for number in range(MOST_FILES + 7)]
    rows = files.keep(session, 1, many, NOON)
    assert len(rows) == MOST_FILES + 1
    assert (rows[-1].name, rows[-1].state) == ("7 more files", "refused")
    large = [Attachment("big.txt", "text/plain", b"x" * (MOST_BYTES // 2 - 1_000_001))] * 3
    assert [row.state for row in files.keep(session, 1, large, NOON)] == ["waiting", "waiting", "refused"]


def test_what_the_provider_has_is_fetched_then_forgotten(session: Session) -> None:
    """It waits to be fetched, then to be scanned; the provider forgets it once we have it, and the proof stays."""
    (row,) = files.keep(session, 1, [Attachment("", "image/jpeg", b"", "https://api.twilio.com/Media/ME1")], NOON)
    assert [each.source for each in files.waiting(session)] == ["https://api.twilio.com/Media/ME1"]
    assert files.unscanned(session) == []
    assert files.unforgotten(session) == []
    files.later(session, row.id, NOON + timedelta(seconds=5), "Twilio is busy")
    (again,) = files.waiting(session)
    assert (again.attempts, again.due_at) == (1, NOON + timedelta(seconds=5))
    session.expire_all()
    found = files.fetched(session, row.id, PNG, "image/jpeg")
    assert found is not None
    assert (found.state, found.content_type, found.problem) == ("waiting", "image/png", "")
    session.flush()
    assert files.waiting(session) == []
    assert [each.id for each in files.unforgotten(session)] == [row.id]
    files.forget(session, row.id, "Twilio answered 204 on 20 November 2026")
    assert files.unforgotten(session) == []
    assert files.fetched(session, row.id, b"other", "text/plain") is None, "a file is fetched once"


def test_what_was_fetched_and_is_refused_is_forgotten_too(session: Session) -> None:
    """The provider keeps nothing of what we will never take, or of what it said is gone."""
    sources = [Attachment("x", "image/png", b"", f"https://api.twilio.com/{number}") for number in range(3)]
    program, gone, refused = (row.id for row in files.keep(session, 1, sources, NOON))
    found = files.fetched(session, program, b"MZ\x90", "image/png")
    assert found is not None
    assert (found.state, found.content) == ("refused", b"")
    files.gone(session, gone, "the provider has it no more")
    files.refused(session, refused, "it is larger than 25 MB")
    session.flush()
    assert [each.id for each in files.unforgotten(session)] == [program, gone, refused]
    assert state(session, gone) == ("gone", b"", "the provider has it no more")


def test_a_file_that_was_erased_meanwhile_is_no_error(session: Session) -> None:
    """Its fetch, its scan and its proof come too late."""
    assert files.fetched(session, 99, PNG, "image/png") is None
    assert files.content(session, 99) is None
    files.kept(session, 99, NOON)
    files.forget(session, 99, "deleted")
