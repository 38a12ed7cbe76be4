"""Hostile heads: whatever bytes they hold, what is decoded can be stored; and nobody passes for somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.base import Attachment, DeliveryReport, InboundMessage
from channels.mail.addresses import authors, person
from channels.mail.decode import decode
from channels.mail.receipt import _sender, printable
from tests.unit.channels.mail.desk import received

LONG = {"text", "quoted"}
"""Fields of several lines."""
NAMES = (
    "From", "To", "Subject", "Message-ID", "References", "In-Reply-To", "Auto-Submitted", "Precedence", "Sender",
    "Return-Path", "Content-Type", "Content-Disposition", "Authentication-Results", "DKIM-Signature", "Received-SPF",
    "X-Failed-Recipients", "X-Original-Message-ID", "Diagnostic-Code",
)  # fmt: skip
BYTES = st.binary(max_size=60).map(lambda value: value.replace(b"\r", b"").replace(b"\n", b""))


def strings(found: InboundMessage | DeliveryReport) -> Iterator[tuple[str, str]]:
    """Every string of what was decoded, by its field."""
    for one in fields(found):
        value = getattr(found, one.name)
        if isinstance(value, str):
            yield one.name, value
        elif isinstance(value, dict):
            yield from ((one.name, text) for pair in value.items() for text in pair)
        elif isinstance(value, tuple):
            for item in value:
                kept = [item.name, item.content_type] if isinstance(item, Attachment) else [item]
                yield from ((one.name, text) for text in kept)


def insist(found: InboundMessage | DeliveryReport) -> None:
    """Every string can be stored: UTF-8, no controls, and one line where one is meant."""
    for name, text in strings(found):
        text.encode()
        controls = [c for c in text if (c < " " and c not in "\t\n") or "\x7f" <= c <= "\x9f"]
        assert not controls, (name, text)
        if not (name in LONG or (name == "text" and isinstance(found, DeliveryReport))):
            assert "\n" not in text, (name, text)
            assert "\t" not in text, (name, text)


@given(st.dictionaries(st.sampled_from(NAMES), st.tuples(st.sampled_from([b"", b"<", b"a@b.example "]), BYTES)))
@settings(max_examples=300, deadline=None)
def test_no_bytes_of_a_head_poison_the_database(heads: dict[str, tuple[bytes, bytes]]) -> None:
    """Random bytes in every header: all strings encode, none holds a NUL, single lines are single."""
    head = b"".join(b"%s: %s%s>@x.example>\n" % (name.encode(), start, noise) for name, (start, noise) in heads.items())
    insist(decode(received(head + b"Received: by x\n\nhello\n", trusted=True)))
    report = b"From: mailer-daemon@x.example\nSubject: Undelivered mail\n" + head + b"\n<" + head + b">\n550 5.1.1 no\n"
    insist(decode(received(report, mail_from="")))


@pytest.mark.parametrize("name", ["Message-ID", "References", "In-Reply-To", "Subject", "From", "Sender"])
@pytest.mark.parametrize("byte", [b"\xe9", b"\xff", b"\x00", b"\x85", b"\xed\xa0\x80", b"\x1b"])
def test_one_odd_byte_in_any_header_is_borne(name: str, byte: bytes) -> None:
    """One such byte once meant six tries and no ticket."""
    raw = f"From: ann@example.net\n{name}: <one".encode() + byte + b"two@example.net>\n\nWhat do you hold on me?\n"
    found = decode(received(raw))
    insist(found)
    assert found.text == "What do you hold on me?"


def test_readable_ids_stay_and_unreadable_ones_go() -> None:
    """Other parents still thread."""
    head = b"From: a@b.example\nIn-Reply-To: <gr\xc3\xbcn@x.example>\n"
    raw = head + b"References: <good@x.example> <bad\x00\x01@x.example>\n\nx\n"
    found = decode(received(raw))
    assert isinstance(found, InboundMessage)
    assert found.references == ("grün@x.example", "good@x.example")


def test_references_of_html_leave_no_controls() -> None:
    """Character references can't bring back what bytes may not."""
    raw = "From: a@b.example\nContent-Type: text/html\n\na&#0;b&#x1b;c&#xd800;d&#x85;e&#11;f&#xfffe;g\n"
    found = decode(received(raw))
    insist(found)
    assert found.text.startswith("a")


def test_facts_of_the_envelope_are_clean() -> None:
    """What the conversation said is fit for the database too."""
    assert printable("ann\x00\udcff\n@example.net") == "ann\ufffd @example.net"
    insist(decode(received("From: x\n\nhi\n", mail_from="a\x00b@x.example", helo="h\x1b\ud800i", peer="::1\n")))


MALLORY = "mallory@evil.example"
FORGED = [
    f'"x <victim2@bank.example>" <{MALLORY}>',
    f"{MALLORY} (<victim@example.com>)",
    f"(<victim@example.com>) {MALLORY}",
    f"(a (nested) <victim@example.com>) <{MALLORY}>",
    f'"escaped \\" <victim@example.com>" <{MALLORY}>',
    f"(escaped \\) <victim@example.com>) <{MALLORY}>",
    f'"victim@example.com" {MALLORY}',
    f"=?utf-8?q?=3Cvictim=40example.com=3E?= <{MALLORY}>",
    f':( "x <victim@example.com>" <{MALLORY}>',
    f'"(" <{MALLORY}> ")"',
    f'"victim@example.com"\r\n <{MALLORY}>',
    f"<@victim.example:{MALLORY}>",
]


@pytest.mark.parametrize("raw", FORGED)
def test_an_address_in_quotes_or_comments_is_only_words(raw: str) -> None:
    """The sender is the one that relays and checks see, at receipt as well."""
    assert person(raw).address == MALLORY
    assert _sender(f"Subject: x\r\nFrom: {raw}\r\nTo: y\r\n".encode()) == MALLORY
    assert authors([raw]) == (MALLORY,)


@pytest.mark.parametrize(
    "raw",
    [
        "<victim@bank.example@evil.example>",
        "victim@bank.example@evil.example",
        '<"victim@bank.example"@evil.example>',
        f"<{'a' * 60}victim@bank.example>",
        '<"two words"@evil.example>',
    ],
)
def test_half_of_an_address_is_none(raw: str) -> None:
    """What is no address is not cut until it is one."""
    assert person(raw).address == ""


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40),
    st.sampled_from(
        ["<victim@bank.example>", "victim@bank.example", "(<victim@bank.example>)", '\\" <victim@b.example>']
    ),
)
def test_no_display_name_passes_for_the_address(words: str, bait: str) -> None:
    """Whatever a program writes as a name, correctly quoted, names nobody."""
    quoted = (words + bait).replace("\\", "\\\\").replace('"', '\\"')
    assert person(f'"{quoted}" <{MALLORY}>').address == MALLORY


@given(st.text(st.sampled_from('<>()"\\,;: @ab.'), max_size=40))
def test_two_addresses_that_could_be_meant_are_both_seen(noise: str) -> None:
    """In any confusion of brackets, whoever is taken for the sender is the only one, or said to be one of several."""
    taken = person(f"{noise}victim@bank.example{noise} <{MALLORY}>").address
    found = authors([f"{noise}victim@bank.example{noise} <{MALLORY}>"])
    assert not taken or taken in found or len(found) > 1
    assert taken != "victim@bank.example" or len(found) > 1 or MALLORY not in found


@pytest.mark.parametrize(
    "head",
    [
        f"From: ann@example.net, {MALLORY}\n",
        f"From: Ann <ann@example.net>, M <{MALLORY}>\n",
        f"From: ann@example.net <{MALLORY}>\n",
        f"From: ann@example.net\nFrom: {MALLORY}\n",
    ],
)
def test_several_authors_are_named_as_evidence(head: str) -> None:
    """Staff and the threading know that the mail names more than one."""
    found = decode(received(head + "\nhi\n"))
    assert isinstance(found, InboundMessage)
    assert found.evidence["authors"] == f"ann@example.net, {MALLORY}"


def test_one_author_written_twice_is_one() -> None:
    """Many programs put the address where the name belongs."""
    found = decode(received("From: Ann@example.net <ann@Example.net>\n\nhi\n"))
    assert isinstance(found, InboundMessage)
    assert "authors" not in found.evidence


@given(st.emails(), st.text(st.characters(categories=["L", "Zs", "P"], max_codepoint=0x2FF), max_size=30))
@settings(deadline=None)
def test_what_a_correct_program_writes_is_read(address: str, name: str) -> None:
    """The standard library's own headers come back with their address."""
    from email.headerregistry import Address
    from email.policy import SMTP

    local, _, domain = address.rpartition("@")
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(name, username=local, domain=domain)
    found = decode(received(mail.as_bytes() + b"\r\nhi\r\n", mail_from=""))
    assert isinstance(found, InboundMessage)
    expected = address.strip(".'").lower()
    assert found.address == ("" if expected.startswith("@") else expected)  # nothing but marks is no mailbox


RESULTS = (
    "Authentication-Results: mx.iomart.com; spf=pass (x; dmarc=fail) smtp.mailfrom=a.example;\n"
    " dmarc=%s header.from=b\n"
)


@pytest.mark.parametrize(
    ("result", "trusted", "reason"),
    [("fail (p=none)", True, "failed DMARC"), ("FAIL", True, "failed DMARC"), ("pass", True, ""), ("fail", False, "")],
)
def test_failed_dmarc_is_a_reason_for_silence(result: str, trusted: bool, reason: str) -> None:
    """Only a relay of ours may say so, and a comment says nothing."""
    raw = RESULTS % result + "Received: from a by b\nFrom: ann@example.net\n\nWhat do you hold on me?\n"
    found = decode(received(raw, trusted=trusted))
    assert isinstance(found, InboundMessage)
    assert found.automatic == reason


def test_a_strangers_results_prove_nothing() -> None:
    """Below the first Received line anybody may have written them."""
    found = decode(received("Received: by x\n" + RESULTS % "fail" + "From: ann@example.net\n\nhi\n", trusted=True))
    assert isinstance(found, InboundMessage)
    assert found.automatic == ""
