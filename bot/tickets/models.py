"""Tables of tickets: what must be done for somebody by a date, and the events that its clock counts from."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, UTCDateTime


class Ticket(Base):
    """A tracked request. `kind` is an intent of the desk (access, erasure, complaint, breach, human, …).

    `certainty` is "suspected" or "received" for what may be a rights request, "not_request" once a human said so.
    `due_on` is the statutory date in the desk's zone; `trace` explains it in sentences. `summary` is the customer's
    own words.
    """

    __tablename__ = "ticket"
    __table_args__ = (
        Index("ix_ticket_queue", "state", "due_on"),
        Index("ix_ticket_assignee", "assignee_id", "state"),
        Index("ix_ticket_kind", "kind", "state"),
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    kind: Mapped[str] = mapped_column(String(24))
    state: Mapped[str] = mapped_column(String(16), default="open")
    certainty: Mapped[str] = mapped_column(String(16), default="received")
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    summary: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(String(200), default="")
    regime: Mapped[str] = mapped_column(String(16), default="")
    calendar: Mapped[str] = mapped_column(String(16), default="")
    timezone: Mapped[str] = mapped_column(String(40), default="")
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_on: Mapped[date | None] = mapped_column(Date)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    trace: Mapped[list[str]] = mapped_column(JSON, default=list)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)


class TicketEvent(Base):
    """What the clock counts from (received, identity_requested, …), in the words of `deadline --jsonl`."""

    __tablename__ = "ticket_event"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    type: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
