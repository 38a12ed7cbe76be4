"""Sources built from desk.toml: the desk's own always, kinds of other packages by entry point, slips named."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import load
from bot.sources.registry import installed

FOLDER = """
[[data_sources]]
name = "exports"
title = "Order system"
kind = "folder"
path = "exports"
covers = ["telephone"]
[[data_sources.files]]
title = "Order"
file = "orders.csv"
email = ["email"]
"""


def _built(tmp_path: Path, toml: str, **environ: str) -> list[str]:
    (tmp_path / "desk.toml").write_text(toml)
    found = installed(load(environ, tmp_path / "desk.toml"), lambda work: work)
    return [f"{name}: {each.source.title} {each.source.covers}" for name, each in found.items()]


def test_the_desk_s_own_is_always_searched_and_nothing_else_is_imported(tmp_path: Path) -> None:
    """With no settings there is one source, and neither kind of other places is loaded."""
    for kind in ("sql", "folder"):
        sys.modules.pop(f"bot.sources.{kind}", None)
    assert _built(tmp_path, "") == ["own: Messages and requests at this desk ('internet and email', 'text')"]
    assert not {"bot.sources.sql", "bot.sources.folder"} & set(sys.modules)


def test_its_own_may_cover_less(tmp_path: Path) -> None:
    """A company that keeps mail elsewhere says what the desk's own messages cover."""
    own = '[[data_sources]]\nname = "own"\nkind = "own"\ntitle = "This desk"\ncovers = ["text"]\n'
    assert _built(tmp_path, own + FOLDER) == [
        "own: This desk ('text',)", "exports: Order system ('telephone',)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        (FOLDER.replace('"folder"', '"foldr"'), "the nearest is 'folder'"),
        (FOLDER.replace('"telephone"', '"telefone"'), "the nearest is 'telephone'"),
        (FOLDER.replace("path =", "pth ="), r"exports.*the nearest is path|exports.*path: it is missing"),
        (FOLDER.replace('email = ["email"]', 'email = ["email"]\nfone = ["x"]'), "files.0.fone.*nearest is phone"),
        (FOLDER + FOLDER, "is taken"),
        (FOLDER.replace('"exports"', '"uploads"', 1), "the desk's own"),
        (FOLDER.replace('"exports"', '"own"', 1), "the desk's own"),
        (FOLDER.replace('"exports"', '"Ex ports"', 1), r"data_sources\.0\.name"),
        (FOLDER.replace('covers = ["telephone"]', "covers = 7"), r"data_sources\.0\.covers"),
        ("data_sources = 7", "data_sources"),
    ],
)
def test_a_slip_is_named_with_its_mend(tmp_path: Path, toml: str, says: str) -> None:
    """Kinds, ways, names and fields: the error tells which, and what was meant."""
    with pytest.raises(SettingsError, match=says):
        _built(tmp_path, toml)


def test_a_secret_of_a_source_is_a_setting_and_of_no_source_a_slip(tmp_path: Path) -> None:
    """DESK_EXPORTS_URL belongs to the source "exports"; DESK_ELSEWHERE_URL to nobody."""
    assert len(_built(tmp_path, FOLDER, DESK_EXPORTS_URL="x")) == 2
    with pytest.raises(SettingsError, match="DESK_ELSEWHERE_URL"):
        _built(tmp_path, FOLDER, DESK_ELSEWHERE_URL="x")


def test_a_wrong_setting_never_repeats_a_password(tmp_path: Path) -> None:
    """A URL in the wrong place is not told."""
    toml = '[[data_sources]]\nname = "crm"\nkind = "sql"\ntitle = 5\nurl = "postgresql://a:hunter2@b/c"\n'
    with pytest.raises(SettingsError) as told:
        _built(tmp_path, toml)
    assert "hunter2" not in str(told.value)
    listed = toml.replace('url = "postgresql', 'url = ["postgresql').replace('/c"', '/c"]').replace("title = 5\n", "")
    with pytest.raises(SettingsError, match="crm") as told:
        _built(tmp_path, listed)
    assert "hunter2" not in str(told.value)


def test_a_kind_of_another_package_is_found_by_its_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package adds a kind, with no change here; its settings reach it."""
    (tmp_path / "lake.py").write_text(
        "class Lake:\n"
        "    covers = ()\n"
        "    def __init__(self, setting):\n"
        "        self.name, self.title = setting.name, setting.options['depth']\n"
        "def create(setting):\n"
        "    return Lake(setting)\n"
    )
    info = tmp_path / "lake-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: lake\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[privacydesk.data_sources]\nlake = lake:create\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    toml = '[[data_sources]]\nname = "deep"\nkind = "lake"\ndepth = "9 m"\n'
    assert _built(tmp_path, toml)[1] == "deep: 9 m ()"
