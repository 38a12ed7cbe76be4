"""`privacydesk token`: made, listed, revoked, on a real database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.api import tokens
from bot.api.models import ApiToken
from bot.audit.models import AuditEntry
from bot.cli import COMMANDS
from bot.commands.staff import staff
from bot.commands.token import token
from bot.engines import engine_for
from bot.errors import NotFound, PermanentError, SettingsError

T = TypeVar("T")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desk's folder with one account."""
    monkeypatch.setenv("DESK_DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    CliRunner().invoke(staff, ["add", "sam@iomart.com", "--role", "lead", "--link"], catch_exceptions=False)
    return tmp_path


def read(desk: Path, work: Callable[[Session], T]) -> T:
    """Look into the database and let go of it again."""
    engine = engine_for(f"sqlite:///{desk / 'desk.db'}", read_only=True)
    with Session(engine) as session:
        found = work(session)
    engine.dispose()
    return found


def run(*arguments: str) -> Result:
    return CliRunner().invoke(token, arguments, catch_exceptions=False)


def test_a_token_is_printed_once_and_works_until_revoked(desk: Path) -> None:
    """Standard output is the token alone, fit for a pipe; its holder has the account's role; revoking ends it."""
    made = run("add", "SAM@iomart.com", "--name", "nightly  export").stdout.strip()
    holder = read(desk, lambda session: tokens.holder(session, made))
    assert holder is not None
    assert (holder.role, holder.may("lead"), holder.may("admin")) == ("lead", True, False)
    listed = run("list").stdout
    assert made not in listed
    assert "nightly export" in listed
    assert "never used" in listed
    run("revoke", "1")
    assert "revoked" in run("list").stdout
    assert read(desk, lambda session: tokens.holder(session, made)) is None


def test_only_the_hash_is_kept_and_both_steps_are_audited(desk: Path) -> None:
    """The row holds the token's SHA-256; the audit says whose token was made and ended, and not its name."""
    made = run("add", "sam@iomart.com", "--name", "export").stdout.strip()
    run("revoke", "1")
    assert read(desk, lambda session: session.scalars(select(ApiToken.digest)).one()) == tokens.digest(made)
    columns = (AuditEntry.action, AuditEntry.subject, AuditEntry.data)
    audited = read(desk, lambda session: [tuple(row) for row in session.execute(select(*columns))])
    assert audited[-2:] == [
        ("token.added", "staff:1", '{"token":1}'),
        ("token.revoked", "staff:1", '{"token":1}'),
    ]


def test_what_is_wrong_is_told_with_its_mend(desk: Path) -> None:
    """An unknown account, an empty name, an unknown number."""
    with pytest.raises(NotFound, match="staff list"):
        run("add", "nobody@iomart.com", "--name", "x")
    with pytest.raises(PermanentError, match="a name of 1 to 80"):
        run("add", "sam@iomart.com", "--name", "  ")
    with pytest.raises(NotFound, match="token list"):
        run("revoke", "7")
    assert run("add", "sam@iomart.com").exit_code == 2


def test_an_empty_list_says_how_to_begin(desk: Path) -> None:
    """The first thing that anybody sees tells the next step."""
    assert "privacydesk token add" in run("list").stdout


def test_no_database_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that can't be is named as the setting to look at."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("DESK_DATA_DIR", str(tmp_path / "file" / "below"))
    with pytest.raises(SettingsError, match="DESK_DATA_DIR"):
        run("list")


def test_a_disabled_account_s_tokens_stay_dead_when_it_comes_back(desk: Path) -> None:
    """Disabling ends the tokens for good: enabling the account again must not bring a lost token back to life."""
    made = run("add", "sam@iomart.com", "--name", "export").stdout.strip()
    CliRunner().invoke(staff, ["disable", "sam@iomart.com"], catch_exceptions=False)
    CliRunner().invoke(staff, ["add", "sam@iomart.com", "--role", "lead", "--link"], catch_exceptions=False)
    assert read(desk, lambda session: tokens.holder(session, made)) is None


def test_the_command_is_known() -> None:
    """`privacydesk --help` lists it."""
    assert "token" in COMMANDS


@pytest.mark.parametrize(
    "text", ["", "pd_", "pd_" + "x" * 44, "xx_" + "x" * 43, "pd_" + "é" * 43, "pd_" + "x" * 42 + "\n"]
)
def test_what_is_no_token_is_never_looked_up(text: str) -> None:
    """Anything of another shape is refused before the database is asked."""
    session = Session()  # bound to nothing: a query would fail
    assert tokens.holder(session, text) is None
