"""Panel "Who is it": how surely the customer is known, why, what they claim, and what staff can ask or note."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.console.gate import Call
from bot.console.words import shown as shown_address
from bot.contacts import judging, linking, proofs, tiers
from bot.contacts.models import Contact, ContactAddress, ContactLink, IdentityCheck, Proof
from bot.conversations import identity_claims
from bot.sealing import SealBroken
from bot.tickets import states
from bot.tickets.models import Ticket
from bot.tickets.states import RIGHTS

MOST = 50
"""Proofs, addresses and links that are shown."""
TIERS: Mapping[int, str] = {
    0: "Nothing shown yet",
    1: "Controls the address",
    2: "Controls the address, and a record agrees",
    3: "Checked by a person",
}
STAGES: Mapping[str, str] = {
    "address": "They are asked where a code may be sent.",
    "code": "A code is out; it is good for ten minutes and three tries.",
    "details": "They are asked for their full name and one more detail.",
    "claimed": "What they told us is being compared with the records.",
    "staff": "You decide: call back, ask for a document, or give up.",
    "done": "They have shown who they are.",
}
PROOFS: Mapping[str, str] = {
    "control": "A code sent to the address", "record": "A matching record", "document": "A document, seen by staff",
    "callback": "A call back by staff",
}  # fmt: skip
FIELDS: Mapping[str, str] = {
    "email": "email address", "phone": "phone number", "name": "name", "postcode": "postcode",
    "reference": "customer number", "birth_date": "date of birth",
}  # fmt: skip
AGENT_WORDS: Mapping[str, str] = {
    "solicitor": "A solicitor", "parent": "A parent", "power_of_attorney": "Somebody with power of attorney",
    "other": "Somebody else",
}  # fmt: skip
VERDICTS: Mapping[str, str] = {
    **judging.WORDS,
    "shared": "The code was right, but several people use the address.",
    identity_claims.LAPSED: "A record agrees, but control of the address has lapsed: ask for a new code.",
}
DONE: Mapping[str, str] = {
    "asked": "Asked. The clock counts anew once they have shown who they are.",
    "again": "A new code is on its way.",
    "checked": "Noted. They are known to tier 3 for this request.",
    "given_up": "Given up. The request is closed as not verified.",
    "agent": "Noted for whom they ask.",
    "authority_asked": "Asked for their authority.",
    "authority_proved": "Noted that their authority is shown.",
    "link_asked": "A code is on its way to that address; typed in this conversation it links both.",
    "linked": "Linked. Both count as one person from now on.",
    "unlinked": "Parted. They are two people again.",
    "reassigned": "The address is a new person's from now on; what was said stays here.",
    "shared": "Noted. A code from that address proves nobody.",
    "not_shared": "Noted. One person uses that address.",
}


class Shown(NamedTuple):
    """A proof in words. `live` says whether it counts now."""

    what: str
    about: str
    at: datetime
    until: datetime | None
    ended: bool
    live: bool
    by: str


class Linked(NamedTuple):
    """Another contact that is this person, by which link."""

    link: ContactLink
    name: str
    addresses: str


class Identity(NamedTuple):
    """All that the panel shows. `may` are the events that this reader may try now, `elsewhere` says that they showed
    more for another request or in another conversation, which doesn't count here.
    """

    tier: int
    elsewhere: bool
    needed: int
    next: str
    check: IdentityCheck | None
    claim_words: str
    claim: Mapping[str, str]
    proofs: Sequence[Shown]
    addresses: Sequence[ContactAddress]
    links: Sequence[Linked]
    may: Collection[str]
    lead: bool
    tier_words: Mapping[int, str] = TIERS
    stages: Mapping[str, str] = STAGES
    fields: Mapping[str, str] = FIELDS
    verdicts: Mapping[str, str] = VERDICTS
    reasons: Mapping[str, str] = tiers.REASONS
    agents: Mapping[str, str] = AGENT_WORDS


def applies(ticket: Ticket, _call: Call) -> bool:
    """Rights requests only: nothing is disclosed or changed for other tickets."""
    return ticket.kind in RIGHTS


def load(session: Session, ticket: Ticket, call: Call) -> Identity:
    """Who they are as far as is known now."""
    now = call.desk.now()
    stands = proofs.tier_of(session, ticket.contact_id, ticket.id, now)
    tier = min(stands, ticket.identity_tier)  # what the steps go by, less what has lapsed since
    check = session.get(IdentityCheck, ticket.id)
    words, claim = _claim(check, call)
    people = linking.one_person(session, ticket.contact_id)
    found = select(ContactAddress).where(ContactAddress.contact_id.in_(people)).order_by(ContactAddress.id).limit(MOST)
    addresses = session.scalars(found).all()
    by_id = {address.id: address for address in addresses}
    return Identity(
        tier=tier,
        elsewhere=stands > tier,
        needed=ticket.needed_tier,
        next=_next(ticket.needed_tier, tier, by_staff=check is not None and check.stage == "staff"),
        check=check,
        claim_words=words,
        claim=claim,
        proofs=[_shown(proof, by_id, ticket, now) for proof in proofs.of_person(session, ticket.contact_id)[:MOST]],
        addresses=addresses,
        links=_links(session, people),
        may=set(states.possible(ticket.state, ticket.kind, call.who.role)),
        lead=call.who.may("lead"),
    )


def _next(needed: int, have: int, *, by_staff: bool) -> str:
    """What to do next, in words; `by_staff` where the records could not settle it."""
    ask = tiers.step_up(needed, have)
    return {
        "": "This is enough for the request.",
        "code": "Next: a code to the address that they write from, or to another one of theirs.",
        "details": "Next: their full name and one more detail, to be held against the records.",
        "staff": "Next: a call back or a document.",
    }["staff" if ask and by_staff else ask]


def _claim(check: IdentityCheck | None, call: Call) -> tuple[str, Mapping[str, str]]:
    if check is None:
        return "", {}
    try:
        return identity_claims.claimed(check, call.desk.sealer)
    except SealBroken:
        return "It can't be opened: it was sealed with another secret key.", {}


def _shown(proof: Proof, addresses: Mapping[int, ContactAddress], ticket: Ticket, now: datetime) -> Shown:
    address = addresses.get(proof.address_id or 0)
    lapsed = proof.valid_until is not None and proof.valid_until <= now
    mine = proof.kind == "control" or proof.ticket_id == ticket.id
    agreed = ", ".join(FIELDS.get(field, field) for field in proof.evidence.get("agreed", ()))
    about = shown_address(address.value) if address else agreed
    if not mine:
        about = f"{about} (for another request)".strip()
    live = mine and proof.ended_at is None and not lapsed and not (address is not None and address.shared)
    return Shown(
        PROOFS[proof.kind], about, proof.at, proof.valid_until, proof.ended_at is not None or lapsed, live, proof.by
    )


def _links(session: Session, people: Sequence[int]) -> Sequence[Linked]:
    """The links among these contacts, each with who stands at its far end."""
    ends = or_(ContactLink.contact_id.in_(people), ContactLink.other_id.in_(people))
    query = select(ContactLink).where(ends, ContactLink.ended_at.is_(None)).order_by(ContactLink.id).limit(MOST)
    found = session.scalars(query).all()
    names = {row.id: row.name for row in session.scalars(select(Contact).where(Contact.id.in_(people)))}
    values: dict[int, list[str]] = {}
    for address in session.scalars(select(ContactAddress).where(ContactAddress.contact_id.in_(people))):
        values.setdefault(address.contact_id, []).append(shown_address(address.value))
    return [
        Linked(link, names.get(link.other_id, ""), " and ".join(
            ", ".join(values.get(each, ["no address"])) for each in (link.contact_id, link.other_id)
        ))
        for link in found
    ]  # fmt: skip
