"""Finds channels and knowledge sources through entry points: a new one is a package, not a change here."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import lru_cache
from importlib.metadata import EntryPoints, entry_points
from typing import Any

from rapidfuzz import process

from bot.errors import SettingsError
from channels.base import Channel
from channels.context import Context
from channels.errors import ChannelError

CHANNELS = "privacydesk.channels"
SOURCES = "privacydesk.sources"
NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
"""A channel's name begins the names of its settings, so an environment must take it; rows have room for 32 letters."""


def factory(group: str, name: str) -> Callable[..., Any]:
    """The `create` behind an entry point.

    Raises:
        SettingsError: nothing of that name is installed; the nearest is named.
    """
    for point in _installed(tuple(sys.path), group).select(name=name):
        created: Callable[..., Any] = point.load()
        return created
    known = names(group)
    near = process.extractOne(name, known)
    raise SettingsError(
        f"{name!r} is not installed in {group}; the nearest is {near[0] if near else 'none'}. "
        "If it is a package of its own, install that with the Python of this desk (.venv/bin/python -m pip install …); "
        "if it is new in this pyproject.toml, install again: make test"
    )


def names(group: str) -> list[str]:
    """What is installed."""
    return sorted({point.name for point in _installed(tuple(sys.path), group)})


@lru_cache(maxsize=16)
def _installed(_path: tuple[str, ...], group: str) -> EntryPoints:
    """What is installed on a path, read once: a start asks for every channel and source, and each reading opens a file
    of every package. What is installed while the desk runs counts from its next start, as its code does.
    """
    return entry_points(group=group)


def built(group: str, name: str, given: object) -> Any:
    """What the entry point's `create` makes of `given`.

    Raises:
        SettingsError: nothing of that name is installed, or a setting that it needs is wrong.
    """
    try:
        return factory(group, name)(given)
    except (ValueError, ChannelError) as error:
        raise SettingsError(str(error)) from error


def channel(name: str, context: Context, own: Collection[str]) -> Channel:
    """The channel of that name, held to what the desk relies on before anything is accepted by it.

    `own` are the settings given for it that are nobody else's. A channel asks for all of its own in `create`; what it
    did not ask for is a slip, and would pass in silence.

    Raises:
        SettingsError: it is not installed, is no channel, or a setting is wrong.
    """
    if not NAME.fullmatch(name):
        raise SettingsError(f"{name!r} can't name a channel: small letters, digits and _, 32 at most, a letter first")
    asked: set[str] = set()

    def setting(each: str) -> str:
        asked.add(each)
        return context.setting(each)

    made: Channel = built(CHANNELS, name, replace(context, setting=setting))
    wanted = (each for each in (*Channel.__annotations__, *vars(Channel)) if not each.startswith("_"))
    lacking = [each for each in wanted if not hasattr(made, each)]
    if lacking:
        raise SettingsError(f"the channel {name!r} has no {lacking[0]!r}: channels/base.py says all that it must have")
    if made.name != name:
        raise SettingsError(
            f"the channel {name!r} calls itself {made.name!r}, so what it accepts would never be read: "
            "give it the name of its entry point"
        )
    for slip in sorted(set(own) - asked):
        near = process.extractOne(slip, [each for each in asked if each.startswith(f"{name}_")])
        nearest = f"; the nearest that it knows is DESK_{near[0].upper()}" if near else ""
        raise SettingsError(f"DESK_{slip.upper()} is no setting of the channel {name!r}{nearest}")
    return made
