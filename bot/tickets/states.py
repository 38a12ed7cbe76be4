"""A ticket's states: what may happen to it, who may do it, and what the audit then says.

    open ⇄ assigned → waiting → assigned      the customer's reply resumes by itself
    open, assigned, waiting → answered → closed → open
    suspected → received | not_request        a flag beside the stage; only a person dismisses

The machine is the table TRANSITIONS; a new state is a new row. Called by the ticket service, and by the console to
know which buttons to show.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

Stage = Literal["open", "assigned", "waiting", "answered", "closed"]
Certainty = Literal["suspected", "received", "not_request"]
Role = Literal["bot", "customer", "agent", "lead", "admin"]
Event = Literal[
    "assign", "unassign", "ask", "customer_wrote", "answer", "close", "reopen", "confirm", "dismiss", "restore"
]

STAGES: tuple[Stage, ...] = get_args(Stage)
CERTAINTIES: tuple[Certainty, ...] = get_args(Certainty)
EVENTS: tuple[Event, ...] = get_args(Event)

STAFF: frozenset[Role] = frozenset({"agent", "lead", "admin"})
BOT_OR_STAFF: frozenset[Role] = STAFF | {"bot"}
CUSTOMER: frozenset[Role] = frozenset({"customer"})


class NotAllowed(Exception):
    """A ticket can't move like that; the text says what to do first, or who may do it."""


class State(NamedTuple):
    """Where a ticket stands: its stage, and how sure it is that somebody asks for a right."""

    stage: Stage = "open"
    certainty: Certainty = "received"


class Transition(NamedTuple):
    """One row of the machine: from any of `sources` to `target` (None: it stays), by one of `who`.

    `needs` are the certainties from which it may happen, `becomes` the one after it (None: as before). `action` is
    the audit's word. `instead` is the advice when it isn't allowed.
    """

    event: Event
    sources: tuple[Stage, ...]
    target: Stage | None
    who: frozenset[Role]
    action: str
    instead: str
    needs: tuple[Certainty, ...] = CERTAINTIES
    becomes: Certainty | None = None

    def fits(self, state: State) -> bool:
        """Whether a ticket in that state can take this way."""
        return state.stage in self.sources and state.certainty in self.needs

    def apply(self, state: State) -> State:
        """The state after it."""
        return State(self.target or state.stage, self.becomes or state.certainty)


_UNDER_WAY: tuple[Stage, ...] = ("open", "assigned", "waiting", "answered")
_DECIDED: tuple[Certainty, ...] = ("received", "not_request")

TRANSITIONS: tuple[Transition, ...] = (
    Transition("assign", ("open", "assigned"), "assigned", STAFF, "ticket.assigned", "reopen it first"),
    # Whoever answers or asks is the assignee from then on. Somebody else may take over what waits; it goes on waiting.
    Transition("assign", ("waiting", "answered"), None, STAFF, "ticket.assigned", "reopen it first"),
    Transition("unassign", ("assigned",), "open", STAFF, "ticket.unassigned", "only an assigned ticket goes back"),
    Transition("ask", ("assigned",), "waiting", STAFF, "ticket.waiting", "take the ticket before asking the customer"),
    Transition("customer_wrote", ("waiting", "answered"), "assigned", CUSTOMER, "ticket.resumed", ""),
    # A word after closing ("thanks!") is kept with the ticket and doesn't reopen it; staff may.
    Transition("customer_wrote", ("open", "assigned", "closed"), None, CUSTOMER, "ticket.customer_wrote", ""),
    Transition("answer", ("open", "assigned", "waiting"), "answered", STAFF, "ticket.answered", "reopen it first"),
    Transition("answer", ("answered",), None, STAFF, "ticket.answered", "reopen it first"),
    Transition(
        "close", _UNDER_WAY, "closed", STAFF, "ticket.closed",
        "say first whether it is one: confirm or dismiss it", needs=_DECIDED,
    ),
    Transition("reopen", ("closed",), "open", STAFF, "ticket.reopened", "only a closed ticket can be reopened"),
    Transition(
        "confirm", _UNDER_WAY, None, BOT_OR_STAFF, "ticket.confirmed",
        "only a suspected request can be confirmed", needs=("suspected",), becomes="received",
    ),
    Transition(
        "dismiss", _UNDER_WAY, "closed", STAFF, "ticket.dismissed",
        "only a suspected request can be dismissed", needs=("suspected",), becomes="not_request",
    ),
    Transition(
        "restore", ("closed",), "open", STAFF, "ticket.restored",
        "only a dismissed ticket can be restored", needs=("not_request",), becomes="received",
    ),
)  # fmt: skip


def transition(state: State, event: Event, role: Role) -> Transition:
    """The row by which a ticket in that state takes that event from that role; its `action` goes into the audit.

    Raises:
        NotAllowed: there is none.
    """
    rows = [row for row in TRANSITIONS if row.event == event]
    if not rows:
        raise NotAllowed(f"a ticket knows no event {str(event)[:40]!r}: use one of {', '.join(EVENTS)}")
    row = next((row for row in rows if row.fits(state)), None)
    if row is None:
        raise NotAllowed(
            f"{_words(event)} is not possible while the ticket is {_standing(state)}: {_advice(rows[0], state)}"
        )
    if role not in row.who:
        may = ", ".join(name for name in get_args(Role) if name in row.who)
        raise NotAllowed(f"{_words(event)} is not for the role {str(role)[:20]!r}: ask one of {may}")
    return row


def move(state: State, event: Event, role: Role) -> State:
    """The state after `event` by somebody in `role`.

    Raises:
        NotAllowed: not from here, or not by them.
    """
    return transition(state, event, role).apply(state)


def possible(state: State, role: Role) -> Sequence[Event]:
    """What somebody in `role` may do with a ticket in that state, in the table's order."""
    return list(dict.fromkeys(row.event for row in TRANSITIONS if row.fits(state) and role in row.who))


def drawing() -> str:
    """The machine as a Mermaid state diagram, drawn from the table itself."""
    lines = ["stateDiagram-v2", "    [*] --> open"]
    for row in TRANSITIONS:
        lines += [f"    {source} --> {row.target or source}: {row.event}" for source in row.sources]
    return "\n".join([*lines, "    closed --> [*]"])


def _advice(row: Transition, state: State) -> str:
    """What to do first."""
    return "it is closed already" if row.event == "close" and state.stage == "closed" else row.instead


def _standing(state: State) -> str:
    """The state in words."""
    words = {"suspected": " and a suspected request", "received": "", "not_request": " and dismissed as no request"}
    return state.stage + words[state.certainty]


def _words(event: str) -> str:
    return f"'{event.replace('_', ' ')}'"
