"""What was found for a request, opened: read by the console, and by the rooms that make packages.

Files are opened one at a time (`file_of`), so that a request with many never has them all in memory.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.errors import NotFound
from bot.files import service as files
from bot.files.models import AttachmentFile
from bot.sealing import SealBroken, Sealer
from bot.sources.base import Content, File
from bot.sources.collecting import FILE, ITEM
from bot.sources.models import FoundRow, SearchRun, Upload

UPLOADS = "uploads"
"""The source of what staff added."""
UPLOAD, UPLOAD_NAME, UPLOAD_NOTE = "upload", "upload.name", "upload.note"
"""What an upload's parts are sealed for."""


class FoundItem(NamedTuple):
    """One item, opened. `source` is the source's name ("uploads" where staff added it), `source_title` its words for
    people, `digest` (SHA-256, hex) of all that it says.

    `policy_key` and `policy_effective` name the policy version in force on the day of collection, "" and None where
    that day is not known; `nearest` says that the first version is named though the day is before it.
    `shared`: it may be about somebody else as well. `has_file`: `file_of` gives its bytes.
    """

    id: int
    run_id: int
    source: str
    source_title: str
    reference: str
    title: str
    kind: str
    collected_on: date | None
    content: Content
    digest: str
    policy_key: str
    policy_effective: date | None
    nearest: bool
    shared: bool
    has_file: bool


def items(session: Session, ticket_id: int, sealer: Sealer) -> list[FoundItem]:
    """Everything that was found and still counts, in the order of the checklist, then as it was found.

    Raises:
        SealBroken: the desk's key is another one, or a row was altered.
    """
    query = (
        select(FoundRow, FoundRow.file.is_not(None), SearchRun.title)
        .join(SearchRun, SearchRun.id == FoundRow.run_id)
        .where(FoundRow.ticket_id == ticket_id, FoundRow.replaced.is_(False))
        .order_by(SearchRun.id, FoundRow.id)
    )
    return [_opened(row, with_file, title, sealer) for row, with_file, title in session.execute(query)]


def item(session: Session, item_id: int, sealer: Sealer) -> tuple[int, FoundItem]:
    """One item, with its ticket's id.

    Raises:
        NotFound: there is none of that number.
        SealBroken: as `items`.
    """
    query = (
        select(FoundRow, FoundRow.file.is_not(None), SearchRun.title)
        .join(SearchRun, SearchRun.id == FoundRow.run_id)
        .where(FoundRow.id == item_id)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound("there is no such item: open it from its request again")
    row, with_file, title = found
    return row.ticket_id, _opened(row, with_file, title, sealer)


def _opened(row: FoundRow, with_file: bool, title: str, sealer: Sealer) -> FoundItem:
    return FoundItem(
        row.id, row.run_id, row.source, title, row.reference, row.title, row.kind, row.collected_on,
        json.loads(sealer.open_text(row.content, ITEM)), row.digest, row.policy_key, row.policy_effective, row.nearest,
        row.shared, with_file or row.kind == "file",
    )  # fmt: skip


def file_of(session: Session, item_id: int, sealer: Sealer) -> File:
    """The file of an item: the upload's, the message's, or the source's own.

    Raises:
        NotFound: it has none, or the message's was erased meanwhile or is not kept.
        NotScanned: the message's waits to be scanned.
        SealBroken: as `items`.
    """
    row = session.get(FoundRow, item_id)
    if row is None:
        raise NotFound("there is no such item: open it from its request again")
    if row.file is not None:
        return _unpacked(sealer.open(row.file, FILE))
    name, _, number = row.reference.partition(":")
    if row.source == UPLOADS and name == "upload":
        upload = session.get(Upload, int(number))
        if upload is not None:
            plain = sealer.open(upload.content, UPLOAD)
            return File(sealer.open_text(upload.name, UPLOAD_NAME), upload.content_type, plain)
    if row.kind == "file" and name == "file" and number.isdecimal():
        kept = session.get(AttachmentFile, int(number))
        if kept is not None:
            files.opened(kept)
            return File(kept.name, kept.content_type, kept.content)
    raise NotFound("this item has no file, or it was erased: search again")


def _unpacked(plain: bytes) -> File:
    size = int.from_bytes(plain[:4])
    try:
        head: dict[str, Any] = json.loads(plain[4 : 4 + size])
        return File(head["name"], head["type"], plain[4 + size :])
    except (ValueError, KeyError) as error:
        raise SealBroken("a found file is not as it was kept: restore the last backup") from error


def runs(session: Session, ticket_id: int) -> Sequence[SearchRun]:
    """The lines of a request's checklist, in their order."""
    return session.scalars(select(SearchRun).where(SearchRun.ticket_id == ticket_id).order_by(SearchRun.id)).all()
