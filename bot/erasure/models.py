"""Table of erasure: one row for each time that a person was, or is to be, erased."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, UTCDateTime

OPEN = text("state IN ('requested', 'confirmed', 'running')")


class ErasureRun(Base):
    """One erasure of a person with those linked to them (`contacts`, ids).

    States: requested → confirmed (by a second person; their last message is on its way) → running → done; or cancelled,
    or stopped with the reason in `problem` (a hold was laid meanwhile; it goes on when that ends). `outbox_id` is the
    last message to them, null where none can be sent. `removed` counts what is gone by category. `sources` lists where
    else their data is: {"source", "title", "state": waiting | erased | nothing | by_hand, "count", "by", "at"}.
    `lessons` are ids of published lessons that were made from their words and are to be mended. `vacuumed` tells
    whether the whole file was written anew. `requested_by` and `confirmed_by` are ids of staff, null for the
    command line.
    """

    __tablename__ = "erasure_run"
    __table_args__ = (
        Index("ix_erasure_run_open", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_erasure_run_contact", "contact_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    contacts: Mapped[list[int]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(12), default="requested")
    problem: Mapped[str] = mapped_column(String(500), default="")
    requested_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    requested_at: Mapped[datetime] = mapped_column(UTCDateTime)
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    outbox_id: Mapped[int | None] = mapped_column(ForeignKey("outbox.id"))
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    removed: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    sources: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    lessons: Mapped[list[int]] = mapped_column(JSON, default=list)
    vacuumed: Mapped[bool] = mapped_column(default=False)
