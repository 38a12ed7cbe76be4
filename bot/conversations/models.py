"""Tables of conversations: one customer address on one channel (mail: one thread), and what was said."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, UTCDateTime

UNANSWERED = text(
    "direction = 'in' AND (outcome IN ('silent', 'silent_again') OR"
    " (outcome IN ('handed_over', 'off_topic') AND intent = 'question'))"
)
"""Customers' questions that the bot left open, as the partial index has it: it is used for these words only."""
UNHELPFUL = text("(helpful = false OR judged = 'wrong')")
"""The bot's answers that the customer or one of the staff found wanting, likewise."""


class Conversation(Base):
    """Who speaks with us, where, and who owns it now.

    `owner` is "bot" or "human": while a human owns it the bot stays silent. `last_seq` counts the lines that the
    customer may see, from 1; it is also the version that a writer saw. `asked` is the question that the bot has put
    and awaits an answer to ("offer_person", "offer_more", "rephrase", "helpful", "choice"), or "". `question` is the
    customer's that was answered last, which the next may lean on, "" where the bot's last words were no answer;
    `offered` are the keys of the topics to choose from. `failures` counts those in a row, `answers` all;
    `asked_helpful` is true once the customer was asked whether one helped. `version` moves with every change that a
    page would show. `account` is ours at the provider that they wrote to last. `read_seq` is the last line that staff
    had in front of them, `quiet_until` is until when a sender of too much gets no answers (flood.py), `seen_seq`
    the last that the customer had, where their page tells (a chat).
    """

    __tablename__ = "conversation"
    __table_args__ = (
        Index("ix_conversation_address", "channel", "address", "site"),
        Index("ix_conversation_last", "last_at"),
        Index("ix_conversation_owner", "owner", "last_at"),
        Index("ix_conversation_intent", "last_intent", "last_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    channel: Mapped[str] = mapped_column(String(32))
    address: Mapped[str] = mapped_column(String(320))
    name: Mapped[str] = mapped_column(String(200), default="")
    recipient: Mapped[str] = mapped_column(String(320), default="")
    account: Mapped[str] = mapped_column(String(64), default="")
    site: Mapped[str] = mapped_column(String(32))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    subject: Mapped[str] = mapped_column(String(500), default="")
    state: Mapped[str] = mapped_column(String(16), default="open")
    owner: Mapped[str] = mapped_column(String(8), default="bot")
    owner_since: Mapped[datetime] = mapped_column(UTCDateTime)
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    handover_reason: Mapped[str] = mapped_column(String(200), default="")
    asked: Mapped[str] = mapped_column(String(32), default="")
    question: Mapped[str] = mapped_column(String(500), default="")
    offered: Mapped[list[str]] = mapped_column(JSON, default=list)
    failures: Mapped[int] = mapped_column(default=0)
    answers: Mapped[int] = mapped_column(default=0)
    asked_helpful: Mapped[bool] = mapped_column(default=False)
    last_intent: Mapped[str] = mapped_column(String(32), default="")
    last_topic: Mapped[str] = mapped_column(String(120), default="")
    last_text: Mapped[str] = mapped_column(String(200), default="")
    last_direction: Mapped[str] = mapped_column(String(8), default="")
    last_seq: Mapped[int] = mapped_column(default=0)
    read_seq: Mapped[int] = mapped_column(default=0)
    seen_seq: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=0)
    quiet_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Message(Base):
    """One line of a conversation.

    `direction`: in | out | note. `author`: you (the customer) | bot | staff | system. `seq` is null for what the
    customer never sees. `state`: "" or "undecodable". `citations` is a list of objects with id, url, text, label,
    digest, policy, effective, score. `helpful` is what the customer said of an answer of the bot's, null where they
    said nothing, and `judged` what staff say of it: right | wrong, or "". `rfc_id` is a mail's Message-ID, a text's
    SID or the chat client's id.
    """

    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_line", "conversation_id", "seq"),
        Index("ix_message_rfc_id", "rfc_id"),
        Index("ix_message_unanswered", "id", sqlite_where=UNANSWERED, postgresql_where=UNANSWERED),
        Index("ix_message_unhelpful", "conversation_id", "seq", sqlite_where=UNHELPFUL, postgresql_where=UNHELPFUL),
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    seq: Mapped[int | None] = mapped_column()
    direction: Mapped[str] = mapped_column(String(8))
    author: Mapped[str] = mapped_column(String(8))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    text: Mapped[str] = mapped_column(Text, default="")
    quoted: Mapped[str] = mapped_column(Text, default="")
    subject: Mapped[str] = mapped_column(String(500), default="")
    rfc_id: Mapped[str] = mapped_column(String(250), default="")
    references: Mapped[list[str]] = mapped_column("refs", JSON, default=list)
    inbox_id: Mapped[int | None] = mapped_column(ForeignKey("inbox.id"), index=True)
    intent: Mapped[str] = mapped_column(String(32), default="")
    outcome: Mapped[str] = mapped_column(String(32), default="")
    confidence: Mapped[float | None] = mapped_column()
    citations: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    choices: Mapped[list[str]] = mapped_column(JSON, default=list)
    evidence: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    helpful: Mapped[bool | None] = mapped_column()
    judged: Mapped[str] = mapped_column(String(8), default="")
    state: Mapped[str] = mapped_column(String(16), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Continuation(Base):
    """A conversation goes on in another one (`to_id`) of the same person, until `ended_at`.

    `how` is "away": what is said to a visitor who is not there also goes to the other one; or "moved": requests and
    their answers go there from now on. `told_seq` is the last line that was sent on, `tickets` the ids that went along.
    """

    __tablename__ = "continuation"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    to_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    how: Mapped[str] = mapped_column(String(8))
    tickets: Mapped[list[int]] = mapped_column(JSON, default=list)
    told_seq: Mapped[int] = mapped_column(default=0)
    by: Mapped[str] = mapped_column("by_whom", String(80))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
