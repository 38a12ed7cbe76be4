"""The table of bad input keeps its word: every test that it names is there."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]


def test_every_test_that_the_table_names_exists() -> None:
    """A renamed or removed test shows here, with its row's name."""
    named = re.findall(r"([\w/]+\.py)::(\w+)", (TESTS / "COVERAGE.md").read_text())
    assert len(named) > 60
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not re.search(rf"^(async )?def {name}\(", _text(TESTS / path), re.MULTILINE)
    ]
    assert missing == []


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""
