"""Receipts: a short text that a customer keeps, and that proves years later what was noted about their request.

A receipt names one audit entry by its number and the beginning of its hash: "1204-9f2c8a0b71c3d94e55aa01bc". The hash
covers the entry and all before it, so whoever altered the entry, or anything before it, can't make it fit again. It
holds no personal data, and nothing can be read with it but that entry's facts.
"""

from __future__ import annotations

import re
from hmac import compare_digest
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.chain import GENESIS, Row, entry_hash
from bot.audit.models import AuditEntry
from bot.errors import NotFound

SHOWN = 24
"""Hex digits of the hash in a receipt: 96 bits, which nobody finds a second entry for."""

_RECEIPT = re.compile(r"(?<![0-9a-f-])([1-9][0-9]{0,14})-([0-9a-f]{24}|[0-9a-f]{64})(?![0-9a-f-])", re.IGNORECASE)


class Receipt(NamedTuple):
    """One entry's number, and its hash or the beginning of it."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seq}-{self.hash[:SHOWN]}"


class Checked(NamedTuple):
    """What the chain says of a receipt. `entry` is the entry with that number, None where there is none; `stands` says
    that it is the one that the receipt was given for, unaltered, and in its place between its neighbours.
    """

    stands: bool
    entry: Row | None
    text: str


def parse(text: str) -> Receipt | None:
    """The first receipt in a text, None where there is none."""
    found = _RECEIPT.search(text[:1_000])
    return Receipt(int(found[1]), found[2].lower()) if found else None


def of(session: Session, subject: str, action: str) -> Receipt:
    """The receipt for the first entry with that action about that subject.

    Raises:
        NotFound: there is no such entry.
    """
    query = select(AuditEntry.seq, AuditEntry.hash).where(AuditEntry.subject == subject, AuditEntry.action == action)
    found = session.execute(query.order_by(AuditEntry.seq).limit(1)).first()
    if found is None:
        raise NotFound(f"the audit has no entry {action} for {subject}: check the reference")
    return Receipt(found.seq, found.hash)


def check(session: Session, receipt: Receipt) -> Checked:
    """Hold a receipt against the chain: the entry itself, and that its neighbours are bound to it."""
    rows = {seq: row for seq in (receipt.seq - 1, receipt.seq, receipt.seq + 1) if (row := _row(session, seq))}
    entry = rows.get(receipt.seq)
    if entry is None:
        return Checked(False, None, f"the audit has no entry {receipt.seq}")
    now = entry_hash(entry.previous, entry._asdict())
    if not compare_digest(now.encode(), entry.hash.encode()):
        return Checked(False, entry, f"entry {receipt.seq} is not as it was written")
    if not compare_digest(now[: len(receipt.hash)].encode(), receipt.hash.encode()):
        return Checked(False, entry, f"entry {receipt.seq} is another than this receipt was given for")
    before, after = rows.get(receipt.seq - 1), rows.get(receipt.seq + 1)
    bound = entry.previous == (before.hash if before else GENESIS if receipt.seq == 1 else "?")
    if not bound or (after is not None and after.previous != entry.hash):
        return Checked(False, entry, f"entry {receipt.seq} does not stand where it stood: an entry beside it is gone")
    return Checked(True, entry, f"entry {receipt.seq} stands as it was written")


def _row(session: Session, seq: int) -> Row | None:
    found = session.get(AuditEntry, seq)
    return Row(*(getattr(found, name) for name in Row._fields)) if found else None
