"""Tables of learning: what staff taught, what the desk knew at each time, and the policies' words for ever."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, UTCDateTime


class Lesson(Base):
    """One thing that staff teach about one policy.

    `kind` is example | tags | curated and `content` its fields as `knowledge.lessons` has them. States: draft →
    published → withdrawn; a draft that is dropped is withdrawn at once. A published lesson is never altered: editing it
    makes a draft that `replaces` it, withdrawing it sets `leaving`; both act with the next publishing. `version` moves
    with every change. `message_id` is the customer's line that it was made from.
    """

    __tablename__ = "lesson"
    __table_args__ = (Index("ix_lesson_state", "state", "policy"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    policy: Mapped[str] = mapped_column(String(63))
    kind: Mapped[str] = mapped_column(String(16))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(16), default="draft")
    leaving: Mapped[bool] = mapped_column(default=False)
    replaces: Mapped[int | None] = mapped_column()
    version: Mapped[int] = mapped_column(default=1)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="SET NULL"), index=True)
    created_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)


class KnowledgeVersion(Base):
    """What the desk knew from `created_at` until the next number. Never altered and never removed.

    `digest` is `Library.digest`, `classifier` the digest of what its classifier learnt. `policies` lists [key, date,
    digest of the text], `lessons` is one `Lessons` as JSON for each policy, `lesson_ids` the rows that they came from.
    `equals` is the number whose lessons a revert took up again. `created_by` is empty where the desk found the change.
    `erased_at` is when words of an erased person were taken out of its lessons: `digest` still is that of before.
    """

    __tablename__ = "knowledge_version"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    digest: Mapped[str] = mapped_column(String(64))
    classifier: Mapped[str] = mapped_column(String(64))
    policies: Mapped[list[list[str]]] = mapped_column(JSON)
    lessons: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    lesson_ids: Mapped[list[int]] = mapped_column(JSON)
    note: Mapped[str] = mapped_column(String(300), default="")
    equals: Mapped[int | None] = mapped_column()
    created_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class PolicyText(Base):
    """One version of a policy, whole, by its digest: its words can be shown when its file is long gone."""

    __tablename__ = "policy_text"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    policy: Mapped[str] = mapped_column(String(63))
    effective: Mapped[str] = mapped_column(String(10))
    content: Mapped[str] = mapped_column(Text)
    kept_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Settled(Base):
    """A customer's question that nothing is to be learnt from any more. `origin_id` is the line that a lesson was made
    from, which would answer it: it is settled while such a lesson is published. Without one it was set aside.
    """

    __tablename__ = "settled_question"
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), primary_key=True)
    origin_id: Mapped[int | None] = mapped_column()
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
