"""Settings: the environment over desk.toml over defaults, and slips that never pass in silence."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import Settings, load, secret_key, signer


def test_an_unknown_name_is_refused_and_the_nearest_is_named(tmp_path: Path) -> None:
    """DESK_HTP_PORT is a slip, not a wish."""
    with pytest.raises(SettingsError, match=r"DESK_HTP_PORT .* is not a setting; the nearest is DESK_HTTP_PORT"):
        load({"DESK_HTP_PORT": "80"}, tmp_path / "none.toml")


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    """A site's desk.toml gives the rule, the environment the exception."""
    toml = tmp_path / "desk.toml"
    toml.write_text('http_port = 9000\nsmtp_port = 9025\n[[sites]]\nkey = "easyspace"\nname = "Easyspace"\n')
    settings = load({"DESK_HTTP_PORT": "9001"}, toml)
    assert (settings.http_port, settings.smtp_port) == (9001, 9025)
    assert [site.key for site in settings.all_sites()] == ["easyspace"]


def test_a_bad_value_names_its_setting(tmp_path: Path) -> None:
    """The error says which setting to mend."""
    with pytest.raises(SettingsError, match="DESK_HTTP_PORT"):
        load({"DESK_HTTP_PORT": "many"}, tmp_path / "none.toml")
    with pytest.raises(SettingsError, match="Europe/London"):
        load({"DESK_TIMEZONE": "Europe/Lundon"}, tmp_path / "none.toml")
    with pytest.raises(SettingsError, match="https://"):
        load({"DESK_PUBLIC_URL": "privacy.example.com"}, tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("name", "value", "mend"),
    [
        ("DESK_QUIET_HOURS", "9", "write it like 21:00-08:00, or off"),
        ("DESK_TWILIO_ACCOUNTS", '{"sid": "AC1"}', "it is no list: write it like"),
        ("DESK_TWILIO_ACCOUNTS", "AC1", "it is no JSON: write it like"),
    ],
)
def test_a_wrong_value_says_how_to_write_it(name: str, value: str, mend: str, tmp_path: Path) -> None:
    """Neither a pattern nor a parser's own word: one line with the setting and an example."""
    with pytest.raises(SettingsError, match=f"^{name}: {mend}") as raised:
        load({name: value}, tmp_path / "none.toml")
    assert "\n" not in str(raised.value)
    assert "AC1" not in str(raised.value)


def test_each_setting_stands_in_the_readme() -> None:
    """Whoever sets the desk up finds every name; what tables of desk.toml hold, and what only the demo sets, aside."""
    said = (Path(__file__).parents[2] / "README.md").read_text()
    elsewhere = {"sites", "data_sources", "plugins", "twilio_api_base"}
    names = [name for name in Settings.model_fields if name not in elsewhere and not name.startswith("keep_")]
    assert [name for name in names if not re.search(rf"`DESK_{name.upper()}\b", said)] == []


def test_a_channel_of_another_package_has_settings_of_its_own(tmp_path: Path) -> None:
    """DESK_PAGER_URL is given to the channel "pager" when it is started, and is a slip when it is not."""
    settings = load({"DESK_CHANNELS": "sms,pager", "DESK_PAGER_URL": "http://x"}, tmp_path / "none.toml")
    assert settings.text("pager_url") == "http://x"
    assert settings.text("pager_other") == ""
    with pytest.raises(SettingsError, match="DESK_PAGER_URL"):
        load({"DESK_PAGER_URL": "http://x"}, tmp_path / "none.toml")


def test_a_knowledge_source_has_settings_of_its_own(tmp_path: Path) -> None:
    """They begin with the name of a source that is installed; those of any other are a slip."""
    settings = load({"DESK_MARKDOWN_MIRROR": "/srv"}, tmp_path / "none.toml")
    assert settings.text("markdown_mirror") == "/srv"
    with pytest.raises(SettingsError, match="a source's begin with its name"):
        load({"DESK_GITBOOK_MIRROR": "/srv"}, tmp_path / "none.toml")


def test_a_wrong_value_in_the_file_is_named_as_it_stands_there(tmp_path: Path) -> None:
    """A site's key that can't be one: the file and the place in it are named."""
    toml = tmp_path / "desk.toml"
    toml.write_text('[[sites]]\nkey = "Acme"\nname = "Acme"\n')
    with pytest.raises(SettingsError, match=r"desk\.toml, sites\.0\.key: .*'Acme'"):
        load({}, toml)


def test_a_broken_file_is_refused_by_name(tmp_path: Path) -> None:
    """A desk.toml that can't be read stops the start with its place."""
    toml = tmp_path / "desk.toml"
    toml.write_text("[[sites]\n")
    with pytest.raises(SettingsError, match=r"desk\.toml"):
        load({}, toml)


def test_without_a_file_there_is_one_site_with_the_default_mailbox(tmp_path: Path) -> None:
    """The default company is iomart with its mailbox and its policy."""
    (site,) = load({}, tmp_path / "none.toml").all_sites()
    assert (site.key, site.mailboxes, site.policy) == ("iomart", ("info@iomart.com",), "iomart")


def test_the_secret_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    """Made on first start with mode 0600, and the same afterwards."""
    settings = load({}, tmp_path / "none.toml", data_dir=tmp_path)
    key = secret_key(settings)
    assert len(key) == 64
    assert secret_key(settings) == key
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600


def test_a_signature_of_one_purpose_never_passes_for_another() -> None:
    """The purpose is part of what is hashed."""
    sign = signer(b"key")
    assert sign("reply", "7") != sign("chat", "7")
    assert sign("reply", "7") == signer(b"key")("reply", "7")
    assert sign("reply", "7") != signer(b"other")("reply", "7")


def test_sub_accounts_come_as_json_or_as_tables_and_a_token_is_never_repeated(tmp_path: Path) -> None:
    """DESK_TWILIO_ACCOUNTS, or [[twilio_accounts]] in desk.toml; a slip is told without what it says."""
    sid, token = "AC" + "b" * 32, "very-secret"
    given = json.dumps([{"sid": sid, "token": token, "numbers": ["+447700900777"]}])
    settings = load({"DESK_TWILIO_ACCOUNTS": given}, tmp_path / "none.toml")
    assert json.loads(settings.text("twilio_accounts")) == [
        {"sid": sid, "token": token, "numbers": ["+447700900777"], "services": []}
    ]
    toml = tmp_path / "desk.toml"
    toml.write_text(f'[[twilio_accounts]]\nsid = "{sid}"\ntoken = "{token}"\n')
    assert load({}, toml).twilio_accounts[0].sid == sid
    for wrong in (f'[{{"sid": "x", "token": "{token}"}}]', f"{token}", f'[{{"sid": "{sid}", "tokn": "{token}"}}]',
                  json.dumps([{"sid": sid, "token": token}] * 2)):  # fmt: skip
        with pytest.raises(SettingsError, match="DESK_TWILIO_ACCOUNTS") as raised:
            load({"DESK_TWILIO_ACCOUNTS": wrong}, tmp_path / "none.toml")
        assert token not in str(raised.value)
