"""The steps in words: each that staff may take has a form somewhere, and each state says what is next."""

from __future__ import annotations

import re

import pytest

from bot.console.panels.offers import BY_EVENT, MAIN, OFFERS, next_of
from bot.tickets.states import TRANSITIONS
from bot.tickets.vocabulary import COPY, EVENTS, KINDS, LIVE, Event

ELSEWHERE: set[Event] = {
    "assign", "unassign", "merge", "customer_wrote", "complain", "search_done", "release",
    "withdraw_package", "deliver", "deliver_on_paper",
    "ask_identity", "ask_authority", "authority_proved", "give_up_identity",
}  # fmt: skip
"""Steps with a form of their own, or that no staff takes."""


def test_every_step_of_staff_has_its_form() -> None:
    """No event of the machine is forgotten, and none is offered twice."""
    assert len(BY_EVENT) == len(OFFERS)
    assert set(BY_EVENT) | ELSEWHERE == set(EVENTS)
    assert not set(BY_EVENT) & ELSEWHERE
    assert set(BY_EVENT) >= MAIN


def test_a_step_that_needs_a_reason_has_a_field_for_it() -> None:
    """Whatever the table asks for can be typed."""
    for row in TRANSITIONS:
        offer = BY_EVENT.get(row.event)
        if offer and "reason_given" in row.needs:
            assert offer.reason or offer.words, row.event


@pytest.mark.parametrize("state", LIVE)
def test_every_state_that_has_not_ended_says_what_is_next(state: str) -> None:
    """For each kind, in a sentence; only what has a package is sent to its panel."""
    for kind in KINDS:
        sentence, panel = next_of(state, kind)
        assert sentence.endswith(".")
        assert panel not in ("checklist", "package") or kind in COPY or state in ("review", "ready")


@pytest.mark.parametrize("kind", ["complaint", "breach"])
def test_what_was_acknowledged_is_not_asked_for_again(kind: str) -> None:
    """Once the complaint was acknowledged, or the regulator told, the page says what comes after that."""
    assert re.search("Acknowledge it|Tell the regulator", next_of("received", kind)[0])
    assert not re.search("Acknowledge it|Tell the regulator", next_of("received", kind, acknowledged=True)[0])
