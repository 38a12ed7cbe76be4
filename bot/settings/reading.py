"""Reads the settings: the environment over desk.toml over the defaults.

A name that is not known is an error that names the nearest known one, so that a typing slip never passes in silence.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from rapidfuzz import process

from bot import plugins
from bot.errors import SettingsError
from bot.settings.model import Settings

PREFIX = "DESK_"
SECRET = frozenset({"secret_key", "chat_identity_secret", "twilio_auth_token", "twilio_accounts", "data_sources"})
"""Settings that are or hold a password: a mistake in one is told without what it says."""
NEAR = 60
"""How alike (of 100) a misspelt name must be for the right one to be named."""


def load(environ: Mapping[str, str] | None = None, toml: Path | None = None, **overrides: Any) -> Settings:
    """Settings from the environment over desk.toml (beside the working directory) over the defaults.

    Raises:
        SettingsError: a name is unknown (the nearest is named), or a value is out of bounds.
    """
    environ = os.environ if environ is None else environ
    toml = Path("desk.toml") if toml is None else toml
    values: dict[str, Any] = {}
    if toml.exists():
        try:
            values.update(tomllib.loads(toml.read_text("utf-8")))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise SettingsError(f"{toml} can't be read: {error}; mend that line") from error
    given = {name: value for name, value in environ.items() if name.startswith(PREFIX)}
    given = {name.removeprefix(PREFIX).lower(): value for name, value in given.items() if not _for_tests(name)}
    channels = str(given.get("channels") or values.get("channels") or "").split(",")
    prefixes = [*channels, *_data_sources(values)]
    plugged = {**_plugged(values, prefixes), **_plugged(given, prefixes)}
    _refuse_unknown(values, "", str(toml))
    _refuse_unknown(given, PREFIX, "the environment")
    values.update(given, plugins=plugged, **overrides)
    try:
        return Settings(**values)
    except ValidationError as error:
        raise SettingsError(_mistake(error, given, toml)) from error


def _mistake(error: ValidationError, given: Mapping[str, Any], toml: Path) -> str:
    """The first mistake, by the name under which it was written."""
    first = error.errors()[0]
    name, *rest = (str(part) for part in first["loc"])
    where = f"{PREFIX}{name.upper()}" if name in given or not toml.exists() else f"{toml}, {'.'.join((name, *rest))}"
    told = isinstance(first["input"], str) and name not in SECRET
    wrong = f" (it is {first['input']!r})" if told else ""
    return f"{where}: {first['msg'].removeprefix('Value error, ')}{wrong}"


def _data_sources(values: Mapping[str, Any]) -> list[str]:
    """The names of the data sources in desk.toml, as far as they are names."""
    tables = values.get("data_sources")
    found = [table.get("name") for table in tables if isinstance(table, dict)] if isinstance(tables, list) else []
    return [name for name in found if isinstance(name, str)]


def _plugged(values: dict[str, Any], prefixes: Sequence[str]) -> dict[str, str]:
    """Take out the settings of the channels that are started, of the data sources that are named and of the sources of
    policies that are installed, and are no settings of the desk.
    """
    known = set(Settings.model_fields) - {"plugins"}
    others = [name for name in values if name not in known]
    if not others:
        return {}
    names = [*(prefix.strip() for prefix in prefixes), *plugins.names(plugins.SOURCES)]
    own = [name for name in others if any(name.startswith(f"{each}_") for each in names if each)]
    return {name: str(values.pop(name)) for name in own}


def _for_tests(name: str) -> bool:
    return name.startswith("DESK_TEST_")


def _refuse_unknown(values: Mapping[str, Any], prefix: str, where: str) -> None:
    known = [name for name in Settings.model_fields if name != "plugins"]
    for name in values:
        if name in known:
            continue
        shown = f"{prefix}{name.upper()}" if prefix else name
        near = process.extractOne(name, known, score_cutoff=NEAR)
        nearest = f"; the nearest is {prefix}{near[0].upper() if prefix else near[0]}" if near else ""
        raise SettingsError(
            f"{shown} in {where} is not a setting{nearest}. A channel's own begin with its name, and it stands in "
            f"{PREFIX}CHANNELS; a source's begin with its name"
        )
