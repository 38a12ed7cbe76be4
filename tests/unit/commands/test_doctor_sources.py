"""`privacydesk doctor` tells how each data source is, and what to mend."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.commands.doctor import doctor

TOML = """
channels = "memory"
[[data_sources]]
name = "exports"
title = "Order system"
kind = "folder"
path = "exports"
[[data_sources.files]]
title = "Order"
file = "orders.csv"
email = ["email"]
"""


def test_the_doctor_looks_at_every_data_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that can't be searched is named with its mend; once it is mended, all are well."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DESK_DATA_DIR", str(tmp_path / "var"))
    (tmp_path / "desk.toml").write_text(TOML)
    told = CliRunner().invoke(doctor).output
    assert "ok   data source own" in told
    assert "MEND data source exports: the folder exports can't be read" in told
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "orders.csv").write_text("email,no\n")
    told = CliRunner().invoke(doctor).output
    assert "ok   data source exports: Order system: 1 files can be read" in told
    (tmp_path / "desk.toml").write_text(TOML.replace('"folder"', '"foldr"'))
    told = CliRunner().invoke(doctor).output
    assert "MEND data sources" in told
    assert "the nearest is 'folder'" in told
