"""Tables of contacts: a person, the addresses that are known to be theirs, and what shows that they are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, UTCDateTime

ERASED = "erased::"
"""How that begins which stands where an erased person's address was; no channel has such an address."""


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
    """One address of a contact on one channel, with its opt-out and whether it still works. Several people use a
    `shared` one: control of it then proves nobody.
    """

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
    shared: Mapped[bool] = mapped_column(default=False)


class OneTimeCode(Base):
    """A code that went out, as `codes.Out` judges it; its digits are nowhere. `state`: out | used | void.

    It was sent to `address_id` for `purpose`, `asker_id` is the contact that asked, and it is typed in
    `conversation_id`. Without an address it went to nobody: whoever asks after a reference that does not exist is
    answered in the same way as with one that does.
    """

    __tablename__ = "one_time_code"
    __table_args__ = (
        Index("ix_one_time_code_address", "address_id", "issued_at"),
        Index("ix_one_time_code_conversation", "conversation_id", "issued_at"),
        Index("ix_one_time_code_asker", "asker_id", "issued_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    purpose: Mapped[str] = mapped_column(String(16))
    asker_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    address_id: Mapped[int | None] = mapped_column(ForeignKey("contact_address.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversation.id"))
    digest: Mapped[str] = mapped_column(String(64))
    salt: Mapped[str] = mapped_column(String(32))
    tries: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(8), default="out")
    issued_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Proof(Base):
    """Something that shows who a contact is. `kind`: control | record | document | callback, of `tier` 1 to 3.

    `evidence` holds facts about it (which fields agreed, what the mail's checks said), never personal data and never
    a copy of a document. It counts until `valid_until` (null: for good), or until it was ended.
    """

    __tablename__ = "proof"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    address_id: Mapped[int | None] = mapped_column(ForeignKey("contact_address.id"), index=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    tier: Mapped[int] = mapped_column()
    by: Mapped[str] = mapped_column("by_whom", String(80))
    evidence: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    valid_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class ContactLink(Base):
    """Two contacts that are one person, with proof (`how`: code | staff); null in `ended_at` while it holds."""

    __tablename__ = "contact_link"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    how: Mapped[str] = mapped_column(String(16))
    by: Mapped[str] = mapped_column("by_whom", String(80))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class IdentityCheck(Base):
    """How far a ticket's customer came in showing who they are: one for a ticket, the newest asking.

    `stage`: address (which one to send a code to was asked) | code | details (name and one more) | claimed | staff
    (a person decides) | done. `reason` is a key of `proofs.REASONS`. `claim` is what they say of themselves, sealed;
    `verdict` is what came of matching it, `agreed` the fields that agreed.
    """

    __tablename__ = "identity_check"
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True, autoincrement=False)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    address_id: Mapped[int | None] = mapped_column(ForeignKey("contact_address.id"))
    stage: Mapped[str] = mapped_column(String(8), index=True)
    reasonable: Mapped[bool] = mapped_column()
    reason: Mapped[str] = mapped_column(String(24))
    by: Mapped[str] = mapped_column("by_whom", String(80))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    claim: Mapped[bytes | None] = mapped_column(LargeBinary)
    claimed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    verdict: Mapped[str] = mapped_column(String(16), default="")
    agreed: Mapped[list[str]] = mapped_column(JSON, default=list)
