"""Every data source of this desk, built from its settings. A kind is imported only where a source is of that kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from typing import Any, NamedTuple

from rapidfuzz import process
from sqlalchemy.orm import Session

from bot import plugins
from bot.errors import SettingsError
from bot.settings import DataSourceSettings, Settings
from bot.sources.base import GROUP, SECONDS, WAYS, DataSource, Setting, Way

SHIPPED = ("own", "sql", "folder")
"""Kinds that come with the desk, so that no installation step is needed for them to be found."""
OWN = "own"
RESERVED = ("uploads", "hand", "desk")
OWN_COVERS: tuple[Way, ...] = ("internet and email", "text")
MOST_SOURCES = 50
Look = Callable[[Callable[[Session], Any]], Any]


class Installed(NamedTuple):
    """A source, and how many seconds one search of it may take."""

    source: DataSource
    seconds: float


def installed(settings: Settings, look: Look) -> Mapping[str, Installed]:
    """The sources by name, the desk's own first. `look` runs work over the desk's database and changes nothing.

    Raises:
        SettingsError: a table is wrong, or a kind is not installed.
    """
    tables = list(settings.data_sources)
    if not any(table.kind == OWN for table in tables):
        own = DataSourceSettings(
            name=OWN, kind=OWN, title="Messages and requests at this desk", covers=list(OWN_COVERS),
            search_seconds=SECONDS,
        )  # fmt: skip
        tables.insert(0, own)
    _refuse_wrong(tables)
    return {table.name: Installed(_built(table, settings, look), table.search_seconds) for table in tables}


def _refuse_wrong(tables: list[DataSourceSettings]) -> None:
    names = [table.name for table in tables]
    for table in reversed(tables):  # the desk's own stands first: what takes its name is the one to tell
        reserved = table.name in RESERVED or (table.name == OWN and table.kind != OWN)
        if reserved or names.count(table.name) > 1:
            why = "is the desk's own" if reserved else "is taken"
            raise SettingsError(f"desk.toml, data source {table.name!r}: that name {why}: choose another")
        for way in table.covers:
            if way not in WAYS:
                near = process.extractOne(way, WAYS)
                raise SettingsError(
                    f"desk.toml, data source {table.name!r}, covers: {way!r} is no way in which data is collected; the "
                    f"nearest is {near[0]!r}"
                )
    if sum(table.kind == OWN for table in tables) > 1:
        raise SettingsError("desk.toml, data_sources: only one may be of the kind own")
    if len(tables) > MOST_SOURCES:
        raise SettingsError(f"desk.toml, data_sources: at most {MOST_SOURCES}")


def _built(table: DataSourceSettings, settings: Settings, look: Look) -> DataSource:
    setting = Setting(
        name=table.name,
        title=table.title or table.name,
        covers=tuple(way for way in WAYS if way in table.covers),
        options=dict(table.model_extra or {}),
        secret=partial(_secret, settings, table.name),
        look=look,
        timezone=settings.timezone,
    )
    if table.kind in SHIPPED:
        source: DataSource = import_module(f"bot.sources.{table.kind}").create(setting)
        return source
    known = [*SHIPPED, *plugins.names(GROUP)]
    if table.kind not in known:
        near = process.extractOne(table.kind, known)
        raise SettingsError(
            f"desk.toml, data source {table.name!r}: there is no kind {table.kind!r}; the nearest is {near[0]!r}. "
            f"Another kind is a package with an entry point in {GROUP}"
        )
    made: DataSource = plugins.built(GROUP, table.kind, setting)
    return made


def _secret(settings: Settings, source: str, name: str) -> str:
    return settings.text(f"{source}_{name}")
