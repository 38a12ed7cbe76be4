"""Tables of contacts: a person, and the addresses that are known to be theirs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, UTCDateTime


class Contact(Base):
    """A person, as far as one address tells; different people are never merged automatically.

    `erased_at` is set once their content is gone: the row stays, without a name, for what must be proved of them.
    """

    __tablename__ = "contact"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class ContactAddress(Base):
    """One address of a contact on one channel, with its opt-out and whether it still works."""

    __tablename__ = "contact_address"
    __table_args__ = (UniqueConstraint("channel", "value"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    channel: Mapped[str] = mapped_column(String(32))
    value: Mapped[str] = mapped_column(String(320))
    opted_out_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    bad_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    bad_reason: Mapped[str] = mapped_column(String(200), default="")
    notice_given_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
