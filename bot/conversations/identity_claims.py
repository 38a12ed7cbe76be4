"""What somebody says of themselves, held against the records, and what a person checked: the tiers above control.

Workers of the sources call `pending_claims` and `matched`, staff's pages `checked_by_staff`; what a customer writes
comes through `identity_turns`. All run inside somebody else's transaction and never commit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.actors import BOT, Actor
from bot.clock import day_of
from bot.contacts import judging, proofs, tiers
from bot.contacts.matching import Claim, Match
from bot.contacts.models import IdentityCheck
from bot.conversations import identity, ownership, reaching, replies, repository, together, wording
from bot.conversations.models import Conversation
from bot.conversations.saying import say
from bot.conversations.wording import House
from bot.errors import PermanentError
from bot.sealing import Sealer
from bot.tickets import finding
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from channels.context import Site

PURPOSE = "identity_check.claim"
TOPIC = "claims"
"""Published where a claim comes in."""
MOST_CLAIMS = 200
"""Claims that are matched at once."""
LONGEST_WORDS = 4_000
"""Characters that are kept of the words of a claim."""
LONGEST_REASON = 500
LAPSED = "lapsed"
"""The verdict where the records agree but control of the address has lapsed meanwhile."""
FOR_STAFF = "The records don't show who they are: decide, call back or ask for a document."


class Pending(NamedTuple):
    """A claim that waits to be held against the records."""

    ticket_id: int
    claim: Claim


def keep_claim(check: IdentityCheck, words: str, details: Mapping[str, str], sealer: Sealer, now: datetime) -> None:
    """Keep what somebody says of themselves, sealed, until the records are looked at."""
    kept = json.dumps({"words": words[:LONGEST_WORDS], "details": dict(details)}, ensure_ascii=False)
    check.claim, check.claimed_at, check.stage = sealer.seal_text(kept, PURPOSE), now, "claimed"
    check.verdict, check.agreed = "", []


def add_to_claim(check: IdentityCheck, words: str, details: Mapping[str, str], sealer: Sealer) -> None:
    """Keep what they add, for a person and for records that were not looked at yet. The first details stand."""
    before, known = claimed(check, sealer)
    text = f"{before}\n{words}".strip()
    kept = json.dumps({"words": text[:LONGEST_WORDS], "details": {**details, **known}}, ensure_ascii=False)
    check.claim = sealer.seal_text(kept, PURPOSE)


def claimed(check: IdentityCheck, sealer: Sealer) -> tuple[str, Mapping[str, str]]:
    """Their own words and the details read from them; nothing where nothing was claimed.

    Raises:
        SealBroken: it was altered, or sealed with another key.
    """
    if check.claim is None:
        return "", {}
    kept = json.loads(sealer.open_text(check.claim, PURPOSE))
    return kept["words"], kept["details"]


def pending_claims(session: Session, now: datetime, sealer: Sealer) -> Sequence[Pending]:
    """The claims to be held against the records, oldest first: a worker asks the sources and calls `matched`."""
    query = (
        select(IdentityCheck, Ticket.contact_id)
        .join(Ticket, Ticket.id == IdentityCheck.ticket_id)
        .where(IdentityCheck.stage == "claimed", Ticket.state == "awaiting_identity")
        .order_by(IdentityCheck.claimed_at)
        .limit(MOST_CLAIMS)
    )
    found = []
    for check, contact_id in session.execute(query):
        addresses = proofs.proved_addresses(session, contact_id, now)
        proved = tuple((address.channel, address.value) for address in addresses)
        found.append(Pending(check.ticket_id, Claim(proved, claimed(check, sealer)[1])))
    return found


def matched(
    session: Session, ticket_id: int, matches: Sequence[Match], now: datetime, *, house: House, site: Site
) -> str:
    """What the records say of a claim: tier 2 and the ticket goes on, or a person decides. Returns the verdict,
    "" where no claim waits any more.
    """
    ticket, check = finding.get(session, ticket_id), session.get(IdentityCheck, ticket_id)
    if check is None or check.stage != "claimed" or ticket.state != "awaiting_identity":
        return ""
    judged = judging.judge(matches)
    check.verdict, check.agreed = judged.verdict, list(judged.agreed)
    if proofs.tier_of(session, ticket.contact_id, ticket_id, now) < tiers.TIER["control"]:
        check.verdict = LAPSED if judged.verdict == "matched" else judged.verdict
    facts = {"verdict": check.verdict, "agreed": check.agreed, "differs": list(judged.differs)}
    identity.audited(session, ticket, "identity.compared", BOT, facts, now)
    conversation = repository.get(session, ticket.conversation_id)
    also: Sequence[Ticket] = ()
    if check.verdict == "matched":
        check.stage = "done"
        evidence = {"agreed": check.agreed, "sources": sorted({match.source for match in matches})}
        proofs.add(session, ticket.contact_id, "record", BOT, now, ticket_id=ticket_id, evidence=evidence)
        tickets.prove_identity(session, ticket_id, tiers.TIER["record"], "record", BOT, now)
        also = together.shared(session, ticket, conversation, BOT, now)
    if tiers.step_up(ticket.needed_tier, ticket.identity_tier):
        check.stage = "staff"
        ownership.hand_over(session, conversation, FOR_STAFF, now)
        _tell(session, conversation, "identity_staff", now, house=house, site=site)
    else:
        due = replies.answer_by(ticket.kind, ticket.due_on, day_of(now, house.terms.timezone))
        told = {"reference": wording.references(ticket, *also), "due": due}
        _tell(session, conversation, "identity_proved", now, house=house, site=site, **told)
    return check.verdict


def checked_by_staff(
    session: Session,
    ticket_id: int,
    kind: Literal["document", "callback"],
    reason: str,
    actor: Actor,
    now: datetime,
    *,
    house: House,
    site: Site,
) -> None:
    """A person saw a document or called back, and it was good: tier 3. Only the outcome is kept, no copy.

    Raises:
        PermanentError: no reason, or too long a one.
        NotAllowed: not by a person.
    """
    words = reason.strip()
    if not 0 < len(words) <= LONGEST_REASON:
        raise PermanentError(f"write what you checked and how, in up to {LONGEST_REASON} characters; no numbers of it")
    ticket = finding.get(session, ticket_id)
    waited = ticket.state == "awaiting_identity"
    proofs.add(session, ticket.contact_id, kind, actor, now, ticket_id=ticket_id)
    how = "call_back" if kind == "callback" else kind
    tickets.prove_identity(session, ticket_id, tiers.TIER[kind], how, actor, now)
    check = session.get(IdentityCheck, ticket_id)
    if check is not None:
        check.stage = "done"
    conversation = repository.get(session, ticket.conversation_id)
    also = together.shared(session, ticket, conversation, actor, now)
    repository.add_line(
        session, conversation, now, direction="note", author="staff", staff_id=actor.staff_id,
        text=f"{ticket.reference}: {kind} checked. {words}",
    )  # fmt: skip
    if waited and ticket.state != "awaiting_identity":
        due = replies.answer_by(ticket.kind, ticket.due_on, day_of(now, house.terms.timezone))
        told = {"reference": wording.references(ticket, *also), "due": due}
        _tell(session, conversation, "identity_proved", now, house=house, site=site, **told)


def _tell(
    session: Session, conversation: Conversation, key: str, now: datetime, *, house: House, site: Site,
    reference: str = "", due: str = "",
) -> None:  # fmt: skip
    """Tell the customer, unless they can't be told here: the proof counts all the same."""
    if not reaching.hindered(session, conversation):
        say(session, conversation, key, now, house=house, site=site, reference=reference, due=due)
