"""Channels of other packages: found by their entry point, and held to what the desk relies on before they start."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot import plugins
from bot.errors import SettingsError
from bot.settings import load
from tests.fakes.desk import FakeDesk

Install = Callable[..., str]
WHOLE = """
from channels.memory import MemoryChannel

class Made(MemoryChannel):
    name = {called!r}
    {more}

def create(context):
    context.setting("{name}_url")
    return Made(context)
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """A package of its own beside the desk, as pip leaves one. Each needs another name, for modules stay imported."""

    def installed(name: str, *, called: str = "", more: str = "", code: str = WHOLE) -> str:
        (tmp_path / f"desk_{name}.py").write_text(code.format(name=name, called=called or name, more=more))
        info = tmp_path / f"desk_{name}-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: desk-{name}\nVersion: 1\n")
        (info / "entry_points.txt").write_text(f"[{plugins.CHANNELS}]\n{name} = desk_{name}:create\n")
        return name

    monkeypatch.syspath_prepend(tmp_path)
    return installed


def test_a_channel_of_another_package_is_found_by_its_entry_point(install: Install) -> None:
    """Nothing is to be changed in this checkout."""
    channel = plugins.channel(install("pigeon"), FakeDesk().context(), ["pigeon_url"])
    assert channel.name == "pigeon"


def test_a_channel_that_calls_itself_otherwise_does_not_start(install: Install) -> None:
    """What it accepts would stand in the inbox under a name that nobody reads: accepted, and lost."""
    with pytest.raises(SettingsError, match="'parrot' calls itself 'polly'"):
        plugins.channel(install("parrot", called="polly"), FakeDesk().context(), ())


def test_what_is_no_whole_channel_does_not_start_and_what_it_lacks_is_named(install: Install) -> None:
    """It would fail at the first /readyz, or when its first report comes."""
    with pytest.raises(SettingsError, match="'egg' has no 'alive'"):
        plugins.channel(install("egg", more="alive = property()"), FakeDesk().context(), ())


def test_a_misspelt_setting_of_a_channel_is_a_slip_and_the_right_one_is_named(install: Install) -> None:
    """What a channel never asks for is none of its settings."""
    name = install("heron")
    with pytest.raises(SettingsError, match=r"DESK_HERON_ULR is no setting .* DESK_HERON_URL"):
        plugins.channel(name, FakeDesk().context(), ["heron_ulr"])


def test_a_name_that_no_setting_can_begin_with_is_refused() -> None:
    """No shell takes DESK_MY-CHAT_URL."""
    with pytest.raises(SettingsError, match="'my-chat' can't name a channel"):
        plugins.channel("my-chat", FakeDesk().context(), ())


def test_what_is_not_installed_is_told_with_the_nearest_and_how_to_install() -> None:
    """A package of its own goes into the environment of the desk."""
    with pytest.raises(SettingsError, match=r"the nearest is sms.* -m pip install"):
        plugins.channel("smss", FakeDesk().context(), ())


def test_a_setting_belongs_to_the_longest_name_that_it_begins_with(tmp_path: Path) -> None:
    """DESK_PAGER_TWO_URL is of the channel "pager_two", though "pager" is started too."""
    given = {"DESK_CHANNELS": "pager,pager_two", "DESK_PAGER_URL": "a", "DESK_PAGER_TWO_URL": "b"}
    settings = load(given, tmp_path / "none.toml")
    assert settings.own("pager") == {"pager_url"}
    assert settings.own("pager_two") == {"pager_two_url"}
