"""Tables of what is on record about a person beside their addresses: consent, legal holds, and who is never written to.

`consent_entry` and `suppression` outlive the person's erasure: the first without words, the second without an address.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, UTCDateTime

IN_FORCE = text("ended_at IS NULL")


class ConsentEntry(Base):
    """One thing that a person said, or that staff know, about one purpose. Append-only: the last entry counts.

    `state`: granted | withdrawn | refused. `channel` is where the purpose is tied to one ("messages"), else "". `at` is
    when it was said, `recorded_at` when it was written down. Its evidence is the customer's own line (`message_id`),
    their request (`ticket_id`) or what staff saw (`note`, sealed); `source` names which: message | ticket | staff |
    import | provider. `wording` is what they were shown and answered, word for word; `policy` and `effective` name the
    text in force then. `by` is the actor as the audit names it.
    """

    __tablename__ = "consent_entry"
    __table_args__ = (Index("ix_consent_entry_standing", "contact_id", "purpose", "channel", "at"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    purpose: Mapped[str] = mapped_column(String(40))
    channel: Mapped[str] = mapped_column(String(32), default="")
    state: Mapped[str] = mapped_column(String(12))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    source: Mapped[str] = mapped_column(String(12))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="SET NULL"), index=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id", ondelete="SET NULL"))
    note: Mapped[bytes | None] = mapped_column(LargeBinary)
    wording: Mapped[str] = mapped_column(Text, default="")
    policy: Mapped[str] = mapped_column(String(63), default="")
    effective: Mapped[str] = mapped_column(String(10), default="")
    by: Mapped[str] = mapped_column(String(80))


class LegalHold(Base):
    """A reason why nothing of a person may be erased yet (a court case, an order of the regulator).

    `ticket_id` names the request that it was laid for, where there is one; it holds the whole person all the same.
    `placed_by` and `ended_by` are ids of staff, empty for the command line.
    """

    __tablename__ = "legal_hold"
    __table_args__ = (Index("ix_legal_hold_live", "contact_id", sqlite_where=IN_FORCE, postgresql_where=IN_FORCE),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id", ondelete="SET NULL"))
    reason: Mapped[str] = mapped_column(String(300))
    placed_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    placed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Suppression(Base):
    """An address that wants no messages and whose person was erased: known again by a keyed hash alone.

    `digest` is `sign("suppression", "CHANNEL ADDRESS")`: without the desk's secret key nobody can try addresses on it.
    """

    __tablename__ = "suppression"
    __table_args__ = (UniqueConstraint("channel", "digest"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    channel: Mapped[str] = mapped_column(String(32))
    digest: Mapped[str] = mapped_column(String(64))
    opted_out_at: Mapped[datetime] = mapped_column(UTCDateTime)
    kept_at: Mapped[datetime] = mapped_column(UTCDateTime)
