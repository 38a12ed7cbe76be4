"""Staff as customers may see them: a display name and a picture, never an address of theirs."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Integer, LargeBinary, String, column, select, table
from sqlalchemy.orm import Session

from channels.files import Attachment
from channels.live import Person

# The accounts belong to the console, which stands above this room: only these columns of them are looked at.
_STAFF = table(
    "staff", column("id", Integer), column("name", String), column("picture_hash", String),
    column("picture_type", String), column("picture", LargeBinary),
)  # fmt: skip
NAMELESS = "A person"
"""Who stands there where a colleague has no display name yet."""


def people(session: Session, ids: Collection[int]) -> Mapping[int, Person]:
    """These colleagues by their number."""
    if not ids:
        return {}
    found = select(_STAFF.c.id, _STAFF.c.name, _STAFF.c.picture_hash).where(_STAFF.c.id.in_(ids))
    return {row.id: Person(row.name.strip() or NAMELESS, row.picture_hash) for row in session.execute(found)}


def picture(session: Session, hash_: str) -> Attachment | None:
    """The picture of that hash; None where nobody has it now."""
    query = select(_STAFF.c.picture_type, _STAFF.c.picture).where(_STAFF.c.picture_hash == hash_)
    row = session.execute(query.limit(1)).first()
    return Attachment("", row.picture_type, row.picture) if row and hash_ and row.picture else None
