"""The files of a conversation as its customer may see them.

Read only. Staff see more of them, in the console.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.errors import NotFound
from bot.files import service
from bot.files.models import AttachmentFile
from channels.files import Attachment
from channels.live import File

MOST = 1_000
"""Files of one page of lines."""


def of_lines(session: Session, message_ids: Collection[int]) -> Mapping[int, tuple[File, ...]]:
    """The files of these lines, without their content."""
    if not message_ids:
        return {}
    query = (
        select(
            AttachmentFile.id, AttachmentFile.message_id, AttachmentFile.name, AttachmentFile.size,
            AttachmentFile.content_type, AttachmentFile.state,
        )
        .where(AttachmentFile.message_id.in_(message_ids))
        .order_by(AttachmentFile.id)
        .limit(MOST)
    )  # fmt: skip
    found: dict[int, tuple[File, ...]] = {}
    for row in session.execute(query):
        file = File(row.id, row.name, row.size, row.content_type, row.state == "kept")
        found[row.message_id] = (*found.get(row.message_id, ()), file)
    return found


def given(session: Session, file_id: int) -> Attachment | None:
    """A file with its content; None where there is none of that number, or it may not be opened.

    Raises:
        NotScanned: it may be opened in a moment.
    """
    row = session.get(AttachmentFile, file_id)
    try:
        found = service.opened(row) if row else None
    except NotFound:
        return None
    return Attachment(found.name, found.content_type, found.content) if found else None
