"""Outgoing mail: threading, marks of automatic mail, and no way to inject a header."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import InboundMessage, OutboundMessage, Received
from channels.errors import Permanent
from channels.mail.addresses import recipient
from channels.mail.compose import Composed, compose, subject
from channels.mail.decode import decode
from channels.mail.flowed import flow, unflow
from channels.mail.page import as_html
from tests.unit.channels.mail.desk import NOW, sign

# ruff: noqa: RUF001 - letters of other alphabets are the point here

PUBLIC = "https://desk.example"


def outgoing(**changes: object) -> OutboundMessage:
    """A staff reply, with changes."""
    known: dict[str, object] = {
        "key": "k1",
        "address": "ann@example.net",
        "sender": "info@iomart.com",
        "text": "Hello Ann.",
        "name": "Ann",
        "subject": "A question",
        "message_id": "m1@iomart.com",
        "in_reply_to": "theirs@example.net",
        "references": ("first@example.net", "theirs@example.net"),
        "reply_token": "c42",
        "automatic": False,
    }
    return OutboundMessage(**{**known, **changes})  # type: ignore[arg-type]


def composed(**changes: object) -> tuple[Composed, EmailMessage]:
    """The mail and its parsed form."""
    mail = compose(outgoing(**changes), "iomart", NOW, sign, PUBLIC)
    parsed = message_from_bytes(mail.content, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return mail, parsed


def test_a_reply_threads_and_can_be_answered() -> None:
    """In-Reply-To is the parent, References lead to it, and the reply address is signed."""
    mail, parsed = composed()
    assert parsed["In-Reply-To"] == "<theirs@example.net>"
    assert parsed["References"] == "<first@example.net> <theirs@example.net>"
    assert parsed["Message-ID"] == "<m1@iomart.com>"
    assert parsed["Subject"] == "Re: A question"
    assert parsed["From"] == "iomart <info@iomart.com>"
    found = recipient(parsed["Reply-To"].addresses[0].addr_spec, ["info@iomart.com"], sign)
    assert found is not None
    assert found.key == "c42"
    assert recipient(mail.mail_from, ["info@iomart.com"], sign) == found
    assert "Auto-Submitted" not in parsed


def test_automatic_mail_says_so_and_gets_no_bounces() -> None:
    """RFC 3834: marked, and with an empty envelope sender."""
    mail, parsed = composed(automatic=True)
    assert mail.mail_from == ""
    assert parsed["Auto-Submitted"] == "auto-replied"
    assert parsed["X-Auto-Response-Suppress"] == "All"


def test_what_answers_nothing_says_that_it_was_generated() -> None:
    """RFC 3834 section 5: a reminder is no reply."""
    assert composed(automatic=True, unprompted=True)[1]["Auto-Submitted"] == "auto-generated"


def test_long_references_are_shortened_in_the_middle() -> None:
    """The first and the nearest parents stay."""
    _, parsed = composed(references=tuple(f"r{n}@example.net" for n in range(200)))
    ids = parsed["References"].split()
    assert len(ids) == 20
    assert (ids[0], ids[-1]) == ("<r0@example.net>", "<theirs@example.net>")


@pytest.mark.parametrize("field", ["subject", "name", "message_id", "in_reply_to", "key"])
def test_no_field_injects_a_header(field: str) -> None:
    """Line ends in any field never begin a header of their own."""
    _, parsed = composed(**{field: "x\r\nBcc: victim@example.org\r\n\r\nbody"})
    assert "Bcc" not in parsed
    assert parsed.get_body(("plain",)) is not None


def test_a_message_without_an_id_gets_its_keys() -> None:
    """Every attempt at the same message has the same Message-ID."""
    assert composed(message_id="")[0].message_id == composed(message_id="")[0].message_id == "k1@iomart.com"


@pytest.mark.parametrize("address", ["", "no address", "@iomart.com"])
def test_an_address_that_is_none_is_refused_for_good(address: str) -> None:
    """Trying again would not help."""
    with pytest.raises(Permanent):
        composed(address=address)


@pytest.mark.parametrize(
    ("raw", "reply", "line"),
    [
        ("A question", True, "Re: A question"),
        ("RE: re: AW: A question", True, "Re: A question"),
        ("Re[2]: A question", True, "Re: A question"),
        ("A question", False, "A question"),
        ("", True, "Re:"),
        ("a\n b", False, "a b"),
    ],
)
def test_a_reply_has_one_re(raw: str, reply: bool, line: str) -> None:
    """However often it went back and forth."""
    assert subject(raw, reply=reply) == line


def test_html_is_escaped_and_links() -> None:
    """The HTML version can't carry markup that somebody typed."""
    html = as_html("<script>alert(1)</script> & see https://iomart.com/policy?a=1&b=2.")
    assert "<script>" not in html
    assert '<a href="https://iomart.com/policy?a=1&amp;b=2" ' in html


def test_automatic_mail_links_only_to_the_desk() -> None:
    """A URL that somebody slipped in stays words; one that only begins like ours is not ours."""
    ours = f"{PUBLIC}/policy/iomart#3.2"
    text = f"See {ours} and https://evil.example/x and {PUBLIC}@evil.example/ and {PUBLIC}.evil.example/y and {PUBLIC}"
    for automatic, linked in ((True, [ours, PUBLIC]), (False, 5)):
        _, parsed = composed(text=text, automatic=automatic)
        page = parsed.get_body(("html",))
        assert page is not None
        links = [part.split('"')[0] for part in str(page.get_content()).split('<a href="')[1:]]
        assert links == linked or len(links) == linked
        assert "https://evil.example/x" in page.get_content()


@pytest.mark.parametrize(
    ("given", "automatic", "shown"),
    [
        ("My data", True, "Re: My data"),
        ("Verify at https://evil.example", True, "Re: Your message to iomart"),
        ("evil.example", True, "Re: Your message to iomart"),
        ("x " * 60, True, "Re: Your message to iomart"),
        ("Verify at https://evil.example", False, "Re: Verify at https://evil.example"),
    ],
)
def test_an_automatic_subject_leads_nowhere(given: str, automatic: bool, shown: str) -> None:
    """What a forged mail is called is not called so again by us; people may."""
    assert composed(subject=given, automatic=automatic)[1]["Subject"] == shown


def test_automatic_mail_is_addressed_without_a_borrowed_name() -> None:
    """The name beside the address is whatever the mail said."""
    assert composed(name="Call 0800", automatic=True)[1]["To"] == "ann@example.net"
    assert composed(name="Ann", automatic=False)[1]["To"] == "Ann <ann@example.net>"


@pytest.mark.parametrize(
    ("address", "recipient_"),
    [
        ("a@straße.example", "a@xn--strae-oqa.example"),
        ("a@BÜCHER.example", "a@xn--bcher-kva.example"),
        ("a@under_score.example", "a@under_score.example"),
    ],
)
def test_a_domain_is_written_by_idna_2008(address: str, recipient_: str) -> None:
    """straße is not strasse: that domain is somebody else's."""
    assert composed(address=address)[0].rcpt_to == recipient_


@pytest.mark.parametrize("address", ["a@\u2603.example", "a@a..example", f"a@{'x' * 64}.example", "a@-x.example"])
def test_a_domain_that_is_none_is_refused_for_good(address: str) -> None:
    """With the code for a bad address."""
    with pytest.raises(Permanent) as caught:
        composed(address=address)
    assert caught.value.code == "5.1.3"


@given(
    st.text(
        alphabet=st.characters(blacklist_categories=["Cs", "Cc", "Zs", "Zl", "Zp"], whitelist_characters=" \n>"),
        max_size=400,
    )
)
def test_what_is_wrapped_flows_back(text: str) -> None:
    """format=flowed loses no word."""
    wrapped = flow(text)
    assert unflow(wrapped, delsp=False).split() == text.split()


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=12), min_size=1, max_size=60).map(" ".join))
def test_no_blank_is_doubled_where_a_line_is_full(text: str) -> None:
    """Words with one blank between them come back with one, wherever the line was cut."""
    assert unflow(flow(text), delsp=False) == text


def test_a_mail_of_ours_reads_back() -> None:
    """Our own decoder reads what we send: emoji, long lines and all."""
    text = "Hello 👋 Ann,\n\n" + "a long sentence goes on " * 20 + "\n\nשלום"
    mail, _ = composed(text=text)
    found = decode(Received("mail", "k", "s", mail.content, NOW, {"mail_from": "info@iomart.com"}))
    assert isinstance(found, InboundMessage)
    assert found.text.split() == text.split()
    assert found.references[0] == "theirs@example.net"
