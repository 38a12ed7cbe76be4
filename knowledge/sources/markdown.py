"""The source of policies kept as Markdown files: those that ship, then those of the desk's own data folder.

Entry point `markdown` of `privacydesk.sources`; `bot.plugins` calls `create`, `bot.commands.policy` writes the files.
A version in the data folder stands in for a shipped one of the same key and date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

import structlog

from knowledge.base import Policy
from knowledge.front_matter import PolicyError
from knowledge.policy import parse

FOLDER = "policies"
"""Folder of imported policies within the data folder: policies/KEY/DATE.md."""

_log = structlog.get_logger()


class MarkdownSource:
    """Policies from Markdown files. A file that can't be read is logged and left out; the others still count."""

    name = "markdown"

    def __init__(self, data_dir: Path | None = None) -> None:
        self._data_dir = data_dir

    def policies(self) -> Iterator[Policy]:
        """Every version, ordered by key and date."""
        found: dict[tuple[str, str], str] = dict(_shipped())
        if self._data_dir is not None:
            found.update(_imported(self._data_dir / FOLDER))
        for (key, day), text in sorted(found.items()):
            try:
                policy = parse(text, defaults={"key": key, "effective": day}).policy
            except PolicyError as error:
                _log.error("policy left out", action="policy_unreadable", key=key, effective=day, error=str(error))
            else:
                yield policy


def create(setting: Callable[[str], str]) -> MarkdownSource:
    """The source for a desk; `setting("data_dir")` names its data folder, or is empty."""
    folder = setting("data_dir")
    return MarkdownSource(Path(folder) if folder else None)


def path_of(data_dir: Path, key: str, effective: str) -> Path:
    """Where an imported version is kept."""
    return data_dir / FOLDER / key / f"{effective}.md"


def _shipped() -> Iterator[tuple[tuple[str, str], str]]:
    for folder in files("knowledge").joinpath("corpus").iterdir():
        if folder.is_dir():
            for file in folder.iterdir():
                if file.name.endswith(".md"):
                    yield (folder.name, file.name.removesuffix(".md")), file.read_text("utf-8")


def _imported(folder: Path) -> Iterator[tuple[tuple[str, str], str]]:
    for path in folder.glob("*/*.md"):
        try:
            yield (path.parent.name, path.stem), path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            _log.error(
                "policy left out",
                action="policy_unreadable",
                key=path.parent.name,
                effective=path.stem,
                error=str(error),
            )
