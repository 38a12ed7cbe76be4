"""The pure half of calls: what a webhook says, where a call stands, and what a voice can read."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import datetime
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict
from twilio.twiml.voice_response import VoiceResponse

from channels.base import DeliveryReport, InboundMessage, Received
from channels.errors import Undecodable
from channels.spoken import Call, call_of, decode, hours_of, languages_of, speakable, yes_or_no
from tests.fakes.desk import NOW
from tests.fakes.twilio import ACCOUNT
from tests.fakes.twilio import call as fields_of_call

SID = f"CA{1:032x}"
ADDRESS = f"+447700900001 {SID}"


def received(kind: str = "said", **fields: str) -> Received:
    facts = {"kind": kind, "site": "iomart", "format": "form", "key": f"{SID}:1"}
    return Received("voice", f"{SID}:1", ADDRESS, urlencode(fields_of_call(1, **fields)).encode(), NOW, facts)


def message(kind: str = "said", **fields: str) -> InboundMessage:
    decoded = decode(received(kind, **fields))
    assert isinstance(decoded, InboundMessage)
    return decoded


def test_words_are_a_message_of_the_call() -> None:
    """Address, number called, text, site, account, key, and how surely the words were heard."""
    assert message(SpeechResult="Do you sell my data?", Confidence="0.93") == InboundMessage(
        address=ADDRESS,
        recipient="+447700900999",
        text="Do you sell my data?",
        site="iomart",
        message_id=f"{SID}:1",
        evidence={"spoken": "heard with a confidence of 0.93"},
        account=ACCOUNT,
    )


@pytest.mark.parametrize(
    ("key", "text"), [("0", "I'd like to speak to a person."), ("9", "Text me the link, please."), ("2", "2")]
)
def test_a_key_is_a_message_in_words(key: str, text: str) -> None:
    """0 and 9 say what they ask for; other digits are choices. A key counts before words."""
    assert message(Digits=key, SpeechResult="mumble", Confidence="0.1").text == text


@pytest.mark.parametrize(
    ("confidence", "unclear"), [("0.1", True), ("0.9", False), ("", False), ("high", False), ("nan", False)]
)
def test_words_that_were_hardly_heard_are_not_answered(confidence: str, unclear: bool) -> None:
    """Only Twilio's own doubt counts; where it says nothing that can be read, the words do."""
    assert bool(message(SpeechResult="sell by date", Confidence=confidence).automatic) is unclear


@pytest.mark.parametrize("said", [{}, {"SpeechResult": " "}, {"CallSid": "CA1"}, {"CallSid": ""}])
def test_what_says_nothing_or_is_of_no_call_is_undecodable(said: dict[str, str]) -> None:
    """Staff learn where to look."""
    with pytest.raises(Undecodable):
        decode(received(**said))


def test_the_word_of_the_network_on_a_number_is_evidence_only() -> None:
    """It is kept and shown."""
    assert message(SpeechResult="hi", StirVerstat="TN-Validation-Passed-A").evidence["caller id"].endswith("Passed-A")


def test_what_was_not_said_is_reported() -> None:
    """The line is named by the id that it got when it was handed over."""
    one = received("status", CallStatus="completed")
    facts = {**one.facts, "line": f"{SID}:outbox-7"}
    decoded = decode(Received("voice", "k", "s", one.payload, NOW, facts))
    assert isinstance(decoded, DeliveryReport)
    assert (decoded.state, decoded.provider_id) == ("undelivered", f"{SID}:outbox-7")


@pytest.mark.parametrize(
    "sender", ["anonymous", "Restricted", "+266696687", "+7378742833", "+86282452253", "", "+1", "<script>"]
)
def test_a_withheld_number_is_none(sender: str) -> None:
    """Its calls have an address each, and no number."""
    call = call_of(MultiDict(fields_of_call(1, sender=sender)), {}, "iomart")
    assert call == Call(SID, f"withheld {SID}", "iomart")
    assert call is not None
    assert call.number == ""


@pytest.mark.parametrize(
    "state", [{"turn": "-1"}, {"turn": "x"}, {"round": "99999"}, {"missed": ""}, {"turn": "²"}, {"turn": "1e3"}]
)
def test_a_state_that_we_never_wrote_is_no_call(state: dict[str, str]) -> None:
    """The URL is signed, so such a one is a mistake: refused, and shown."""
    assert call_of(MultiDict(fields_of_call(1)), state, "iomart") is None


@given(st.integers(1, 9999), st.integers(0, 9999), st.integers(0, 9999), st.booleans())
def test_where_a_call_stands_rides_in_the_url(turn: int, waited: int, missed: int, noting: bool) -> None:
    """What is written is read again, for every state."""
    call = Call(SID, ADDRESS, "iomart", turn, waited, missed, noting)
    query = {name: values[0] for name, values in parse_qs(urlsplit(call.path("said")).query).items()}
    assert call_of(MultiDict(fields_of_call(1)), query, "iomart") == call


@given(st.text())
def test_any_words_make_a_document_that_says_them(words: str) -> None:
    """Markup, quotes, controls, lone surrogates and emoji: the TwiML parses, and what is said is the text."""
    answer = VoiceResponse()
    answer.say(speakable(words))
    said = ET.fromstring(answer.to_xml().encode()).findtext("Say") or ""
    assert said.split() == speakable(words).split()
    assert "<" in said or "<" not in words


def test_no_web_address_and_no_reference_is_read_as_a_word() -> None:
    """A reference is spelt; an address is not read at all; the length has an end."""
    said = speakable("DR-7K3M9-QX4RT: see https://desk.example/policy/x#3.2 now")
    assert said == "D R, 7 K 3 M 9, Q X 4 R T: see the web page now"
    assert len(speakable("word " * 5_000)) <= 4_000


def test_hours_are_read_and_kept() -> None:
    """A span of days and a span of the day, by the desk's clock; the end is outside."""
    hours = hours_of("Mon-Fri 09:00-17:30")
    assert hours is not None
    assert hours.hold(datetime(2026, 11, 20, 9, 0))  # noqa: DTZ001 - a clock's own time
    assert not hours.hold(datetime(2026, 11, 20, 17, 30))  # noqa: DTZ001 - as above
    assert not hours.hold(datetime(2026, 11, 21, 12, 0))  # noqa: DTZ001 - as above
    assert hours_of(" ") is None


@pytest.mark.parametrize(
    "setting", ["always", "mon-fri 9-5", "fri-mon 09:00-17:00", "mon-fri 17:00-09:00", "abc-fri 09:00-10:00"]
)
def test_hours_that_are_none_name_the_mend(setting: str) -> None:
    """The desk does not start with them."""
    with pytest.raises(ValueError, match="write it like mon-fri 09:00-17:30"):
        hours_of(setting)


def test_each_site_has_its_language() -> None:
    """One for all, and others by site; a slip is named."""
    assert languages_of("en-GB,easyspace=en-IE", ["iomart", "easyspace"]) == {"": "en-GB", "easyspace": "en-IE"}
    for wrong in ("english please", "nobody=en-GB", "easyspace="):
        with pytest.raises(ValueError, match="DESK_VOICE_LANGUAGE"):
            languages_of(wrong, ["iomart", "easyspace"])


def test_yes_and_no() -> None:
    """Nothing else, so that nobody is recorded by a slip."""
    assert [yes_or_no(each, "X") for each in ("", "no", "Yes ")] == [False, False, True]
    with pytest.raises(ValueError, match="neither yes nor no"):
        yes_or_no("maybe", "X")
