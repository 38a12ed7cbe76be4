"""A ticket's states: who may do what, what must be done first, and what never happens."""

from __future__ import annotations

import re
from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.tickets.preconditions import PRECONDITIONS
from bot.tickets.states import (
    COPY,
    ENDS,
    EVENTS,
    KINDS,
    NEEDED_TIER,
    RIGHTS,
    ROLES,
    STATES,
    TRANSITIONS,
    Event,
    Facts,
    Given,
    Kind,
    NotAllowed,
    Role,
    State,
    after,
    blocked,
    move,
    possible,
    transition,
)

STAFF: tuple[Role, ...] = ("agent", "lead", "admin")
DONE = Given(search_complete=True, package=True, fresh_code=True, erased=True)


def facts(state: State = "received", kind: Kind = "access", actor: Role = "agent", **more: object) -> Facts:
    """A ticket whose every precondition holds, but for what is said."""
    everything = {
        "staff_id": 7, "reason": True, "given": DONE, "identity_tier": 2, "needed_tier": NEEDED_TIER.get(kind, 0),
        "reviewed_by": 5, "assigned": True, "into": True, "today": date(2026, 11, 24), "limit": date(2026, 12, 1),
    }  # fmt: skip
    return Facts(state, kind, actor, **{**everything, **more})  # type: ignore[arg-type]  # by the names of Facts


def refused(known: Facts, event: Event) -> str:
    with pytest.raises(NotAllowed) as caught:
        transition(known, event)
    return str(caught.value)


def test_an_access_request_goes_its_whole_way() -> None:
    """From a suspicion to the delivered package: identity, a question, review, a second person, a code."""
    steps: list[tuple[Event, Role, dict[str, object], State]] = [
        ("confirm", "bot", {}, "received"),
        ("ask_identity", "bot", {"identity_tier": 0}, "awaiting_identity"),
        ("identity_proved", "bot", {"open": ("identity",)}, "searching"),
        ("ask", "agent", {}, "awaiting_clarification"),
        ("customer_wrote", "customer", {"before": "searching"}, "searching"),
        ("search_done", "agent", {}, "review"),
        ("release", "lead", {}, "ready"),
        ("deliver", "bot", {"staff_id": 0}, "delivered"),
        ("close", "agent", {}, "closed"),
    ]
    state: State = "suspected"
    for event, role, known, expected in steps:
        state = move(facts(state, actor=role, **known), event)
        assert state == expected


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in COPY])
def test_what_has_no_package_is_answered(kind: Kind) -> None:
    """From where the work is done; and never by a package's steps."""
    assert move(facts("searching" if kind in RIGHTS else "received", kind), "answer") == "answered"
    events: tuple[Event, ...] = ("search_done", "release", "deliver")
    for event in events:
        assert "it has no package, so answer it" in refused(facts("review", kind, "bot"), event)
    assert "package" in refused(facts("searching"), "answer")


def test_only_a_person_dismisses_a_suspected_request_and_until_then_little_else_happens() -> None:
    """The bot may confirm one but never dismiss it, and neither may the customer."""
    assert move(facts("suspected", actor="bot"), "confirm") == "received"
    assert move(facts("suspected"), "dismiss") == "not_request"
    for role in ("bot", "customer"):
        assert "ask an agent or a lead or an admin" in refused(facts("suspected", actor=role), "dismiss")
    assert set(possible("suspected", "access", "lead")) == {
        "assign", "unassign", "confirm", "dismiss", "withdraw", "merge", "complain",
    }  # fmt: skip
    assert "confirm or dismiss it first" in refused(facts("suspected"), "close")
    assert move(facts("not_request"), "restore") == "received"
    assert "only a dismissed ticket" in refused(facts("closed"), "restore")


def test_a_lead_alone_judges_a_certain_request_to_be_none_with_a_reason_and_before_anything_was_shown() -> None:
    """From anywhere before a release; never once a package was delivered, also where it was opened again since."""
    for state in ("received", "awaiting_identity", "searching", "awaiting_clarification", "review"):
        assert move(facts(state, actor="lead", reason=True), "dismiss") == "not_request"
        assert "ask a lead or an admin" in refused(facts(state, reason=True), "dismiss")
        assert "give the reason" in refused(facts(state, actor="lead", reason=False), "dismiss")
        assert "was delivered" in refused(facts(state, actor="lead", reason=True, shown=True), "dismiss")
    for state in ("ready", "delivered", "closed", "refused"):
        assert "take its package back" in refused(facts(state, actor="lead", reason=True), "dismiss")
    assert "or close it" in refused(facts("received", "complaint", "lead", reason=True), "dismiss")


@pytest.mark.parametrize(
    ("known", "starts"),
    [
        (facts(identity_tier=2, reason=False), True),
        (facts(identity_tier=1, reason=False), False),
        (facts(identity_tier=1, reason=True), True),
        (facts(identity_tier=1, reason=True, actor="bot"), False),
        (facts(identity_tier=0, reason=True), False),
        (facts(kind="erasure", identity_tier=0, reason=True), False),
        (facts(kind="objection", identity_tier=0, reason=True), True),
        (facts(kind="objection", identity_tier=0, reason=False), False),
        (facts(agent_kind="solicitor"), False),
        (facts(agent_kind="solicitor", authority=True), True),
    ],
)
def test_the_search_begins_only_for_somebody_known_and_entitled(known: Facts, starts: bool) -> None:
    """The needed tier; or one less, if a person notes why there is no doubt. Never for a copy to somebody unproved."""
    if starts:
        assert move(known, "start") == "searching"
    else:
        assert "first" in refused(known, "start") or "reason" in refused(known, "start")


def test_a_parent_has_no_authority_for_an_adult() -> None:
    """For a child a parent's authority is confirmed; for an adult the refusal says what to ask for instead."""
    child = facts("awaiting_authority", agent_kind="parent", adult=False, open=("authority",))
    assert move(child, "authority_proved") == "searching"
    text = refused(child._replace(adult=True), "authority_proved")
    assert "a parent has no authority for an adult" in text
    assert "power of attorney" in text
    assert move(child._replace(adult=True, agent_kind="power_of_attorney"), "authority_proved") == "searching"


def test_the_next_thing_wanted_is_waited_for() -> None:
    """Identity is there and the agent's authority still asked for: that is what the ticket waits for now."""
    both = facts("awaiting_identity", open=("identity", "authority"), agent_kind="solicitor")
    assert move(both, "identity_proved") == "awaiting_authority"
    assert move(both._replace(open=("identity", "fee"), agent_kind=""), "identity_proved") == "awaiting_fee"
    assert move(both._replace(open=("identity",)), "identity_proved") == "received"
    fee = facts("awaiting_fee", open=("fee", "identity"), identity_tier=0)
    assert move(fee, "fee_paid") == "awaiting_identity"
    assert move(fee._replace(open=("fee",)), "fee_paid") == "received"


def test_the_same_person_never_reviews_and_releases() -> None:
    """Whatever their role; and what nobody has reviewed is not released at all."""
    for role in STAFF:
        text = refused(facts("review", actor=role, staff_id=5), "release")
        assert "ask a second person" in text
        assert move(facts("review", actor=role, staff_id=6), "release") == "ready"
    assert "nobody has reviewed" in refused(facts("review", reviewed_by=None), "release")


@pytest.mark.parametrize(
    ("event", "known", "mend"),
    [
        ("search_done", facts("searching", given=Given()), "search every source"),
        ("search_done", facts("searching", waits=True), "must be done first"),
        ("release", facts("review", given=Given()), "build it"),
        ("deliver", facts("ready", actor="bot", given=Given()), "fresh code"),
        ("deliver", facts("ready", actor="admin"), "ask the bot"),
        ("answer", facts("searching", "erasure", given=Given()), "carry out the erasure"),
        ("answer", facts("searching", "erasure", waits=True), "must be done first"),
        ("refuse", facts("searching", actor="agent"), "ask a lead or an admin"),
        ("refuse", facts("searching", actor="lead", reason=False), "give the reason"),
        ("refuse_partly", facts("searching", actor="lead"), "deliver first what is not refused"),
        ("give_up_identity", facts("awaiting_identity", actor="lead", reason=False), "give the reason"),
        ("extend", facts(actor="lead", reason=False), "give the reason"),
        ("extend", facts(actor="lead", extended=True), "only once"),
        ("extend", facts(actor="lead", extends=False), "knows no extension"),
        ("extend", facts(actor="agent"), "ask a lead or an admin"),
        ("ask_fee", facts(actor="lead", reason=False), "give the reason"),
        ("ask_identity", facts(), "proved already"),
        ("ask_authority", facts(), "note first who acts for whom"),
        ("acknowledge", facts(kind="complaint", acknowledged=True), "done already"),
        ("acknowledge", facts(kind="breach"), "only a complaint"),
        ("tell_regulator", facts(kind="complaint", actor="lead"), "only of a breach"),
        ("merge", facts(into=False), "name the ticket"),
        ("unmerge", facts("merged", before=None), "open a new ticket"),
        ("unassign", facts(assigned=False), "nobody has it"),
        ("close", facts("received"), "refuse or withdraw it first"),
        ("close", facts("closed"), "it has ended already"),
    ],
)  # fmt: skip
def test_what_must_be_done_first_is_said(event: Event, known: Facts, mend: str) -> None:
    """Every refusal names its mend."""
    assert mend in refused(known, event)


def test_an_extension_noticed_late_is_refused_with_the_date() -> None:
    """On the last day it is in time, a day later it is not; while the clock stands it always is."""
    lead = facts("searching", actor="lead")
    assert move(lead._replace(today=date(2026, 12, 1)), "extend") == "searching"
    text = refused(lead._replace(today=date(2026, 12, 2)), "extend")
    assert "had to go out by 1 December 2026" in text
    assert move(lead._replace(today=date(2027, 1, 2), limit=None), "extend") == "searching"


@pytest.mark.parametrize(("state", "kind"), list(product(STATES, KINDS)))
def test_a_customer_can_always_write(state: State, kind: Kind) -> None:
    """A message is kept in every state; it resumes what waited for it and reopens nothing."""
    expected = "searching" if state == "awaiting_clarification" else state
    assert move(facts(state, kind, "customer", before="searching"), "customer_wrote") == expected
    assert set(possible(state, kind, "customer")) <= {"customer_wrote", "withdraw", "complain"}


@pytest.mark.parametrize("state", STATES)
def test_every_step_of_everybody_is_allowed_by_the_table_or_refused_with_a_text(state: State) -> None:
    """Total over states, events, roles and kinds: nothing but NotAllowed, and what is offered is what may be tried."""
    for event, role, kind in product(EVENTS, ROLES, KINDS):
        offered = event in possible(state, kind, role)
        for known in (facts(state, kind, role, before="received"), Facts(state, kind, role)):
            text = blocked(known, event)
            if text:
                assert text.startswith(f"'{event.replace('_', ' ')}' is not ")
                assert len(text.partition(": ")[2]) > 8
            else:
                assert offered
                assert after(transition(known, event), known) in STATES
        assert offered or blocked(facts(state, kind, role), event)


def test_the_table_leaves_nothing_to_chance() -> None:
    """No two rows fit the same step, every event has a row, every action a name, and every precondition is one."""
    for state, kind, event in product(STATES, KINDS, EVENTS):
        assert len([row for row in TRANSITIONS if row.event == event and row.fits(state, kind)]) <= 1
    assert {row.event for row in TRANSITIONS} == set(EVENTS)
    assert all(row.action.startswith("ticket.") for row in TRANSITIONS)
    assert {need for row in TRANSITIONS for need in row.needs} == set(PRECONDITIONS)
    assert {state for row in TRANSITIONS for state in row.sources} == set(STATES)


histories = st.lists(st.tuples(st.sampled_from(EVENTS), st.sampled_from(ROLES), st.integers(1, 3)), max_size=40)


@settings(max_examples=300)
@given(histories, st.sampled_from(KINDS))
def test_no_history_breaks_a_promise(history: list[tuple[Event, Role, int]], kind: Kind) -> None:
    """Whatever is tried in whatever order: only staff dismiss, a copy is delivered only after two different persons,
    and nothing leaves an end but by staff taking it back.
    """
    state: State = "suspected"
    reviewed, released = None, None
    for event, role, staff in history:
        known = facts(state, kind, role, staff_id=staff, reviewed_by=reviewed, before="received")
        if blocked(known, event):
            continue
        before, state = state, move(known, event)
        if event == "search_done":
            reviewed = staff
        if event == "release":
            released = staff
        if state == "not_request" != before:
            assert role in STAFF
        if state == "delivered" != before:
            assert (kind in COPY, role, reviewed != released) == (True, "bot", True)
        if before in ENDS and state != before:
            assert role in STAFF
            assert event in ("restore", "reopen", "unmerge")


@pytest.mark.parametrize("state", STATES)
def test_a_refusal_says_how_it_stands_in_plain_words(state: State) -> None:
    """Staff and programs read a sentence: no state's own name with its underscores taken out."""
    for event, kind in product(EVENTS, KINDS):
        why = blocked(Facts(state, kind, "lead", staff_id=3), event)
        assert "ticket is awaiting" not in why
        assert not re.search(r"ticket is (not request|closed unverified|partly refused|searching|review|ready)\b", why)
        assert "_" not in why


def test_unknown_events_and_roles_are_refused() -> None:
    """An event from outside is checked here, with the known ones named."""
    with pytest.raises(NotAllowed, match="use one of assign"):
        move(facts(), "explode")  # type: ignore[arg-type] # that is the point
    with pytest.raises(NotAllowed, match="is not for that role: ask an agent"):
        move(facts(actor="burglar"), "assign")  # type: ignore[arg-type] # that is the point
