"""Starting: what one desk holds no other takes, and a start that fails leaves nothing behind."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bot import app
from bot.errors import InUse, SettingsError
from bot.settings import load
from tests import processes
from tests.support import running, settings


async def test_two_data_directories_do_not_share_a_database_file(tmp_path: Path) -> None:
    """The database lies elsewhere, and each desk has a data directory of its own: the second is refused, and why."""
    (tmp_path / "elsewhere").mkdir()
    shared = f"sqlite:///{tmp_path / 'elsewhere' / 'shared.db'}"
    async with running(tmp_path / "a", database_url=shared):
        with pytest.raises(InUse, match="DESK_DATABASE_URL"):
            await app.start(settings(tmp_path / "b", database_url=shared))
    async with running(tmp_path / "b", database_url=shared):
        pass


async def test_another_way_to_write_the_path_is_the_same_file(tmp_path: Path) -> None:
    """A link to the other desk's data directory opens no second door."""
    (tmp_path / "link").symlink_to(tmp_path / "a")
    async with running(tmp_path / "a"):
        with pytest.raises(InUse):
            await app.start(settings(tmp_path / "link"))


async def test_a_directory_that_is_not_there_is_named_with_its_setting(tmp_path: Path) -> None:
    """The database's directory is no secret of the driver's: one error that says what to set."""
    with pytest.raises(SettingsError, match="DESK_DATABASE_URL"):
        await app.start(settings(tmp_path / "a", database_url=f"sqlite:///{tmp_path / 'missing' / 'x.db'}"))


async def test_a_start_that_fails_lets_everything_go(tmp_path: Path) -> None:
    """A site whose policy is not there: the same directory starts at once when the setting is mended."""
    before = _writers()
    with pytest.raises(SettingsError, match="missing"):
        await app.start(settings(tmp_path, sites=[{"key": "x", "name": "X", "policy": "missing"}]))
    assert _writers() == before
    async with running(tmp_path):
        pass


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("chat_identity_secret", "short"), ("voice_hours", "sometimes"), ("voice_handover", "12"), ("clamd", "nowhere"),
        ("twilio_whatsapp_template", "welcome"), ("mail_dns", "a name"), ("dkim_key_file", "missing.pem"),
    ],
)  # fmt: skip
async def test_a_wrong_setting_of_a_part_ends_the_start_in_one_line(name: str, value: str, tmp_path: Path) -> None:
    """Whatever part reads it: one line that names the setting, for `serve` and for the doctor alike."""
    known = {"DESK_CHANNELS": "sms,mail,webchat,voice", "DESK_DATA_DIR": str(tmp_path), "DESK_SMTP_PORT": "0"}
    wrong = load({**known, f"DESK_{name.upper()}": value}, tmp_path / "none.toml")
    with pytest.raises(SettingsError, match=f"DESK_{name.partition('_')[0].upper()}") as raised:
        await app.start(wrong)
    assert "\n" not in str(raised.value)


async def test_a_part_that_fails_at_stopping_keeps_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A channel that breaks as it is stopped: the database closes all the same, and the directory is free."""

    async def breaks() -> None:
        raise RuntimeError("it is stuck")

    before = _writers()
    async with running(tmp_path) as desk:
        monkeypatch.setattr(next(iter(desk.desk.channels.values())), "stop", breaks)
    assert _writers() == before
    async with running(tmp_path):
        pass


def _writers() -> int:
    return sum(thread.name == "desk-write" for thread in threading.enumerate())


def serve_once(environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """`privacydesk serve` that is expected to end by itself."""
    command = [sys.executable, "-m", "bot", "serve"]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.slow
async def test_a_second_process_on_the_same_data_is_refused(tmp_path: Path) -> None:
    """Exit 1 and one line that names the holder and the mend; the first goes on undisturbed."""
    async with processes.Served(tmp_path, channels="sms") as first:
        second = serve_once(processes.environment(tmp_path, channels="sms"))
        assert second.returncode == 1
        (line,) = second.stderr.strip().splitlines()
        assert str(first.pid) in line
        assert "DESK_DATA_DIR" in line
        await first.idle()


@pytest.mark.slow
async def test_a_data_directory_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    """A file stands where the directory should be: exit 1, one line, no traceback."""
    (tmp_path / "file").write_text("")
    ended = serve_once(processes.environment(tmp_path / "file" / "data", channels="sms"))
    assert ended.returncode == 1
    (line,) = ended.stderr.strip().splitlines()
    assert "DESK_DATA_DIR" in line


async def test_no_channel_has_the_name_of_what_staff_write_down(tmp_path: Path) -> None:
    """What came by fax would else be answered by a channel that is no person's."""
    with pytest.raises(SettingsError, match="'fax' is what staff write down by hand"):
        await app.start(settings(tmp_path, channels="memory,fax"))
