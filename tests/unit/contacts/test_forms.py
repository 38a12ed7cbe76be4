"""One number in three forms: what a STOP ends, and what control of one shows."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from bot.contacts import consent, forms, service, suppression, tiers
from bot.contacts.models import ContactAddress
from bot.contacts.record_models import Suppression
from bot.conversations import reaching, repository
from bot.errors import PermanentError
from bot.sources.comparing import kind_of
from channels.base import InboundMessage
from channels.context import Site
from tests.support import NOON

PLAIN, WHATSAPP, RCS = "+447700900123", "whatsapp:+447700900123", "rcs:+447700900123"
SITE = Site("iomart", "iomart", (), ("+447700900999",), (), "iomart")


@given(st.text(), st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_any_address_has_its_forms(value: str, number: str) -> None:
    """Itself comes first, whatever it is; each form of a number has the same forms."""
    assert forms.all_forms(value)[0] == forms.stopped_together(value)[0] == value
    every = forms.all_forms(number)
    assert len(every) == 3
    assert all(set(forms.all_forms(each)) == set(every) and forms.number(each) == number for each in every)


def line(session: Session) -> int:
    """A line of a customer's, as evidence; its number."""
    contact = opened(session, "+447700900555").contact_id
    message = InboundMessage("+447700900555", "", "")
    talk = repository.create(session, message, channel="sms", site="iomart", contact=contact, now=NOON)
    said = repository.add_line(session, talk, NOON, direction="in", author="you", text="STOP")
    session.flush()
    return said.id


def opened(session: Session, value: str) -> ContactAddress:
    return service.find_or_create(session, "sms", value, "", NOON)


@pytest.mark.parametrize("said_on", [PLAIN, RCS])
def test_a_stop_by_text_or_rcs_ends_both_and_not_whatsapp(session: Session, said_on: str) -> None:
    """As Twilio has it: one list for texts, pictures and RCS; each stands in the ledger, and START undoes both."""
    plain, whatsapp, rcs = (opened(session, value) for value in (PLAIN, WHATSAPP, RCS))
    service.opt_out(session, opened(session, said_on), NOON)
    assert plain.opted_out_at
    assert rcs.opted_out_at
    assert whatsapp.opted_out_at is None
    for each in (plain, rcs):
        assert consent.standing(session, each.contact_id, "messages", NOON, channel="sms").state == "withdrawn"
    service.opt_in(session, plain, NOON, message_id=line(session))
    assert (plain.opted_out_at, rcs.opted_out_at) == (None, None)


def test_a_form_that_comes_later_is_stopped_from_the_start(session: Session) -> None:
    """Who said STOP by text has said it for RCS, also where that was not known yet."""
    service.opt_out(session, opened(session, PLAIN), NOON)
    assert opened(session, RCS).opted_out_at == NOON
    assert opened(session, WHATSAPP).opted_out_at is None
    assert opened(session, "rcs:+447700900124").opted_out_at is None


def test_a_stop_on_one_form_ends_offers_on_all(session: Session) -> None:
    """What they permitted by text ends with a STOP on WhatsApp, with the line as evidence; START permits no offers."""
    plain, whatsapp = opened(session, PLAIN), opened(session, WHATSAPP)
    seen = consent.Evidence("message", message_id=line(session))
    consent.record(session, plain.contact_id, "marketing", "granted", seen, by="customer", at=NOON, now=NOON)
    stop = line(session)
    service.opt_out(session, whatsapp, NOON, message_id=stop)
    standing = consent.standing(session, plain.contact_id, "marketing", NOON)
    assert standing.state == "withdrawn"
    assert standing.entry is not None
    assert standing.entry.message_id == stop
    assert consent.standing(session, plain.contact_id, "newsletter", NOON).state == "none"
    service.opt_in(session, whatsapp, NOON, message_id=line(session))
    assert consent.standing(session, plain.contact_id, "marketing", NOON).state == "withdrawn"


def test_nothing_is_begun_on_another_form_of_a_stopped_number(session: Session) -> None:
    """They are answered where they write, but a link or a first word goes to no form of that number."""
    whatsapp = opened(session, WHATSAPP)
    service.opt_out(session, opened(session, PLAIN), NOON)
    with pytest.raises(PermanentError, match="another form of this number"):
        reaching.conversation_with(session, whatsapp, NOON, site=SITE)
    assert not service.is_opted_out(session, "sms", WHATSAPP)


def test_control_of_a_form_is_no_control_of_the_telephone() -> None:
    """A WhatsApp account outlives its number: it is no phone of a record, neither searched by nor borne out by one."""
    assert kind_of("sms", PLAIN) == "phone"
    assert kind_of("sms", WHATSAPP) == kind_of("sms", RCS) == ""
    record = tiers.Held("record", 1, of=frozenset({"phone"}))
    for value, tier in ((PLAIN, 2), (WHATSAPP, 1), (RCS, 1)):
        control = tiers.Held("control", of=tiers.shown_by("sms", value))
        assert tiers.tier([control, record], 1, NOON) == tier


def test_two_forms_are_two_people_until_it_is_proved(session: Session) -> None:
    """The same digits are no proof: nobody is merged by them."""
    assert opened(session, PLAIN).contact_id != opened(session, WHATSAPP).contact_id


def sign(purpose: str, text: str) -> str:
    """A keyed hash, short."""
    return hashlib.sha256(f"{purpose} {text}".encode()).hexdigest()[:32]


@given(
    st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True), st.sampled_from(["", "rcs:"]), st.sampled_from(["", "rcs:"])
)
def test_forms_that_stop_together_have_one_key_and_whatsapp_its_own(number: str, one: str, other: str) -> None:
    """The key says no more than which forms a STOP ends."""
    assert forms.stop_key(one + number) == forms.stop_key(other + number) != forms.stop_key(f"whatsapp:{number}")


@pytest.mark.parametrize(("said_on", "back_on"), [(PLAIN, RCS), (RCS, PLAIN)])
def test_an_erased_person_s_stop_holds_on_the_forms_that_stop_together(
    session: Session, said_on: str, back_on: str
) -> None:
    """Known again by a keyed hash alone, whichever form they come back by; WhatsApp is apart, as before."""
    stopped = opened(session, said_on)
    stopped.opted_out_at = NOON
    suppression.keep(session, stopped, sign, NOON)
    session.delete(stopped)
    session.flush()
    assert service.find_or_create(session, "sms", WHATSAPP, "", NOON, sign=sign).opted_out_at is None
    assert service.find_or_create(session, "sms", back_on, "", NOON, sign=sign).opted_out_at == NOON
    assert service.find_or_create(session, "sms", said_on, "", NOON, sign=sign).opted_out_at == NOON


def test_a_hash_that_was_kept_for_one_form_alone_still_counts(session: Session) -> None:
    """What was kept before the forms shared one."""
    digest = sign(suppression.PURPOSE, f"sms {RCS}")
    session.add(Suppression(channel="sms", digest=digest, opted_out_at=NOON, kept_at=NOON))
    session.flush()
    assert service.find_or_create(session, "sms", RCS, "", NOON, sign=sign).opted_out_at == NOON
