"""Panel "Proof": the receipt for the request's opening, and the bundle of all its evidence, for leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from bot.audit import receipts
from bot.audit.models import AuditEntry
from bot.bundles.service import REASONS
from bot.console.conversation_queries import Happened
from bot.console.gate import Call
from bot.console.panels.history import entries
from bot.errors import NotFound
from bot.tickets.models import Ticket

MOST_BUNDLES = 20


class Proof(NamedTuple):
    """`receipt` is "" where the opening is not in the audit. `bundles` are those made so far, newest first."""

    receipt: str
    page: str
    bundles: Sequence[Happened]
    reasons: Mapping[str, str]
    may_bundle: bool


def load(session: Session, ticket: Ticket, call: Call) -> Proof:
    """The receipt, and which bundles were made."""
    subject = f"ticket:{ticket.reference}"
    try:
        receipt = str(receipts.of(session, subject, "ticket.opened"))
    except NotFound:
        receipt = ""
    made = entries(session, AuditEntry.subject == subject, AuditEntry.action == "evidence.bundled", limit=MOST_BUNDLES)
    return Proof(receipt, f"{call.desk.settings.base_url}/receipt", made, REASONS, call.who.may("lead"))
