"""The tables of bad input, rules and threats keep their word: every test and module that they name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.tickets.vocabulary import STATES

TESTS = Path(__file__).parents[1]


THREATS = "../.github/threats.md"


@pytest.mark.parametrize(("table", "least"), [("COVERAGE.md", 60), ("PROTOCOLS.md", 30), (THREATS, 60)])
def test_every_test_that_the_table_names_exists(table: str, least: int) -> None:
    """A renamed or removed test shows here, with its row's name."""
    named = re.findall(r"([\w/]+\.py)::(\w+)", (TESTS / table).read_text())
    assert len(named) > least
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not re.search(rf"^(async )?def {name}\(", _text(TESTS / path), re.MULTILINE)
    ]
    assert missing == []


def test_every_module_that_stops_a_threat_exists() -> None:
    """A module that is moved takes its rows along; each row of a threat names a test."""
    text = _text(TESTS / THREATS)
    modules = re.findall(r"`((?:bot|channels)/[\w/]+\.py)`", text)
    assert len(modules) > 30
    assert [each for each in modules if not (TESTS.parent / each).exists()] == []
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert [row for row in rows if "::" not in row and not row.startswith("| They try |")] == []


def test_the_table_of_states_names_them_all() -> None:
    """A state that is added has a row, with what guards it."""
    states = (TESTS / "COVERAGE.md").read_text().partition("## Every state")[2].partition("\n## ")[0]
    rows = [line.split("|")[1].split(",") for line in states.splitlines() if "::" in line and line.startswith("|")]
    assert sorted(state.strip() for row in rows for state in row) == sorted(STATES)


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""
