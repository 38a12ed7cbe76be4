"""`privacydesk tickets`: a real database in a folder of its own, the real command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from bot.cli import cli
from bot.engines import engine_for
from bot.errors import DeskError
from tests import prepared
from tests.unit.tickets.test_rule_files import DRAFT
from tests.unit.tickets.world import World


@pytest.fixture
def reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The reference of one access request of 1 March 2027, with a clarification that was answered."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DESK_DATA_DIR", str(tmp_path))
    engine = engine_for(f"sqlite:///{prepared.database(tmp_path / 'desk.db')}")
    with Session(engine) as session, session.begin():
        world = World(session)
        world.on("2027-03-01")
        ticket = world.ticket()
        world.do(ticket, "ask", reason="which \x1b[31m account")
        world.wrote()
        found = ticket.reference
    engine.dispose()
    return found


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["tickets", *arguments])


def test_tickets_are_listed_and_shown_with_their_ledgers(reference: str) -> None:
    """As lines for people and as JSON for programs; what staff wrote can't steer a terminal."""
    assert reference in run("list").output
    assert run("list", "--state", "review").output == ""
    (line,) = run("list", "--kind", "access", "--json").output.splitlines()
    assert json.loads(line)["due"] == "2027-04-02"
    shown = run("show", reference.lower()).output
    assert "clarification_requested" in shown
    assert "it is due by the end of 2 april 2027" in shown.lower()
    assert "\x1b" not in shown
    facts = json.loads(run("show", reference, "--json").output)
    assert [row["type"] for row in facts["ledger"]] == ["received", "clarification_requested", "clarification_answered"]


def test_a_replay_lists_what_would_change_and_why(reference: str) -> None:
    """Nothing by the rules of now; another date by a draft; an error where they don't fit, and exit 1."""
    now = run("replay")
    assert (now.exit_code, now.stdout) == (0, "")
    assert "1 counted, 0 would change" in now.stderr
    Path("draft.toml").write_text(DRAFT)
    (line,) = run("replay", "--rules", "draft.toml", "--json").stdout.splitlines()
    found = json.loads(line)
    assert (found["reference"], found["due_now"], found["due_then"]) == (reference, "2027-04-02", "2027-04-16")
    assert found["why"]
    wrong = run("replay", "--rules", "eu-gdpr")
    assert wrong.exit_code == 1
    assert "does not fit eu-gdpr" in wrong.stdout
    assert run("replay", "--rules", "eu-gdpr", "--calendar", "IE").exit_code == 0
    assert reference in run("replay", "--all").stdout


@pytest.mark.parametrize(
    ("arguments", "mend"),
    [
        (("replay", "--rules", "nowhere.toml"), "a TOML file"),
        (("replay", "--calendar", "GB"), "use one of GB-ENG"),
        (("show", "DR-1"), "compare it with the message"),
    ],
)
@pytest.mark.usefixtures("reference")
def test_bad_input_is_one_error_that_names_the_mend(arguments: tuple[str, ...], mend: str) -> None:
    """A DeskError, which the command line says in one line."""
    result = run(*arguments)
    assert isinstance(result.exception, DeskError)
    assert mend in str(result.exception)


def test_without_a_database_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is made by looking."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DESK_DATA_DIR", str(tmp_path / "none"))
    assert "there is no database" in str(run("replay").exception)
    assert not (tmp_path / "none").exists()
