"""`privacydesk consent`, `hold`, `erase` and `purge`: what they print, write and refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.audit.models import AuditEntry
from bot.commands.consent import consent
from bot.commands.erase import erase
from bot.commands.hold import hold
from bot.commands.purge import purge
from bot.contacts.models import Contact
from bot.conversations.models import Conversation, Message
from bot.errors import DeskError, NotFound
from bot.models import ErasureRun
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from bot.tickets.service import Terms
from tests.support import NOON
from tests.unit.erasure import support

RUN = Callable[[Callable[[Session], Any]], Any]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[RUN]:
    """A desk with one person, in the data directory that the commands use."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DESK_DATA_DIR", str(tmp_path))
    engine = support.engine(tmp_path)
    made = support.runs(engine)
    made(lambda s: support.person(s, "ann@example.net", support.SECRET))
    yield made
    engine.dispose()


def call(command: click.Command, *words: str, fails: type[BaseException] | None = None, **more: Any) -> Result:
    result = CliRunner().invoke(command, list(words), **more)
    if fails is None:
        assert result.exit_code == 0, (result.output, result.exception)
    else:
        assert isinstance(result.exception, fails), result.output
    return result


GRANT = ("record", "1", "--purpose", "partner_offers", "--state", "granted")


def test_consent_is_recorded_with_evidence_shown_and_exported(run: RUN, tmp_path: Path) -> None:
    """A list for partners is made once, for its owner alone, and says who is left out."""
    assert "Nothing is on record" in call(consent, "show", "1").output
    call(consent, *GRANT, "--evidence", "form 7", "--at", "2007-03-01", "--policy", "iomart:2007-12-15")
    shown = call(consent, "show", "1").output
    assert "2007-03-01" in shown
    assert "form 7" in shown
    file = tmp_path / "list.csv"
    said = call(consent, "export", "--purpose", "partner_offers", "--csv", str(file))
    assert "1 may be shared" in said.stderr
    assert "ann@example.net" in file.read_text()
    assert file.stat().st_mode & 0o077 == 0
    call(consent, "export", "--purpose", "partner_offers", "--csv", str(file), fails=DeskError)
    call(consent, *GRANT[:-1], "withdrawn", "--evidence", "letter of 2 May")
    said = call(consent, "export", "--purpose", "partner_offers")
    assert "ann@example.net" not in said.stdout
    assert "1 refused: withdrawn since" in said.stderr
    actions = run(lambda s: s.scalars(select(AuditEntry.action)).all())
    assert actions.count("consent.exported") == 2


def test_consent_refuses_what_can_not_be(run: RUN) -> None:
    """Usage errors name the mend; a person who is not there is said so."""
    assert "choose of" in call(consent, *GRANT[:3], "sell", *GRANT[4:], "--evidence", "x", fails=SystemExit).output
    bad_day = call(consent, *GRANT, "--evidence", "x", "--at", "soon", fails=SystemExit)
    assert "write it like" in bad_day.output
    call(consent, "record", "9", *GRANT[2:], "--evidence", "x", fails=NotFound)
    assert "no purpose to export" in call(consent, "export", "--purpose", "messages", fails=SystemExit).output


def test_a_hold_is_laid_listed_and_ended(run: RUN) -> None:
    """And while it is in force `erase` does nothing."""
    assert "No hold" in call(hold, "list").output
    assert "Hold 1 is in force" in call(hold, "place", "1", "--reason", "claim SC/41").output
    assert "claim SC/41" in call(hold, "list").output
    stopped = call(erase, "--contact", "1", "--yes", "--no-message", fails=DeskError)
    assert "stops it: A hold is in force" in stopped.output
    assert "has ended" in call(hold, "end", "1").output
    call(hold, "end", "1", fails=DeskError)
    call(hold, "place", "9", "--reason", "x", fails=NotFound)


def test_a_person_is_erased_after_a_look_and_a_yes(run: RUN, tmp_path: Path) -> None:
    """The dry run changes nothing; a no changes nothing; a yes removes all, also from the file."""
    shown = call(erase, "--contact", "1", "--dry-run").output
    assert "attached files" in shown
    call(erase, "--contact", "1", "--no-message", input="n\n", fails=SystemExit)
    assert run(lambda s: s.scalar(select(Contact.name))) != ""
    assert "is erased" in call(erase, "--contact", "1", "--no-message", input="y\n").output
    assert support.SECRET.encode() not in (tmp_path / "desk.db").read_bytes()
    assert run(lambda s: s.scalars(select(ErasureRun.state)).all()) == ["done"]
    assert "was erased on" in call(erase, "--contact", "1", "--dry-run").output
    call(erase, "--contact", "7", fails=NotFound)
    call(erase, "DR-AAAAA-AAAAA", fails=NotFound)
    assert "name a request" in call(erase, fails=SystemExit).output


def test_a_request_that_asks_for_it_is_told_first(run: RUN) -> None:
    """With a last message the running desk goes on once it is out; nothing is removed before."""

    def asked(session: Session) -> str:
        talk = session.scalars(select(Conversation)).one()
        ticket = tickets.open_ticket(
            session, kind="erasure", conversation=talk, summary="x", received_at=NOON, terms=Terms(), now=NOON
        )  # fmt: skip
        session.flush()
        session.execute(update(Ticket).values(identity_tier=2, state="searching"))
        return ticket.reference

    reference = run(asked)
    assert "waits to be sent" in call(erase, reference.lower(), "--yes").output
    (line,) = run(lambda s: s.scalars(select(Message.text).where(Message.outcome == "erased")).all())
    assert reference in line
    assert run(lambda s: s.scalar(select(Contact.name))) != ""
    again = call(erase, reference, "--yes", fails=DeskError)
    assert "asked already" in str(again.exception)


def test_purge_says_first_and_removes_then(run: RUN, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every category with its count, its days and its reason; the days can be set."""
    long_ago = datetime.now(UTC) - timedelta(days=800)
    run(lambda s: s.execute(update(Conversation).values(last_at=long_ago)) and None)
    run(lambda s: s.execute(update(Contact).values(created_at=long_ago)) and None)
    said = call(purge, "--dry-run").output
    assert "would remove 1 conversations (kept 730 days: " in said
    monkeypatch.setenv("DESK_KEEP_CONVERSATIONS", "900")
    assert "would remove 0 conversations (kept 900 days" in call(purge, "--dry-run").output
    monkeypatch.delenv("DESK_KEEP_CONVERSATIONS")
    assert "removed 1 conversations" in call(purge).output
    assert "removed 0 conversations" in call(purge).output
    assert not any(run(lambda s: s.scalars(select(Message.text)).all()))
