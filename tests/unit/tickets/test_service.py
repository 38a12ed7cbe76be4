"""The ticket service: what a step leaves on the ticket, in its ledger, on its clock and in the audit."""

from __future__ import annotations

import json
from datetime import date

import pytest

from bot.audit.actors import BOT, CUSTOMER
from bot.contacts import consent, consent_export
from bot.contacts.models import ContactAddress
from bot.errors import NotFound, PermanentError
from bot.sealing import Sealer
from bot.tickets import service
from bot.tickets.states import Given, NotAllowed
from tests.unit.tickets.world import LEAD, LENA, MONDAY, SAM, World

READY = Given(search_complete=True, package=True, fresh_code=True, erased=True)


def test_a_request_goes_from_the_first_message_to_the_delivered_package(world: World) -> None:
    """States, dates, ledger and audit along the whole way."""
    ticket = world.ticket(certainty="suspected")
    assert (ticket.state, ticket.needed_tier, ticket.due_on) == ("suspected", 2, date(2026, 4, 2))
    world.do(ticket, "confirm", BOT)
    world.on("2026-03-04")
    world.do(ticket, "ask_identity", BOT, reason="a number that we do not know")
    assert (ticket.state, ticket.due_on, ticket.notice_limit_on) == ("awaiting_identity", None, None)
    world.on("2026-03-10")
    assert world.proved(ticket, 1).state == "awaiting_identity"
    assert world.proved(ticket, 2).state == "searching"
    assert (ticket.due_on, ticket.internal_due_on) == (date(2026, 4, 10), date(2026, 4, 1))
    world.do(ticket, "search_done", given=READY)
    with pytest.raises(NotAllowed, match="second person"):
        world.do(ticket, "release", given=READY)
    world.do(ticket, "release", LENA, given=READY)
    assert (ticket.reviewed_by, ticket.released_by) == (1, 2)
    assert world.do(ticket, "deliver", BOT, given=READY).state == "delivered"
    assert world.do(ticket, "close").closed_at == world.now
    assert world.ledger(ticket) == ["received", "identity_requested", "identity_confirmed"]
    assert world.rows(ticket, "identity_requested") == [
        {"by": "bot", "reason": "a number that we do not know", "reasonable": True}
    ]
    assert world.rows(ticket, "identity_confirmed")[0] == {"by": "bot", "tier": 2, "how": "code"}
    actions = [entry.action.partition(".")[2] for entry in world.audited(ticket)]
    assert actions == [
        "opened", "confirmed", "identity_requested", "identity_proved", "identity_proved", "identity_confirmed",
        "search_done", "released", "delivered", "closed",
    ]  # fmt: skip


def test_no_word_of_a_person_reaches_the_audit(world: World) -> None:
    """Reasons, summaries and names of who is asked for stay in the ticket and its ledger."""
    ticket = world.ticket("erasure")
    service.name_agent(world.session, ticket.id, "solicitor", "Zeta Quill", LEAD, world.now)
    world.do(ticket, "ask_authority", reason="the SECRET reason")
    world.do(ticket, "refuse", LEAD, reason="the SECRET reason")
    assert ticket.refusal_reason == "the SECRET reason"
    everything = json.dumps([entry.data for entry in world.audited(ticket)])
    assert not any(word in everything for word in ("SECRET", "Zeta", "their words"))


def test_asking_without_reasonable_doubt_is_noted_and_moves_no_date(world: World) -> None:
    """The ledger says so, the date stands, and the trace explains it."""
    ticket = world.ticket()
    world.do(ticket, "ask_identity", SAM, reasonable=False)
    assert (ticket.state, ticket.due_on) == ("awaiting_identity", date(2026, 4, 2))
    assert "without reasonable doubt" in " ".join(ticket.trace)
    assert world.rows(ticket, "identity_requested")[0]["reasonable"] is False


def test_a_clarification_pauses_and_the_customers_message_resumes(world: World) -> None:
    """Back to where it was asked from, with the days of waiting not counted; a reminder begins no second wait."""
    ticket = world.proved(world.ticket())
    world.do(ticket, "start")
    world.on("2026-03-10")
    world.do(ticket, "ask")
    assert (ticket.state, ticket.due_on) == ("awaiting_clarification", None)
    world.on("2026-03-12")
    world.do(ticket, "ask")
    world.on("2026-03-16")
    world.wrote()
    assert (ticket.state, ticket.due_on) == ("searching", date(2026, 4, 9))
    assert [challenge.cause for challenge in service.clock_of(world.session, ticket).challenges] == ["clarification"]
    world.wrote()
    assert world.ledger(ticket).count("clarification_answered") == 1


def test_a_clarification_asked_before_the_work_returns_there(world: World) -> None:
    """What was received is received again."""
    ticket = world.ticket()
    world.do(ticket, "ask")
    world.wrote()
    assert ticket.state == "received"


def test_a_clarification_answered_after_closing_changes_nothing_but_is_kept(world: World) -> None:
    """The ticket stays ended and its clock as it stood; the answer is in the ledger and marked for staff, once."""
    ticket = world.ticket()
    world.on("2026-03-10")
    world.do(ticket, "ask")
    world.do(ticket, "withdraw", CUSTOMER)
    clock = (ticket.due_on, ticket.trace)
    world.on("2026-06-01")
    world.wrote()
    world.wrote()
    assert (ticket.state, ticket.wrote_again_at) == ("withdrawn", world.now)
    assert (ticket.due_on, ticket.trace) == clock == (None, list(service.clock_of(world.session, ticket).trace))
    assert world.rows(ticket, "clarification_answered") == [{"by": "customer", "after_end": True}]
    assert [entry.action for entry in world.audited(ticket)].count("ticket.customer_wrote") == 1


def test_a_word_after_the_answer_is_marked_and_reopens_nothing(world: World) -> None:
    """Thanks and further questions alike; staff's next step takes the mark off."""
    ticket = world.ticket("human")
    world.do(ticket, "answer")
    world.wrote()
    assert (ticket.state, ticket.wrote_again_at) == ("answered", world.now)
    world.do(ticket, "reopen")
    assert (ticket.state, ticket.wrote_again_at) == ("received", None)


def test_an_extension_is_noticed_in_time_or_refused_with_the_date(world: World) -> None:
    """On the limit it counts, a day later it is refused and changes nothing; and only once."""
    ticket, late = world.ticket(), world.ticket("erasure")
    assert ticket.notice_limit_on == date(2026, 4, 2)
    world.on("2026-04-02")
    world.do(ticket, "extend", LEAD, reason="many systems")
    assert (ticket.extended, ticket.due_on, ticket.state) == (True, date(2026, 6, 2), "received")
    with pytest.raises(NotAllowed, match="only once"):
        world.do(ticket, "extend", LEAD, reason="again")
    world.on("2026-04-03")
    with pytest.raises(NotAllowed, match="by 2 April 2026"):
        world.do(late, "extend", LEAD, reason="many systems")
    assert (late.extended, late.due_on, world.ledger(late)) == (False, date(2026, 4, 2), ["received"])


def test_the_fee_and_the_authority_start_the_clock_anew(world: World) -> None:
    """The latest of them counts, and what is still wanted is waited for."""
    ticket = world.proved(world.ticket())
    service.name_agent(world.session, ticket.id, "solicitor", "Ana", SAM, world.now)
    world.do(ticket, "ask_authority")
    world.do(ticket, "ask_fee", LEAD, reason="the fifth copy in a year")
    world.on("2026-03-09")
    assert world.do(ticket, "fee_paid").state == "awaiting_authority"
    world.on("2026-03-17")
    assert world.do(ticket, "authority_proved").state == "searching"
    assert ticket.due_on == date(2026, 4, 17)


def test_a_parent_cannot_prove_an_authority_for_an_adult(world: World) -> None:
    """Refused with what to ask for; noted as somebody with a power of attorney it goes on."""
    ticket = world.proved(world.ticket())
    service.name_agent(world.session, ticket.id, "parent", "Ana", SAM, world.now, adult=True)
    world.do(ticket, "ask_authority")
    with pytest.raises(NotAllowed, match="no authority for an adult"):
        world.do(ticket, "authority_proved")
    assert world.ledger(ticket) == ["received", "identity_confirmed", "authority_requested"]
    service.name_agent(world.session, ticket.id, "power_of_attorney", "Ana", SAM, world.now)
    assert world.do(ticket, "authority_proved").state == "searching"


def test_an_acknowledged_complaint_keeps_its_date_and_a_breach_that_is_told_has_none(world: World) -> None:
    """Thirty days, and seventy-two hours from when it was known to the very minute."""
    world.on("2026-06-22")
    complaint, breach = world.ticket("complaint"), world.ticket("breach")
    assert (complaint.due_on, complaint.due_at) == (date(2026, 7, 22), None)
    assert breach.due_at is not None
    assert (breach.due_at - world.now).total_seconds() == 72 * 3600
    world.later(hours=72, minutes=1)
    told = complaint.due_on
    world.do(complaint, "acknowledge", BOT)
    world.do(breach, "tell_regulator", LEAD)
    assert (complaint.due_on, complaint.acknowledged_at) == (told, world.now)
    assert "in time" in complaint.trace[-2]
    assert "without undue delay" in complaint.trace[-1]
    assert (breach.due_on, breach.due_at) == (None, None)
    assert "too late" in breach.trace[-1]


def test_a_restriction_keeps_its_customer_off_lists_until_they_permit_anew(world: World) -> None:
    """From the day on which it came in, for every purpose; a permission said before it does not undo it."""
    contact, session = world.talk.contact_id, world.session
    session.add(ContactAddress(contact_id=contact, channel="sms", value="+447700900001"))
    seen, sealer = consent.Evidence("import", note="form 4711, box ticked"), Sealer(b"a key of this test")

    def permit(purpose: str) -> None:
        consent.record(session, contact, purpose, "granted", seen, by="cli", at=world.now, now=world.now, sealer=sealer)

    def shared(purpose: str) -> int:
        return len(consent_export.chosen(session, purpose, world.now).people)

    permit("partner_offers")
    permit("surveys")
    assert (shared("partner_offers"), shared("surveys")) == (1, 1)
    world.later(days=1)
    world.ticket("restriction")
    assert (shared("partner_offers"), shared("surveys")) == (0, 0)
    world.later(days=1)
    permit("partner_offers")
    assert (shared("partner_offers"), shared("surveys")) == (1, 0)


def test_an_erasure_waits_for_the_access_before_it(world: World) -> None:
    """Nothing is answered while it waits; once the copy is delivered it waits no longer, and that is audited."""
    access = world.ticket()
    erasure = world.proved(world.ticket("erasure", waits_for=access.id))
    world.do(erasure, "start")
    with pytest.raises(NotAllowed, match="must be done first"):
        world.do(erasure, "answer", given=READY)
    world.do(access, "withdraw", CUSTOMER)
    assert erasure.waits_for_id is None
    assert world.audited(erasure)[-1].action == "ticket.waits_no_longer"
    assert world.do(erasure, "answer", given=READY).state == "answered"


def test_a_tier_never_falls_and_a_document_needs_a_person(world: World) -> None:
    """A later, weaker proof takes nothing away; nonsense is refused with what to write."""
    ticket = world.proved(world.ticket(), 2)
    assert world.proved(ticket, 1).identity_tier == 2
    with pytest.raises(NotAllowed, match="a person notes it"):
        world.proved(ticket, 3)
    assert world.proved(ticket, 3, LEAD).identity_tier == 3
    for tier, how in ((4, "code"), (-1, "code"), (1, "Jo's passport"), (1, ""), (1, "x" * 99)):
        with pytest.raises(PermanentError, match="like code"):
            service.prove_identity(world.session, ticket.id, tier, how, BOT, world.now)


def test_who_asks_or_answers_has_the_ticket(world: World) -> None:
    """Nobody's ticket becomes theirs; somebody's stays theirs."""
    ticket = world.ticket("human")
    world.do(ticket, "ask", LENA)
    world.wrote()
    world.do(ticket, "answer", SAM)
    assert ticket.assignee_id == 2
    service.assign(world.session, ticket.id, None, SAM, world.now)
    assert ticket.assignee_id is None
    with pytest.raises(NotAllowed, match="nobody has it"):
        service.assign(world.session, ticket.id, None, SAM, world.now)


def test_a_complaint_about_a_request_is_noted_with_it(world: World) -> None:
    """Also when that has ended: it stays as it is, and both tickets know."""
    ticket = world.ticket()
    world.do(ticket, "refuse", LEAD, reason="manifestly excessive")
    complaint = world.ticket("complaint", about=ticket.id, actor=CUSTOMER)
    assert (complaint.about_id, ticket.state) == (ticket.id, "refused")
    assert world.ledger(ticket)[-1] == "complained"


def test_reopening_takes_the_decision_back(world: World) -> None:
    """Who reviewed and released, and why it was refused, belong to what was decided before."""
    ticket = world.ticket()
    world.do(ticket, "refuse", LEAD, reason="excessive")
    world.do(ticket, "reopen")
    assert (ticket.state, ticket.closed_at, ticket.refusal_reason) == ("received", None, "")
    assert "refused" in world.ledger(ticket)


@pytest.mark.parametrize("kind", ["solicitor", "parent"])
def test_who_asks_for_whom_is_noted_whole_or_not_at_all(world: World, kind: str) -> None:
    """An unknown kind of agent, nobody named, and an ended ticket are refused; it can be taken back."""
    ticket = world.ticket()
    with pytest.raises(PermanentError, match="one of solicitor"):
        service.name_agent(world.session, ticket.id, "cousin", "Ana", SAM, world.now)
    with pytest.raises(PermanentError, match="for whom"):
        service.name_agent(world.session, ticket.id, kind, " \0 ", SAM, world.now)
    service.name_agent(world.session, ticket.id, kind, "Ana\n Ek" + "x" * 500, SAM, world.now, adult=False)
    assert (ticket.agent_kind, ticket.agent_for[:6], len(ticket.agent_for)) == (kind, "Ana Ek", 200)
    service.name_agent(world.session, ticket.id, "", "", SAM, world.now)
    assert (ticket.agent_kind, ticket.agent_for, ticket.agent_for_adult) == ("", "", False)
    world.do(ticket, "withdraw")
    with pytest.raises(NotAllowed, match="reopen it first"):
        service.name_agent(world.session, ticket.id, kind, "Ana", SAM, world.now)


def test_what_the_customer_is_told_is_known_beforehand(world: World) -> None:
    """The key of the step, or of what is wanted next where the step leads to that."""
    ticket = world.ticket()
    service.name_agent(world.session, ticket.id, "solicitor", "Ana", SAM, world.now)
    world.do(ticket, "ask_authority")
    world.do(ticket, "ask_identity")
    ticket.identity_tier = 2
    row = service.allowed(world.session, ticket.id, "identity_proved", SAM, world.now)
    assert row.told == "authority_wanted"
    assert world.do(ticket, "identity_proved").state == "awaiting_authority"
    assert service.allowed(world.session, ticket.id, "authority_proved", SAM, world.now).told == "search_begun"


def test_the_internal_date_is_five_working_days_before_but_never_before_the_day_after(world: World) -> None:
    """Christmas and weekends are no working days; what counts in hours has none."""
    world.on("2026-11-30")
    ticket = world.ticket()
    assert (ticket.due_on, ticket.internal_due_on) == (date(2026, 12, 30), date(2026, 12, 21))
    assert world.ticket("breach").internal_due_on is None
    assert world.ticket("human").internal_due_on is None


def test_bad_input_is_refused(world: World) -> None:
    """A ticket that is not there, an unknown event, and a reason without end."""
    with pytest.raises(NotFound, match="queue"):
        service.change(world.session, 99, "close", SAM, MONDAY)
    ticket = world.ticket()
    with pytest.raises(NotAllowed, match="use one of"):
        world.do(ticket, "explode")  # type: ignore[arg-type]  # that is the point
    with pytest.raises(PermanentError, match="shorten"):
        world.do(ticket, "refuse", LEAD, reason="x" * 501)
