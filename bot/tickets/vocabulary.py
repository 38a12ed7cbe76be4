"""The words of a ticket: its kinds, states, events and roles, and the facts that a step is judged by. Plain values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal, NamedTuple, get_args

from bot.tickets.rules import Ground

Kind = Literal[
    "access", "portability", "erasure", "rectification", "objection", "restriction", "complaint", "breach", "human",
    "escalation", "status", "question", "other", "enquiry",
]  # fmt: skip
State = Literal[
    "suspected", "received", "awaiting_identity", "awaiting_authority", "awaiting_fee", "searching",
    "awaiting_clarification", "review", "ready", "delivered", "answered", "closed", "not_request",
    "closed_unverified", "refused", "partly_refused", "withdrawn", "merged",
]  # fmt: skip
Event = Literal[
    "assign", "unassign", "confirm", "dismiss", "restore", "ask_identity", "identity_proved", "give_up_identity",
    "ask_authority", "authority_proved", "ask_fee", "fee_paid", "start", "ask", "customer_wrote", "search_done",
    "back_to_search", "release", "withdraw_package", "deliver", "deliver_on_paper", "answer", "refuse",
    "refuse_partly", "withdraw",
    "extend", "acknowledge", "tell_regulator", "merge", "unmerge", "close", "reopen", "complain",
]  # fmt: skip
Role = Literal["bot", "customer", "agent", "lead", "admin"]
Certainty = Literal["suspected", "received", "not_request"]

KINDS: tuple[Kind, ...] = get_args(Kind)
STATES: tuple[State, ...] = get_args(State)
EVENTS: tuple[Event, ...] = get_args(Event)
ROLES: tuple[Role, ...] = get_args(Role)

COPY: tuple[Kind, ...] = ("access", "portability")
"""Kinds for which a package is delivered."""
DONE_FOR_THEM: tuple[Kind, ...] = ("erasure", "rectification", "objection", "restriction")
"""Rights for which something is done instead, and told."""
RIGHTS: tuple[Kind, ...] = COPY + DONE_FOR_THEM
NOT_RIGHTS: tuple[Kind, ...] = tuple(kind for kind in KINDS if kind not in RIGHTS)

ENDS: tuple[State, ...] = (
    "closed", "not_request", "closed_unverified", "refused", "partly_refused", "withdrawn", "merged",
)  # fmt: skip
LIVE: tuple[State, ...] = tuple(state for state in STATES if state not in ENDS)
DONE: tuple[State, ...] = ("delivered", "answered")
"""The customer has what they asked for; staff may still close it."""
OWED: tuple[State, ...] = tuple(state for state in LIVE if state not in DONE)
"""The desk or the customer still has something to do: what can be overdue."""
AWAITING: tuple[State, ...] = ("awaiting_identity", "awaiting_authority", "awaiting_fee", "awaiting_clarification")
UNDER_WAY: tuple[State, ...] = tuple(state for state in OWED if state != "suspected")

AGENTS: tuple[str, ...] = ("solicitor", "parent", "power_of_attorney", "other")
"""Who may ask for somebody else (`ticket.agent_kind`); "" for nobody."""

NEEDED_TIER: Mapping[Kind, int] = {
    "access": 2, "portability": 2, "erasure": 2, "rectification": 1, "restriction": 1, "objection": 1,
}  # fmt: skip
"""How surely a customer must be known: 1 controls the channel, 2 also matches the records. 0 for other kinds."""


class Given(NamedTuple):
    """What only rooms above know: the search is whole, a whole package is built and scanned, a code was typed just
    now, what was to be erased is erased.
    """

    search_complete: bool = False
    package: bool = False
    fresh_code: bool = False
    erased: bool = False


NOTHING = Given()


class Facts(NamedTuple):
    """What a step is judged by.

    `actor` and `staff_id` are who wants it, `reason` says whether they gave one. `authority` says that an agent's
    authority is proved, `adult` that the agent speaks for an adult. `open` are the grounds asked for and not there yet,
    `shown` that a package of it was handed over once, `before` is the state in which the present wait began, `waits`
    says that another ticket must be done first, and `into` that the one to merge with was checked. `limit` is the last
    day of notice of an extension (None while the clock stands); `extends` says that the law knows one.
    """

    state: State
    kind: Kind
    actor: Role
    staff_id: int = 0
    reason: bool = False
    given: Given = NOTHING
    identity_tier: int = 0
    needed_tier: int = 0
    agent_kind: str = ""
    adult: bool = False
    authority: bool = False
    assigned: bool = False
    shown: bool = False
    open: tuple[Ground, ...] = ()
    before: State | None = None
    waits: bool = False
    into: bool = False
    reviewed_by: int | None = None
    acknowledged: bool = False
    today: date = date.min
    limit: date | None = None
    extends: bool = True
    extended: bool = False


def certainty(state: str) -> Certainty:
    """How sure it is that somebody asks for something, as lists and programs are told it."""
    return "suspected" if state == "suspected" else "not_request" if state == "not_request" else "received"
