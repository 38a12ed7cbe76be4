"""The consent ledger: the last word counts, a permission needs evidence, and nobody else is ever exported."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.chain import Whole, verify
from bot.audit.log import rows
from bot.audit.models import AuditEntry
from bot.contacts import consent, consent_export, service, suppression
from bot.contacts.consent import Evidence, NotRecorded, Policy
from bot.contacts.models import Contact, ContactAddress, ContactLink
from bot.contacts.record_models import ConsentEntry, Suppression
from bot.errors import NotFound
from bot.sealing import Sealer
from bot.settings import signer
from tests.support import NOON

SEALER = Sealer(b"a key of this test")
FORM = Evidence("import", note="form 4711, box ticked", wording="I agree.", policy=Policy("iomart", "2007-12-15"))


def person(session: Session, number: str = "+447700900123", channel: str = "sms") -> ContactAddress:
    contact = Contact(name="", created_at=NOON)
    session.add(contact)
    session.flush()
    address = ContactAddress(contact_id=contact.id, channel=channel, value=number)
    session.add(address)
    session.flush()
    return address


def say(session: Session, contact: int, state: consent.State, days: float, evidence: Evidence = FORM) -> ConsentEntry:
    at = NOON + timedelta(days=days)
    now = max(NOON, at)
    return consent.record(session, contact, "partner_offers", state, evidence, by="cli", at=at, now=now, sealer=SEALER)


def test_the_last_word_counts_by_when_it_was_said(session: Session) -> None:
    """An old permission that is written down late never undoes a withdrawal that came after it."""
    contact = person(session).contact_id
    assert consent.standing(session, contact, "partner_offers", NOON).state == "none"
    say(session, contact, "granted", -400)
    assert consent.standing(session, contact, "partner_offers", NOON).permitted
    say(session, contact, "withdrawn", -10)
    say(session, contact, "granted", -300)
    assert consent.standing(session, contact, "partner_offers", NOON).state == "withdrawn"
    then = consent.standing(session, contact, "partner_offers", NOON - timedelta(days=20))
    assert then.permitted
    assert (then.entry.policy, then.entry.effective) == ("iomart", "2007-12-15") if then.entry else False


def test_what_staff_saw_is_sealed_and_can_be_read_again(session: Session) -> None:
    """The note may name the person, so the database alone does not tell it; the audit has facts only."""
    entry = say(session, person(session).contact_id, "granted", -1)
    assert entry.note is not None
    assert b"4711" not in entry.note
    assert consent.note_of(entry, SEALER) == "form 4711, box ticked"
    (told,) = session.scalars(select(AuditEntry.data).where(AuditEntry.action == "consent.granted"))
    assert "4711" not in told
    assert isinstance(verify(rows(session)), Whole)


@pytest.mark.parametrize(
    ("values", "mend"),
    [
        ({"evidence": Evidence("staff")}, "needs evidence"),
        ({"evidence": Evidence("ticket", ticket_id=7)}, "needs evidence"),
        ({"at": NOON + timedelta(hours=1)}, "future"),
        ({"purpose": "Partner Offers"}, "name a purpose"),
        ({"purpose": "messages"}, "tied to a channel"),
        ({"channel": "sms"}, "tied to a channel"),
        ({"evidence": Evidence("staff", note="x" * 2_001)}, "under 2000"),
        ({"sealer": None}, "sealed"),
    ],
)
def test_what_can_not_stand_in_the_ledger_names_its_mend(
    session: Session, values: dict[str, object], mend: str
) -> None:
    """A permission without evidence, out of time or out of bounds, is refused in words."""
    good = {"purpose": "partner_offers", "state": "granted", "evidence": FORM, "at": NOON, "sealer": SEALER}
    contact = person(session).contact_id
    with pytest.raises(NotRecorded, match=mend):
        consent.record(session, contact, by="cli", now=NOON, **(good | values))  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        consent.record(session, 999_999, by="cli", now=NOON, **good)  # type: ignore[arg-type]


def test_stop_and_the_provider_write_to_the_ledger(session: Session) -> None:
    """Each opt-out stands there for its channel, once; the provider's word too."""
    address = person(session)
    service.opt_out(session, address, NOON, by="provider")
    service.opt_out(session, address, NOON, by="provider")
    standing = consent.standing(session, address.contact_id, "messages", NOON, channel="sms")
    assert standing.state == "withdrawn"
    assert standing.entry is not None
    assert standing.entry.source == "provider"
    assert consent.standing(session, address.contact_id, "messages", NOON, channel="mail").state == "none"
    assert len(consent.entries(session, (address.contact_id,))) == 1


def test_an_address_of_an_erased_person_is_known_again_without_being_kept(session: Session) -> None:
    """Only its keyed hash stays; whoever comes back from it gets no messages until they ask for them."""
    sign = signer(b"key")
    address = person(session, "+447700900777")
    assert not suppression.keep(session, address, sign, NOON)
    address.opted_out_at = NOON
    assert suppression.keep(session, address, sign, NOON)
    assert suppression.keep(session, address, sign, NOON)
    (kept,) = session.scalars(select(Suppression))
    assert "900777" not in kept.digest
    session.delete(address)
    session.flush()
    again = service.find_or_create(session, "sms", "+447700900777", "", NOON, sign=sign)
    assert again.opted_out_at == NOON
    assert service.is_opted_out(session, "sms", "+447700900777")
    assert service.find_or_create(session, "sms", "+447700900778", "", NOON, sign=sign).opted_out_at is None


WORD = st.tuples(
    st.sampled_from(consent.STATES),
    st.integers(-900, 0),
    st.booleans(),
    st.sampled_from(["partner_offers", "newsletter"]),
)


@given(
    st.lists(
        st.tuples(st.lists(WORD, max_size=5), st.booleans(), st.sampled_from(["sms", "mail", "webchat"])), max_size=5
    )
)
def test_nobody_is_exported_whose_last_word_is_not_a_permission_with_evidence(
    kept: Session, people: list[tuple[list[tuple[consent.State, int, bool, str]], bool, str]]
) -> None:
    """Whatever is on record, in whatever order it was written down."""
    session = kept
    try:
        expected = set()
        for number, (said, stopped, channel) in enumerate(people):
            address = person(session, f"address-{number}", channel)
            for state, days, proved, purpose in said:
                at = NOON + timedelta(days=days)
                session.add(
                    ConsentEntry(
                        contact_id=address.contact_id,
                        purpose=purpose,
                        state=state,
                        at=at,
                        recorded_at=NOON,
                        source="import",
                        note=b"sealed" if proved else None,
                        by="cli",
                    )
                )
                session.flush()
            if stopped:
                address.opted_out_at = NOON
            words = sorted(
                ((days, at), state, proved)
                for at, (state, days, proved, purpose) in enumerate(said)
                if purpose == "partner_offers"
            )
            if words and words[-1][1:] == ("granted", True) and not stopped and channel != "webchat":
                expected.add(address.contact_id)
        found = consent_export.chosen(session, "partner_offers", NOON)
        assert {each.contact_id for each in found.people} == expected
        assert len(found.people) + sum(found.refused.values()) == len(people)
    finally:
        session.rollback()


def test_a_list_says_who_is_left_out_and_why_and_is_audited(session: Session) -> None:
    """Counts by reason; the entry of the audit names nobody."""
    good, stopped, silent = (person(session, f"a{n}@example.net", "mail") for n in range(3))
    for each in (good, stopped):
        say(session, each.contact_id, "granted", -5)
    stopped.opted_out_at = NOON
    session.get_one(Contact, good.contact_id).name = "=cmd()"
    found = consent_export.export(session, "partner_offers", by="staff:1", now=NOON)
    assert found.refused == {consent_export.STOPPED: 1, consent_export.NOTHING: 1}
    heads, line = consent_export.rows(found)
    assert dict(zip(heads, line, strict=True))["address"] == "a0@example.net"
    assert dict(zip(heads, line, strict=True))["name"] == "'=cmd()"
    assert consent_export.harmless("+447700900123") == "+447700900123"
    for hostile in (" =cmd()", "\n=cmd()", "\ufeff@x", "\uff1dcmd()", "+1+cmd()", "+\u0661"):
        assert consent_export.harmless(hostile) == f"'{hostile}"
    (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "consent.exported"))
    assert "example.net" not in entry.data
    assert silent.contact_id not in {each.contact_id for each in found.people}


def test_a_withdrawal_counts_for_all_who_are_the_same_person(session: Session) -> None:
    """Permitted by mail, taken back by text: once both are proved to be one person, neither address is shared."""
    mail, text = person(session, "ann@example.net", "mail"), person(session, "+447700900123")
    say(session, mail.contact_id, "granted", -9)
    say(session, text.contact_id, "withdrawn", -5)
    assert [each.contact_id for each in consent_export.chosen(session, "partner_offers", NOON).people] == [
        mail.contact_id
    ]
    link = ContactLink(contact_id=text.contact_id, other_id=mail.contact_id, how="code", by="bot", at=NOON)
    session.add(link)
    session.flush()
    assert not consent_export.chosen(session, "partner_offers", NOON).people
    link.ended_at = NOON
    text.opted_out_at = NOON
    session.flush()
    assert len(consent_export.chosen(session, "partner_offers", NOON).people) == 1
    link.ended_at = None
    say(session, text.contact_id, "granted", -1)
    found = consent_export.chosen(session, "partner_offers", NOON)
    assert (found.people, found.refused) == ([], {consent_export.STOPPED: 2})


def test_of_two_things_said_on_one_day_the_one_that_protects_counts(session: Session) -> None:
    """A form that names only its day never outdoes an objection of that day, whichever was written down first."""
    contact = person(session).contact_id
    day = (NOON - timedelta(days=30)).date()
    objected = NOON - timedelta(days=30, hours=3)
    consent.record(
        session, contact, "partner_offers", "withdrawn", FORM, by="cli", at=objected, now=NOON, sealer=SEALER
    )
    at = consent.on_day(day, "granted", NOON)
    assert at.date() == day
    consent.record(session, contact, "partner_offers", "granted", FORM, by="cli", at=at, now=NOON, sealer=SEALER)
    assert consent.standing(session, contact, "partner_offers", NOON).state == "withdrawn"
    assert consent.on_day(day, "refused", NOON).date() == day
    assert consent.on_day(day, "refused", NOON) > consent.on_day(day, "granted", NOON)
    assert consent.on_day(NOON.date(), "granted", NOON) == NOON
