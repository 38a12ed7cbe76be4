"""Rows of exported files, CSV and JSON, streamed; what can't be read is told by its place, never passed over."""

from __future__ import annotations

import csv
import json
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from bot.sources.base import SourceBroken

LARGEST_FILE = 50_000_000
LONGEST_FIELD = 1_000_000
MOST_COLUMNS = 1_000


class Row(NamedTuple):
    """One row: where it stands in its file ("row 3"), and its fields by name."""

    place: str
    fields: Mapping[str, Any]


def rows(file: Path, trouble: list[str]) -> Iterator[Row]:
    """The rows of a file; what can't be read is added to `trouble` as words that name the place, and no content.

    Raises:
        SourceBroken: the file as a whole can't be read.
    """
    try:
        # What stands under the name now may be another thing than what was looked at: a pipe would never end.
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, encoding="utf-8-sig", newline="") as opened:  # noqa: PTH123  by its descriptor
            kept = os.fstat(descriptor)
            if not stat.S_ISREG(kept.st_mode) or kept.st_size > LARGEST_FILE:
                raise SourceBroken(
                    f"{file.name} is no file, or larger than {LARGEST_FILE // 1_000_000} MB: remove or split it"
                )
            yield from (_csv if file.suffix.lower() == ".csv" else _json)(opened, file, trouble)
    except OSError as error:
        raise SourceBroken(f"{file.name} can't be read ({error.strerror}): mend or remove it") from None
    except UnicodeDecodeError:
        raise SourceBroken(f"{file.name} is not in UTF-8: export it as UTF-8") from None


def _csv(opened: TextIO, file: Path, trouble: list[str]) -> Iterator[Row]:
    """Rows below a line of names; a row with too few or too many fields is told."""
    csv.field_size_limit(LONGEST_FIELD)
    reader = csv.reader(opened, strict=True)
    try:
        names = [name.strip() for name in next(reader, [])]
        if not any(names) or len(names) > MOST_COLUMNS or len(set(names)) < len(names):
            raise SourceBroken(f"{file.name} does not begin with a line of column names, each once: export it again")
        for number, fields in enumerate(reader, 2):
            if not fields:
                continue
            if len(fields) != len(names):
                trouble.append(f"{file.name} row {number} has {len(fields)} fields, not {len(names)}")
                continue
            yield Row(f"row {number}", dict(zip(names, fields, strict=True)))
    except csv.Error as error:
        # What follows an unended quotation can't be told apart from what is in it.
        trouble.append(f"{file.name} from line {reader.line_num} on ({error})")


def _json(opened: TextIO, file: Path, trouble: list[str]) -> Iterator[Row]:
    """A list of objects, or an object on each line."""
    if file.suffix.lower() == ".jsonl":
        for number, line in enumerate(opened, 1):
            if line.strip():
                yield from _object(_parsed(line), file, f"row {number}", trouble)
        return
    found = _parsed(opened.read())
    if not isinstance(found, list):
        raise SourceBroken(f"{file.name} is no list of objects in JSON: export it again")
    for number, each in enumerate(found, 1):
        yield from _object(each, file, f"row {number}", trouble)


def _parsed(text: str) -> object:
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found


def _object(found: object, file: Path, place: str, trouble: list[str]) -> Iterator[Row]:
    if isinstance(found, dict):
        yield Row(place, found)
    else:
        trouble.append(f"{file.name} {place} is no object in JSON")
