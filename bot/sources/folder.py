"""The data source "folder": exports of other systems as files of CSV or JSON in one folder.

    [[data_sources]]
    name = "exports"
    title = "Order system"
    kind = "folder"
    path = "/srv/exports"
    covers = ["telephone"]

    [[data_sources.files]]
    title = "Order"
    file = "orders-*.csv"                  # in the folder itself; * and ? stand for what differs
    email = ["email", "invoice_email"]     # columns by which a row is somebody's
    phone = ["mobile"]
    reference = "order_no"
    customer = "customer_no"               # the column of the customer's own number, where there is one
    collected = "ordered_on"
    match = { name = "name", postcode = "postcode" }

A row is somebody's when one of its addresses or its customer number is proved theirs. Rows and files that can't be read
are told once all others were given, so that the search counts as failed until somebody has mended them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from bot.contacts.matching import Claim, Match
from bot.errors import SettingsError
from bot.sources import comparing, exports, options, values
from bot.sources.base import Item, Setting, SourceBroken, SourceDown, Subject
from channels.base import Finding

MOST_FILES = 1_000
MOST_TOLD = 5
"""Places of trouble that one error names; the others are counted."""


class Export(options.Table):
    """One `[[data_sources.files]]`: which files, and which of their columns say whose a row is."""

    title: str = Field(min_length=1, max_length=80)
    file: str = Field(min_length=1, max_length=200)
    email: list[str] = Field(default_factory=list)
    phone: list[str] = Field(default_factory=list)
    customer: str = ""
    reference: str = ""
    collected: str = ""
    kind: str = Field("record", min_length=1, max_length=24)
    match: dict[str, str] = Field(default_factory=dict)

    @field_validator("file")
    @classmethod
    def _within(cls, value: str) -> str:
        if "/" in value or "\\" in value or value in {".", ".."}:
            raise ValueError("write the name of files in the folder itself, without / or \\")
        if not value.lower().endswith((".csv", ".json", ".jsonl")):
            raise ValueError("its name must end in .csv, .json or .jsonl")
        return value

    @field_validator("match")
    @classmethod
    def _known(cls, value: dict[str, str]) -> dict[str, str]:
        return dict(options.fields_known(value))


class Options(options.Table):
    """The table of a source of this kind."""

    path: Path
    files: list[Export] = Field(min_length=1)


def create(setting: Setting) -> FolderSource:
    """A source of this kind. Raises SettingsError."""
    given = options.read(Options, setting.name, setting.options)
    for export in given.files:
        if not export.email and not export.phone and not export.customer:
            raise SettingsError(
                f"desk.toml, data source {setting.name!r}, {export.file}: nothing says whose a row is; write the "
                'columns, such as email = ["email"], phone = ["mobile"] or customer = "customer_no"'
            )
    return FolderSource(setting, given)


class FolderSource:
    """A folder that is read anew at each search."""

    def __init__(self, setting: Setting, given: Options) -> None:
        self.name, self.title, self.covers = setting.name, setting.title, setting.covers
        self._root, self._exports = given.path, given.files

    def search(self, subject: Subject) -> Iterator[Item]:
        """The person's rows. Raises SourceBroken after the last where some rows or files can't be read."""
        known = _known_by(subject.addresses, subject.details)
        trouble: list[str] = []
        for export, file in self._files():
            for row in exports.rows(file, trouble):
                if _is_of(export, row.fields, known):
                    yield _item(export, file, row)
        _tell(trouble)

    def match(self, claim: Claim) -> Sequence[Match]:
        """The rows that an address of the claim or its reference leads to, in exports that name columns to match."""
        known = _known_by(claim.addresses, claim.details)
        found: list[Match] = []
        for export, file in self._files():
            for row in exports.rows(file, []) if export.match else ():
                if _is_of(export, row.fields, known):
                    same, differs = comparing.compared(claim, _recorded(export, row.fields))
                    if same:
                        found.append(Match(self.name, _reference(export, file, row), same, differs))
        return list(dict.fromkeys(found))

    def check(self) -> Sequence[Finding]:
        """Whether the folder and each file are there and can be read."""
        try:
            files = list(self._files())
            for export, file in files:
                row = next(exports.rows(file, []), None)
                if row is not None:
                    _columns(export, file, row.fields)
        except (SourceBroken, SourceDown) as error:
            mend = f"mend the folder, or data source {self.name!r} in desk.toml"
            return [Finding(self.name, ok=False, text=str(error), mend=mend)]
        return [Finding(self.name, ok=True, text=f"{self.title}: {len(files)} files can be read")]

    def _files(self) -> Iterator[tuple[Export, Path]]:
        """Every file of every export, in the order of their names, none of them outside the folder."""
        try:
            root = self._root.resolve(strict=True)
            there = sorted(root.iterdir())
        except OSError as error:
            raise SourceDown(f"the folder {self._root} can't be read ({error.strerror}): bring it back") from None
        for export in self._exports:
            files = [file for file in there if fnmatchcase(file.name, export.file)]
            if not files:
                raise SourceBroken(f"no file in {self._root} is named {export.file}: export it, or mend its name")
            if len(files) > MOST_FILES:
                raise SourceBroken(f"more than {MOST_FILES} files are named {export.file}: move old ones elsewhere")
            for file in files:
                yield export, _inside(root, file)


def _inside(root: Path, file: Path) -> Path:
    """The file itself, when it is one, of a size that can be read, in the folder."""
    try:
        real = file.resolve(strict=True)
        size = real.stat().st_size
    except OSError as error:
        raise SourceBroken(f"{file.name} can't be read ({error.strerror}): mend or remove it") from None
    if real.parent != root:
        raise SourceBroken(f"{file.name} is a link out of the folder: put the file itself there")
    if not real.is_file():
        raise SourceBroken(f"{file.name} is no file: remove it")
    if size > exports.LARGEST_FILE:
        raise SourceBroken(f"{file.name} is larger than {exports.LARGEST_FILE // 1_000_000} MB: split it")
    return real


def _known_by(addresses: Sequence[tuple[str, str]], details: Mapping[str, str]) -> Mapping[str, set[str]]:
    kinds = [(comparing.kind_of(channel, value), value) for channel, value in addresses]
    return {
        "email": {comparing.email(value) for kind, value in kinds if kind == "email"} - {""},
        "phone": {comparing.phone(value) for kind, value in kinds if kind == "phone"} - {""},
        "customer": {comparing.code(details.get("reference", ""))} - {""},
    }


def _is_of(export: Export, fields: Mapping[str, Any], known: Mapping[str, set[str]]) -> bool:
    return (
        any(comparing.email(fields.get(column)) in known["email"] for column in export.email)
        or any(comparing.phone(fields.get(column)) in known["phone"] for column in export.phone)
        or bool(export.customer and comparing.code(fields.get(export.customer)) in known["customer"])
    )


def _recorded(export: Export, fields: Mapping[str, Any]) -> Mapping[str, object]:
    """The row by claim field: what `match` says, and the columns that say whose it is."""
    found: dict[str, object] = {field: fields.get(column) for field, column in export.match.items()}
    for field, columns in (("email", export.email), ("phone", export.phone), ("reference", [export.customer])):
        given = next((fields[column] for column in columns if fields.get(column)), None)
        if given is not None:
            found.setdefault(field, given)
    return found


def _item(export: Export, file: Path, row: exports.Row) -> Item:
    _columns(export, file, row.fields)
    collected = comparing.day(row.fields.get(export.collected)) if export.collected else None
    return Item(_reference(export, file, row), export.title, values.plain(row.fields), export.kind, collected)


def _reference(export: Export, file: Path, row: exports.Row) -> str:
    own = row.fields.get(export.reference) if export.reference else None
    return f"{export.title}:{own}" if own else f"{file.name}:{row.place}"


def _columns(export: Export, file: Path, fields: Mapping[str, Any]) -> None:
    """Raises SourceBroken where a column that the settings name is not there: rows would be missed in silence."""
    named = [*export.email, *export.phone, export.customer, export.reference, export.collected, *export.match.values()]
    missing = [column for column in named if column and column not in fields]
    if missing and file.suffix == ".csv":
        raise SourceBroken(f"{file.name} has no column {', '.join(missing)}: export it, or mend its name in desk.toml")


def _tell(trouble: Sequence[str]) -> None:
    if trouble:
        more = f" and {len(trouble) - MOST_TOLD} more" if len(trouble) > MOST_TOLD else ""
        raise SourceBroken(f"can't be read: {'; '.join(trouble[:MOST_TOLD])}{more}: mend them and search again")
