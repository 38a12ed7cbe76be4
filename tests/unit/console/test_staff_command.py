"""`privacydesk staff`: accounts from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.commands.staff import staff
from bot.errors import DeskError


@pytest.fixture(autouse=True)
def _a_desk_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DESK_DATA_DIR", str(tmp_path / "var"))


def run(*arguments: str, given: str = "") -> Result:
    return CliRunner().invoke(staff, arguments, input=given)


def test_an_account_with_a_password_is_listed() -> None:
    """The password is asked twice and never shown."""
    password = "four small grey pebbles"
    done = run("add", "Sam@iomart.com", "--role", "lead", "--name", "Sam Reid", given=f"{password}\n{password}\n")
    assert done.exit_code == 0, done.output
    assert password not in done.output
    assert "sam@iomart.com" in run("list").output
    assert "lead" in run("list").output


def test_a_link_is_printed_instead_of_asking() -> None:
    """--link asks nothing and prints the address of a one-time sign-in."""
    done = run("add", "sam@iomart.com", "--role", "agent", "--link")
    assert "/console/enter/" in done.output
    assert "/console/enter/" in run("link", "sam@iomart.com").output


def test_a_disabled_account_is_marked() -> None:
    """Disabling keeps the account in the list, marked."""
    run("add", "sam@iomart.com", "--role", "agent", "--link")
    assert run("disable", "sam@iomart.com").exit_code == 0
    assert "(disabled)" in run("list").output


@pytest.mark.parametrize(
    ("arguments", "given", "says"),
    [
        (("add", "sam", "--role", "agent", "--link"), "", "no email address"),
        (("disable", "nobody@iomart.com"), "", "staff list"),
        (("link", "nobody@iomart.com"), "", "staff list"),
        (("add", "sam@iomart.com", "--role", "agent"), "short\nshort\n", "12 to 200"),
    ],
)
def test_errors_name_the_mend(arguments: tuple[str, ...], given: str, says: str) -> None:
    """What can't be done is an error of the desk whose one line says what to do."""
    done = run(*arguments, given=given)
    assert isinstance(done.exception, DeskError)
    assert says in str(done.exception)
    assert "\n" not in str(done.exception)


def test_an_empty_desk_says_how_to_begin() -> None:
    """Without accounts the list says how the first is made."""
    assert "staff add" in run("list").output


def test_a_role_is_one_of_three() -> None:
    """A wrong role is a usage error."""
    assert run("add", "sam@iomart.com", "--role", "king").exit_code == 2
