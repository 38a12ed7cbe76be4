"""Codes, proofs and links as they are kept: limits, lock-outs, what lapses, and nobody merged without proof."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.actors import BOT, Actor
from bot.audit.models import AuditEntry
from bot.contacts import linking, proofs, proving, service
from bot.contacts.models import ContactAddress, OneTimeCode, Proof
from bot.conversations import repository
from bot.erasure import planning as erasing
from bot.errors import NotFound, PermanentError
from bot.settings import signer
from bot.tickets import service as tickets
from channels.base import InboundMessage
from tests.support import NOON

SIGN = signer(b"a key for tests")
SAM = Actor("agent", 7)


def address(session: Session, value: str = "+447700900001", channel: str = "sms") -> ContactAddress:
    return service.find_or_create(session, channel, value, "", NOON)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def test_a_right_code_is_good_once(session: Session) -> None:
    """Right, then used; and nothing kept or audited holds its digits."""
    ann = address(session)
    issued = proving.issue(session, ann, "package", None, NOON, SIGN)
    assert proving.check(session, ann, f"{issued.code[:3]} {issued.code[3:]}", NOON, SIGN, purpose="package") == "ok"
    assert proving.check(session, ann, issued.code, NOON, SIGN, purpose="package") == "used"
    row = session.get_one(OneTimeCode, issued.id)
    assert issued.code not in f"{row.digest}{row.salt}"
    assert not any(issued.code in entry.data for entry in session.scalars(select(AuditEntry)))


def test_wrong_expired_and_replaced_codes_are_refused(session: Session) -> None:
    """Three wrong tries lock it, even for the right one; ten minutes end it; a new one takes the old one's place."""
    ann = address(session)
    first = proving.issue(session, ann, "package", None, NOON, SIGN)
    second = proving.issue(session, ann, "package", None, NOON, SIGN)

    def typed(code: str, minutes: float = 0) -> str:
        return proving.check(session, ann, code, NOON + timedelta(minutes=minutes), SIGN, purpose="package")

    assert typed(first.code) in ("wrong", "ok")  # one in a million: both have the same digits
    assert typed(second.code, 10) == "expired"
    assert [typed(wrong(second.code)) for _ in range(3)] == ["wrong", "wrong", "locked"]
    assert typed(second.code) == "locked"
    assert proving.check(session, ann, second.code, NOON, SIGN, purpose="link") == "none"
    assert proving.check(session, address(session, "+447700900002"), "123456", NOON, SIGN, purpose="package") == "none"


def test_codes_are_bounded_for_an_address_and_for_who_asks(session: Session) -> None:
    """The fourth in an hour to one address waits until a moment that is told, and so does the sixth of one contact."""
    ann = address(session)
    for _ in range(3):
        proving.issue(session, ann, "package", None, NOON, SIGN)
    with pytest.raises(proving.TooMany, match="after 13:00 UTC") as refused:
        proving.issue(session, ann, "package", None, NOON, SIGN)
    assert refused.value.again_at == NOON + timedelta(hours=1)
    proving.issue(session, ann, "package", None, refused.value.again_at, SIGN)
    eve = address(session, "+447700900666")
    for number in range(5):
        other = address(session, f"+44770090010{number}")
        proving.issue(session, other, "link", None, NOON, SIGN, asker_id=eve.contact_id)
    with pytest.raises(proving.TooMany):
        proving.issue(session, address(session, "+447700900109"), "link", None, NOON, SIGN, asker_id=eve.contact_id)


def test_guessing_over_several_codes_locks_the_address_for_a_day(session: Session) -> None:
    """Nine wrong tries a day, over three codes: then no code is sent, and the right one isn't taken."""
    ann = address(session)
    for _ in range(3):
        issued = proving.issue(session, ann, "package", None, NOON, SIGN)
        for _ in range(3):
            proving.check(session, ann, wrong(issued.code), NOON, SIGN, purpose="package")
    later = NOON + timedelta(hours=2)
    with pytest.raises(proving.TooMany) as refused:
        proving.issue(session, ann, "package", None, later, SIGN)
    assert refused.value.again_at == NOON + timedelta(days=1)
    assert proving.issue(session, ann, "package", None, refused.value.again_at, SIGN)


def test_a_guess_counts_against_every_code_that_is_out(session: Session) -> None:
    """A locked code never shields another one from being counted."""
    ann = address(session)
    talk = repository.create(
        session, InboundMessage(ann.value, "", ""), channel="sms", site="iomart", contact=ann.contact_id, now=NOON
    )
    one = proving.issue(session, ann, "identity", None, NOON, SIGN, conversation_id=talk.id)
    two = proving.issue(session, ann, "status", None, NOON, SIGN, conversation_id=talk.id)
    guess = next(f"{n:06}" for n in range(9) if f"{n:06}" not in (one.code, two.code))
    for _ in range(3):
        proving.check_in(session, talk.id, ann, guess, NOON, SIGN)
    assert proving.check_in(session, talk.id, ann, one.code, NOON, SIGN).verdict == "locked"


def test_a_pretended_code_looks_like_a_wrong_one(session: Session) -> None:
    """Who asks after a reference that does not exist hears what everybody hears: wrong three times, then locked."""
    eve = address(session)
    talk = repository.create(
        session, InboundMessage(eve.value, "", ""), channel="sms", site="iomart", contact=eve.contact_id, now=NOON
    )
    proving.pretend(session, "status", eve.contact_id, talk.id, NOON, SIGN)
    told = [proving.check_in(session, talk.id, eve, "123456", NOON, SIGN).verdict for _ in range(4)]
    assert told[-1] == "locked"
    assert "ok" not in told


def test_control_of_a_number_lapses_and_a_match_is_for_one_ticket(session: Session) -> None:
    """Ninety days; a mailbox does not lapse; a match counts only for its ticket and with live control."""
    ann = address(session)
    talk = repository.create(
        session, InboundMessage(ann.value, "", ""), channel="sms", site="iomart", contact=ann.contact_id, now=NOON
    )
    given = {"kind": "access", "certainty": "received", "summary": "", "received_at": NOON, "now": NOON}
    ticket = tickets.open_ticket(session, conversation=talk, terms=tickets.Terms(), **given)  # type: ignore[arg-type]
    proofs.add(session, ann.contact_id, "control", BOT, NOON, address=ann)
    proofs.add(
        session, ann.contact_id, "record", BOT, NOON, ticket_id=ticket.id, evidence={"fields": ["phone", "name"]}
    )
    assert proofs.tier_of(session, ann.contact_id, ticket.id, NOON) == 2
    assert proofs.tier_of(session, ann.contact_id, None, NOON) == 1
    assert proofs.tier_of(session, ann.contact_id, ticket.id, NOON + timedelta(days=90)) == 0
    assert [each.id for each in proofs.proved_addresses(session, ann.contact_id, NOON)] == [ann.id]
    linking.share(session, ann.id, SAM, NOON, shared=True)
    assert proofs.tier_of(session, ann.contact_id, ticket.id, NOON) == 0
    assert not proofs.proved_addresses(session, ann.contact_id, NOON)
    with pytest.raises(PermanentError, match="checked by a person"):
        proofs.add(session, ann.contact_id, "document", BOT, NOON, ticket_id=ticket.id)
    with pytest.raises(PermanentError, match="name the address"):
        proofs.add(session, ann.contact_id, "control", BOT, NOON)
    with pytest.raises(PermanentError, match="name the ticket"):
        proofs.add(session, ann.contact_id, "record", BOT, NOON)


def test_links_make_one_person_and_can_be_undone(session: Session) -> None:
    """Also through a third; parted again each has its own; nobody is linked without a code or a person."""
    one, two, three = (address(session, f"+44770090020{n}").contact_id for n in range(3))
    made = linking.link(session, one, two, "code", BOT, NOON)
    assert made is not None
    linking.link(session, three, two, "staff", SAM, NOON)
    assert linking.one_person(session, one) == tuple(sorted((one, two, three)))
    assert linking.link(session, one, three, "code", BOT, NOON) is None
    proofs.add(session, two, "control", BOT, NOON, address=address(session, "+447700900201"))
    assert proofs.tier_of(session, one, None, NOON) == 1
    linking.unlink(session, made.id, SAM, NOON)
    assert linking.one_person(session, one) == (one,)
    assert proofs.tier_of(session, one, None, NOON) == 0
    with pytest.raises(NotFound, match="not there any more"):
        linking.unlink(session, made.id, SAM, NOON)
    with pytest.raises(PermanentError, match="same person already"):
        linking.link(session, one, one, "code", BOT, NOON)
    with pytest.raises(PermanentError, match="a person's check"):
        linking.link(session, one, two, "staff", BOT, NOON)
    with pytest.raises(NotFound, match="look them up again"):
        linking.link(session, one, 10**9, "code", BOT, NOON)


def test_a_recycled_number_is_a_new_person_with_nothing_shown(session: Session) -> None:
    """The proofs of control end and a code that is out is good no more; the old person is still there."""
    ann = address(session)
    before = ann.contact_id
    proofs.add(session, before, "control", BOT, NOON, address=ann)
    issued = proving.issue(session, ann, "package", None, NOON, SIGN)
    new = linking.reassign(session, ann.id, "Said so when we called back.", SAM, NOON)
    assert (ann.contact_id, new.id) != (before, before)
    assert proofs.tier_of(session, before, None, NOON) == proofs.tier_of(session, new.id, None, NOON) == 0
    assert session.scalars(select(Proof.ended_at).where(Proof.contact_id == before)).all() == [NOON]
    assert proving.check(session, ann, issued.code, NOON, SIGN, purpose="package") == "none"
    with pytest.raises(PermanentError, match="write why"):
        linking.reassign(session, ann.id, "  ", SAM, NOON)
    with pytest.raises(NotFound, match="look the person up again"):
        linking.share(session, 10**9, SAM, NOON, shared=True)


def test_a_record_counts_only_with_an_address_that_it_has(session: Session) -> None:
    """The record agreed with the phone. Once that is somebody else's, or lapsed, a mailbox of theirs bears nothing out;
    a record that agreed with the mailbox as well still counts.
    """
    phone, mailbox = address(session, "+447700900301"), address(session, "sam@example.net", "mail")
    linking.link(session, phone.contact_id, mailbox.contact_id, "code", BOT, NOON)
    for each in (phone, mailbox):
        proofs.add(session, each.contact_id, "control", BOT, NOON, address=each)
    talk = repository.create(
        session, InboundMessage(phone.value, "", ""), channel="sms", site="iomart", contact=phone.contact_id, now=NOON
    )
    given = {"kind": "access", "certainty": "received", "summary": "", "received_at": NOON, "now": NOON}
    ticket = tickets.open_ticket(session, conversation=talk, terms=tickets.Terms(), **given)  # type: ignore[arg-type]
    person, lapsed = talk.contact_id, NOON + timedelta(days=90)
    first = {"agreed": ["phone", "name"]}
    proofs.add(session, person, "record", BOT, NOON, ticket_id=ticket.id, evidence=first)
    assert [proofs.tier_of(session, person, ticket.id, at) for at in (NOON, lapsed)] == [2, 1]
    linking.reassign(session, phone.id, "It rings at somebody else's.", SAM, NOON)
    assert proofs.tier_of(session, person, ticket.id, NOON) == 1
    ticket.identity_tier, ticket.kind = 2, "erasure"
    assert "check again who asks" in " ".join(erasing.stops(session, [person], ticket.id))
    proofs.add(session, person, "record", BOT, NOON, ticket_id=ticket.id, evidence={"agreed": ["email", "postcode"]})
    assert proofs.tier_of(session, person, ticket.id, NOON) == 2


def test_what_others_ask_for_uses_up_nothing_of_the_owners(session: Session) -> None:
    """Three purses: six codes a day for others, the owner's own, and those for a package; wrong tries likewise."""
    ann = address(session, "+447700900401")
    sent = 0
    for hour in range(4):
        for number in range(3):
            eve = address(session, f"+4477009005{hour}{number}")
            now = NOON + timedelta(hours=2 * hour)
            try:
                issued = proving.issue(session, ann, "status", None, now, SIGN, asker_id=eve.contact_id)
            except proving.TooMany:
                continue
            sent += 1
            for _ in range(3):
                proving.check(session, ann, wrong(issued.code), now, SIGN, purpose="status")
    assert sent == 3  # nine wrong tries, and no more for the day
    later = NOON + timedelta(hours=7)
    for purpose in ("identity", "package"):
        issued = proving.issue(session, ann, purpose, None, later, SIGN)  # type: ignore[arg-type]
        verdict = proving.check(session, ann, issued.code, later, SIGN, purpose=purpose)  # type: ignore[arg-type]
        assert verdict == "ok"
