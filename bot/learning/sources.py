"""Every installed source of policies as one: read tolerantly at a start, strictly beside a running desk."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from bot import plugins
from bot.settings import Settings
from knowledge.base import KnowledgeSource, Policy


class Sources:
    """The sources that are installed. Called outside the event loop: each reads files."""

    def __init__(self, sources: Sequence[KnowledgeSource]) -> None:
        self._sources = tuple(sources)

    def policies(self) -> list[Policy]:
        """Every version that can be read; what can't is logged by its source."""
        return [policy for source in self._sources for policy in source.policies()]

    def checked(self) -> list[Policy]:
        """Every version. Raises PolicyError where a source says that one can't be read."""
        return [policy for source in self._sources for policy in getattr(source, "checked", source.policies)()]

    def state(self) -> Hashable:
        """Moves when a source may have something new; a source without `state` is read at starts only."""
        return tuple(source.state() for source in self._sources if hasattr(source, "state"))


def installed(settings: Settings) -> Sources:
    """Every source behind an entry point, built for these settings.

    Raises:
        SettingsError: a setting that one needs is wrong.
    """
    return Sources([plugins.built(plugins.SOURCES, name, settings.text) for name in plugins.names(plugins.SOURCES)])
