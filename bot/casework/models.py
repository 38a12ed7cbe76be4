"""Tables of casework: which jobs ran when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, UTCDateTime


class ScheduledRun(Base):
    """The last run of one job. `error` is the kind of its last failure, never its words: they may hold anything."""

    __tablename__ = "scheduled_run"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    ran_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    failures: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(String(80), default="")
