"""Counting all ledgers again by other rules: what changes, why, and that nothing is written."""

from __future__ import annotations

from datetime import date

from sqlalchemy import event

from bot.tickets import joining
from bot.tickets.ledger import AS_IT_IS, Other
from bot.tickets.replaying import PAGE, Replayed, first_difference, replay
from bot.tickets.rule_files import read
from tests.unit.tickets.test_rule_files import DRAFT
from tests.unit.tickets.world import LEAD, SAM, World


def again(world: World, other: Other = AS_IT_IS) -> list[Replayed]:
    world.session.commit()
    return list(replay(world.session, other))


def test_the_dates_of_now_follow_from_the_ledgers(world: World) -> None:
    """Every kind, paused, extended, acknowledged, merged, ended: counted by the same rules nothing changes."""
    for kind in ("access", "erasure", "complaint", "breach", "human", "enquiry"):
        world.ticket(kind)
    paused, extended, complaint = world.ticket(), world.ticket(), world.ticket("complaint")
    world.do(paused, "ask")
    world.do(extended, "extend", LEAD, reason="many systems")
    world.do(complaint, "acknowledge")
    world.do(world.ticket("objection"), "withdraw")
    joining.merge(world.session, world.ticket().id, extended.id, SAM, world.now)
    found = again(world)
    assert len(found) == 11
    assert not [each for each in found if each.changed]


def test_other_rules_change_what_they_say_and_tell_why(world: World) -> None:
    """Forty-five days for a month; what has no statutory date stays. The reason is the first sentence that is new."""
    world.on("2027-03-01")
    world.ticket()
    world.ticket("human")
    access, human = again(world, Other(read(DRAFT.encode())))
    assert (access.due_now, access.due_then, access.changed) == (date(2027, 4, 1), date(2027, 4, 15), True)
    assert access.why == "Receipt must be confirmed by 4 March 2027."
    assert not human.changed


def test_another_calendar_or_regime_that_does_not_fit_is_told(world: World) -> None:
    """Scotland works on Easter Monday; a regime needs a calendar of its own countries."""
    world.on("2026-03-06")
    world.ticket()
    (scotland,) = again(world, Other(calendar="GB-SCT"))
    assert (scotland.due_now, scotland.due_then) == (date(2026, 4, 7), date(2026, 4, 6))
    assert scotland.why == "It is due by the end of 6 April 2026."
    (wrong,) = again(world, Other(regime="eu-gdpr"))
    assert wrong.changed
    assert "does not fit eu-gdpr" in wrong.error
    (ireland,) = again(world, Other(regime="eu-gdpr", calendar="IE"))
    assert ireland.error == ""


def test_nothing_is_written_and_pages_are_followed(world: World) -> None:
    """More tickets than a page: each once, in order, and not one statement but SELECT."""
    for _ in range(PAGE + 3):
        world.ticket("human")
    world.session.commit()
    statements: list[str] = []
    event.listen(world.session.get_bind(), "before_cursor_execute", lambda *about: statements.append(about[2]))
    found = list(replay(world.session, Other(calendar="GB-SCT")))
    assert len({each.reference for each in found}) == len(found) == PAGE + 3
    assert {statement.split()[0] for statement in statements} == {"BEGIN", "SELECT"}
    assert len(statements) < 12


def test_the_law_is_the_reason_only_where_nothing_else_is() -> None:
    """The sentence of law and edition always differs."""
    assert first_difference(("Counted by a.", "x."), ("Counted by b.", "y.")) == "y."
    assert first_difference(("Counted by a.", "x."), ("Counted by b.", "x.")) == "Counted by b."
    assert first_difference(("x.",), ("x.",)) == ""
