"""Tables of casework: which jobs ran when, and who was reminded of what."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, UTCDateTime

_OPEN = text("done_at IS NULL")


class ScheduledRun(Base):
    """The last run of one job. `error` is the kind of its last failure, never its words: they may hold anything."""

    __tablename__ = "scheduled_run"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    ran_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    failures: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(String(80), default="")


class Reminder(Base):
    """One reminder, of one kind for one date: it comes once. `audience` is "staff" or "customer"; `done_by` is who was
    done with it, None where it went by itself: the ticket ended, the date moved, a more pressing one came, it was sent.
    """

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("ticket_id", "kind", "for_date", name="uq_reminder_once"),
        Index("ix_reminder_open", "audience", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    kind: Mapped[str] = mapped_column(String(24))
    for_date: Mapped[date] = mapped_column(Date)
    audience: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    done_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
