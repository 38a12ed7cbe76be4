"""Tables of the way of a message: what came in (inbox) and what goes out (outbox)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, UTCDateTime


def _only(name: str, state: str) -> Index:
    """An index over the few rows in one state, so that finding them costs the same however many there are in all."""
    where = text(f"state = '{state}'")
    return Index(name, "channel", "id", sqlite_where=where, postgresql_where=where)


_SENT = text("state = 'sent'")
_FULL = text("state = 'handled' AND length(payload) > 0")


FOLLOWED = text("state = 'sent' AND channel = 'sms' AND provider_state <> 'unconfirmed'")
"""What a provider that reports on delivery is still to report on; the partial index is used for these words only."""


class Inbox(Base):
    """One delivery from outside, verbatim. States: accepted → handled | dead (staff see it)."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("channel", "dedupe_key"),
        _only("ix_inbox_open", "accepted"),
        _only("ix_inbox_dead", "dead"),
        Index("ix_inbox_full", "handled_at", sqlite_where=_FULL, postgresql_where=_FULL),
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    channel: Mapped[str] = mapped_column(String(32))
    dedupe_key: Mapped[str] = mapped_column(String(200))
    sender: Mapped[str] = mapped_column(String(320))
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)
    state: Mapped[str] = mapped_column(String(16), default="accepted")
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    error: Mapped[str] = mapped_column(String(500), default="")
    handled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Outbox(Base):
    """One message to deliver. States: waiting → sent → delivered | failed (staff see it) · cancelled.

    `payload` holds the fields of `channels.base.OutboundMessage`. `provider_state` follows the provider's reports,
    forward only. `recipient` is the address, kept apart so that an opt-out can cancel what waits. `secret` is what goes
    out in the place of the payload's mask (see masked.py), sealed, for as long as the row waits; it is not sent after
    `secret_until`. A long text goes as several messages: each is a row, `part` of so many `parts` (see parts.py).
    """

    __tablename__ = "outbox"
    __table_args__ = (
        _only("ix_outbox_open", "waiting"),
        _only("ix_outbox_failed", "failed"),
        Index("ix_outbox_hour", "channel", "created_at"),
        Index("ix_outbox_provider", "channel", "provider_id"),
        Index("ix_outbox_sent", "sent_at", sqlite_where=_SENT, postgresql_where=_SENT),
        Index("ix_outbox_rfc_id", "rfc_message_id"),
        Index("ix_outbox_followed", "sent_at", sqlite_where=FOLLOWED, postgresql_where=FOLLOWED),
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), index=True)
    part: Mapped[int] = mapped_column(default=1, server_default="1")
    parts: Mapped[int] = mapped_column(default=1, server_default="1")
    channel: Mapped[str] = mapped_column(String(32))
    recipient: Mapped[str] = mapped_column(String(320))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    rfc_message_id: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    provider_id: Mapped[str] = mapped_column(String(200), default="")
    provider_state: Mapped[str] = mapped_column(String(16), default="")
    code: Mapped[str] = mapped_column(String(32), default="")
    error: Mapped[str] = mapped_column(String(500), default="")
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    secret_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class ProviderCopy(Base):
    """What the provider still keeps, or kept: the words of a message, a file, or recordings of a call. States:
    waiting → empty | failed.

    It names the message, file or call (`what`: words | file | call) at the provider by `provider_id`, and holds no
    words and no address of a customer's, so that it outlives their erasure: `account` and `sender` are ours. `proof` is
    the provider's answer to the emptying, `error` why it is not done yet.
    """

    __tablename__ = "provider_copy"
    __table_args__ = (UniqueConstraint("channel", "provider_id"), _only("ix_provider_copy_open", "waiting"))
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    channel: Mapped[str] = mapped_column(String(32))
    provider_id: Mapped[str] = mapped_column(String(200))
    account: Mapped[str] = mapped_column(String(64))
    sender: Mapped[str] = mapped_column(String(320))
    what: Mapped[str] = mapped_column(String(8), default="words", server_default="words")
    state: Mapped[str] = mapped_column(String(8), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    proof: Mapped[str] = mapped_column(String(300), default="")
    error: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
