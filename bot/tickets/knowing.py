"""What becomes known of a request: who asks, for whom, and who reviewed it. Each is one audit entry.

Called by rooms above, through the ticket service. All run inside somebody else's transaction and never commit.
"""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy.orm import Session

from bot.audit.actors import Actor
from bot.db import wake
from bot.errors import PermanentError
from bot.tickets import states
from bot.tickets.finding import get
from bot.tickets.gather import facts_of
from bot.tickets.models import Ticket
from bot.tickets.states import AGENTS, NotAllowed
from bot.tickets.steps import audited, carry_out

MOST_TIER = 3
BY_STAFF = 3
"""The tier that only a person can find: a document, or a call back."""
LONGEST_NAME = 200
_HOW = re.compile(r"[a-z][a-z_]{1,31}", re.ASCII)


def prove_identity(session: Session, ticket_id: int, tier: int, how: str, actor: Actor, now: datetime) -> Ticket:
    """Note that the customer is known to `tier` by `how` ("code", "record", "document", "call_back"). A ticket that
    waited for it moves on once that is enough. A tier never falls.

    Raises:
        NotAllowed: tier 3 without a person.
        PermanentError: no such tier or no such word.
    """
    if not 0 <= tier <= MOST_TIER or not _HOW.fullmatch(how):
        raise PermanentError("a proof has a tier from 0 to 3 and one word for how, like code, record or document")
    if tier >= BY_STAFF and not actor.staff_id:
        raise NotAllowed("tier 3 is a document or a call back: a person notes it")
    ticket = get(session, ticket_id)
    before = ticket.identity_tier
    ticket.identity_tier, ticket.updated_at = max(before, tier), now
    audited(session, ticket, "ticket.identity_proved", actor, {"tier": tier, "how": how}, now)
    newly = before < ticket.needed_tier <= ticket.identity_tier
    waits = ticket.state == "awaiting_identity" and ticket.identity_tier >= ticket.needed_tier
    facts = facts_of(session, ticket, "identity_proved", actor, now)
    if (newly or waits) and not states.blocked(facts, "identity_proved"):
        row = states.transition(facts, "identity_proved")
        carry_out(session, ticket, facts, row, actor, now, more={"tier": tier, "how": how})
    wake(session, "console")
    return ticket


def name_agent(
    session: Session, ticket_id: int, kind: str, agent_for: str, actor: Actor, now: datetime, *, adult: bool = True
) -> Ticket:
    """Note that somebody asks for `agent_for`, who is an adult or not; "" as kind: for nobody but themselves.

    Raises:
        PermanentError: an unknown kind of agent, or nobody is named.
        NotAllowed: the ticket has ended.
    """
    name = " ".join(agent_for.replace("\0", "").split())[:LONGEST_NAME]
    if kind and kind not in AGENTS:
        raise PermanentError(f"choose who asks: one of {', '.join(AGENTS)}")
    if kind and not name:
        raise PermanentError("write for whom they ask")
    ticket = get(session, ticket_id)
    if ticket.ended:
        raise NotAllowed("the ticket has ended: reopen it first")
    ticket.agent_kind, ticket.agent_for = kind, name if kind else ""
    ticket.agent_for_adult, ticket.updated_at = bool(kind) and adult, now
    facts = {"kind": kind, "adult": ticket.agent_for_adult}
    audited(session, ticket, "ticket.agent_named", actor, facts, now)
    wake(session, "console")
    return ticket


def reviewed(session: Session, ticket_id: int, actor: Actor, now: datetime) -> Ticket:
    """Note who has reviewed what is to be released: somebody else must release it.

    Raises:
        NotAllowed: it is not searched or in review, or no person did it.
    """
    ticket = get(session, ticket_id)
    if ticket.state not in ("searching", "review") or not actor.staff_id:
        raise NotAllowed("only a person reviews, and only what is searched or in review: finish the search first")
    if ticket.reviewed_by != actor.staff_id:
        ticket.reviewed_by, ticket.updated_at = actor.staff_id, now
        audited(session, ticket, "ticket.reviewed", actor, {}, now)
        wake(session, "console")
    return ticket
