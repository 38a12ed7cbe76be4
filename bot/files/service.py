"""Keeps the files of messages: what came, what is to be fetched or scanned, and what became of each.

All run inside somebody else's transaction and never commit. Every file goes the same way: `keep` bounds and looks at
it; what has no content yet waits to be fetched (`waiting`, then `fetched`, `refused` or `gone`); what has waits to be
scanned where a scanner is set (`unscanned`, then `kept` or `infected`). `attached` gives what may leave the desk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from bot.db import wake
from bot.errors import NotFound, TemporaryError
from bot.files import kinds
from bot.files.models import AttachmentFile
from channels.files import Attachment

MOST_FILES = 50
"""Files of one message."""
MOST_BYTES = 50_000_000
"""Bytes of all files of one message."""
TOPIC = "files"
"""Woken when a file waits to be fetched or scanned."""
TOO_MANY = f"more than {MOST_FILES} files came with one message: the message as it came has them all"
TOO_MUCH = f"the files of one message are more than {MOST_BYTES // 1_000_000} MB together: ask for it alone"


class NotScanned(TemporaryError):
    """A file of the message was not scanned yet, so it can't go out or be opened: try again in a moment."""


class Waiting(NamedTuple):
    """A file that its provider still has."""

    id: int
    message_id: int
    source: str
    attempts: int
    due_at: datetime | None


class Unscanned(NamedTuple):
    """A file that waits to be scanned; `content` is read apart, one file at a time."""

    id: int
    message_id: int
    name: str
    attempts: int
    due_at: datetime | None


def keep(
    session: Session, message_id: int, attachments: Sequence[Attachment], now: datetime, *, scans: bool = True,
    digests: Sequence[str] = (),
) -> Sequence[AttachmentFile]:  # fmt: skip
    """Store the files of a message, within bounds; each is looked at, and nothing is left unsaid.

    With `scans` what has content waits until the scanner has seen it; say False only where no scanner is set. `digests`
    are theirs (SHA-256, hex) where the caller has them. Returns the rows, in the order of the files.
    """
    room, rows = MOST_BYTES, []
    for place, each in enumerate(attachments):
        if place == MOST_FILES:
            name = f"{len(attachments) - MOST_FILES} more files"
            rows.append(_row(message_id, name, kinds.PLAIN, state="refused", problem=TOO_MANY))
            break
        if each.content or not each.source:
            row = _looked(message_id, each, digests[place] if digests else "", room=room, scans=scans)
            room -= row.size if row.content else 0
        else:
            named = kinds.named(each.name, each.content_type)
            row = _row(message_id, named.name, named.content_type, state="waiting", source=each.source, due_at=now)
        rows.append(row)
    session.add_all(rows)
    session.flush()
    if any(row.state == "waiting" for row in rows):
        wake(session, TOPIC)
    return rows


def _looked(message_id: int, each: Attachment, digest: str, *, room: int, scans: bool) -> AttachmentFile:
    """The row of a file that is here, kept or refused."""
    found = kinds.looked(each.name, each.content_type, each.content)
    refused = found.refused or (TOO_MUCH if len(each.content) > room else "")
    state = "refused" if refused else "waiting" if scans else "kept"
    return _row(
        message_id, found.name, found.content_type, state=state, problem=refused or found.odd, source=each.source,
        content=b"" if refused else each.content, size=len(each.content),
        digest=digest or hashlib.sha256(each.content).hexdigest(),
    )  # fmt: skip


def _row(message_id: int, name: str, content_type: str, **values: object) -> AttachmentFile:
    plain = {"size": 0, "digest": "", "content": b"", "problem": "", "source": "", "proof": "", "attempts": 0}
    return AttachmentFile(message_id=message_id, name=name[:255], content_type=content_type[:127], **(plain | values))


def digests(contents: Sequence[bytes]) -> tuple[str, ...]:
    """The SHA-256 of each, hex. For 25 MB it takes 30 ms or more: for a thread beside the event loop."""
    return tuple(hashlib.sha256(each).hexdigest() for each in contents)


def waiting(session: Session, limit: int = 100) -> list[Waiting]:
    """What is still to be fetched from its provider, oldest first."""
    row = AttachmentFile
    query = select(row.id, row.message_id, row.source, row.attempts, row.due_at)
    query = query.where(row.state == "waiting", func.length(row.content) == 0)
    return [Waiting(*each) for each in session.execute(query.order_by(row.id).limit(limit))]


def unforgotten(session: Session, limit: int = 100) -> list[Waiting]:
    """What its provider is still to forget: we have it, or will never take it."""
    row = AttachmentFile
    here = or_(row.state != "waiting", func.length(row.content) > 0)
    query = select(row.id, row.message_id, row.source, row.attempts, row.due_at)
    query = query.where(and_(row.source != "", row.proof == ""), here)
    return [Waiting(*each) for each in session.execute(query.order_by(row.id).limit(limit))]


def unscanned(session: Session, limit: int = 100) -> list[Unscanned]:
    """What waits to be scanned, oldest first."""
    row = AttachmentFile
    query = select(row.id, row.message_id, row.name, row.attempts, row.due_at)
    query = query.where(row.state == "waiting", func.length(row.content) > 0)
    return [Unscanned(*each) for each in session.execute(query.order_by(row.id).limit(limit))]


def fetched(
    session: Session, file_id: int, content: bytes, content_type: str, *, digest: str = "", scans: bool = True
) -> AttachmentFile | None:
    """The provider gave it: look at it and keep it, or refuse it. `digest` is its SHA-256 where the caller has it. None
    where it is gone meanwhile (an erasure).
    """
    row = session.get(AttachmentFile, file_id)
    if row is None or row.state != "waiting" or row.content:
        return None
    query = select(func.sum(AttachmentFile.size)).where(AttachmentFile.message_id == row.message_id)
    room = MOST_BYTES - (session.scalar(query.where(func.length(AttachmentFile.content) > 0)) or 0)
    seen = _looked(row.message_id, Attachment(row.name, content_type, content), digest, room=room, scans=scans)
    for name in ("name", "content_type", "state", "problem", "content", "size", "digest"):
        setattr(row, name, getattr(seen, name))
    row.attempts, row.due_at = 0, None
    wake(session, TOPIC)
    wake(session, "console")
    return row


def kept(session: Session, file_id: int, scanned_at: datetime | None) -> None:
    """It was found clean then; None where no scanner is set."""
    _settle(session, file_id, state="kept", scanned_at=scanned_at)


def infected(session: Session, file_id: int, found: str, scanned_at: datetime) -> None:
    """The scanner found something in it, by its name for that: the content goes, and never leaves the desk."""
    _settle(session, file_id, state="infected", problem=f"the virus scanner found {found}"[:300], content=b"",
            scanned_at=scanned_at)  # fmt: skip


def refused(session: Session, file_id: int, problem: str) -> None:
    """It is not kept; `problem` is a sentence that staff read."""
    _settle(session, file_id, state="refused", problem=problem[:300], content=b"")


def gone(session: Session, file_id: int, problem: str) -> None:
    """The provider has it no more, and never gave it."""
    _settle(session, file_id, state="gone", problem=problem[:300])


def _settle(session: Session, file_id: int, **values: object) -> None:
    row = AttachmentFile
    theirs = update(row).where(row.id == file_id, row.state == "waiting")
    session.execute(theirs.values(**values, attempts=0, due_at=None).execution_options(synchronize_session=False))
    wake(session, TOPIC)
    wake(session, "console")


def later(session: Session, file_id: int, due_at: datetime, problem: str = "") -> None:
    """It could not be fetched, scanned or forgotten now, and is tried again then; staff read why."""
    row = AttachmentFile
    values: dict[str, object] = {"due_at": due_at, "attempts": row.attempts + 1}
    if problem:
        values["problem"] = problem[:300]
    session.execute(update(row).where(row.id == file_id).values(**values).execution_options(synchronize_session=False))
    wake(session, "console")


def forget(session: Session, file_id: int, proof: str) -> None:
    """The provider deleted it; `proof` says what shows that."""
    row = AttachmentFile
    values = {"proof": proof[:500] or "it is deleted", "attempts": 0, "due_at": None}
    session.execute(update(row).where(row.id == file_id).values(**values).execution_options(synchronize_session=False))


def content(session: Session, file_id: int) -> bytes | None:
    """The bytes of a file that waits to be scanned; None where it waits no more."""
    row = AttachmentFile
    return session.scalar(select(row.content).where(row.id == file_id, row.state == "waiting"))


def opened(file: AttachmentFile) -> AttachmentFile:
    """The file, when it may be opened.

    Raises:
        NotScanned: it waits for the scanner, or to be fetched.
        NotFound: it is not kept; the text says why.
    """
    if file.state == "waiting":
        where = "is not scanned for viruses yet" if file.content else "is still being fetched"
        raise NotScanned(f"the file {where}")
    if file.state != "kept":
        raise NotFound(f"the file is not kept: {file.problem or 'it is gone'}")
    return file


def attached(
    session: Session, message_id: int, address: Callable[[AttachmentFile], str] | None = None
) -> tuple[Attachment, ...]:
    """The files that go out with a message; with `address` not they themselves, but where each can be had.

    Raises:
        NotScanned: one was not scanned yet.
        NotFound: one is infected or gone: the message can't go as it was written.
    """
    rows = session.scalars(
        select(AttachmentFile).where(AttachmentFile.message_id == message_id).order_by(AttachmentFile.id)
    )
    found = [opened(row) for row in rows]
    if address is not None:
        return tuple(Attachment(row.name, row.content_type, source=address(row)) for row in found)
    return tuple(Attachment(row.name, row.content_type, row.content) for row in found)
