"""Merging, taking a merge back, splitting, and where old references lead."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bot.audit.actors import CUSTOMER
from bot.contacts import linking
from bot.errors import NotFound
from bot.tickets import joining, service
from bot.tickets.models import Ticket
from bot.tickets.states import NotAllowed
from tests.unit.tickets.world import LEAD, MONDAY, SAM, World


def standing(ticket: Ticket) -> dict[str, Any]:
    """All of a ticket but when it was touched last."""
    return {
        column.name: getattr(ticket, column.name) for column in Ticket.__table__.columns if column.name != "updated_at"
    }


def merged(world: World, ticket: Ticket, into: Ticket, **more: Any) -> Ticket:
    return joining.merge(world.session, ticket.id, into.id, SAM, world.now, **more)


def test_the_earliest_receipt_and_both_clocks_go_on(world: World) -> None:
    """The later ticket goes on for the earlier one: due from the earlier receipt, with the days that either waited."""
    first = world.ticket()
    world.on("2026-03-04")
    world.do(first, "ask")
    world.on("2026-03-05")
    world.wrote()
    second = world.ticket("portability")
    assert second.due_on == date(2026, 4, 7)
    assert merged(world, first, second) is second
    assert (first.state, first.merged_into_id, first.closed_at) == ("merged", second.id, world.now)
    assert (second.received_at, second.due_on) == (MONDAY, date(2026, 4, 7))
    assert "2 days of waiting" in " ".join(second.trace)
    assert [entry.action for entry in world.audited(second)][-1] == "ticket.joined"


def test_a_merge_is_taken_back_exactly(world: World) -> None:
    """Both tickets stand as before, dates, explanations and all."""
    first = world.proved(world.ticket())
    world.do(first, "start")
    world.do(first, "ask")
    world.on("2026-03-09")
    second = world.ticket()
    world.do(second, "ask_identity")
    before = standing(first), standing(second)
    world.on("2026-03-11")
    merged(world, first, second)
    assert standing(second) != before[1]
    joining.unmerge(world.session, first.id, SAM, world.now)
    assert (standing(first), standing(second)) == before
    with pytest.raises(NotAllowed, match="was not merged"):
        joining.unmerge(world.session, first.id, SAM, world.now)


def test_what_was_asked_with_the_merged_one_and_never_came_stops_nothing(world: World) -> None:
    """The one that goes on has its own due date; its customer would be asked again there."""
    first = world.ticket()
    world.do(first, "ask_identity")
    second = world.ticket()
    merged(world, first, second)
    assert second.due_on == date(2026, 4, 2)


def test_old_references_lead_to_what_goes_on_however_often_it_was_merged(world: World) -> None:
    """One into two into three: all three references lead to the third, and its clock counts from the first."""
    one = world.ticket()
    world.on("2026-03-09")
    two, three = world.ticket(), world.ticket()
    merged(world, one, two)
    merged(world, two, three)
    for ticket in (one, two, three):
        assert joining.resolve(world.session, ticket.reference.lower().replace("-", " ")) is three
    assert (three.received_at, three.due_on) == (MONDAY, date(2026, 4, 2))
    with pytest.raises(NotFound, match="compare it with the message"):
        joining.resolve(world.session, "DR-00000-00000")


def test_only_what_fits_is_merged(world: World) -> None:
    """Another person, another right, itself, and what has ended are refused, each with what to do."""
    ticket, other = world.ticket(), world.ticket("erasure")
    stranger = world.ticket(conversation=world.customer("+447700900002"))
    suspected, closed = world.ticket(certainty="suspected"), world.ticket()
    world.do(closed, "withdraw")
    for into, mend in (
        (other, "merge what asks for the same"), (stranger, "link the two by a proof"),
        (ticket, "choose the other one"),
        (suspected, "choose one under way"), (closed, "choose one under way"),
    ):  # fmt: skip
        with pytest.raises(NotAllowed, match=mend):
            merged(world, ticket, into)
    assert merged(world, ticket, stranger, linked=True) is stranger
    with pytest.raises(NotAllowed, match="answered or has ended"):
        merged(world, closed, stranger, linked=True)
    with pytest.raises(NotAllowed, match="ask an agent or"):
        joining.merge(world.session, world.ticket().id, world.ticket().id, CUSTOMER, world.now)


def test_linked_by_proof_two_addresses_are_one_person(world: World) -> None:
    """Requests of both merge; and where the merged one was asked, the customer's answer reaches what goes on."""
    ticket, elsewhere = world.ticket(), world.customer("+447700900002")
    into = world.ticket(conversation=elsewhere)
    linking.link(world.session, ticket.contact_id, into.contact_id, "code", SAM, world.now)
    merged(world, ticket, into)
    world.do(into, "ask")
    assert service.of_conversation(world.session, world.talk.id) == [into]
    world.later(days=2)
    world.wrote()
    assert (into.state, into.due_on) == ("received", date(2026, 4, 7))
    assert ticket.wrote_again_at is None


def test_a_merge_is_no_step_by_itself(world: World) -> None:
    """Without the other ticket it is refused: nothing would go on."""
    with pytest.raises(NotAllowed, match="name the ticket"):
        world.do(world.ticket(), "merge")


def test_who_waits_for_a_merged_request_waits_for_what_goes_on(world: World) -> None:
    """The merge ends nothing; the end of what goes on does."""
    one, two = world.ticket(), world.ticket()
    erasure = world.ticket("erasure", waits_for=one.id)
    merged(world, one, two)
    assert erasure.waits_for_id == one.id
    world.do(two, "refuse", LEAD, reason="excessive")
    assert erasure.waits_for_id is None


def test_a_complaint_about_a_merged_request_is_about_what_goes_on(world: World) -> None:
    """And what is to wait for the merged one waits for that too."""
    one, two = world.ticket(), world.ticket()
    merged(world, one, two)
    assert world.ticket("complaint", about=one.id).about_id == two.id
    assert world.ticket("erasure", waits_for=one.id).waits_for_id == two.id
    assert world.ledger(two)[-1] == "complained"


def test_a_second_request_of_one_message_has_its_receipt(world: World) -> None:
    """Split off a week later it is due like the first, and what is known of who asks is known of it too."""
    ticket = world.proved(world.ticket())
    service.name_agent(world.session, ticket.id, "solicitor", "Ana", SAM, world.now)
    world.on("2026-03-09")
    new = joining.split(world.session, ticket.id, "erasure", "and delete it", SAM, world.now)
    assert (new.kind, new.received_at, new.due_on, new.state) == ("erasure", MONDAY, date(2026, 4, 2), "received")
    assert (new.identity_tier, new.agent_kind, new.conversation_id) == (2, "solicitor", ticket.conversation_id)
    for kind, summary, mend in (
        ("access", "x", "another kind"),
        ("magic", "x", "another kind"),
        ("breach", " ", "words"),
    ):
        with pytest.raises(NotAllowed, match=mend):
            joining.split(world.session, ticket.id, kind, summary, SAM, world.now)
    with pytest.raises(NotAllowed, match="only staff"):
        joining.split(world.session, ticket.id, "breach", "x", CUSTOMER, world.now)
