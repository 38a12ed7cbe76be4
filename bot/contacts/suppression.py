"""Addresses of erased persons that want no messages: known again by a keyed hash alone, and by nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.contacts import forms
from bot.contacts.models import ContactAddress
from bot.contacts.record_models import Suppression
from bot.statements import Statement

Sign = Callable[[str, str], str]
PURPOSE = "suppression"
# Asked for every new address, so built once and for the id alone: building it or a record costs more than asking.
_BY_DIGEST = Statement(
    select(Suppression.__table__.c.id).where(
        Suppression.channel == bindparam("channel"), Suppression.digest == bindparam("digest")
    )
)


def keep(session: Session, address: ContactAddress, sign: Sign, now: datetime) -> bool:
    """Remember an opted-out address beyond its person's erasure; False where it takes messages."""
    if address.opted_out_at is None:
        return False
    if _find(session, address.channel, address.value, sign) is None:
        digest = _digest(address.channel, address.value, sign)
        row = Suppression(channel=address.channel, digest=digest, opted_out_at=address.opted_out_at, kept_at=now)
        session.add(row)
        session.flush()
    return True


def carried_over(session: Session, address: ContactAddress, sign: Sign) -> bool:
    """An address that comes anew and wanted no messages before its person was erased still wants none.

    From then on its own record says so, until they write START.
    """
    found = _find(session, address.channel, address.value, sign)
    if found is None:
        return False
    if address.opted_out_at is None:
        address.opted_out_at = found.opted_out_at
    session.delete(found)
    session.flush()
    return True


def _find(session: Session, channel: str, value: str, sign: Sign) -> Suppression | None:
    place = {"channel": channel, "digest": _digest(channel, value, sign)}
    found = _BY_DIGEST.run(session, place).scalar()
    if found is None and forms.form(value):
        # Kept before forms of a number shared theirs.
        found = _BY_DIGEST.run(session, place | {"digest": sign(PURPOSE, f"{channel} {value}")}).scalar()
    return None if found is None else session.get(Suppression, found)


def _digest(channel: str, value: str, sign: Sign) -> str:
    """One for all forms of a number that stop together: a STOP by RCS is a STOP by text, also after an erasure."""
    return sign(PURPOSE, f"{channel} {forms.stop_key(value) if channel == 'sms' else value}")
