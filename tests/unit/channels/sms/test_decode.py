"""From stored webhooks to messages and reports."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import DeliveryReport, InboundMessage, Received
from channels.errors import Undecodable
from channels.sms.decode import decode
from tests.fakes.desk import NOW
from tests.fakes.twilio import ACCOUNT
from tests.fakes.twilio import text as fields_of_text

URL = "https://desk.example/sms/twilio/status?key=out-42"


def received(payload: bytes, **facts: str) -> Received:
    return Received("sms", "SM1", "+447700900001", payload, NOW, facts)


def message(**fields: str) -> InboundMessage:
    form = urlencode(fields_of_text(1, "wot data do u hold") | fields).encode()
    decoded = decode(received(form, kind="message", format="form", site="iomart"))
    assert isinstance(decoded, InboundMessage)
    return decoded


def report(**fields: str) -> DeliveryReport:
    form = urlencode({"MessageSid": "SM1", "To": "+447700900001"} | fields).encode()
    decoded = decode(received(form, kind="status", format="form", url=URL))
    assert isinstance(decoded, DeliveryReport)
    return decoded


def test_reads_a_text() -> None:
    """Address, recipient, text, site and id come from the fields and the facts."""
    assert message() == InboundMessage(
        address="+447700900001",
        recipient="+447700900999",
        text="wot data do u hold",
        site="iomart",
        message_id=f"SM{1:032x}",
        account=ACCOUNT,
    )


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("", ""),
        ("x" * 1600, "x" * 1600),
        ("👋🏽 hi 𠜎", "👋🏽 hi 𠜎"),
        ("\x00a\x00b", "ab"),
        ("\u202eשלם\u202c", "\u202eשלם\u202c"),
        ("  spaced \n", "  spaced \n"),
        ("a&b=c+d%20", "a&b=c+d%20"),
    ],
)
def test_keeps_the_text_as_it_was_sent(body: str, text: str) -> None:
    """Empty, long, 4-byte and right-to-left texts come through; only NULs go, which no database keeps."""
    assert message(Body=body).text == text


def test_trims_the_addresses_that_it_reads() -> None:
    """Blanks around a number don't make it another person's."""
    decoded = message(From=" +447700900001 ", To="+447700900999\n")
    assert (decoded.address, decoded.recipient) == ("+447700900001", "+447700900999")


def test_names_the_messaging_service_when_there_is_no_number() -> None:
    """A reply can go out by the service that the text came in by."""
    assert message(To="", MessagingServiceSid="MGx").recipient == "MGx"


@pytest.mark.parametrize(
    "body", ["STOP", "stop", " Stop \n", "Stop!!", "opt out", "OPT-OUT", "StopAll", "END.", "revoke"]
)
def test_knows_a_stop_word_that_stands_alone(body: str) -> None:
    """Case, spaces, punctuation and emoji around the word don't hide it."""
    assert message(Body=body).consent == "stop"


@pytest.mark.parametrize(
    ("body", "consent"),
    [("YES", "start"), ("unstop", "start"), ("Info?", "help"), ("HELP 🙏", "help"), ("", ""), ("1", "")],
)
def test_knows_the_other_words(body: str, consent: str) -> None:
    """Opting in and asking for help are told apart from stopping."""
    assert message(Body=body).consent == consent


@pytest.mark.parametrize(
    "body", ["please stop selling my data", "stop 2", "when does it end", "yes please", "cancellation"]
)
def test_a_word_inside_a_sentence_is_no_opt_out(body: str) -> None:
    """Somebody who asks to stop the selling of data still gets an answer."""
    assert message(Body=body).consent == ""


@pytest.mark.parametrize(
    ("fields", "answers"),
    [
        ({"Body": "STOP"}, True),
        ({"Body": "stop "}, True),
        ({"Body": "Stop!"}, False),
        ({"Body": "opt out"}, False),
        ({"Body": "STOP", "To": "60777"}, False),
        ({"Body": "STOP", "To": "60777", "MessagingServiceSid": "MGx", "OptOutType": "STOP"}, True),
        ({"Body": "hello"}, False),
        ({"Body": "STOP", "From": "rcs:+447700900001", "To": "rcs:brand"}, True),
        ({"Body": "STOP", "NumMedia": "1", "MediaUrl0": "https://api.twilio.com/ME1"}, True),
        ({"Body": "STOP", "From": "whatsapp:+447700900001", "To": "whatsapp:+447700900999"}, False),
        ({"Body": "STOP", "From": "whatsapp:+447700900001", "OptOutType": "STOP"}, True),
        ({"Body": "STOP", "To": "+18005550100"}, True),
        ({"Body": "HELP", "To": "+18335550100"}, True),
    ],
)
def test_says_whether_twilio_has_answered(fields: dict[str, str], answers: bool) -> None:
    """Twilio answers bare words by text, picture and RCS, and all under Advanced Opt-Out; WhatsApp, short codes and
    anything else are left to us.
    """
    assert message(**fields).provider_answers is answers


@pytest.mark.parametrize(("body", "consent"), [("START", "start"), ("unstop", "start"), ("YES", ""), ("Start!", "")])
def test_a_toll_free_number_begins_again_by_two_words_alone(body: str, consent: str) -> None:
    """The network lifts its block for no other: to believe so would be to write into the void."""
    assert message(Body=body, To="+18885550100").consent == consent
    assert message(Body="STOP", To="+18885550100").consent == "stop"
    assert message(Body=body, To="+18005550100x").consent == "start"


def test_an_accounts_own_word_counts_through_opt_out_type() -> None:
    """Advanced Opt-Out has words of the account's choosing, which only Twilio knows."""
    decoded = message(Body="ARRET", OptOutType="STOP")
    assert (decoded.consent, decoded.provider_answers) == ("stop", True)


def test_pictures_are_files_to_be_fetched() -> None:
    """Each is an attachment with its place at Twilio and a name; one without a place leaves a line for staff."""
    kinds = ("image/jpeg", "video/quicktime", "text/x-vcard", "application/pdf", "weird/<b>", "")
    fields = {f"MediaContentType{index}": kind for index, kind in enumerate(kinds)}
    fields |= {f"MediaUrl{index}": f"https://api.twilio.com/ME{index}" for index in range(5)}
    decoded = message(Body="my letter", NumMedia="6", **fields)
    assert [(file.name, file.content_type, file.source) for file in decoded.attachments] == [
        ("picture-1.jpg", "image/jpeg", "https://api.twilio.com/ME0"),
        ("video-2.mov", "video/quicktime", "https://api.twilio.com/ME1"),
        ("file-3.vcf", "text/x-vcard", "https://api.twilio.com/ME2"),
        ("file-4.pdf", "application/pdf", "https://api.twilio.com/ME3"),
        ("file-5", "weird/<b>", "https://api.twilio.com/ME4"),
    ]
    assert decoded.text == "my letter\n[picture: unknown]"
    assert decoded.evidence["media"] == "image/jpeg, video/quicktime, text/x-vcard, application/pdf, weird/<b>, unknown"
    assert message(Body="", NumMedia="1", MediaUrl0="https://x/1").text == ""


def test_at_most_ten_files_are_taken() -> None:
    """Twilio's own limit, whatever a field says; an address that is no address is none."""
    urls = {f"MediaUrl{index}": f"https://api.twilio.com/{index}" for index in range(99)}
    assert len(message(NumMedia="99", **urls).attachments) == 10
    assert message(NumMedia="1", MediaUrl0="https://" + "x" * 5000).attachments == ()


WHATSAPP = {"From": "whatsapp:+447700900001", "To": "whatsapp:+447700900999", "ProfileName": "Ann", "WaId": "44770"}


def test_reads_whatsapp() -> None:
    """Address and number keep Twilio's mark, so that the answer goes the same way; the profile's name is a name."""
    decoded = message(**WHATSAPP, OriginalRepliedMessageSid="SM9", Forwarded="true")
    assert (decoded.address, decoded.recipient) == ("whatsapp:+447700900001", "whatsapp:+447700900999")
    assert decoded.name == "Ann"
    assert decoded.evidence == {"whatsapp_id": "44770", "replies_to": "SM9", "forwarded": "yes"}


def test_reads_rcs() -> None:
    """An RCS user and our RCS sender."""
    decoded = message(From="rcs:+447700900001", To="rcs:iomart_agent")
    assert (decoded.address, decoded.recipient) == ("rcs:+447700900001", "rcs:iomart_agent")


def test_a_tapped_button_says_its_words() -> None:
    """What they tapped is what they said; the program's own key stands beside it."""
    decoded = message(**WHATSAPP, Body="", ButtonText="Delete my data", ButtonPayload="erase-1")
    assert (decoded.text, decoded.evidence["button"]) == ("Delete my data", "erase-1")
    assert message(Body="Yes, that", ButtonText="Yes").text == "Yes, that"
    assert message(Body=" ", ListTitle="Access", ListId="a").text == "Access"
    assert message(Body="", ButtonText="STOP").consent == "stop"


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"Latitude": "55.8609825", "Longitude": "-4.2488787"}, "[location: 55.86098, -4.24888]"),
        (
            {"Latitude": "55.9", "Longitude": "-4", "Label": "Head office", "Address": "1 High St [rear]\nGlasgow"},
            "[location: 55.90000, -4.00000 (Head office, 1 High St (rear) Glasgow)]",
        ),
        ({"Latitude": "nan", "Longitude": "1"}, ""),
        ({"Latitude": "91", "Longitude": "1"}, ""),
        ({"Latitude": "1"}, ""),
        ({"Latitude": "x" * 9999, "Longitude": "1e999"}, ""),
    ],
)
def test_a_shared_place_is_a_line(fields: dict[str, str], text: str) -> None:
    """As people read it; what is no place on earth is nothing."""
    assert message(**WHATSAPP, Body="", **fields).text == text


@pytest.mark.parametrize("count", ["-1", "x", "9" * 5000, "²", ""])
def test_an_absurd_number_of_pictures_is_harmless(count: str) -> None:
    """Only a small plain number is believed."""
    assert len(message(NumMedia=count).text) < 500


def test_the_first_of_repeated_fields_counts() -> None:
    """A field that comes twice is kept in the payload and read once."""
    form = b"From=%2B1&From=%2B2&To=%2B3&Body=a&Body=b&Unknown&Body="
    decoded = decode(received(form, kind="message", format="form"))
    assert isinstance(decoded, InboundMessage)
    assert (decoded.address, decoded.text) == ("+1", "a")


def test_reads_json() -> None:
    """A JSON webhook reads like a form; lone surrogates and NULs are dropped, numbers read as written."""
    body = json.dumps({"From": "+1", "To": "+2", "Body": "a\ud800\x00b", "NumMedia": 1}).encode()
    decoded = decode(received(body, kind="message", format="json"))
    assert isinstance(decoded, InboundMessage)
    assert decoded.text == "ab\n[picture: unknown]"


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("accepted", "queued"),
        ("queued", "queued"),
        ("sending", "sending"),
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("READ", "delivered"),
        ("undelivered", "undelivered"),
        ("failed", "failed"),
        ("canceled", "failed"),
    ],
)
def test_reads_every_state(said: str, state: str) -> None:
    """Twilio's states map onto the desk's."""
    assert report(MessageStatus=said).state == state


def test_a_report_names_its_message_twice() -> None:
    """By Twilio's id, and by our own key that went out in the callback's URL."""
    said = report(MessageStatus="delivered")
    assert (said.provider_id, said.message_id, said.recipient) == ("SM1", "out-42", "+447700900001")


@pytest.mark.parametrize(
    ("code", "bad", "text"),
    [
        ("21610", False, "opted out"),
        ("30003", False, "out of reach"),
        ("30005", True, "does not exist"),
        ("30006", True, "landline"),
        ("30007", False, "spam"),
        ("39999", False, "39999"),
        ("", False, ""),
    ],
)
def test_explains_error_codes(code: str, bad: bool, text: str) -> None:
    """Staff read words; a code that speaks against the number marks it."""
    said = report(MessageStatus="undelivered", ErrorCode=code)
    assert said.code == code
    assert said.bad_address is bad
    assert text in said.text


@pytest.mark.parametrize(
    ("payload", "facts"),
    [
        (b"", {"kind": "message"}),
        (b"Body=hello", {"kind": "message"}),
        (b"MessageSid=SM1&MessageStatus=teleported", {"kind": "status"}),
        (b"MessageSid=SM1", {"kind": "status"}),
        (b"[" * 60_000, {"kind": "message", "format": "json"}),
        (b"[]", {"kind": "message", "format": "json"}),
        (b"\xff", {"kind": "message", "format": "json"}),
        (b"a&" * 20_000, {"kind": "message"}),
    ],
)
def test_says_what_it_cannot_read(payload: bytes, facts: dict[str, str]) -> None:
    """What is no text and no report is Undecodable, never another error."""
    with pytest.raises(Undecodable):
        decode(received(payload, **facts))


@given(st.dictionaries(st.text(max_size=12), st.text(), max_size=8), st.text(min_size=1))
def test_any_fields_decode_to_storable_text(extra: dict[str, str], body: str) -> None:
    """Whatever fields are added, the result holds no NUL and can be written as UTF-8."""
    form = urlencode(extra | {"From": "+1", "Body": body}, errors="replace").encode()
    decoded = decode(received(form, kind="message"))
    assert isinstance(decoded, InboundMessage)
    assert "\x00" not in decoded.text
    assert decoded.text.encode().decode() == decoded.text
