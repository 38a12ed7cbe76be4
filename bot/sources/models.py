"""Tables of searches: what was looked through for a request, what was found, and what staff added."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, UTCDateTime


class SearchRun(Base):
    """One line of a request's checklist: a source that is searched, or a way that staff look through.

    `source` is the source's name, or "hand:WAY". States: waiting → running → found | nothing | failed, and failed comes
    again at `due_at`; by_hand → found (something was uploaded) | nothing (a nil return with its `reason`).
    `round` counts how often it was begun on purpose; `attempts` the failures since. `subject_key` is a keyed hash of
    whom it was searched for, by which it is known that more is proved since. `error` is for staff and names no person.
    """

    __tablename__ = "search_run"
    __table_args__ = (UniqueConstraint("ticket_id", "source"), Index("ix_search_run_due", "state", "due_at"))
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    source: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(80))
    covers: Mapped[str] = mapped_column(String(120), default="")
    state: Mapped[str] = mapped_column(String(8))
    round: Mapped[int] = mapped_column(default=1)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    error: Mapped[str] = mapped_column(String(500), default="")
    reason: Mapped[str] = mapped_column(String(500), default="")
    items: Mapped[int] = mapped_column(default=0)
    subject_key: Mapped[str] = mapped_column(String(32), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class FoundRow(Base):
    """One item that was found, or uploaded; its content is sealed. `found.FoundItem` is the same, opened.

    `digest` is of all that it says. `policy_key` and `policy_effective` name the policy version in force on the day of
    collection (`nearest`: the first version there is, which is later), null where that day is not known. `replaced` is
    true once a later search of its source did not find it so any more. `round` is the run's that saw it last.
    """

    __tablename__ = "found_item"
    __table_args__ = (
        UniqueConstraint("ticket_id", "source", "reference", "digest"),
        Index("ix_found_item_run", "run_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    run_id: Mapped[int] = mapped_column(ForeignKey("search_run.id"))
    source: Mapped[str] = mapped_column(String(40))
    reference: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(24))
    collected_on: Mapped[date | None] = mapped_column(Date)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    file: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    digest: Mapped[str] = mapped_column(String(64))
    policy_key: Mapped[str] = mapped_column(String(64), default="")
    policy_effective: Mapped[date | None] = mapped_column(Date)
    nearest: Mapped[bool] = mapped_column(default=False)
    shared: Mapped[bool] = mapped_column(default=False)
    replaced: Mapped[bool] = mapped_column(default=False)
    round: Mapped[int] = mapped_column(default=1)
    found_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Upload(Base):
    """A file that staff added by hand, sealed, with the note of where it is from, sealed too."""

    __tablename__ = "upload"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("search_run.id"))
    name: Mapped[bytes] = mapped_column(LargeBinary)
    content_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column()
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    note: Mapped[bytes] = mapped_column(LargeBinary)
    collected_on: Mapped[date | None] = mapped_column(Date)
    by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
