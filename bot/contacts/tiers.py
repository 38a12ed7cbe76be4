"""How surely somebody is known, and what to ask next. Pure.

    0  an unproved address
    1  control of a channel, by a one-time code
    2  control and a match with records, for one ticket: of an address that the record has
    3  a document or a call back, which a person found good, for one ticket

A phone number goes to somebody else in time, and a SIM can be swapped: control of a number lapses, and whoever only
holds a number is never shown anybody's data. A number or mailbox that several people use proves nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from bot.contacts.forms import form

Kind = Literal["control", "record", "document", "callback"]
"""What a proof is of. A document's outcome is kept, never a copy of it."""
Ask = Literal["", "code", "details", "staff"]
"""What to ask next: nothing, a code, name and one more detail, or a person's check."""

TIER: Mapping[Kind, int] = {"control": 1, "record": 2, "document": 3, "callback": 3}
MOST = 3
DISCLOSURE = 2
"""The least tier at which anything about a person is shown to them."""
LAPSES: Mapping[str, timedelta] = {"sms": timedelta(days=90)}
"""After how long control of an address on a channel must be shown again."""
ADDRESSES: Mapping[str, frozenset[str]] = {"mail": frozenset({"email"}), "sms": frozenset({"phone"})}
"""What an address on a channel is to a record; on another channel it may be either."""

REASONS: Mapping[str, str] = {
    "unknown_address": "We don't know this address from our records.",
    "recycled_number": "The number may have been given to somebody else.",
    "shared_phone": "Several people use this address.",
    "mismatch": "What they say differs from our records.",
    "other": "Another reason, written in a note.",
}
"""Why somebody's identity is in doubt: without a reasonable doubt the clock may not wait (UK GDPR art. 12(6))."""


def shown_by(channel: str, value: str) -> frozenset[str]:
    """What control of an address shows, of ADDRESSES. A WhatsApp account outlives its number, and RCS comes with no
    more than that: they are addresses of their own, and never the telephone number of a record.

    >>> sorted(shown_by("sms", "+447700900001")), sorted(shown_by("sms", "whatsapp:+447700900001"))
    (['phone'], ['whatsapp'])
    """
    other = form(value) if channel == "sms" else ""
    return frozenset({other}) if other else ADDRESSES.get(channel, frozenset())


class Held(NamedTuple):
    """A proof that was given: its kind, the ticket that it was for (None for any), and until when it counts.

    `shared` marks control of an address that several people use. `of` is what it is about, of ADDRESSES: what was
    controlled, or which proved addresses the record agreed with; empty where that is not known.
    """

    kind: Kind
    ticket_id: int | None = None
    valid_until: datetime | None = None
    shared: bool = False
    of: frozenset[str] = frozenset()


def tier(proofs: Iterable[Held], ticket_id: int | None, now: datetime) -> int:
    """The tier that these proofs give somebody for a ticket (None: in general)."""
    live = [proof for proof in proofs if proof.valid_until is None or proof.valid_until > now]
    mine = {proof.kind for proof in live if proof.ticket_id is not None and proof.ticket_id == ticket_id}
    if mine & {"document", "callback"}:
        return MOST
    control = [proof for proof in live if proof.kind == "control" and not proof.shared]
    if not control:
        return 0
    records = [proof for proof in live if proof.kind == "record" and proof.ticket_id == ticket_id and "record" in mine]
    return TIER["record"] if any(_borne_out(each, control) for each in records) else TIER["control"]


def _borne_out(record: Held, control: Iterable[Held]) -> bool:
    """Whether they still control an address with which the record agreed: another one of theirs says nothing of it."""
    return any(not record.of or not held.of or record.of & held.of for held in control)


def step_up(needed: int, have: int) -> Ask:
    """What to ask next of somebody who is known to tier `have` where `needed` is wanted.

    >>> step_up(2, 0), step_up(2, 1), step_up(3, 2), step_up(2, 2)
    ('code', 'details', 'staff', '')
    """
    if have >= needed:
        return ""
    if have < TIER["control"]:
        return "code"
    return "details" if have < TIER["record"] else "staff"


def discloses(needed: int, have: int) -> bool:
    """Whether anything about a person may be shown: never on control of an address alone."""
    return have >= max(needed, DISCLOSURE)
