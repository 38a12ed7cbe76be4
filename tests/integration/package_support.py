"""A package in the database, made through the models: sealed files with their digests, as the builder leaves them."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy.orm import Session

from bot.packages import contents
from bot.packages.models import Package, PackageFile
from bot.sealing import Sealer
from bot.tickets.models import Ticket

FILES = {
    "report.html": ("text/html; charset=utf-8", b"<!doctype html><title>Your data</title><h1>What we hold</h1>"),
    "report.pdf": ("application/pdf", b"%PDF-1.7 what we hold"),
    "data.json": ("application/json", b'{"items": []}'),
    "attachments/1.txt": ("text/plain", b"a letter of yours"),
}


def built(
    session: Session, ticket: Ticket, sealer: Sealer, now: datetime, *, by: int, version: int = 1, state: str = "built"
) -> Package:
    """A whole package of that ticket."""
    package = Package(
        ticket_id=ticket.id, version=version, state=state, built_by=by, built_at=now, digest="", inputs="0" * 64,
        policies=[], counts={},
    )  # fmt: skip
    session.add(package)
    session.flush()
    for name, (kind, content) in FILES.items():
        session.add(
            PackageFile(
                package_id=package.id,
                name=name,
                content_type=kind,
                size=len(content),
                digest=hashlib.sha256(content).hexdigest(),
                content=sealer.seal(content, PackageFile.PURPOSE),
            )
        )
    session.flush()
    package.digest = contents.whole_digest(contents.entries(session, package.id))
    return package
