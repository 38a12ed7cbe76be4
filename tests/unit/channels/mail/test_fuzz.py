"""Mail of every kind, broken in every way: it is always read, within its time, and holds nothing that poisons."""

from __future__ import annotations

import struct
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.base import DeliveryReport, InboundMessage
from channels.mail import dkim_check, invitations, sealed, tnef
from channels.mail.decode import decode
from tests.unit.channels.mail import letters
from tests.unit.channels.mail.desk import received

SECONDS = 1.0
SIZE = 100_000
SEEDS = [
    seed if isinstance(seed, bytes) else seed.encode()
    for seed in (
        letters.receipt(), letters.abuse(), letters.invitation("REQUEST"), letters.invitation("REPLY"),
        letters.pgp_mime(), letters.smime(), f"{letters.HEAD}\n{letters.PGP_SIGNED}{letters.PGP_BLOCK}",
        letters.clear_signed("application/pgp-signature", "application/pgp-signature"),
        letters.with_file("winmail.dat", "application/ms-tnef", letters.winmail(), "words"),
        letters.with_file("r.pdf", "application/pdf", b"%PDF-1.7", "words"),
        letters.multipart("digest", "\nSubject: a\n\nb", "\nSubject: c\n\nd"),
        (f"{letters.HEAD}Subject: =?utf-8?b?w5w=?= =?gb2312?q?=CE=D2?=\nContent-Type: text/html; charset=utf-7\n\n"
        "before<html><blockquote>own</blockquote><div class=gmail_quote>old</div></html>"),
        f"{letters.HEAD}Subject: Re: x\n\nYes.\n\nOn 1 March 2026 at 10:00, Desk wrote:\n> old\n> words\n-- \nAnn\n",
    )
]  # fmt: skip
NOISE = st.sampled_from(
    [
        b"\0",
        b"\xff",
        b"\r",
        b"\n",
        b"\n\n",
        b"--b\n",
        b"--b--",
        b"Content-Type: multipart/mixed; boundary=b\n",
        b"=?",
        b"<",
        b";",
    ]
)
CUT = st.tuples(st.integers(0, 3_000), st.integers(0, 400), st.integers(0, 2), NOISE)


def broken(raw: bytes, cuts: list[tuple[int, int, int, bytes]]) -> bytes:
    """The mail with slices taken out, doubled, or noise put in."""
    for at, size, how, noise in cuts:
        start = at % (len(raw) + 1)
        piece = raw[start : start + size]
        middle = (b"", piece * 2, noise + piece)[how]
        raw = raw[:start] + middle + raw[start + size :]
    return raw


@given(st.sampled_from(SEEDS), st.sampled_from(SEEDS), st.lists(CUT, max_size=6), st.integers(0, 3_000))
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_broken_mail_is_read_in_its_time(
    first: bytes, second: bytes, cuts: list[tuple[int, int, int, bytes]], join: int
) -> None:
    """Two mails spliced and cut: a message or a report, clean text, safe names, one line of evidence each."""
    item = received(broken(first[: join % len(first)] + second, cuts))
    started = time.process_time()
    found = decode(item)
    assert time.process_time() - started < SECONDS
    assert isinstance(found, InboundMessage | DeliveryReport)
    assert "\0" not in found.text
    found.text.encode()
    if isinstance(found, InboundMessage):
        for file in found.attachments:
            assert file.name
            assert "/" not in file.name
        for value in found.evidence.values():
            value.encode()
            assert "\n" not in value
            assert len(value) <= 2_000


@given(st.lists(CUT, max_size=6), st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_broken_winmail_dat_is_opened_or_left(cuts: list[tuple[int, int, int, bytes]], end: bytes) -> None:
    """Lengths that lie and properties that are none never raise, and nothing comes out that did not go in."""
    data = broken(letters.winmail(), cuts) + end
    found = tnef.opened(data)
    if found:
        assert sum(len(file.content) for file in found.files) <= 2 * len(data)


HOSTILE = {
    "calendar lines": "BEGIN:VCALENDAR\n" + "A;B=C" * 20_000,
    "calendar parameters": "BEGIN:VCALENDAR\n" + ("A" + ';B="' * 900 + "\n") * 25,
    "calendar nesting": "BEGIN:VCALENDAR\n" + "BEGIN:VEVENT\n" * 8_000,
    "pgp openings": "-----BEGIN PGP MESSAGE-----\n" * 3_500,
    "pgp signed openings": "-----BEGIN PGP SIGNED MESSAGE-----\nHash: x\n" * 2_300,
    "pgp heads": "-----BEGIN PGP SIGNED MESSAGE-----\n" + "Hash: x\n" * 12_000,
    "away": "I am out of the office " * 4_300,
    "away once more": "I am on leave until " * 5_000,
    "challenge": "your message has been held " * 3_700,
    "verify": "verify that you are " * 5_000,
    "earthlink": "tmda " * 20_000,
    "read": "wurde am " * 11_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_pattern_of_the_kinds_goes_over_the_same_text_again_and_again(text: str) -> None:
    """In a short answer as in a long mail, in a subject as in a body."""
    for head in (
        "Subject: Re: x\nIn-Reply-To: <a@b>\n", f"Subject: {text[:4000].replace(chr(10), ' ')}\n",
        "Subject: Please confirm your message\n", "Subject: Read: x\n", "Content-Type: text/calendar\n",
    ):  # fmt: skip
        for body in (text[:2_900], text):
            item = received(f"{letters.HEAD}{head}\n{body}\n")
            started = time.process_time()
            decode(item)
            assert time.process_time() - started < SECONDS


def test_what_is_hostile_by_itself_is_cheap() -> None:
    """The readers alone, on 100 KB of what they like least."""
    started = time.process_time()
    for text in HOSTILE.values():
        invitations.read(text)
        sealed.inline(text)
    many = struct.pack("<I", 0xFFFFFFFF) + struct.pack("<HHI", 0x1003, 1, 0xFFFFFFFF) * 10_000
    tnef.opened(letters.tnef(*(letters.attribute(2, 0x00069005, many) for _ in range(50))))
    dkim_check.claims(b"dkim-signature:" + b"\n " * 50_000 + b"d=" * 20_000)
    assert time.process_time() - started < 2 * SECONDS
