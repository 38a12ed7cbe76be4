"""A ticket's states: who may do what, and what never happens."""

from __future__ import annotations

from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tickets.states import (
    CERTAINTIES,
    EVENTS,
    STAGES,
    TRANSITIONS,
    Event,
    NotAllowed,
    Role,
    State,
    drawing,
    move,
    possible,
    transition,
)

ROLES: tuple[Role, ...] = get_args(Role)
STATES = [State(stage, certainty) for stage, certainty in product(STAGES, CERTAINTIES)]


def test_a_ticket_goes_its_ordinary_way() -> None:
    """Assigned, waiting, resumed by the customer, answered, closed, reopened."""
    state = State()
    steps: list[tuple[Event, Role, str]] = [
        ("assign", "agent", "assigned"),
        ("ask", "agent", "waiting"),
        ("customer_wrote", "customer", "assigned"),
        ("answer", "agent", "answered"),
        ("close", "lead", "closed"),
        ("reopen", "agent", "open"),
    ]
    for event, role, stage in steps:
        state = move(state, event, role)
        assert state.stage == stage


def test_only_a_person_dismisses_a_suspected_request() -> None:
    """The bot may confirm one but never dismiss it, and neither may the customer."""
    suspected = State("open", "suspected")
    assert move(suspected, "confirm", "bot") == State("open", "received")
    assert move(suspected, "dismiss", "agent") == State("closed", "not_request")
    for role in ("bot", "customer"):
        with pytest.raises(NotAllowed, match="ask one of agent, lead, admin"):
            move(suspected, "dismiss", role)


def test_a_suspected_request_is_not_closed_undecided() -> None:
    """Closing it says what to do first; once decided it closes."""
    with pytest.raises(NotAllowed, match="confirm or dismiss"):
        move(State("answered", "suspected"), "close", "lead")
    assert move(State("answered", "received"), "close", "agent").stage == "closed"


def test_a_wrongly_dismissed_request_is_restored_as_received() -> None:
    """It is open again, and surely a request now."""
    assert move(State("closed", "not_request"), "restore", "agent") == State("open", "received")
    with pytest.raises(NotAllowed, match="only a dismissed ticket"):
        move(State("closed", "received"), "restore", "agent")


@pytest.mark.parametrize("state", STATES)
def test_a_customer_can_always_write(state: State) -> None:
    """A message is kept in every state; it resumes what waited and reopens nothing that is closed."""
    after = move(state, "customer_wrote", "customer")
    assert after.certainty == state.certainty
    assert after.stage == ("assigned" if state.stage in ("waiting", "answered") else state.stage)


@pytest.mark.parametrize("event", EVENTS)
def test_a_customer_decides_nothing_else(event: Event) -> None:
    """Writing is all that a customer does to a ticket."""
    for state in STATES:
        assert possible(state, "customer") == ["customer_wrote"]
        if event != "customer_wrote":
            with pytest.raises(NotAllowed):
                move(state, event, "customer")


@pytest.mark.parametrize(("state", "role"), list(product(STATES, ROLES)))
def test_what_is_offered_is_exactly_what_is_allowed(state: State, role: Role) -> None:
    """The console's buttons and the machine agree, and every refusal says something."""
    for event in EVENTS:
        if event in possible(state, role):
            assert move(state, event, role) in STATES
        else:
            with pytest.raises(NotAllowed, match=r": .*\w"):
                move(state, event, role)


def test_the_table_leaves_nothing_to_chance() -> None:
    """In no state do two rows fit the same event, every event has a row, and every action a name."""
    for state, event in product(STATES, EVENTS):
        assert len([row for row in TRANSITIONS if row.event == event and row.fits(state)]) <= 1
    assert {row.event for row in TRANSITIONS} == set(EVENTS)
    assert all(row.action.startswith("ticket.") for row in TRANSITIONS)


@given(st.lists(st.tuples(st.sampled_from(EVENTS), st.sampled_from(ROLES)), max_size=30))
def test_no_history_dismisses_without_staff(history: list[tuple[Event, Role]]) -> None:
    """Whatever is tried in whatever order: who ends as no request was dismissed by staff last."""
    state, dismissed_by = State("open", "suspected"), ""
    for event, role in history:
        try:
            row = transition(state, event, role)
        except NotAllowed:
            continue
        state = row.apply(state)
        if row.action == "ticket.dismissed":
            dismissed_by = role
    assert state.certainty != "not_request" or dismissed_by in ("agent", "lead", "admin")


def test_unknown_events_and_roles_are_refused() -> None:
    """An event from outside is checked here, with the known ones named."""
    with pytest.raises(NotAllowed, match="use one of assign"):
        move(State(), "explode", "agent")  # type: ignore[arg-type] # that is the point
    with pytest.raises(NotAllowed, match="ask one of"):
        move(State(), "assign", "burglar")  # type: ignore[arg-type] # that is the point


def test_the_drawing_shows_every_row() -> None:
    """The diagram comes from the table, so it can't grow old."""
    text = drawing()
    assert "waiting --> assigned: customer_wrote" in text
    assert len(text.splitlines()) == 3 + sum(len(row.sources) for row in TRANSITIONS)
