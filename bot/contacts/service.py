"""Contacts: from an address to a person, opt-outs, and addresses that no longer work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from bot import rows
from bot.audit import log as audit
from bot.contacts import consent, forms, suppression
from bot.contacts.models import Contact, ContactAddress
from bot.contacts.suppression import Sign
from bot.db import AS_WRITTEN
from bot.statements import Statement

# Asked for every message, so built once: building them costs more than asking.
_BY_VALUE = select(ContactAddress).where(
    ContactAddress.channel == bindparam("channel"), ContactAddress.value == bindparam("value")
)
_FORMS: list[BindParameter[str]] = [bindparam(f"form{place}") for place in range(len(forms.FORMS) + 1)]
_ANY_FORM = Statement(
    select(ContactAddress.__table__.c.id)
    .where(ContactAddress.channel == "sms", ContactAddress.value.in_(_FORMS))
    .limit(1)
)
_NUMBER = (
    select(ContactAddress)
    .where(
        ContactAddress.channel == "sms",
        ContactAddress.value.in_(_FORMS),
    )
    .order_by(ContactAddress.id)
)
"""An address of texts with the other forms of its number."""


def find_or_create(
    session: Session, channel: str, value: str, name: str, now: datetime, *, sign: Sign | None = None
) -> ContactAddress:
    """The address's record; a new address is a new person, for nobody is merged without proof.

    With `sign` a new address that wanted no messages, and whose person was erased, still wants none.
    """
    return known_or_new(session, channel, value, name, now, sign=sign)[0]


def known_or_new(
    session: Session, channel: str, value: str, name: str, now: datetime, *, sign: Sign | None = None
) -> tuple[ContactAddress, bool]:
    """The same, and whether the address is new."""
    forms_of = _forms(session, channel, value)
    if (found := forms_of.get(value)) is not None:
        return found, False
    contact = rows.add(session, Contact, name=name[:200], created_at=now)
    address = rows.add(session, ContactAddress, contact_id=contact.id, channel=channel, value=value)
    if sign is not None:
        suppression.carried_over(session, address, sign)
    for twin in forms.stopped_together(value):
        if twin in forms_of:
            address.opted_out_at = address.opted_out_at or forms_of[twin].opted_out_at
    return address, True


def _forms(session: Session, channel: str, value: str) -> Mapping[str, ContactAddress]:
    """The address by its value, where it is known; with the other known forms of a number."""
    if channel != "sms":
        found = session.scalars(_BY_VALUE, {"channel": channel, "value": value}, execution_options=AS_WRITTEN)
    else:
        place = {f"form{place}": each for place, each in enumerate(forms.all_forms(value))}
        if _ANY_FORM.run(session, place).first() is None:
            return {}
        found = session.scalars(_NUMBER, place, execution_options=AS_WRITTEN)
    return {each.value: each for each in found}


def _others(session: Session, address: ContactAddress, values: Sequence[str]) -> Sequence[ContactAddress]:
    """The other forms of a number that are on record, of these."""
    others = [value for value in values if value != address.value]
    if address.channel != "sms" or not others:
        return ()
    query = select(ContactAddress).where(ContactAddress.channel == "sms", ContactAddress.value.in_(others))
    return session.scalars(query.order_by(ContactAddress.id)).all()


def opt_out(
    session: Session,
    address: ContactAddress,
    now: datetime,
    *,
    by: str = "customer",
    message_id: int | None = None,
    policy: consent.Policy = consent.UNKNOWN,
) -> None:
    """No more messages to this address, from now on, nor to the forms of its number that stop together with it;
    `message_id` is their line that says so, where there is one. Offers that they permitted end on every form.
    """
    for each in (address, *_others(session, address, forms.stopped_together(address.value))):
        if each.opted_out_at is None:
            each.opted_out_at = now
            consent.stopped(
                session, each.contact_id, each.channel, by=by, now=now, message_id=message_id, policy=policy
            )
            audit.append(
                session, actor=by, action="opted_out", subject=f"contact:{each.contact_id}",
                data={"channel": each.channel}, now=now,
            )  # fmt: skip
    if message_id is not None:
        for each in (address, *_others(session, address, forms.all_forms(address.value))):
            consent.no_more_offers(session, each.contact_id, message_id, by=by, now=now, policy=policy)


def opt_in(
    session: Session,
    address: ContactAddress,
    now: datetime,
    *,
    message_id: int,
    policy: consent.Policy = consent.UNKNOWN,
) -> None:
    """Messages are welcome again, there and on the forms that stopped together with it; `message_id` is their line that
    says so. No offer is permitted by it.
    """
    for each in (address, *_others(session, address, forms.stopped_together(address.value))):
        if each.opted_out_at is not None:
            each.opted_out_at = None
            consent.started(session, each.contact_id, each.channel, now=now, message_id=message_id, policy=policy)
            audit.append(
                session, actor="customer", action="opted_in", subject=f"contact:{each.contact_id}",
                data={"channel": each.channel}, now=now,
            )  # fmt: skip


def is_opted_out(session: Session, channel: str, value: str) -> bool:
    """Whether that address wants no messages."""
    address = session.scalars(_BY_VALUE, {"channel": channel, "value": value}).first()
    return address is not None and address.opted_out_at is not None


def stopped_elsewhere(session: Session, address: ContactAddress) -> bool:
    """Whether they said STOP on another form of the number: they are answered here, but nothing is begun here."""
    return any(each.opted_out_at is not None for each in _others(session, address, forms.all_forms(address.value)))


def stopped_somewhere(session: Session, channel: str, value: str) -> bool:
    """Whether they said STOP at that address, or on another form of the number (see stopped_elsewhere)."""
    address = session.scalars(_BY_VALUE, {"channel": channel, "value": value}).first()
    return address is not None and (address.opted_out_at is not None or stopped_elsewhere(session, address))


def mark_bad(session: Session, channel: str, value: str, reason: str, now: datetime) -> None:
    """The provider says that this address does not exist."""
    address = session.scalars(_BY_VALUE, {"channel": channel, "value": value}).first()
    if address is not None and address.bad_since is None:
        address.bad_since = now
        address.bad_reason = reason[:200]
        audit.append(
            session, actor="provider", action="address.marked_bad", subject=f"contact:{address.contact_id}",
            data={"channel": channel}, now=now,
        )  # fmt: skip
