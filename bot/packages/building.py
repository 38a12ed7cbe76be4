"""Builds a package: reads what was found and decided, renders it, scans what was rendered, and keeps it sealed.

    gather (in a look at the database) → make (pure and slow: in a thread) → keep (in a transaction, if nothing moved)

`build` does all three in one transaction, `build_apart` each in its place. A new version withdraws the one before. The
release itself is `release`'s; for the step before it, `package_facts` says whether a package may go out.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import Table, func, insert, select
from sqlalchemy.orm import Session

from bot import heap
from bot.audit import log as audit
from bot.audit.actors import Actor
from bot.db import Database, wake
from bot.packages import composing, making, proposals, rendering, taking
from bot.packages.composing import Gathered
from bot.packages.document import Document
from bot.packages.errors import Changed
from bot.packages.gathering import Around, Items, gather, items
from bot.packages.models import Package, PackageFile, PackageFinding
from bot.packages.rendering import File
from bot.packages.scan import Finding
from bot.sealing import Sealer
from bot.tickets.models import Ticket
from bot.tickets.vocabulary import Given

_FILES = cast("Table", PackageFile.__table__)


class Made(NamedTuple):
    """A rendered package that leaks nothing, with what a person must still settle."""

    document: Document
    files: tuple[File, ...]
    findings: tuple[Finding, ...]


def make(gathered: Gathered, around: Around) -> Made:
    """The files, rendered and scanned. Pure; takes a second for a hundred items.

    Raises:
        Leaks, NotMade: as `making.make`.
    """
    document = composing.compose(gathered, around.library, around.base_url)
    work = making.Work(document, composing.frame(document), gathered.left_out, gathered.kept, gathered.own)
    return Made(document, *making.make(work))


class Sealed(NamedTuple):
    """A file of a package as it is kept. `size` and `digest` are of its plain bytes."""

    name: str
    content_type: str
    size: int
    digest: str
    content: bytes


def seal(made: Made, sealer: Sealer, ticket_id: int, version: int) -> list[Sealed]:
    """The files, sealed for that version of that ticket's package. Outside the transaction: it takes a second for a
    few hundred megabytes.
    """
    purpose = PackageFile.purpose(ticket_id, version)
    return [
        Sealed(file.name, file.content_type, len(file.content), file.digest, sealer.seal(file.content, purpose))
        for file in made.files
    ]


def keep(
    session: Session, ticket_id: int, gathered: Gathered, made: Made, actor: Actor, *, now: datetime, sealer: Sealer,
    files: Sequence[Sealed] | None = None,
) -> Package:  # fmt: skip
    """Store the package as the ticket's next version; what was built before is withdrawn. `files` are its files where
    they are sealed already.

    Raises:
        Changed: something was found or decided since it was gathered.
    """
    ticket = session.get_one(Ticket, ticket_id)
    latest = session.scalar(select(func.max(Package.version)).where(Package.ticket_id == ticket_id)) or 0
    if ticket.state != "review" or taking.inputs(session, ticket) != gathered.inputs or latest + 1 != gathered.version:
        raise Changed("something was found or decided while the package was built: build it again")
    for old in session.scalars(
        select(Package).where(Package.ticket_id == ticket_id, Package.state.in_(("draft", "built")))
    ):
        old.state = "withdrawn"
    package = Package(
        ticket_id=ticket_id, version=gathered.version, state="draft" if made.findings else "built",
        built_by=actor.staff_id or None, built_at=now, digest=rendering.whole_digest(made.files),
        inputs=gathered.inputs, policies=_policies(made.document), counts=_counts(made.document),
    )  # fmt: skip
    session.add(package)
    session.flush()
    for file in seal(made, sealer, ticket_id, package.version) if files is None else files:
        session.execute(insert(_FILES), {"package_id": package.id, **file._asdict()})
    session.add_all(_findings(package.id, made, sealer))
    ticket.reviewed_by = actor.staff_id or None
    ticket.updated_at = now
    session.flush()
    data = {
        "package": package.id, "version": package.version, "digest": package.digest, "findings": len(made.findings),
        "items": len(gathered.included), "withheld": len(gathered.withheld),
    }  # fmt: skip
    audit.append(
        session, actor=actor.name, action="package.built", subject=f"ticket:{ticket.reference}", data=data, now=now
    )
    wake(session, "console")
    return package


def look_through(session: Session, ticket_id: int, around: Around, now: datetime) -> int:
    """Propose what is to be proposed in a ticket's items; returns how many proposals are new."""
    of = items(session, ticket_id, around, now)
    return proposals.keep(session, ticket_id, proposals.look_through(of.helds, of.before, of.own), now)


def build(session: Session, ticket_id: int, actor: Actor, now: datetime, around: Around) -> Package:
    """Look through, gather, make and keep in this one transaction; for small packages, and where nothing else waits.

    Raises:
        NotReady, Leaks, NotFound, SealBroken: as the steps.
    """
    look_through(session, ticket_id, around, now)
    gathered = gather(session, ticket_id, around, now)
    made = make(gathered, around)
    return keep(session, ticket_id, gathered, made, actor, now=now, sealer=around.sealer)


async def look_apart(database: Database, ticket_id: int, around: Around, now: datetime) -> int:
    """`look_through` with its slow part in a thread, outside every transaction."""
    of = await database.read(lambda session: _loose(session, items(session, ticket_id, around, now)))
    looked = await asyncio.to_thread(proposals.look_through, of.helds, of.before, of.own)
    return await database.write(lambda session: proposals.keep(session, ticket_id, looked, now)) if looked else 0


async def build_apart(database: Database, ticket_id: int, actor: Actor, now: datetime, around: Around) -> int:
    """`build` with its slow parts in a thread, outside every transaction; returns the package's id.

    Raises:
        Changed: something was found or decided meanwhile; and as `build`.
    """
    await look_apart(database, ticket_id, around, now)
    gathered = await database.read(lambda session: gather(session, ticket_id, around, now))
    made, files = await asyncio.to_thread(_made, ticket_id, gathered, around)
    heap.give_back()

    def unit(session: Session) -> int:
        return keep(session, ticket_id, gathered, made, actor, now=now, sealer=around.sealer, files=files).id

    return await database.write(unit)


def _made(ticket_id: int, gathered: Gathered, around: Around) -> tuple[Made, list[Sealed]]:
    made = make(gathered, around)
    return made, seal(made, around.sealer, ticket_id, gathered.version)


def package_facts(session: Session, ticket_id: int) -> Given:
    """What is known of a ticket's package before it is released: whole, scanned, settled, and nothing moved since."""
    ticket, package = session.get(Ticket, ticket_id), latest(session, ticket_id)
    if ticket is None or package is None or package.state not in ("built", "released"):
        return Given()
    return Given(package=package.inputs == taking.inputs(session, ticket))


def latest(session: Session, ticket_id: int) -> Package | None:
    """A ticket's newest version, whatever became of it."""
    return session.scalars(
        select(Package).where(Package.ticket_id == ticket_id).order_by(Package.version.desc()).limit(1)
    ).first()


def _findings(package_id: int, made: Made, sealer: Sealer) -> list[PackageFinding]:
    return [
        PackageFinding(
            package_id=package_id, kind=each.kind, place=each.place,
            text=sealer.seal_text(each.text, PackageFinding.PURPOSE),
        )
        for each in made.findings
    ]  # fmt: skip


def _policies(document: Document) -> list[dict[str, Any]]:
    return [
        {"key": info.policy, "effective": info.effective.isoformat(), "dated": info.dated}
        for info in document.information
    ]


def _counts(document: Document) -> dict[str, Any]:
    removed = Counter(
        part.span.kind for entry in document.entries for value in entry.values for part in value.parts if part.span
    )
    return {"items": len(document.entries), "withheld": dict(document.left_out), "removed": dict(removed)}


def _loose(session: Session, of: Items) -> Items:
    """What was read, free of its session."""
    session.expunge_all()
    return of
