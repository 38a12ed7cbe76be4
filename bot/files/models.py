"""The table of files that come and go with messages."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, UTCDateTime

_WAITING = text("state = 'waiting'")
_LEFT = text("source <> '' AND proof = ''")


class AttachmentFile(Base):
    """A file of one message, incoming or outgoing; served to staff as a download only, and only while it is `kept`.

    States: waiting (to be fetched from the provider while `content` is empty, else to be scanned) → kept | refused |
    infected | gone (the provider has it no more). `problem` says in words why it is not kept, or what is odd about one
    that is. `source` is the provider's address of it, and `proof` what shows that the provider deleted it, "" until
    then. `scanned_at` is when it was found clean or infected, null where no scanner is set. `attempts` and `due_at` are
    of the waiting. Only what is waiting or kept has its content; size and digest (SHA-256, hex) stay of the others.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        Index("ix_attachment_waiting", "id", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index("ix_attachment_left", "id", sqlite_where=_LEFT, postgresql_where=_LEFT),
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), index=True)
    name: Mapped[str] = mapped_column(String(255))
    content_type: Mapped[str] = mapped_column(String(127))
    size: Mapped[int] = mapped_column()
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(16), default="kept", server_default="kept")
    problem: Mapped[str] = mapped_column(String(300), default="", server_default="")
    source: Mapped[str] = mapped_column(String(1000), default="", server_default="")
    proof: Mapped[str] = mapped_column(String(500), default="", server_default="")
    scanned_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
