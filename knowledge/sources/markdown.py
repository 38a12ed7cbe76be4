"""The source of policies kept as Markdown files: those that ship, then those of the desk's own data folder.

Entry point `markdown` of `privacydesk.sources`; `bot.plugins` calls `create`, `bot.commands.policy` writes the files.
A version in the data folder stands in for a shipped one of the same key and date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from knowledge.base import Policy
from knowledge.front_matter import PolicyError
from knowledge.policy import parse

FOLDER = "policies"
"""Folder of imported policies within the data folder: policies/KEY/DATE.md, and beside it the file as it was given
where that was no Markdown (DATE.html, DATE.txt)."""

_Stamp = tuple[str, int, int]
"""A file as it was: its path, when it was changed (ns), its size."""


class MarkdownSource:
    """Policies from Markdown files. A file that can't be read is logged and left out; the others still count. What was
    read is kept until its file moves, so that one import among hundreds of versions is one file to read.
    """

    name = "markdown"

    def __init__(self, data_dir: Path | None = None) -> None:
        self._data_dir = data_dir
        self._kept: dict[tuple[str, str], tuple[_Stamp, Policy]] = {}

    def policies(self) -> Iterator[Policy]:
        """Every version, ordered by key and date."""
        for (key, day), file in sorted(self._files().items(), key=lambda each: each[0]):
            policy = self._read(key, day, file)
            if policy is not None:
                yield policy

    def checked(self) -> Iterator[Policy]:
        """Every version, or PolicyError naming the first that can't be read: beside a running desk, leaving one out
        would put an older one in force.
        """
        for (key, day), file in sorted(self._files().items(), key=lambda each: each[0]):
            try:
                yield self._parsed(key, day, file)
            except (PolicyError, OSError, UnicodeDecodeError) as error:
                raise PolicyError(f"Policy {key} of {day}: {error}") from error

    def state(self) -> tuple[_Stamp, ...]:
        """Moves with every file that is added, changed or removed in the data folder."""
        if self._data_dir is None:
            return ()
        found = []
        for path in sorted((self._data_dir / FOLDER).glob("*/*.md")):
            with suppress(OSError):  # gone since it was listed
                found.append(_stamp(path))
        return tuple(found)

    def dates(self, key: str) -> list[str]:
        """The dates of a policy's versions, oldest first, without reading them."""
        return sorted(day for known, day in self._files() if known == key)

    def version(self, key: str, day: str) -> Policy | None:
        """One version; None where there is none, or none that can be read."""
        file = self._files().get((key, day))
        return self._read(key, day, file) if file is not None else None

    def _files(self) -> dict[tuple[str, str], Traversable]:
        found: dict[tuple[str, str], Traversable] = dict(_shipped())
        if self._data_dir is not None:
            found.update(((path.parent.name, path.stem), path) for path in (self._data_dir / FOLDER).glob("*/*.md"))
        return found

    def _parsed(self, key: str, day: str, file: Traversable) -> Policy:
        stamp = _stamp(file) if isinstance(file, Path) else None
        kept = self._kept.get((key, day))
        if kept is not None and kept[0] == stamp:
            return kept[1]
        policy = parse(file.read_text("utf-8"), defaults={"key": key, "effective": day}, checked=False).policy
        if stamp is not None:
            self._kept[key, day] = stamp, policy
        return policy

    def _read(self, key: str, day: str, file: Traversable) -> Policy | None:
        try:
            return self._parsed(key, day, file)
        except (PolicyError, OSError, UnicodeDecodeError) as error:
            import structlog  # noqa: PLC0415 - 70 ms that `privacydesk policy` needs for nothing else

            structlog.get_logger().error(
                "policy left out", action="policy_unreadable", key=key, effective=day, error=str(error)
            )
            return None


def create(setting: Callable[[str], str]) -> MarkdownSource:
    """The source for a desk; `setting("data_dir")` names its data folder, or is empty."""
    folder = setting("data_dir")
    return MarkdownSource(Path(folder) if folder else None)


def path_of(data_dir: Path, key: str, effective: str, suffix: str = "md") -> Path:
    """Where an imported version is kept; with the suffix of another format, the file as it was given."""
    return data_dir / FOLDER / key / f"{effective}.{suffix}"


def _shipped() -> Iterator[tuple[tuple[str, str], Traversable]]:
    for folder in files("knowledge").joinpath("corpus").iterdir():
        if folder.is_dir():
            for file in folder.iterdir():
                if file.name.endswith(".md"):
                    yield (folder.name, file.name.removesuffix(".md")), file


def _stamp(path: Path) -> _Stamp:
    stat = path.stat()
    return str(path), stat.st_mtime_ns, stat.st_size
