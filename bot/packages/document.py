"""The package as one document, before it is written in any form: html, pdf and structured are made from it. Pure.

Everything in it may be shown to the person: redactions are applied, what is withheld is only counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from bot.packages.cover import Cover
from bot.packages.information import Information
from bot.packages.redacting import Part


class Shown(NamedTuple):
    """One value of an entry, as it will be read; `label` is "" where the entry is plain words."""

    label: str
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """The value with marks in place of what is left out."""
        return "".join(part.shown for part in self.parts)


class Attachment(NamedTuple):
    """A file that is handed over as it is. `name` is ours, `title` what it was called."""

    name: str
    title: str
    content_type: str
    content: bytes


class Entry(NamedTuple):
    """One item. `number` counts from 1 through the package; `content` is the item's own structure, redacted.

    `policy` names the version in force when it was collected, "" where the day is not known. `provided` says that the
    person gave it themselves.
    """

    number: int
    title: str
    source: str
    kind: str
    collected_on: date | None
    policy: str
    values: tuple[Shown, ...]
    content: Any
    file: Attachment | None = None
    provided: bool = True


class Section(NamedTuple):
    """The entries of one source, in order."""

    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Document:
    """A whole package. `made_at` is the moment of building, `language` a tag such as "en-GB"."""

    title: str
    reference: str
    version: int
    kind: str
    company: str
    made_at: datetime
    cover: Cover
    information: tuple[Information, ...]
    sections: tuple[Section, ...]
    left_out: Mapping[str, int]
    language: str = "en-GB"

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every entry, in order."""
        return tuple(entry for section in self.sections for entry in section.entries)

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """Every file that is handed over as it is."""
        return tuple(entry.file for entry in self.entries if entry.file is not None)
