"""Tables of packages: what is left out of which item, and the packages that were built, with their files.

Decisions are bound to the digest of an item, not to its row: a search that is run again finds the same item, and what
was decided still holds; an item that changed has another digest and must be decided anew.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, UTCDateTime


class Redaction(Base):
    """Part of an item's text, half open, in characters, that may be or is left out.

    `kind` is of `detection.KINDS`. `state`: proposed | confirmed | rejected; `by_id` is null for what the machine
    proposed or decided. `confidence` is 0 to 1, 1 for what a person marked.
    """

    __tablename__ = "redaction"
    __table_args__ = (UniqueConstraint("ticket_id", "item_digest", "start", "end"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    item_digest: Mapped[str] = mapped_column(String(64))
    start: Mapped[int] = mapped_column()
    end: Mapped[int] = mapped_column()
    kind: Mapped[str] = mapped_column(String(16))
    confidence: Mapped[float] = mapped_column()
    reason: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str] = mapped_column(String(16), default="proposed")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class ItemReview(Base):
    """What becomes of an item as a whole. `scanned_at` is when it was last searched for third parties, with `rules`,
    the version of the search.

    `decision`: "" (included as its redactions leave it) | free (a file that a person read: nobody else is in it) |
    withheld. `reason` is a key of `review.REASONS`, `note` what staff add for themselves.
    """

    __tablename__ = "item_review"
    __table_args__ = (UniqueConstraint("ticket_id", "item_digest"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    item_digest: Mapped[str] = mapped_column(String(64))
    decision: Mapped[str] = mapped_column(String(16), default="")
    reason: Mapped[str] = mapped_column(String(32), default="")
    note: Mapped[str] = mapped_column(String(500), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    rules: Mapped[int] = mapped_column(default=0)
    scanned_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Package(Base):
    """What is handed to a person, in one version.

    `state`: draft (findings of the last scan are open) | built (whole, may be released) | released | withdrawn |
    expired | deleted. `digest` is the SHA-256 over the digests of its files, `inputs` that over what it was built from.
    `policies` lists the policy versions that it cites, with key, effective and dated. `counts` has numbers only: items,
    withheld by reason, redacted by kind.
    """

    __tablename__ = "package"
    __table_args__ = (UniqueConstraint("ticket_id", "version"), Index("ix_package_state", "state", "built_at"))
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    version: Mapped[int] = mapped_column()
    state: Mapped[str] = mapped_column(String(16))
    built_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    built_at: Mapped[datetime] = mapped_column(UTCDateTime)
    digest: Mapped[str] = mapped_column(String(64))
    inputs: Mapped[str] = mapped_column(String(64))
    policies: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class PackageFile(Base):
    """A file of a package. `name` is ours ("report.html", "attachments/3.pdf") and names nobody; `content` is sealed
    for `purpose`. `size` and `digest` (SHA-256, hex) are of the plain bytes.
    """

    __tablename__ = "package_file"
    __table_args__ = (UniqueConstraint("package_id", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    package_id: Mapped[int] = mapped_column(ForeignKey("package.id"))
    name: Mapped[str] = mapped_column(String(120))
    content_type: Mapped[str] = mapped_column(String(127))
    size: Mapped[int] = mapped_column()
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary)

    @staticmethod
    def purpose(ticket_id: int, version: int) -> str:
        """What the files of that package are sealed for: moved to another package, by hand in the database, with
        digests made to fit, they don't open there.
        """
        return f"package_file:{ticket_id}:{version}"


class PackageFinding(Base):
    """What the last scan of a rendered package still took for somebody else's. `text` is sealed for `PURPOSE`.

    `place` is the file it was found in. `reason` is why a person lets it stand, "" while it is open.
    """

    __tablename__ = "package_finding"
    PURPOSE = "package_finding"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    package_id: Mapped[int] = mapped_column(ForeignKey("package.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    place: Mapped[str] = mapped_column(String(120))
    text: Mapped[bytes] = mapped_column(LargeBinary)
    reason: Mapped[str] = mapped_column(String(200), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime | None] = mapped_column(UTCDateTime)
