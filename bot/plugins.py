"""Finds channels and knowledge sources through entry points: a new one is a package, not a change here."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

from rapidfuzz import process

from bot.errors import SettingsError
from channels.errors import ChannelError

CHANNELS = "privacydesk.channels"
SOURCES = "privacydesk.sources"


def factory(group: str, name: str) -> Callable[..., Any]:
    """The `create` behind an entry point.

    Raises:
        SettingsError: nothing of that name is installed; the nearest is named.
    """
    found = entry_points(group=group, name=name)
    for point in found:
        created: Callable[..., Any] = point.load()
        return created
    known = names(group)
    near = process.extractOne(name, known)
    raise SettingsError(
        f"{name!r} is not installed in {group}; the nearest is {near[0] if near else 'none'}. "
        "If it is new in pyproject.toml, install again: make test, or pip install -e ."
    )


def names(group: str) -> list[str]:
    """What is installed."""
    return sorted({point.name for point in entry_points(group=group)})


def built(group: str, name: str, given: object) -> Any:
    """What the entry point's `create` makes of `given`.

    Raises:
        SettingsError: nothing of that name is installed, or a setting that it needs is wrong.
    """
    try:
        return factory(group, name)(given)
    except (ValueError, ChannelError) as error:
        raise SettingsError(str(error)) from error
