"""Tables of tickets: what must be done for somebody by a date, and the events that its clock counts from."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, UTCDateTime
from bot.tickets import vocabulary

_WAITS = text("waits_for_id IS NOT NULL")
_MERGED = text("merged_into_id IS NOT NULL")


class Ticket(Base):
    """A tracked request. `kind` and `state` are words of `bot.tickets.vocabulary`.

    `due_on` is the statutory date in the desk's zone, None while the clock waits; `trace` explains it in sentences,
    `internal_due_on` is the desk's own earlier date, `notice_limit_on` the last day to announce an extension.
    `summary` is the customer's own words. `identity_tier` of `needed_tier` is how surely they are known; `agent_kind`
    asks for `agent_for` ("" for nobody), who is an adult or not. `waits_for_id` must be done first; `merged_into_id`
    goes on for this one; `about_id` is what a complaint is about. `acknowledged_at` is when a complaint was
    acknowledged, or the regulator told of a breach. `reviewed_by` and `released_by` are two persons. `wrote_again_at`
    is when the customer wrote after it was done or had ended, until staff look after it. `settled_on` is the local day
    on which the customer had their answer, or it ended; None while something is owed.
    """

    __tablename__ = "ticket"
    __table_args__ = (
        Index("ix_ticket_queue", "state", "due_on"),
        Index("ix_ticket_assignee", "assignee_id", "state"),
        Index("ix_ticket_kind", "kind", "state"),
        Index("ix_ticket_received", "received_at", "kind", "state", "conversation_id"),
        Index("ix_ticket_settled", "settled_on", "kind", "state", "due_on", "received_at"),
        Index("ix_ticket_waits", "waits_for_id", sqlite_where=_WAITS, postgresql_where=_WAITS),
        Index("ix_ticket_merged", "merged_into_id", sqlite_where=_MERGED, postgresql_where=_MERGED),
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    kind: Mapped[str] = mapped_column(String(24))
    state: Mapped[str] = mapped_column(String(24), default="received")
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
    internal_due_on: Mapped[date | None] = mapped_column(Date)
    notice_limit_on: Mapped[date | None] = mapped_column(Date)
    trace: Mapped[list[str]] = mapped_column(JSON, default=list)
    extended: Mapped[bool] = mapped_column(default=False)
    identity_tier: Mapped[int] = mapped_column(default=0)
    needed_tier: Mapped[int] = mapped_column(default=0)
    agent_kind: Mapped[str] = mapped_column(String(24), default="")
    agent_for: Mapped[str] = mapped_column(String(200), default="")
    agent_for_adult: Mapped[bool] = mapped_column(default=False)
    waits_for_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id", name="fk_ticket_waits"))
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id", name="fk_ticket_merged"))
    about_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id", name="fk_ticket_about"))
    reviewed_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id", name="fk_ticket_reviewer"))
    released_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id", name="fk_ticket_releaser"))
    refusal_reason: Mapped[str] = mapped_column(String(500), default="")
    acknowledged_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    wrote_again_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    settled_on: Mapped[date | None] = mapped_column(Date)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)

    @property
    def certainty(self) -> vocabulary.Certainty:
        """How sure it is that somebody asks for something."""
        return vocabulary.certainty(self.state)

    @property
    def ended(self) -> bool:
        """Whether nothing more happens to it by itself."""
        return self.state in vocabulary.ENDS


class TicketEvent(Base):
    """The ledger of a ticket. What its clock counts from is in the words of `deadline --jsonl`; beside it stands what
    else has a reason. `data` holds `by` (as the audit names them), `reason`, `reasonable`, and `from` (a state).
    `after_end` marks what came too late to count.
    """

    __tablename__ = "ticket_event"
    __table_args__ = (Index("ix_ticket_event_type", "type", "at", "ticket_id"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    type: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
