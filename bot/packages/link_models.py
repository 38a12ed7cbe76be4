"""Tables of handing over: links to a package, the times that one was opened, and every step that was tried with it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, UTCDateTime


class PackageLink(Base):
    """An expiring link for one person. Its token is kept as a SHA-256 only.

    `sent_to_id` is the address that it went to; `code_to_id` the other one, which codes go to, null where a person of
    ours reads a code out by telephone. `ended_why`: replaced | withdrawn | deleted, "" while it stands.
    """

    __tablename__ = "package_link"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    package_id: Mapped[int] = mapped_column(ForeignKey("package.id"), index=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    sent_to_id: Mapped[int] = mapped_column(ForeignKey("contact_address.id"))
    code_to_id: Mapped[int | None] = mapped_column(ForeignKey("contact_address.id"))
    made_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_why: Mapped[str] = mapped_column(String(16), default="")
    openings: Mapped[int] = mapped_column(default=0)


class PackageOpening(Base):
    """One time that a package was opened with a right code. The opening's key is kept as a keyed hash.

    `client` is a keyed hash of the network address and the browser's name. `ended_why`: another_place | replaced |
    withdrawn | deleted, "" while it stands; that it ran out of time is seen from `opened_at` and `seen_at`.
    """

    __tablename__ = "package_opening"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("package_link.id"), index=True)
    key_hash: Mapped[str] = mapped_column(String(32), unique=True)
    client: Mapped[str] = mapped_column(String(32))
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_why: Mapped[str] = mapped_column(String(16), default="")


class PackageAccess(Base):
    """One step that somebody tried with a link: what, when, from where (a keyed hash), and what came of it.

    `what`: link_opened | code_sent | code_wrong | opened | downloaded. `outcome`: "" where it went well, else why not.
    `file_id` is what was downloaded.
    """

    __tablename__ = "package_access"
    __table_args__ = (Index("ix_package_access_link", "link_id", "what", "at"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("package_link.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    what: Mapped[str] = mapped_column(String(16))
    client: Mapped[str] = mapped_column(String(32))
    outcome: Mapped[str] = mapped_column(String(24), default="")
    file_id: Mapped[int | None] = mapped_column()


class PackageCall(Base):
    """A code that one of the staff reads out in a call-back, kept as a salted keyed hash. `tries` counts wrong ones."""

    __tablename__ = "package_call"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("package_link.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    digest: Mapped[str] = mapped_column(String(32))
    salt: Mapped[str] = mapped_column(String(16))
    tries: Mapped[int] = mapped_column(default=0)
    used: Mapped[bool] = mapped_column(default=False)
