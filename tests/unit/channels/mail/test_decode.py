"""Decoding mail: what people send, what programs break, and what attackers try."""

from __future__ import annotations

import pickle
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.base import DeliveryReport, InboundMessage, Received
from channels.mail.channel import MailChannel
from channels.mail.decode import decode
from tests.unit.channels.mail.desk import NOW, received

# ruff: noqa: RUF001 - letters of other alphabets are the point here

HEAD = "From: Ann Example <Ann@Example.net>\nTo: info@iomart.com\nSubject: A question\nMessage-ID: <one@example.net>\n"


def message(raw: bytes | str, **facts: object) -> InboundMessage:
    """Decode and insist on a message."""
    found = decode(received(raw, **facts))
    assert isinstance(found, InboundMessage)
    return found


def test_a_plain_mail_is_read_whole() -> None:
    """Address, name, subject, ids, mailbox and text come out of an ordinary mail."""
    head = HEAD + "In-Reply-To: <parent@iomart.com>\nReferences: <first@iomart.com> <parent@iomart.com>\n"
    found = message(head + "\nWhat do you hold on me?\n", reply_token="c42")
    assert (found.address, found.name) == ("ann@example.net", "Ann Example")
    assert (found.subject, found.message_id) == ("A question", "one@example.net")
    assert found.references == ("parent@iomart.com", "first@iomart.com")
    assert (found.text, found.quoted) == ("What do you hold on me?", "")
    assert (found.recipient, found.site, found.reply_token) == ("info@iomart.com", "iomart", "c42")
    assert found.automatic == ""
    assert not found.suppress


def test_decode_can_be_sent_to_another_process() -> None:
    """The channel's decode is a plain function: it pickles without the channel."""
    assert pickle.loads(pickle.dumps(MailChannel.decode)) is decode


def test_a_reply_token_in_the_headers_proves_nothing() -> None:
    """Only the receipt's own proof counts; an address in To is anybody's claim."""
    raw = HEAD.replace("To: info@", "To: info+c42-0123456789abcdef@") + "\nhello\n"
    assert message(raw).reply_token == ""


@pytest.mark.parametrize(
    ("charset", "codec", "text"),
    [
        ("gb2312", "gb18030", "我想知道你们有我的什么资料 镕"),
        ("ks_c_5601-1987", "cp949", "개인정보 똠"),
        ("iso-2022-jp", "iso2022_jp", "個人情報について"),
        ("iso-2022-jp", "iso2022_jp_ext", "ｶﾞｽ会社の個人情報"),
        ("koi8-r", "koi8-r", "какие данные"),
        ("iso-8859-1", "cp1252", "“quoted” – €5"),
        ("utf-8", "utf-8", "emoji 🎉 and 𝒳 and שלום"),
    ],
)
def test_charsets_are_read_as_they_are_really_used(charset: str, codec: str, text: str) -> None:
    """A charset's name stands for the wider set that mail programs mean by it."""
    raw = HEAD.encode() + f"Content-Type: text/plain; charset={charset}\n\n".encode() + text.encode(codec)
    assert message(raw).text == text


@pytest.mark.parametrize("charset", ["x-nobody-knows", "unicode_escape", "zip", "undefined", "", "utf-8\x00"])
def test_an_unknown_charset_is_no_error(charset: str) -> None:
    """An unknown, unsafe or broken charset falls back to what the bytes look like."""
    raw = HEAD.encode() + f'Content-Type: text/plain; charset="{charset}"\n\n'.encode() + "café \\x41".encode()
    assert message(raw).text == "café \\x41"


def test_nuls_and_control_characters_are_stripped() -> None:
    """No NUL reaches the database, no escape sequence a terminal."""
    found = message(HEAD.encode() + b"\nwhat\x00 do\x1b[31m you hold\x07?\n")
    assert found.text == "what do[31m you hold?"


def test_a_missing_message_id_and_sender_are_borne() -> None:
    """Without a Message-ID there is none; without a From the envelope speaks."""
    found = message("Subject: hi\n\nhello\n", mail_from="Someone@Example.org")
    assert (found.message_id, found.address) == ("", "someone@example.org")


def test_bytes_that_are_no_mail_are_shown_as_text() -> None:
    """A body without any head is still something that a person sent."""
    assert message(b"just words, no head").text == "just words, no head"
    assert message(b"").text == ""


def test_ten_thousand_nested_parts_are_borne() -> None:
    """Nesting beyond reason is neither an exception nor a long wait."""
    opening = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(10_000))
    started = time.perf_counter()
    found = message(HEAD + opening + "Content-Type: text/plain\n\nat the bottom\n")
    assert time.perf_counter() - started < 5
    assert "nested too deep" in found.text
    assert found.address == "ann@example.net"


def test_ten_thousand_parts_are_bounded() -> None:
    """Two hundred parts are shown; how many more there are is said."""
    parts = "".join(f"--b\nContent-Type: text/plain\n\npart {n}\n" for n in range(10_000))
    found = message(f'{HEAD}Content-Type: multipart/mixed; boundary="b"\n\n{parts}--b--\n')
    assert "part 150\n" in found.text
    assert "part 300\n" not in found.text
    assert "9801 more parts" in found.text


def test_a_huge_header_is_bounded() -> None:
    """A megabyte of subject neither fails nor fills the database."""
    found = message(HEAD.replace("A question", "x" * 1_000_000) + "\nbody\n")
    assert found.text == "body"
    assert 1_000 < len(found.subject) <= 10_000


def test_a_header_can_not_be_injected() -> None:
    """An encoded word that holds line ends stays one line of text."""
    raw = HEAD.replace("A question", "=?utf-8?q?hi=0D=0ABcc:_victim@example.org?=") + "\nbody\n"
    assert message(raw).subject == "hi Bcc: victim@example.org"


def test_encoded_words_split_inside_a_character_are_joined() -> None:
    """Some programs cut a multi-byte character in two encoded words."""
    raw = HEAD.replace("A question", "=?utf-8?b?w4PC?= =?utf-8?q?=A9?= =?x-none?q?caf=E9?=")
    assert message(raw + "\nx\n").subject == "Ã©café"


def test_right_to_left_text_is_kept_and_overrides_leave_names() -> None:
    """Arabic stays; a direction override can't make an executable look like a picture."""
    raw = (
        HEAD
        + 'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain; charset=utf-8\n\nمرحبا\n'
        + '--b\nContent-Type: application/octet-stream; name="../../etc/photo\u202egpj.exe"\n\nMZ\n--b--\n'
    )
    found = message(raw)
    assert found.text == "مرحبا"
    assert [item.name for item in found.attachments] == ["photogpj.exe"]


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("..\\\\..\\\\windows\\\\win.ini", "win.ini"),
        ("/etc/passwd", "passwd"),
        ("...", "part-2"),
        ("a\tb\x01.txt", "a b.txt"),
        ("=?utf-8?q?caf=C3=A9.pdf?=", "café.pdf"),
    ],
)
def test_attachment_names_are_only_names(given_name: str, kept: str) -> None:
    """No folders, no control characters, never empty."""
    raw = (
        f'{HEAD}Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain\n\nhi\n'
        f'--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename="{given_name}"\n\nx\n--b--\n'
    )
    assert [item.name for item in message(raw).attachments] == [kept]


def test_files_keep_their_content_and_differ_in_name() -> None:
    """An attachment's bytes are what was sent; two of one name stay apart."""
    part = "--b\nContent-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64\n\niVBORw==\n"
    found = message(f'{HEAD}Content-Type: multipart/mixed; boundary="b"\n\n{part}{part}--b--\n')
    assert [(item.name, item.content) for item in found.attachments] == [
        ("a.png", b"\x89PNG"),
        ("2-a.png", b"\x89PNG"),
    ]


def test_the_plain_version_is_preferred_and_html_is_read_where_there_is_none() -> None:
    """multipart/alternative shows one version, not both."""
    both = (
        f'{HEAD}Content-Type: multipart/alternative; boundary="b"\n\n--b\nContent-Type: text/plain\n\n%s\n'
        "--b\nContent-Type: text/html\n\n<p>rich &amp; <b>bold</b></p>\n--b--\n"
    )
    assert message(both % "plain").text == "plain"
    assert message(both % " ").text == "rich & bold"


def test_a_forwarded_message_is_kept_as_a_file() -> None:
    """message/rfc822 is neither lost nor read as the customer's own words."""
    raw = (
        f'{HEAD}Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain\n\nsee below\n'
        "--b\nContent-Type: message/rfc822\n\nSubject: The old one\n\nI demand my data\n--b--\n"
    )
    found = message(raw)
    assert found.text == "see below"
    assert found.attachments[0].name == "The old one.eml"
    assert b"I demand my data" in found.attachments[0].content


def test_results_of_checks_count_only_from_a_trusted_relay() -> None:
    """Authentication-Results below a Received line, or from a stranger, are anybody's invention."""
    ours = "Authentication-Results: mx.iomart.com; dkim=pass header.d=example.net\nReceived: from a by b\n"
    theirs = "Authentication-Results: mx.iomart.com; dkim=pass header.d=bank.example\n"
    trusted = message(ours + theirs + HEAD + "\nhi\n", trusted=True, peer="127.0.0.1")
    assert trusted.evidence["authentication-results"].endswith("example.net")
    assert "authentication-results" not in message(theirs + HEAD + "\nhi\n", trusted=True).evidence
    assert "authentication-results" not in message(ours + HEAD + "\nhi\n", trusted=False).evidence


def test_results_count_only_under_the_names_of_our_relays() -> None:
    """With names set, a result counts by its writer's name, below a Received line too; a stranger's mail's never."""
    inner = "Received: from mx by inner; x\n"
    ours = "Authentication-Results: MX.iomart.com 1 (ours); spf=pass; dmarc=pass header.from=example.net\n"
    theirs = "Authentication-Results: mx.evil.example; dkim=pass header.d=bank.example\n"
    raw = theirs + inner + ours + HEAD + "\nhi\n"
    named = {"authservs": ["mx.iomart.com"]}
    found = message(raw, trusted=True, **named).evidence["authentication-results"]
    assert found == "MX.iomart.com 1 (ours); spf=pass; dmarc=pass header.from=example.net"
    assert "authentication-results" not in message(raw, trusted=False, **named).evidence
    failed = message(raw.replace("dmarc=pass", "dmarc=fail"), trusted=True, **named)
    assert failed.automatic == "failed DMARC"
    assert (
        message(theirs.replace("dkim=pass", "dmarc=fail") + inner + HEAD + "\nhi\n", trusted=True, **named).automatic
        == ""
    )


def test_the_time_to_decode_hostile_text_is_bounded() -> None:
    """Patterns meet the text they like least: long lines, many quote marks, many near-matches."""
    hostile = [
        "> " * 200_000,
        "On 1 Jan 2020 " * 20_000 + ":",
        "On 1 Jan 2020 at 10:00, A wrote\n" * 20_000,
        "\n" * 400_000,
        "From: a\nTo: b\n" * 20_000,
        "-" * 400_000,
        " \t" * 200_000 + "\n",
    ]
    for text in hostile:
        started = time.perf_counter()
        message(HEAD + "\n" + text)
        assert time.perf_counter() - started < 5


@given(st.binary(max_size=600), st.booleans())
@settings(max_examples=200, deadline=None)
def test_no_bytes_raise(noise: bytes, structured: bool) -> None:
    """Whatever comes in, decoding answers with a message or a report and clean text."""
    raw = noise
    if structured:
        raw = b'From: a@b.example\nContent-Type: multipart/mixed; boundary="x"\n\n--x\n' + noise + b"\n--x--\n"
    found = decode(Received("mail", "k", "s", raw, NOW, {"mail_from": ""}))
    assert isinstance(found, InboundMessage | DeliveryReport)
    assert "\x00" not in found.text
    found.text.encode()
