"""Making the evidence bundle of a request, and noting in the audit that it was made, by whom and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.chain import GENESIS, Head
from bot.audit.models import AuditEntry
from bot.bundles import archive
from bot.bundles.archive import Bundle
from bot.bundles.collecting import Found, collect
from bot.errors import PermanentError
from bot.tickets.models import Ticket

REASONS: Mapping[str, str] = {
    "regulator": "the regulator asks",
    "court": "a court or a lawyer asks",
    "complaint": "a complaint is looked into",
    "customer": "the customer asks",
    "review": "our own check",
}
"""Why a bundle may be made. Chosen, not written: the audit outlives what it tells of, so it holds no free words."""


class Read(NamedTuple):
    """What was read for one bundle, in one session."""

    found: Found
    head: Head
    clock: Mapping[str, Any]


def read(session: Session, reference: str) -> Read:
    """Read everything about the request. Raises NotFound."""
    last = session.execute(select(AuditEntry.seq, AuditEntry.hash).order_by(AuditEntry.seq.desc()).limit(1)).first()
    head = Head(last.seq, last.hash) if last else Head(0, GENESIS)
    found = collect(session, reference)
    ticket = session.scalars(select(Ticket).where(Ticket.reference == reference)).one()
    return Read(found, head, {"due": str(ticket.due_on or ""), "trace": list(ticket.trace)})


def make(read_: Read, now: datetime, reason: str) -> Bundle:
    """The ZIP; takes a moment, so outside any transaction. `reason` is a key of REASONS.

    Raises:
        PermanentError: it is none.
    """
    return archive.bundle(read_.found, read_.head, read_.clock, now, _why(reason))


def noted(session: Session, reference: str, made: Bundle, reason: str, actor: str, now: datetime) -> None:
    """Note that it was made: a look at all that is known of a person. To be committed before the bundle leaves."""
    facts = {"manifest": made.digest, "bytes": len(made.content), "why": _why(reason)}
    audit.append(session, actor=actor, action="evidence.bundled", subject=f"ticket:{reference}", data=facts, now=now)


def _why(reason: str) -> str:
    if reason not in REASONS:
        raise PermanentError(f"say why the bundle is made: one of {', '.join(REASONS)}")
    return REASONS[reason]
