"""Proofs of who somebody is: recorded, counted, ended. The rules are in `tiers`.

All run inside somebody else's transaction and never commit. Each change is one audit entry without personal data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.actors import Actor
from bot.contacts import linking, tiers
from bot.contacts.models import ContactAddress, Proof
from bot.contacts.tiers import Held, Kind
from bot.db import wake
from bot.errors import PermanentError


def add(
    session: Session,
    contact_id: int,
    kind: Kind,
    actor: Actor,
    now: datetime,
    *,
    address: ContactAddress | None = None,
    ticket_id: int | None = None,
    evidence: Mapping[str, object] | None = None,
) -> Proof:
    """Record a proof. Control is of an address, and lapses as `tiers.LAPSES` says; a record, a document and a call back
    are for one ticket. `evidence` holds facts about it, never personal data.

    Raises:
        PermanentError: control without an address, another kind without a ticket, or a person's check without one.
    """
    if kind == "control" and address is None:
        raise PermanentError("control is shown of an address: name the address that the code went to")
    if kind != "control" and ticket_id is None:
        raise PermanentError("this proof is for one request: name the ticket")
    if kind in ("document", "callback") and not actor.staff_id:
        raise PermanentError("a document or a call back is checked by a person: sign in and note it")
    lapse = tiers.LAPSES.get(address.channel) if address is not None and kind == "control" else None
    proof = Proof(
        contact_id=contact_id, address_id=address.id if address else None, ticket_id=ticket_id, kind=kind,
        tier=tiers.TIER[kind], by=actor.name, evidence=dict(evidence or {}), at=now,
        valid_until=now + lapse if lapse else None,
    )  # fmt: skip
    session.add(proof)
    session.flush()
    facts = {"kind": kind, "tier": proof.tier, "ticket": ticket_id or 0, "channel": address.channel if address else ""}
    _audit(session, contact_id, "proof.added", actor, facts, now)
    return proof


def of_person(session: Session, contact_id: int) -> Sequence[Proof]:
    """Every proof of a contact and of those linked with it, newest first."""
    query = select(Proof).where(Proof.contact_id.in_(linking.one_person(session, contact_id)))
    return session.scalars(query.order_by(Proof.id.desc())).all()


def tier_of(session: Session, contact_id: int, ticket_id: int | None, now: datetime) -> int:
    """How surely a person is known for a ticket now; what lapsed, ended or is of a shared address does not count."""
    query = (
        select(Proof, ContactAddress.shared, ContactAddress.channel, ContactAddress.value)
        .outerjoin(ContactAddress, ContactAddress.id == Proof.address_id)
        .where(Proof.contact_id.in_(linking.one_person(session, contact_id)), Proof.ended_at.is_(None))
    )
    held = [
        Held(proof.kind, proof.ticket_id, proof.valid_until, bool(shared), _of(proof, channel or "", value or ""))  # type: ignore[arg-type]  # its words
        for proof, shared, channel, value in session.execute(query)
    ]
    return tiers.tier(held, ticket_id, now)


def _of(proof: Proof, channel: str, value: str) -> frozenset[str]:
    """What a proof is about: the address that was controlled, or those with which a record agreed."""
    if proof.kind == "control":
        return tiers.shown_by(channel, value)
    agreed = proof.evidence.get("agreed")
    return frozenset(agreed) & frozenset().union(*tiers.ADDRESSES.values()) if isinstance(agreed, list) else frozenset()


def proved_addresses(session: Session, contact_id: int, now: datetime) -> Sequence[ContactAddress]:
    """The addresses that the person has shown to control, and still does as far as is known; no shared one."""
    query = (
        select(ContactAddress)
        .join(Proof, Proof.address_id == ContactAddress.id)
        .where(
            Proof.contact_id.in_(linking.one_person(session, contact_id)),
            Proof.kind == "control",
            Proof.ended_at.is_(None),
            Proof.valid_until.is_(None) | (Proof.valid_until > now),
            ContactAddress.shared.is_(False),
        )
        .order_by(ContactAddress.id)
        .distinct()
    )
    return session.scalars(query).all()


def _audit(
    session: Session, contact_id: int, action: str, actor: Actor, data: Mapping[str, object], now: datetime
) -> None:
    audit.append(session, actor=actor.name, action=action, subject=f"contact:{contact_id}", data=data, now=now)
    wake(session, "console")
