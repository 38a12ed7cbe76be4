"""A ticket's states: what may happen to it now, who may do it, and why it is refused otherwise.

The words are in `vocabulary`, the table of all steps in `table`, what must hold before one in `preconditions`; this
judges by them. Called by the ticket service, and by pages and programs to know what can be offered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.tickets.preconditions import missing
from bot.tickets.table import NOT_A_RIGHT, TRANSITIONS, WRONG_KIND, Transition
from bot.tickets.vocabulary import (
    AGENTS,
    AWAITING,
    COPY,
    DONE,
    ENDS,
    EVENTS,
    KINDS,
    LIVE,
    NEEDED_TIER,
    NOTHING,
    OWED,
    RIGHTS,
    ROLES,
    STATES,
    UNDER_WAY,
    Certainty,
    Event,
    Facts,
    Given,
    Kind,
    Role,
    State,
    certainty,
)  # fmt: skip

__all__ = [
    "AGENTS", "AWAITING", "COPY", "DONE", "ENDS", "EVENTS", "KINDS", "LIVE", "NEEDED_TIER", "NOTHING", "OWED", "RIGHTS",
    "ROLES",
    "STATES", "TRANSITIONS", "UNDER_WAY", "Certainty", "Event", "Facts", "Given", "Kind", "NotAllowed", "Role",
    "State", "Transition", "after", "blocked", "certainty", "move", "named", "possible", "told", "transition",
]  # fmt: skip


_WANTED: Mapping[State, str] = {
    "awaiting_identity": "identity_wanted",
    "awaiting_authority": "authority_wanted",
    "awaiting_fee": "fee_wanted",
}
_PEOPLE: Mapping[str, str] = {
    "bot": "the bot", "customer": "the customer", "agent": "an agent", "lead": "a lead", "admin": "an admin",
}  # fmt: skip
"""Roles as sentences name them."""


_WHILE: Mapping[State, str] = {
    "awaiting_identity": "we wait for proof of identity",
    "awaiting_authority": "we wait for proof of authority",
    "awaiting_fee": "we wait for the fee",
    "awaiting_clarification": "we wait for the customer's answer",
    "searching": "it is being worked on",
    "review": "it is in review",
    "ready": "its package is released and not opened yet",
}
_ONCE: Mapping[State, str] = {
    "not_request": "dismissed as no request",
    "closed_unverified": "closed because identity was not proved",
    "partly_refused": "refused in part",
    "merged": "merged with another",
}
"""How a ticket stands, as a refusal of a step says it; a state that is a plain word itself is in neither."""


class NotAllowed(Exception):
    """A ticket can't move like that; the text says what to do first, or who may do it."""


def transition(facts: Facts, event: Event) -> Transition:
    """The row by which that event happens to a ticket of which these facts hold.

    Raises:
        NotAllowed: not from here, not for this kind, not by them, or something must be done first.
    """
    rows = [row for row in TRANSITIONS if row.event == event]
    if not rows:
        raise NotAllowed(f"a ticket knows no event {str(event)[:40]!r}: use one of {', '.join(EVENTS)}")
    row = next((row for row in rows if row.fits(facts.state, facts.kind)), None)
    if row is None:
        raise NotAllowed(_not_from_here(rows, facts))
    if facts.actor not in row.who:
        raise NotAllowed(f"{_words(event)} is not for {_PEOPLE.get(facts.actor, 'that role')}: ask {_may(row)}")
    lacking = missing(row.needs, facts)
    if lacking:
        raise NotAllowed(f"{_words(event)} is not possible yet: {lacking}")
    return row


def after(row: Transition, facts: Facts) -> State:
    """The state to which that row leads from these facts."""
    if row.target == "same":
        return facts.state
    if row.target == "before":
        return facts.before or "received"
    return _onward(row, facts) if row.target == "onward" else row.target


def told(row: Transition, facts: Facts) -> str:
    """The key of what the customer is told of that step: of what is wanted next, where it leads to that."""
    if row.target != "onward":
        return row.told
    target = after(row, facts)
    if target == "received":
        return row.told if row.event == "identity_proved" else ""
    return _WANTED.get(target, row.told)


def move(facts: Facts, event: Event) -> State:
    """The state after that event.

    Raises:
        NotAllowed: as `transition` says.
    """
    return after(transition(facts, event), facts)


def possible(state: str, kind: str, role: str) -> Sequence[Event]:
    """What somebody in `role` may try with a ticket like that, in the table's order. What must still be done before
    is told by `blocked`, and by the refusal.
    """
    rows = [row for row in TRANSITIONS if state in row.sources and kind in row.kinds and role in row.who]
    return list(dict.fromkeys(row.event for row in rows))


def blocked(facts: Facts, event: Event) -> str:
    """Why that event can't happen now, with its mend; "" when it can."""
    try:
        transition(facts, event)
    except NotAllowed as error:
        return str(error)
    return ""


def _onward(row: Transition, facts: Facts) -> State:
    """What is wanted next once something wanted is there: another proof, or nothing, and the search begins."""
    there = {"identity_proved": "identity", "authority_proved": "authority", "fee_paid": "fee"}[row.event]
    wanted = [ground for ground in facts.open if ground != there]
    if "identity" in wanted and facts.identity_tier < facts.needed_tier:
        return "awaiting_identity"
    if "authority" in wanted:
        return "awaiting_authority"
    if "fee" in wanted:
        return "awaiting_fee"
    known = there == "identity" or facts.identity_tier >= facts.needed_tier
    entitled = there == "authority" or facts.authority or not facts.agent_kind
    return "searching" if known and entitled else "received"


def _not_from_here(rows: Sequence[Transition], facts: Facts) -> str:
    """Why none of an event's rows fits, and what to do instead."""
    event = rows[0].event
    fitting = [row for row in rows if facts.kind in row.kinds]
    if not fitting:
        return f"{_words(event)} is not for a ticket of the kind {facts.kind}: {WRONG_KIND.get(event, NOT_A_RIGHT)}"
    if facts.state == "suspected":
        return f"{_words(event)} is not possible while it is suspected: confirm or dismiss it first"
    advice = next((row.instead for row in fitting if row.instead), "look at the ticket again")
    if event == "close" and facts.state in ENDS:
        advice = "it has ended already"
    return f"{_words(event)} is not possible {_standing(facts.state)}: {advice}"


def _standing(state: State) -> str:
    """When, for a sentence: "while we wait for the fee", "once it is closed"."""
    if state in _WHILE:
        return f"while {_WHILE[state]}"
    return f"{'once' if state in ENDS + DONE else 'while'} the ticket is {_ONCE.get(state, state)}"


def _may(row: Transition) -> str:
    """Who may take that step, of people before all: nobody asks the bot for it."""
    may = [role for role in ROLES if role in row.who]
    people = [role for role in may if role not in ("bot", "customer")] or may
    return " or ".join(_PEOPLE[role] for role in people)


def named(why: str, event: str, name: str) -> str:
    """A refusal of `transition` or `blocked` with the step under the name that a page gives it."""
    return why.replace(_words(event), f"“{name}”", 1)


def _words(event: str) -> str:
    return f"'{event.replace('_', ' ')}'"
